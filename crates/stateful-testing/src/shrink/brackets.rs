//! Leaves out stretches after which the model is where it was before: lock and unlock, push and pop, whole loops.

use super::Shrinker;
use crate::model::Model;
use crate::script::fingerprint;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut accepted = true;
    while accepted && !shrinker.is_spent() {
        accepted = stretches(shrinker).into_iter().any(|(start, end)| {
            let drafts = shrinker.current().drafts(|at| !(start..end).contains(&at));
            shrinker.attempt(drafts)
        });
    }
}

/// The stretches that lead from a state to the same state, the longest first.
fn stretches<M: Model>(shrinker: &Shrinker<'_, M>) -> Vec<(usize, usize)> {
    let model = shrinker.model();
    let mut state = model.init();
    let mut states = vec![fingerprint(&state)];
    for command in shrinker.current().commands() {
        model.next(&mut state, command);
        states.push(fingerprint(&state));
    }
    // Without its last command the script does not fail, so no stretch reaches over it. Single commands have a pass of their own.
    let last = states.len() - 2;
    let mut stretches: Vec<(usize, usize)> = (0..last)
        .flat_map(|start| (start + 2..=last).map(move |end| (start, end)))
        .filter(|(start, end)| states[*start] == states[*end])
        .collect();
    stretches.sort_by_key(|(start, end)| std::cmp::Reverse(end - start));
    stretches
}
