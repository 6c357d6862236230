//! Flags into what a block is made of.

use std::sync::Arc;

use super::block::{Gated, Kind, NO_RULE_CELL, OpNumber, REQUIREMENT_CELL, RuleEntry, SIZE, Served, Split};
use super::packed::Packed;
use super::program::{KEY, Naming, Op, TooMany, Writer, position};
use super::roster::Definition;
use crate::bucket::Salt;
use crate::expression::{Expression, Pattern};
use crate::model::{Flag, Ramp, Rule, Segment, Serve, Share, Variant};

/// What a block is made of, while it is made.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) rules: Vec<RuleEntry>,
    pub(super) ops: Vec<Op>,
    pub(super) literals: Vec<Packed>,
    pub(super) text: String,
    pub(super) patterns: Vec<Pattern>,
    pub(super) ramps: Vec<Ramp>,
    pub(super) used_segments: Vec<Arc<Segment>>,
    pub(super) variants: Vec<Variant>,
    pub(super) splits: Vec<Split>,
    pub(super) gated: Vec<Gated>,
    /// Counts of the rules of the flag that is compiled.
    cells: u32,
    /// Conditions that are the same for every flag that has them, and the operations they became.
    conditions: Vec<(Expression, u32, u16)>,
}

/// So many conditions of a block are looked through for one that was compiled already.
const MOST_SHARED: usize = SIZE;

impl Parts {
    /// Keeps the room and nothing else.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.ops.clear();
        self.literals.clear();
        self.text.clear();
        self.patterns.clear();
        self.ramps.clear();
        self.used_segments.clear();
        self.variants.clear();
        self.splits.clear();
        self.gated.clear();
        self.conditions.clear();
    }

    pub(super) fn cells(&self, kind: Kind) -> u32 {
        match kind {
            Kind::On | Kind::Off { .. } | Kind::Broken | Kind::Gated(_) => 1,
            Kind::Rules { .. } => self.cells,
            Kind::Code(_) => 3,
        }
    }

    /// The number of the default variant; variants of a flag are those added last.
    pub(super) fn default_variant(&self, definition: &Definition) -> Option<u16> {
        let Definition::Flag(flag) = definition else { return None };
        self.variant(flag, flag.default_variant_name()?)
    }

    fn variant(&self, flag: &Flag, name: &str) -> Option<u16> {
        let first = self.variants.len() - flag.variants().len();
        let position = flag.variants().iter().position(|variant| variant.name() == name)?;
        u16::try_from(first + position).ok()
    }

    pub(super) fn kind(&mut self, definition: &Definition, naming: &mut Naming<'_>) -> Kind {
        match definition {
            Definition::Flag(flag) => self.flag(flag, naming).unwrap_or(Kind::Broken),
            Definition::Code { function, .. } => Kind::Code(*function),
            Definition::Broken { .. } => Kind::Broken,
        }
    }

    fn flag(&mut self, flag: &Flag, naming: &mut Naming<'_>) -> Result<Kind, TooMany> {
        self.variants.extend_from_slice(flag.variants());
        if !flag.is_enabled() || flag.rules().is_empty() {
            return Ok(Kind::Off { disabled: !flag.is_enabled() });
        }
        let everybody = |rule: &Rule| rule.condition().is_none() && rule.share().is_none();
        if flag.requirements().is_empty() && everybody(&flag.rules()[0]) {
            match flag.rules()[0].served() {
                Serve::On => return Ok(Kind::On),
                Serve::Off => return Ok(Kind::Off { disabled: false }),
                Serve::Variant(_) | Serve::Split(_) => {}
            }
        }
        let first = position(self.rules.len());
        let requirement = !flag.requirements().is_empty();
        self.cells = NO_RULE_CELL + 1;
        if requirement {
            self.cells = REQUIREMENT_CELL + 1;
            let entry = self.requirements(flag)?;
            self.rules.push(entry);
        }
        for rule in flag.rules() {
            let entry = self.rule(flag, rule, naming)?;
            self.rules.push(entry);
        }
        let count = u16::try_from(flag.rules().len()).map_err(|_| TooMany)?;
        Ok(Kind::Rules { first, count, requirement })
    }

    /// A rule before the others, whose condition must hold for them to be asked.
    fn requirements(&mut self, flag: &Flag) -> Result<RuleEntry, TooMany> {
        let first = position(self.ops.len());
        self.ops.push(Op::And { end: first });
        for name in flag.requirements() {
            let name = Packed::text(name, &mut self.text);
            self.literals.push(name);
            self.ops.push(Op::Flag(position(self.literals.len() - 1)));
        }
        let end = position(self.ops.len());
        self.ops[first as usize] = Op::And { end };
        let condition = u16::try_from(end - first).map_err(|_| TooMany)?;
        Ok(RuleEntry { first, condition, served: Served::Off, rollout: None, cell: REQUIREMENT_CELL })
    }

    fn rule(&mut self, flag: &Flag, rule: &Rule, naming: &mut Naming<'_>) -> Result<RuleEntry, TooMany> {
        let (first, condition) =
            rule.condition().map_or(Ok((0, 0)), |condition| self.condition(flag, condition, naming))?;
        let mut path = KEY;
        let rollout = rule.share().map(|rollout| {
            let at = position(self.ops.len());
            let mut writer = self.writer(flag, naming);
            writer.rollout(rollout)?;
            path = writer.basis(rollout.basis())?;
            Ok(OpNumber::new(at))
        });
        let rollout = rollout.transpose()?;
        let cell = self.cells;
        self.cells += 1;
        let served = match rule.served() {
            Serve::On => Served::On,
            Serve::Off => Served::Off,
            Serve::Variant(name) => Served::Variant(self.variant(flag, name).ok_or(TooMany)?),
            Serve::Split(shares) => {
                self.cells += position(shares.len()) - 1;
                let split = self.split(flag, shares, path)?;
                self.splits.push(split);
                Served::Split(u16::try_from(self.splits.len() - 1).map_err(|_| TooMany)?)
            }
        };
        Ok(RuleEntry { first, condition, served, rollout, cell })
    }

    /// Where the operations of a condition begin, and how many there are. Flags of one block with the same condition use
    /// the same ones, which are then more often in the cache.
    fn condition(
        &mut self,
        flag: &Flag,
        condition: &Expression,
        naming: &mut Naming<'_>,
    ) -> Result<(u32, u16), TooMany> {
        let known = self.conditions.iter().find(|(known, ..)| known.is_clone_of(condition));
        if let Some((_, first, count)) = known {
            return Ok((*first, *count));
        }
        let first = position(self.ops.len());
        self.writer(flag, naming).node(condition.root())?;
        let count = u16::try_from(position(self.ops.len()) - first).map_err(|_| TooMany)?;
        // A rollout in a condition is salted by its flag.
        let is_salted = |op: &Op| matches!(op, Op::Rollout { .. } | Op::Ramp { .. });
        if self.conditions.len() < MOST_SHARED && !self.ops[first as usize..].iter().any(is_salted) {
            self.conditions.push((condition.clone(), first, count));
        }
        Ok((first, count))
    }

    fn writer<'a>(&'a mut self, flag: &Flag, naming: &'a mut Naming<'_>) -> Writer<'a> {
        Writer {
            ops: &mut self.ops,
            literals: &mut self.literals,
            text: &mut self.text,
            patterns: &mut self.patterns,
            ramps: &mut self.ramps,
            paths: naming.paths,
            groups: naming.groups,
            segments: naming.segments,
            used_segments: &mut self.used_segments,
            salt: Salt::of(flag.bucket_salt_bytes()),
        }
    }

    fn split(&self, flag: &Flag, shares: &[Share], path: u16) -> Result<Split, TooMany> {
        let mut end = 0;
        let mut ends = Vec::new();
        for share in shares {
            end += share.weight.thousandths();
            ends.push((end, self.variant(flag, &share.variant).ok_or(TooMany)?));
        }
        let salt = Salt::new(&format!("{}/variants", flag.bucket_salt()));
        Ok(Split { salt, path, ends: ends.into() })
    }
}
