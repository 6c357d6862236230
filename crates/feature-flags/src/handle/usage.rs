//! How often flags were asked for, and what they said.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use crate::compile::{Block, HOLDOUT_CELL, Kind, NO_RULE_CELL, REQUIREMENT_CELL, Record, Served};

/// How often a flag gave one answer for one reason, since the handle was made.
///
/// ```
/// use feature_flags::{Flag, Flags};
///
/// let flags = Flags::builder().flag(Flag::new("dark-mode").enabled(true)).build();
/// assert!(flags.enabled("dark-mode", &()) && flags.enabled("dark-mode", &()));
/// let usage = &flags.usage()[0];
/// assert_eq!((usage.flag.as_str(), usage.variant.as_str(), usage.reason, usage.count), ("dark-mode", "on", "fixed", 2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Usage {
    /// The flag's name.
    pub flag: String,
    /// Whether it was on.
    pub enabled: bool,
    /// The variant it served; `on` or `off` for a flag without variants.
    pub variant: String,
    /// The reason's code, such as `rule`.
    pub reason: &'static str,
    /// How often.
    pub count: u64,
}

/// Totals over all snapshots, and what of each block is in them already.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) by_key: BTreeMap<Key, Total>,
    blocks: Vec<Counted>,
    /// The addresses of those blocks.
    followed: HashSet<usize>,
    /// The addresses of the blocks of the snapshot that is served.
    served: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) flag: Arc<str>,
    pub(super) variant: String,
    pub(super) enabled: bool,
    pub(super) reason: &'static str,
}

#[derive(Default)]
pub(super) struct Total {
    pub(super) count: u64,
    #[cfg(feature = "metrics")]
    pub(super) counter: Option<metrics::Counter>,
}

struct Counted {
    block: Arc<Block>,
    seen: Vec<u64>,
}

impl Totals {
    /// From now on these blocks count too. To be called while the snapshot before is still served, so that a block which is
    /// where one of that was, is that one.
    pub(super) fn follow(&mut self, blocks: &[Arc<Block>]) {
        let before =
            std::mem::replace(&mut self.served, blocks.iter().map(|block| Arc::as_ptr(block).addr()).collect());
        for (number, block) in blocks.iter().enumerate() {
            if before.get(number) == self.served.get(number) {
                continue;
            }
            if self.followed.insert(Arc::as_ptr(block).addr()) {
                self.blocks.push(Counted { block: Arc::clone(block), seen: vec![0; block.counts().cells()] });
            }
        }
        // Where nobody asks for usage, edits must not pile up blocks that nobody evaluates.
        if self.blocks.len() > 2 * blocks.len() {
            self.collect();
        }
    }

    /// Adds what was counted since the last time; forgets blocks that nobody evaluates any more.
    pub(super) fn collect(&mut self) {
        let Self { by_key, blocks, followed, .. } = self;
        blocks.retain_mut(|counted| {
            // Looked at before counting, so that the last count of the last reader is not missed.
            let in_use = Arc::strong_count(&counted.block) > 1;
            // Pairs with the release of the last reader's reference, which is after its last count.
            fence(Ordering::Acquire);
            counted.add_new_to(by_key);
            if !in_use {
                followed.remove(&Arc::as_ptr(&counted.block).addr());
            }
            in_use
        });
    }

    pub(super) fn usage(&self) -> Vec<Usage> {
        let usage = |(key, total): (&Key, &Total)| Usage {
            flag: key.flag.to_string(),
            enabled: key.enabled,
            variant: key.variant.clone(),
            reason: key.reason,
            count: total.count,
        };
        self.by_key.iter().map(usage).collect()
    }
}

impl Counted {
    fn add_new_to(&mut self, totals: &mut BTreeMap<Key, Total>) {
        let Self { block, seen } = self;
        for (index, definition) in block.definitions().iter().enumerate() {
            let record = block.record(index);
            for cell in 0..block.cells(index) {
                let total = block.counts().total(record.counts + cell);
                let seen = &mut seen[(record.counts + cell) as usize];
                if total > *seen {
                    let (enabled, variant, reason) = meaning(block, record, cell);
                    let key = Key { flag: definition.name().into(), variant, enabled, reason };
                    totals.entry(key).or_default().count += total - *seen;
                    *seen = total;
                }
            }
        }
    }
}

/// What an outcome's cell stands for; the inverse of what the evaluator counts.
fn meaning(block: &Block, record: &Record, cell: u32) -> (bool, String, &'static str) {
    let default = record.default_variant.map(|variant| block.variant(variant).name().to_owned());
    let plain = |enabled: bool, reason| {
        let switch = if enabled { "on" } else { "off" };
        (enabled, default.clone().unwrap_or_else(|| switch.to_owned()), reason)
    };
    match record.kind {
        Kind::On => plain(true, "fixed"),
        Kind::Off { disabled: true } => plain(false, "disabled"),
        Kind::Off { disabled: false } => plain(false, "fixed"),
        Kind::Broken => plain(record.default, "broken"),
        Kind::Gated(number) => {
            let gated = block.gated(number);
            match cell.checked_sub(gated.cell) {
                Some(HOLDOUT_CELL) => plain(false, "holdout"),
                Some(_) => plain(false, "layer"),
                None => meaning(block, &record.behind(gated), cell),
            }
        }
        Kind::Code(_) if cell == 2 => plain(record.default, "function_failed"),
        Kind::Code(_) => plain(cell == 1, "function"),
        Kind::Rules { .. } if cell == NO_RULE_CELL => plain(false, "no_rule"),
        Kind::Rules { requirement: true, .. } if cell == REQUIREMENT_CELL => plain(false, "requirement"),
        Kind::Rules { first, count, requirement } => {
            let rules = block.rules(first + u32::from(requirement), count);
            let rule = rules.iter().rev().find(|rule| rule.cell <= cell).expect("cells of rules follow each other");
            let named = |variant| (true, block.variant(variant).name().to_owned(), "rule");
            match rule.served {
                Served::On => plain(true, "rule"),
                Served::Off => plain(false, "rule"),
                Served::Variant(variant) => named(variant),
                Served::Split(split) => named(block.split(split).ends[(cell - rule.cell) as usize].1),
            }
        }
    }
}
