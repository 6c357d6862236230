//! All commands that the model allows in a state, as far as they can be counted.

use crate::generator::Gen;
use crate::menu;
use crate::model::Model;
use crate::scope::Scope;
use crate::script::{Draft, Entry, realize};
use crate::tape::Choice;

/// How many commands of one offer are looked at.
const COMMANDS: usize = 64;

/// The commands of a state, the simplest of each offer first, and whether these are all.
#[derive(Debug)]
pub(crate) struct Options<C> {
    pub(crate) entries: Vec<Entry<C>>,
    pub(crate) complete: bool,
}

/// Lists the commands that `model` offers in `state`, leaving out what the precondition refuses.
///
/// Of each choice the `values` simplest are looked at.
pub(crate) fn options<M: Model>(model: &M, state: &M::State, scope: &Scope, values: u64) -> Options<M::Command> {
    let first_ref = scope.next_free();
    let mut options = Options { entries: Vec::new(), complete: true };
    for offer in 0.. {
        let mut choices = Some(Vec::new());
        let mut made = 0;
        while let Some(tried) = choices {
            let mut generator = Gen::replay(tried, first_ref);
            let Some(taken) = menu::exactly(&mut generator, offer, |menu| model.commands(state, menu)) else {
                break;
            };
            let tape = generator.take_tape();
            choices = following(&tape.choices, values, &mut options.complete);
            made += 1;
            if made == COMMANDS && choices.is_some() {
                options.complete = false;
                choices = None;
            }
            if scope.admits(&taken.command) && model.precondition(state, &taken.command) {
                options.entries.push(Entry { command: taken.command, stamp: 0, offer, first_ref, tape });
            }
        }
        if made == 0 && offer >= menu::offers(|menu| model.commands(state, menu)) {
            return options;
        }
    }
    options
}

/// Where a route leads, and what it has defined.
pub(crate) fn walk<M: Model>(model: &M, route: &[Draft]) -> (M::State, Scope) {
    let mut state = model.init();
    let mut scope = Scope::default();
    for command in realize(model, route.to_vec()).commands() {
        scope.enter(command);
        model.next(&mut state, command);
    }
    (state, scope)
}

/// The next choices in counting order: the last one that can be raised is, and what follows it is forgotten.
fn following(choices: &[Choice], values: u64, complete: &mut bool) -> Option<Vec<Choice>> {
    let raised = choices.iter().rposition(|choice| {
        *complete &= choice.max < values;
        choice.value < choice.max.min(values - 1)
    })?;
    let mut next: Vec<Choice> = choices[..=raised].to_vec();
    next[raised] = next[raised].with(next[raised].value + 1);
    // What stands before keeps its number, not its item: the count goes by numbers.
    for choice in &mut next {
        *choice = choice.with(choice.value);
    }
    Some(next)
}
