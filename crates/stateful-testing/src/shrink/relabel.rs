//! Exchanges two values everywhere: the keys 3, 1, 3 become 1, 2, 1.

use std::collections::BTreeSet;

use super::Shrinker;
use super::values::edited;
use crate::model::Model;
use crate::tape::Choice;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let choices = shrinker.current().entries.iter().flat_map(|entry| &entry.tape.choices);
    let numbers = choices.filter(|choice| !choice.is_structure());
    let used: BTreeSet<(u64, u64)> = numbers.map(|choice| (choice.max, choice.value)).collect();
    for (max, value) in &used {
        for (_, other) in used.iter().filter(|(other_max, other)| other_max == max && other > value) {
            let drafts = edited(shrinker, |_, entry| {
                let exchanged = entry.tape.choices.iter().map(|choice| match choice {
                    choice if choice.is_structure() => *choice,
                    Choice { max: m, value: v, .. } if m == max && v == value => choice.with(*other),
                    Choice { max: m, value: v, .. } if m == max && v == other => choice.with(*value),
                    _ => *choice,
                });
                entry.draft_with(exchanged.collect())
            });
            shrinker.attempt(drafts);
        }
    }
}
