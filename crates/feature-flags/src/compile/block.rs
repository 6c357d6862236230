//! Up to 32 flags, compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::packed::Packed;
use super::program::{Names, Op, TooManyPaths, Writer, position};
use super::table::Definition;
use crate::bucket::Salt;
use crate::handle::Counts;
use crate::model::{Flag, Rule, Serve};

/// Flags per block: enough to share pages, few enough to compile anew for one change.
pub(super) const SIZE: usize = 32;

#[derive(Debug)]
pub(crate) struct Block {
    records: Box<[Record]>,
    rules: Box<[RuleEntry]>,
    ops: Box<[Op]>,
    literals: Box<[Packed]>,
    text: Box<str>,
    counts: Counts,
    /// What the records were made of, for explanations and for compiling again. Cold.
    definitions: Box<[Definition]>,
}

/// One flag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    name: Packed,
    pub(crate) kind: Kind,
    /// What is served on failure.
    pub(crate) default: bool,
    /// Where its counts begin, relative to the block's.
    pub(crate) counts: u32,
}

const _: () = assert!(size_of::<Record>() <= 48, "a record fits a cache line");

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// On for all.
    On,
    /// Off for all: no rule, or turned off.
    Off { disabled: bool },
    /// The rules of the block from `first` on.
    Rules { first: u32, count: u16, requirement: bool },
    /// The number of a function.
    Code(u32),
    /// Cannot be evaluated.
    Broken,
}

impl Kind {
    /// How many counts its outcomes need; see the evaluator.
    pub(crate) fn cells(self) -> u32 {
        match self {
            Self::On | Self::Off { .. } | Self::Broken => 1,
            Self::Rules { count, .. } => u32::from(count) + 2,
            Self::Code(_) => 3,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleEntry {
    /// The operations of the condition, from `first` to `rollout`, then those of the rollout, to `end`; none is true.
    pub(crate) first: u32,
    pub(crate) rollout: u32,
    pub(crate) end: u32,
    pub(crate) on: bool,
}

impl Block {
    /// Compiles `definitions`; those in `cycles` are broken.
    pub(super) fn compile(
        definitions: &[Definition],
        cycles: &BTreeSet<String>,
        paths: &mut Names,
        groups: &mut Names,
    ) -> Self {
        let mut parts = Parts::default();
        let mut cells = 0;
        for definition in definitions {
            let mut kind = parts.kind(definition, paths, groups);
            if cycles.contains(definition.name()) {
                kind = Kind::Broken;
            }
            let name = Packed::text(definition.name(), &mut parts.text);
            parts.records.push(Record { name, kind, default: definition.default_value(), counts: cells });
            cells += kind.cells();
        }
        Self {
            records: parts.records.into(),
            rules: parts.rules.into(),
            ops: parts.ops.into(),
            literals: parts.literals.into(),
            text: parts.text.into(),
            counts: Counts::new(cells as usize),
            definitions: definitions.into(),
        }
    }

    #[inline]
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    #[inline]
    pub(crate) fn record(&self, index: usize) -> &Record {
        &self.records[index]
    }

    pub(crate) fn definition(&self, index: usize) -> &Definition {
        &self.definitions[index]
    }

    pub(crate) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    #[inline]
    pub(crate) fn is_named(&self, index: usize, name: &str) -> bool {
        self.records[index].name.as_bytes(&self.text) == Some(name.as_bytes())
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

    #[inline]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[derive(Default)]
struct Parts {
    records: Vec<Record>,
    rules: Vec<RuleEntry>,
    ops: Vec<Op>,
    literals: Vec<Packed>,
    text: String,
}

impl Parts {
    fn kind(&mut self, definition: &Definition, paths: &mut Names, groups: &mut Names) -> Kind {
        match definition {
            Definition::Flag(flag) => self.flag(flag, paths, groups).unwrap_or(Kind::Broken),
            Definition::Code { function, .. } => Kind::Code(*function),
            Definition::Broken { .. } => Kind::Broken,
        }
    }

    fn flag(&mut self, flag: &Arc<Flag>, paths: &mut Names, groups: &mut Names) -> Result<Kind, TooManyPaths> {
        if !flag.is_enabled() || flag.rules().is_empty() {
            return Ok(Kind::Off { disabled: !flag.is_enabled() });
        }
        let everybody = |rule: &Rule| rule.condition().is_none() && rule.share().is_none();
        if flag.requirements().is_empty() && everybody(&flag.rules()[0]) {
            return Ok(match flag.rules()[0].served() {
                Serve::On => Kind::On,
                Serve::Off => Kind::Off { disabled: false },
            });
        }
        let first = position(self.rules.len());
        let requirement = !flag.requirements().is_empty();
        if requirement {
            let entry = self.requirements(flag);
            self.rules.push(entry);
        }
        for rule in flag.rules() {
            let entry = self.rule(rule, Salt::new(flag.bucket_salt()), paths, groups)?;
            self.rules.push(entry);
        }
        let count = u16::try_from(flag.rules().len()).map_err(|_| TooManyPaths)?;
        Ok(Kind::Rules { first, count, requirement })
    }

    /// A rule before the others, whose condition must hold for them to be asked.
    fn requirements(&mut self, flag: &Flag) -> RuleEntry {
        let first = position(self.ops.len());
        self.ops.push(Op::And { end: first });
        for name in flag.requirements() {
            let name = Packed::text(name, &mut self.text);
            self.literals.push(name);
            self.ops.push(Op::Flag(position(self.literals.len() - 1)));
        }
        let end = position(self.ops.len());
        self.ops[first as usize] = Op::And { end };
        RuleEntry { first, rollout: end, end, on: false }
    }

    fn rule(
        &mut self,
        rule: &Rule,
        salt: Salt,
        paths: &mut Names,
        groups: &mut Names,
    ) -> Result<RuleEntry, TooManyPaths> {
        let Self { ops, literals, text, .. } = self;
        let first = position(ops.len());
        let mut writer = Writer { ops, literals, text, paths, groups, salt };
        if let Some(condition) = rule.condition() {
            writer.node(condition.root())?;
        }
        let split = position(writer.ops.len());
        if let Some(rollout) = rule.share() {
            writer.rollout(rollout)?;
        }
        let end = position(writer.ops.len());
        Ok(RuleEntry { first, rollout: split, end, on: rule.served() == Serve::On })
    }
}
