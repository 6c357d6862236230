//! Is it the model that is wrong?

use crate::command::{Command, Printed};
use crate::generator::Gen;
use crate::menu;
use crate::model::Model;
use crate::scope::Scope;
use crate::script::fingerprint;

/// Walks the model through `commands` twice, side by side; says what was not the same both times.
///
/// A model that looks at something besides its arguments blames the system for what it did itself.
pub(crate) fn inconsistency<'c, M: Model>(model: &M, commands: impl Iterator<Item = &'c M::Command>) -> Option<String>
where
    M::Command: 'c,
{
    let (mut one, mut other) = (model.init(), model.init());
    if fingerprint(&one) != fingerprint(&other) {
        return Some(format!("`init` gave {one:?} and then {other:?}"));
    }
    for command in commands {
        let printed = || Printed(command).to_string();
        if model.precondition(&one, command) != model.precondition(&one, command) {
            return Some(format!("`precondition` said yes and no to `{}` in {one:?}", printed()));
        }
        let before = format!("{one:?}");
        let (expected, again) = (model.next(&mut one, command), model.next(&mut other, command));
        if expected != again {
            return Some(format!("`next` predicted {expected:?} and then {again:?} for `{}` in {before}", printed()));
        }
        if fingerprint(&one) != fingerprint(&other) {
            return Some(format!("`next` went from {before} by `{}` to {one:?} and then to {other:?}", printed()));
        }
    }
    None
}

/// Walks the model through `commands` and asks it in every state what it offers; says which command would use a reference that nothing
/// defines, or that an earlier command has consumed.
///
/// The runner never lets such a command through. But a model that goes on offering what is gone tests less than its author thinks.
pub(crate) fn stale_offer<'c, M: Model>(model: &M, commands: impl Iterator<Item = &'c M::Command>) -> Option<String>
where
    M::Command: 'c,
{
    let (mut state, mut scope) = (model.init(), Scope::default());
    for command in commands {
        scope.enter(command);
        model.next(&mut state, command);
        for offer in 0..menu::offers(|menu| model.commands(&state, menu)) {
            // What it makes when nothing is chosen: the first of everything.
            let mut generator = Gen::replay(Vec::new(), scope.next_free());
            let taken = menu::exactly(&mut generator, offer, |menu| model.commands(&state, menu));
            if let Some(taken) = taken.filter(|taken| !scope.admits(&taken.command)) {
                return Some(format!(
                    "after `{}` the model offers `{}`, whose reference is not defined any more: let `next` forget it",
                    command.name(),
                    Printed(&taken.command)
                ));
            }
        }
    }
    None
}
