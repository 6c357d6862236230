//! Replaces stretches by the shortest way of the model between the same two states. The way is found without the system; whether it
//! fails as well is one run.

use std::collections::{HashMap, VecDeque};

use super::Shrinker;
use crate::explore::{options, walk};
use crate::model::Model;
use crate::script::{Draft, fingerprint};

/// How many values of each choice are looked at: what takes a stretch of commands may be had by one with the right argument.
const VALUES: u64 = 8;

/// How many states are gone through from one start.
const STATES: usize = 200;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut start = 0;
    while start + 2 < shrinker.current().len() && !shrinker.is_spent() {
        // The last command stays: it is the one that fails.
        let accepted = shorter(shrinker, start).into_iter().any(|drafts| shrinker.attempt(drafts));
        if !accepted {
            start += 1;
        }
    }
}

/// The scripts in which a stretch from `start` on is replaced by a shorter way to the state it leads to, the longest stretch first.
fn shorter<M: Model>(shrinker: &Shrinker<'_, M>, start: usize) -> Vec<Vec<Draft>> {
    let drafts = shrinker.current().drafts(|_| true);
    let ends: Vec<u64> =
        (start + 2..drafts.len()).map(|end| fingerprint(&walk(shrinker.model(), &drafts[..end]).0)).collect();
    let ways = ways(shrinker.model(), &drafts[..start], ends.len());
    let replaced = ends.iter().enumerate().rev().filter_map(|(at, state)| {
        let (way, end) = (ways.get(state)?, start + 2 + at);
        (way.len() < end - start).then(|| [&drafts[..start], way, &drafts[end..]].concat())
    });
    replaced.collect()
}

/// The shortest ways to the states that fewer than `most` commands lead to from the end of `route`.
fn ways<M: Model>(model: &M, route: &[Draft], most: usize) -> HashMap<u64, Vec<Draft>> {
    let mut found = HashMap::from([(fingerprint(&walk(model, route).0), Vec::new())]);
    let mut queue = VecDeque::from([Vec::<Draft>::new()]);
    while let Some(way) = queue.pop_front() {
        if way.len() >= most || found.len() > STATES {
            break;
        }
        let (state, scope) = walk(model, &[route, &way].concat());
        for entry in options(model, &state, &scope, VALUES).entries {
            let mut after = state.clone();
            model.next(&mut after, &entry.command);
            found.entry(fingerprint(&after)).or_insert_with(|| {
                let longer = [way.as_slice(), &[entry.draft()]].concat();
                queue.push_back(longer.clone());
                longer
            });
        }
    }
    found
}
