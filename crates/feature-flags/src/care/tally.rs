//! Who goes from what to what.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::preview::{FlagPreview, Move};
use super::side::Side;
use crate::bucket::with_key;
use crate::context::Context;
use crate::evaluate::Reason;

/// Which flag, from what to what, and why.
type Moved = (String, String, String, Option<u16>, String);

pub(super) struct Tally {
    moves: BTreeMap<Moved, (u64, Vec<String>)>,
    contexts: u64,
    flipped: u64,
    examples: usize,
}

impl Tally {
    pub(super) fn new(examples: usize) -> Self {
        Self { moves: BTreeMap::new(), contexts: 0, flipped: 0, examples }
    }

    pub(super) fn contexts(&self) -> u64 {
        self.contexts
    }

    /// Contexts for which any flag is another.
    pub(super) fn flipped(&self) -> u64 {
        self.flipped
    }

    pub(super) fn add(&mut self, flags: &[String], before: &Side<'_>, after: &Side<'_>, context: &dyn Context) {
        self.contexts += 1;
        let mut is_flipped = false;
        for flag in flags {
            let (from, to) = (before.give(flag, context), after.give(flag, context));
            if from.is_same(&to) {
                continue;
            }
            is_flipped = true;
            let rule = match to.reason {
                Reason::Rule { number } => Some(number),
                _ => None,
            };
            let moved = (flag.clone(), from.told(&to), to.told(&from), rule, to.reason.to_string());
            let (count, examples) = self.moves.entry(moved).or_default();
            *count += 1;
            if examples.len() < self.examples
                && let Some(key) = context.key().and_then(|key| with_key(key, owned))
            {
                examples.push(key);
            }
        }
        self.flipped += u64::from(is_flipped);
    }

    /// The flag that flips the most contexts first.
    pub(super) fn flags(self) -> Vec<FlagPreview> {
        let mut flags: Vec<FlagPreview> = Vec::new();
        for ((flag, from, to, rule, because), (contexts, examples)) in self.moves {
            let moved = Move { from, to, rule, because, contexts, examples };
            match flags.last_mut().filter(|last| last.flag == flag) {
                Some(last) => {
                    last.contexts += contexts;
                    last.moves.push(moved);
                }
                None => flags.push(FlagPreview { flag, contexts, moves: vec![moved] }),
            }
        }
        for flag in &mut flags {
            flag.moves.sort_by_key(|moved| Reverse(moved.contexts));
        }
        flags.sort_by_key(|flag| Reverse(flag.contexts));
        flags
    }
}

fn owned(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}
