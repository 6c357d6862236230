//! Is it the model that is wrong?

use crate::command::Printed;
use crate::model::Model;
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
