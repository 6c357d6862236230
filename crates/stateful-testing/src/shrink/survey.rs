//! Leaves a local minimum: walks the shortest ways to all states of the model and tries every command there.
//!
//! Deleting can never turn one route into another. The model knows every route, for free, so each pair of a state and a
//! command is run once by its shortest route, as long as that is shorter than what we have.

use std::collections::{HashSet, VecDeque};

use super::Shrinker;
use crate::command::Command;
use crate::explore::options;
use crate::model::Model;
use crate::reference::Role;
use crate::scope::Scope;
use crate::script::{Draft, fingerprint};

/// How many values of each choice are looked at: the routes are about commands, arguments have passes of their own.
const VALUES: u64 = 2;

/// How many pairs of state and command are looked at, whatever the budget.
const PAIRS: usize = 20_000;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let model = shrinker.model();
    let mut seen = HashSet::from([fingerprint(&model.init())]);
    let mut routes = VecDeque::from([Vec::<Draft>::new()]);
    let mut pairs = 0;
    while let Some(route) = routes.pop_front() {
        if route.len() + 1 >= shrinker.current().len() {
            return;
        }
        let (state, scope, next_ref) = walk(model, &route);
        let mut dead_ends = Vec::new();
        for entry in options(model, &state, VALUES, u32::try_from(route.len()).expect("short"), next_ref).entries {
            pairs += 1;
            if pairs > PAIRS || shrinker.is_spent() {
                return;
            }
            if !scope.admits(&entry.command) {
                continue;
            }
            let mut after = state.clone();
            model.next(&mut after, &entry.command);
            let mut longer = route.clone();
            longer.push(entry.draft());
            // A route that is walked on runs as the start of the longer ones.
            if seen.insert(fingerprint(&after)) && longer.len() + 1 < shrinker.current().len() {
                routes.push_back(longer);
            } else {
                dead_ends.push(longer);
            }
        }
        if dead_ends.into_iter().any(|route| shrinker.attempt(route)) {
            return;
        }
    }
}

/// Where a route leads.
fn walk<M: Model>(model: &M, route: &[Draft]) -> (M::State, Scope, u32) {
    let script = crate::script::realize(model, route.to_vec());
    let mut state = model.init();
    let mut scope = Scope::default();
    let mut next_ref = 1;
    for command in script.commands() {
        scope.enter(command);
        command.references(&mut |id, role| {
            if role == Role::Defines {
                next_ref = next_ref.max(u32::try_from(id.index()).expect("ids are u32") + 1);
            }
        });
        model.next(&mut state, command);
    }
    (state, scope, next_ref)
}
