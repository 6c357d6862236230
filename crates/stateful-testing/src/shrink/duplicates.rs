//! Lowers equal choices together: the same key written and read has to change in both places.

use std::collections::BTreeMap;

use super::Shrinker;
use super::values::{descend, edited};
use crate::model::Model;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let mut groups: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    let choices = shrinker.current().entries.iter().flat_map(|entry| &entry.tape.choices);
    for choice in choices.filter(|choice| !choice.is_structure()) {
        *groups.entry((choice.max, choice.value)).or_default() += 1;
    }
    for ((max, value), count) in groups {
        if value == 0 || count < 2 {
            continue;
        }
        let mut now = value;
        descend(value, |lower| {
            let drafts = edited(shrinker, |_, entry| {
                let lowered = entry.tape.choices.iter().map(|choice| {
                    let hit = !choice.is_structure() && choice.max == max && choice.value == now;
                    if hit { choice.with(lower) } else { *choice }
                });
                entry.draft_with(lowered.collect())
            });
            let accepted = shrinker.attempt(drafts);
            if accepted {
                now = lower;
            }
            accepted
        });
    }
}
