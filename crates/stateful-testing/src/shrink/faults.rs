//! Leaves out faults: all of them, half of them, each; then puts milder ones in the place of those that stay.

use super::Shrinker;
use crate::command::Command;
use crate::model::Model;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut count = shrinker.current().faults();
    while count > 0 {
        let mut first = 0;
        while first < shrinker.current().faults() {
            if !without(shrinker, first, count) {
                first += count;
            }
        }
        count /= 2;
    }
    milden(shrinker);
}

/// Leaves out so many faults, from the one at `first` among them.
fn without<M: Model>(shrinker: &mut Shrinker<'_, M>, first: usize, count: usize) -> bool {
    let gone: Vec<usize> = places(shrinker).into_iter().skip(first).take(count).collect();
    let drafts = shrinker.current().drafts(|at| !gone.contains(&at));
    shrinker.attempt(drafts)
}

/// Tries the faults that are declared before each one in its place.
fn milden<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    for place in 0..shrinker.current().faults() {
        let Some(at) = places(shrinker).get(place).copied() else { return };
        let kind = shrinker.current().entries[at].command.kind();
        let _found = (0..kind).any(|milder| {
            let mut drafts = shrinker.current().drafts(|_| true);
            drafts[at].kind = milder;
            shrinker.attempt(drafts)
        });
    }
}

/// Where the faults are.
fn places<M: Model>(shrinker: &Shrinker<'_, M>) -> Vec<usize> {
    let commands = shrinker.current().commands().enumerate();
    commands.filter(|(_, command)| command.is_fault()).map(|(at, _)| at).collect()
}
