//! Keeps only what the failing command depends on through references.

use std::collections::BTreeSet;

use super::Shrinker;
use crate::command::Command;
use crate::model::Model;
use crate::reference::Role;

pub(super) fn run<M: Model>(shrinker: &mut Shrinker<'_, M>) {
    let script = shrinker.current();
    let mut needed = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for (at, entry) in script.entries.iter().enumerate().rev() {
        let mut keep = at + 1 == script.len();
        entry.command.references(&mut |id, role| keep |= role == Role::Defines && needed.contains(&id));
        if keep {
            kept.insert(at);
            entry.command.references(&mut |id, role| {
                if role != Role::Defines {
                    needed.insert(id);
                }
            });
        }
    }
    // Without references this would be the last command alone, which the chunks try anyway.
    if !needed.is_empty() {
        let drafts = script.drafts(|at| kept.contains(&at));
        shrinker.attempt(drafts);
    }
}
