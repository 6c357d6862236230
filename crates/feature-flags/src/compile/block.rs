//! Up to 32 flags, compiled.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::gates::{ByFlag, Gate};
use super::needs::{Refusal, Weights};
use super::packed::Packed;
use super::parts::Parts;
use super::program::{Naming, Op, position};
use super::roster::Definition;
use crate::bucket::{Bucket, Salt};
use crate::context::Value;
use crate::expression::Pattern;
use crate::handle::{Counts, Shards};
use crate::model::{Ramp, Segment, Variant};

/// Flags per block: enough to share pages, few enough to compile anew for one change.
pub(super) const SIZE: usize = 32;

#[derive(Debug)]
pub(crate) struct Block {
    /// In the block itself: one step less from a slot to its record.
    records: [Record; SIZE],
    /// How many counts each flag has.
    cells: Box<[u32]>,
    rules: Box<[RuleEntry]>,
    ops: Box<[Op]>,
    literals: Box<[Packed]>,
    text: Box<str>,
    patterns: Box<[Pattern]>,
    ramps: Box<[Ramp]>,
    segments: Box<[Arc<Segment>]>,
    variants: Box<[Variant]>,
    splits: Box<[Split]>,
    gated: Box<[Gated]>,
    counts: Counts,
    /// What the records were made of, for explanations and for compiling again. Cold.
    definitions: Arc<Vec<Definition>>,
    /// What they need.
    weights: Weights,
}

/// One flag, on one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Record {
    name: Packed,
    /// The first rule, a copy of the one among the rules of the block: most flags have no other.
    pub(crate) rule: RuleEntry,
    pub(crate) kind: Kind,
    /// Where its counts begin, relative to the block's.
    pub(crate) counts: u32,
    /// The variant of the block that is served where no rule serves one.
    pub(crate) default_variant: Option<u16>,
    /// What is served on failure.
    pub(crate) default: bool,
}

const _: () = assert!(size_of::<Record>() == 64, "a record fits a cache line");

impl Record {
    /// Behind the last flag of a block. No slot leads here.
    fn none() -> Self {
        let name = Packed::text("", &mut String::new());
        Self { name, rule: RuleEntry::NONE, kind: Kind::Broken, counts: 0, default_variant: None, default: false }
    }
}

impl Record {
    /// The same flag for those who get through its gates.
    pub(crate) fn behind(&self, gated: &Gated) -> Self {
        Self { kind: gated.inner, ..*self }
    }
}

/// Those that are the same for all come first, so that one comparison tells them apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// On for all.
    On,
    /// Off for all: no rule, or turned off.
    Off { disabled: bool },
    /// Cannot be evaluated.
    Broken,
    /// The rules of the block from `first` on.
    Rules { first: u32, count: u16, requirement: bool },
    /// The number of a function.
    Code(u32),
    /// Behind gates: the number of what is behind them.
    Gated(u32),
}

impl Kind {
    /// Whether the context decides, and the flag is not the same for all.
    #[inline]
    pub(crate) fn needs_context(self) -> bool {
        matches!(self, Self::Rules { .. } | Self::Code(_) | Self::Gated(_))
    }
}

/// A flag behind holdouts and layers. Flags that are behind none pay nothing for this.
#[derive(Debug)]
pub(crate) struct Gated {
    pub(crate) gates: Box<[Arc<Gate>]>,
    /// What the flag is for those who get through.
    pub(crate) inner: Kind,
    /// Where the counts of those begin who do not, relative to the flag's.
    pub(crate) cell: u32,
}

/// The counts that gates add to a flag, from `Gated::cell` on.
pub(crate) const HOLDOUT_CELL: u32 = 0;
pub(crate) const LAYER_CELL: u32 = 1;
const GATE_CELLS: u32 = 2;

/// The count that every flag with rules has before those of its rules.
pub(crate) const NO_RULE_CELL: u32 = 0;
/// The one behind it, of a flag with requirements.
pub(crate) const REQUIREMENT_CELL: u32 = 1;

#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleEntry {
    /// Where the operations of the condition begin.
    pub(crate) first: u32,
    /// How many there are; none is true.
    pub(crate) condition: u16,
    pub(crate) served: Served,
    /// Where the operation of the rollout is; without one, everybody is in.
    pub(crate) rollout: Option<OpNumber>,
    /// Where its counts begin, relative to the flag's: one per variant that it can serve, at least one.
    pub(crate) cell: u32,
}

/// The number of an operation, kept so that none takes no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpNumber(NonZeroU32);

impl OpNumber {
    pub(super) fn new(at: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(at))
    }

    #[inline]
    pub(crate) fn get(self) -> u32 {
        self.0.get() - 1
    }
}

const _: () = assert!(size_of::<RuleEntry>() == 20, "three rules fit a cache line");

impl RuleEntry {
    const NONE: Self = Self { first: 0, condition: 0, served: Served::Off, rollout: None, cell: 0 };
}

/// What a rule serves; variants and splits are those of the block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Served {
    Off,
    On,
    Variant(u16),
    Split(u16),
}

/// Who gets which variant.
#[derive(Debug)]
pub(crate) struct Split {
    pub(super) salt: Salt,
    /// The path that decides.
    pub(crate) path: u16,
    /// For each variant, the bucket at which the next begins.
    pub(crate) ends: Box<[(u32, u16)]>,
}

impl Split {
    /// The share a bucket falls into, counted from 0, and its variant; the first where there is nothing to decide by.
    pub(crate) fn choose(&self, key: Option<Value<'_>>) -> (u32, u16) {
        let bucket = key.and_then(|key| Bucket::of_value(self.salt, key)).map_or(0, Bucket::number);
        let shares = (0..).zip(&self.ends);
        let chosen = shares.filter(|(_, (end, _))| bucket < *end).map(|(share, (_, variant))| (share, *variant)).next();
        chosen.expect("the last share ends behind the last bucket")
    }
}

impl Block {
    /// Compiles `definitions`; those that are `refused` are broken. `parts` are those of any block before, or none.
    pub(super) fn compile(
        definitions: Arc<Vec<Definition>>,
        weights: Weights,
        refused: &BTreeMap<String, Refusal>,
        gates: &ByFlag<'_>,
        shards: Shards,
        naming: &mut Naming<'_>,
        parts: &mut Parts,
    ) -> Self {
        parts.clear();
        let mut records = [Record::none(); SIZE];
        let mut cells = Vec::with_capacity(definitions.len());
        let mut counts = 0;
        for (record, definition) in records.iter_mut().zip(&*definitions) {
            let mut kind = parts.kind(definition, naming);
            if !refused.is_empty() && refused.contains_key(definition.name()) {
                kind = Kind::Broken;
            }
            // Of a flag behind gates too.
            let rule = match kind {
                Kind::Rules { first, .. } => parts.rules[first as usize],
                _ => RuleEntry::NONE,
            };
            let mut own = parts.cells(kind);
            // What is off for all has nobody to keep out.
            if !gates.is_empty()
                && !matches!(kind, Kind::Off { .. })
                && let Some(gates) = gates.get(definition.name())
            {
                parts.gated.push(Gated { gates: gates.as_slice().into(), inner: kind, cell: own });
                kind = Kind::Gated(position(parts.gated.len() - 1));
                own += GATE_CELLS;
            }
            let name = Packed::short(definition.name_bytes())
                .unwrap_or_else(|| Packed::text(definition.name(), &mut parts.text));
            let default_variant = parts.default_variant(definition);
            *record = Record { name, rule, kind, counts, default_variant, default: definition.default_value() };
            cells.push(own);
            counts += own;
        }
        Self {
            records,
            cells: cells.into(),
            rules: parts.rules.as_slice().into(),
            ops: parts.ops.as_slice().into(),
            literals: parts.literals.as_slice().into(),
            text: parts.text.as_str().into(),
            patterns: parts.patterns.drain(..).collect(),
            ramps: parts.ramps.as_slice().into(),
            segments: parts.used_segments.drain(..).collect(),
            variants: parts.variants.drain(..).collect(),
            splits: parts.splits.drain(..).collect(),
            gated: parts.gated.drain(..).collect(),
            counts: Counts::new(counts as usize, shards),
            definitions,
            weights,
        }
    }

    pub(super) fn weights(&self) -> &Weights {
        &self.weights
    }

    #[inline]
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    #[inline]
    pub(crate) fn record(&self, index: usize) -> &Record {
        &self.records[index % SIZE]
    }

    /// How many counts a flag has.
    pub(crate) fn cells(&self, index: usize) -> u32 {
        self.cells[index]
    }

    pub(crate) fn definition(&self, index: usize) -> &Definition {
        &self.definitions[index]
    }

    pub(crate) fn definitions(&self) -> &Arc<Vec<Definition>> {
        &self.definitions
    }

    #[inline]
    pub(crate) fn is_named(&self, index: usize, name: &str) -> bool {
        self.record(index).name.is_text(name, &self.text)
    }

    /// The same for a name that was packed before.
    #[inline]
    pub(crate) fn is_packed(&self, index: usize, name: &Packed) -> bool {
        self.record(index).name.is_short(name)
    }

    #[inline]
    pub(crate) fn rules(&self, first: u32, count: u16) -> &[RuleEntry] {
        &self.rules[first as usize..first as usize + usize::from(count)]
    }

    #[inline]
    pub(crate) fn op(&self, at: u32) -> &Op {
        &self.ops[at as usize]
    }

    #[inline]
    pub(crate) fn literals(&self, first: u32, count: u32) -> &[Packed] {
        &self.literals[first as usize..(first + count) as usize]
    }

    pub(crate) fn pattern(&self, number: u32) -> &Pattern {
        &self.patterns[number as usize]
    }

    /// The segment with a number, counted from 1.
    pub(crate) fn segment(&self, number: NonZeroU32) -> &Segment {
        &self.segments[number.get() as usize - 1]
    }

    pub(crate) fn gated(&self, number: u32) -> &Gated {
        &self.gated[number as usize]
    }

    pub(crate) fn ramp(&self, number: u32) -> &Ramp {
        &self.ramps[number as usize]
    }

    pub(crate) fn variant(&self, number: u16) -> &Variant {
        &self.variants[usize::from(number)]
    }

    pub(crate) fn split(&self, number: u16) -> &Split {
        &self.splits[usize::from(number)]
    }

    #[inline]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
