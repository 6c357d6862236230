//! Leaves out many commands at once, guided by how likely each is to be needed.
//!
//! The idea is that of probabilistic delta debugging (Wang and others, "Probabilistic Delta Debugging", ESEC/FSE 2021): every
//! command has a probability of being needed; the set that promises to remove most is tried; when the failure goes away,
//! the commands of that set become likelier to be needed.

use std::collections::BTreeMap;

use super::Shrinker;
use crate::model::Model;

/// How many commands a failure needs before anything is known: the minima of published bugs are 2 to 7.
const USUALLY_NEEDED: f64 = 3.0;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let commands = shrinker.current().len();
    #[allow(clippy::cast_precision_loss, reason = "a sequence never has 2^52 commands")]
    let at_first = (USUALLY_NEEDED / commands as f64).clamp(0.05, 0.5);
    let mut needed: BTreeMap<u32, f64> = shrinker.current().entries.iter().map(|e| (e.stamp, at_first)).collect();
    while !shrinker.is_spent() {
        // The last command is the one that failed: without it the rest is a run that passed.
        let Some((last, others)) = shrinker.current().entries.split_last() else { return };
        needed.insert(last.stamp, 1.0);
        let mut candidates: Vec<(u32, f64)> =
            others.iter().map(|entry| (entry.stamp, needed[&entry.stamp])).filter(|(_, p)| *p < 1.0).collect();
        // A stable sort: among equals the earliest come first, since what is far from the failure matters least.
        candidates.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((count, survives)) = most_promising(&candidates) else { return };
        let chosen = &candidates[..count];
        let drafts = shrinker.current().drafts(|at| {
            let stamp = shrinker.current().entries[at].stamp;
            chosen.iter().all(|(other, _)| *other != stamp)
        });
        if !shrinker.attempt(drafts) {
            for (stamp, p) in chosen {
                let updated = if count == 1 { 1.0 } else { p / (1.0 - survives) };
                needed.insert(*stamp, if updated > 0.999 { 1.0 } else { updated });
            }
        }
    }
}

/// How many of the least needed to leave out so that the expected number removed is largest, and the probability that none
/// of them is needed.
fn most_promising(candidates: &[(u32, f64)]) -> Option<(usize, f64)> {
    let mut survives = 1.0;
    let mut best: Option<(usize, f64)> = None;
    let mut best_gain = 0.0;
    for (at, (_, p)) in candidates.iter().enumerate() {
        survives *= 1.0 - p;
        #[allow(clippy::cast_precision_loss, reason = "a sequence never has 2^52 commands")]
        let gain = (at + 1) as f64 * survives;
        if gain > best_gain {
            best_gain = gain;
            best = Some((at + 1, survives));
        }
    }
    best
}
