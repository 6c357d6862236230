//! Leaves a local minimum: walks the shortest ways to all states of the model and tries every command there.
//!
//! Deleting can never turn one route into another. The model knows every route, for free, so each pair of a state and a
//! command is run once by its shortest route, as long as that is shorter than what we have.

use std::collections::{HashSet, VecDeque};

use super::Shrinker;
use crate::explore::{options, walk};
use crate::model::Model;
use crate::script::{Draft, fingerprint};

/// How many values of each choice are looked at: the routes are about commands, arguments have passes of their own.
const VALUES: u64 = 2;

/// How many values are looked at when all else is done.
const MORE_VALUES: u64 = 8;

/// How many pairs of state and command are looked at, whatever the budget.
const PAIRS: usize = 20_000;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    go(shrinker, VALUES, u32::MAX);
}

/// As [`run`], with more values of each choice, as far as a few more runs of the system lead: most of them are in vain.
pub(super) fn with_more_values<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    go(shrinker, MORE_VALUES, shrinker.runs() / 3);
}

fn go<M: Model>(shrinker: &mut Shrinker<'_, M>, values: u64, most_runs: u32) {
    let last_run = shrinker.runs().saturating_add(most_runs);
    let model = shrinker.model();
    let mut seen = HashSet::from([fingerprint(&model.init())]);
    let mut routes = VecDeque::from([Vec::<Draft>::new()]);
    let mut pairs = 0;
    while let Some(route) = routes.pop_front() {
        if route.len() + 1 >= shrinker.current().len() {
            return;
        }
        let (state, scope) = walk(model, &route);
        let mut dead_ends = Vec::new();
        for entry in options(model, &state, &scope, values).entries {
            pairs += 1;
            if pairs > PAIRS || shrinker.is_spent() || shrinker.runs() >= last_run {
                return;
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
        if dead_ends.into_iter().any(|route| shrinker.runs() < last_run && shrinker.attempt(route)) {
            return;
        }
    }
}
