//! The one evaluator.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::SystemTime;

use super::compare;
use super::decision::Reason;
use super::trace::Trace;
use super::truth::Truth;
use crate::bucket::{Bucket, Salt};
use crate::code::Call;
use crate::compile::{
    Block, CALL, GateKind, Gated, HOLDOUT_CELL, KEY, Kind, LAYER_CELL, NO_RULE_CELL, NOW, Op, REQUIREMENT_CELL, Record,
    RuleEntry, Served, Slot, TestOp,
};
use crate::context::{Context, Value};
use crate::handle::{Snapshot, Surroundings};
use crate::model::Percent;

/// One context, looked at by the flags of one snapshot.
pub(crate) struct Evaluation<'a> {
    snapshot: &'a Snapshot,
    context: &'a dyn Context,
    around: &'a Surroundings,
    /// The clock costs as much as everything else together: it is read when a rule asks, and once.
    now: Cell<Option<SystemTime>>,
}

/// What came out, and where it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) enabled: bool,
    pub(crate) reason: Reason,
    /// The variant of the flag's block that is served.
    pub(crate) variant: Option<u16>,
    /// Among those of the flag's block.
    pub(crate) cell: u32,
}

/// What is asked for most, and where it is counted: no more than a register holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switched {
    pub(crate) enabled: bool,
    pub(crate) cell: u32,
}

impl Outcome {
    #[inline]
    pub(crate) fn switched(self) -> Switched {
        Switched { enabled: self.enabled, cell: self.cell }
    }

    /// What comes out of a flag that is the same for all.
    #[inline]
    pub(crate) fn without_context(record: &Record) -> Option<Self> {
        if record.kind.needs_context() {
            return None;
        }
        match record.kind {
            Kind::On => Some(Self::plain(record, true, Reason::Fixed)),
            Kind::Off { disabled: false } => Some(Self::plain(record, false, Reason::Fixed)),
            Kind::Off { disabled: true } => Some(Self::plain(record, false, Reason::Disabled)),
            Kind::Broken => Some(Self::plain(record, record.default, Reason::Broken)),
            Kind::Rules { .. } | Kind::Code(_) | Kind::Gated(_) => None,
        }
    }

    #[inline]
    fn plain(record: &Record, enabled: bool, reason: Reason) -> Self {
        Self { enabled, reason, variant: record.default_variant, cell: record.counts }
    }
}

/// What the rules of a flag came to.
enum Applied {
    Rule(u16, RuleEntry),
    None,
    Requirement,
}

impl<'a> Evaluation<'a> {
    #[inline]
    pub(crate) fn new(snapshot: &'a Snapshot, context: &'a dyn Context, around: &'a Surroundings) -> Self {
        Self { snapshot, context, around, now: Cell::new(None) }
    }

    /// Decides the flag at `slot`.
    pub(crate) fn decide<T: Trace>(&self, slot: Slot, trace: &mut T) -> Outcome {
        let (block, index) = self.snapshot.table().at(slot);
        self.decide_in(block, index, trace)
    }

    /// Decides a flag of a block.
    #[inline]
    pub(crate) fn decide_in<T: Trace>(&self, block: &Block, index: usize, trace: &mut T) -> Outcome {
        self.record(block, block.record(index), trace)
    }

    /// Whether a flag is on that is not the same for all.
    #[inline]
    pub(crate) fn switched(&self, block: &Block, record: &Record) -> Switched {
        self.by_context(block, record, &mut ()).switched()
    }

    #[inline]
    fn record<T: Trace>(&self, block: &Block, record: &Record, trace: &mut T) -> Outcome {
        Outcome::without_context(record).unwrap_or_else(|| self.by_context(block, record, trace))
    }

    #[inline]
    fn by_context<T: Trace>(&self, block: &Block, record: &Record, trace: &mut T) -> Outcome {
        match record.kind {
            Kind::Rules { .. } => self.by_rules(block, record, trace),
            Kind::Code(number) => self.by_code(record, number),
            Kind::Gated(number) => self.gated(block, record, block.gated(number), trace),
            // Without the context, above.
            Kind::On | Kind::Off { .. } | Kind::Broken => Outcome::plain(record, record.default, Reason::Broken),
        }
    }

    /// Apart, so that flags that are the same for all pay for none of it.
    #[inline(never)]
    fn by_rules<T: Trace>(&self, block: &Block, record: &Record, trace: &mut T) -> Outcome {
        let variant = record.default_variant;
        if let (Kind::Rules { count: 1, requirement: false, .. }, Served::On | Served::Off) =
            (record.kind, record.rule.served)
        {
            return self.by_one_rule(block, record, trace);
        }
        let off = |reason, cell| Outcome { enabled: false, reason, variant, cell };
        let mut outcome = match self.rules(block, record, trace) {
            Applied::Rule(number, rule) => self.serve(block, number, rule, variant),
            Applied::None => off(Reason::NoRule, NO_RULE_CELL),
            Applied::Requirement => off(Reason::Requirement, REQUIREMENT_CELL),
        };
        outcome.cell += record.counts;
        outcome
    }

    /// The first gate that is closed decides; what is behind them comes after that.
    #[inline(never)]
    fn gated<T: Trace>(&self, block: &Block, record: &Record, gated: &Gated, trace: &mut T) -> Outcome {
        let mut closed = None;
        for (place, gate) in gated.gates.iter().enumerate() {
            let bucket = self.key(gate.path).and_then(|key| Bucket::of_value(gate.salt, key));
            trace.gate(place, bucket);
            if !gate.lets_through(bucket) {
                closed = closed.or(Some(gate.kind));
                if !T::WHOLE {
                    break;
                }
            }
        }
        let inner = record.behind(gated);
        let (reason, cell) = match closed {
            Some(GateKind::Holdout) => (Reason::Holdout, HOLDOUT_CELL),
            Some(GateKind::Layer) => (Reason::Layer, LAYER_CELL),
            None => return self.record(block, &inner, trace),
        };
        if T::WHOLE {
            let _behind = self.record(block, &inner, trace);
        }
        let cell = record.counts + gated.cell + cell;
        Outcome { enabled: false, reason, variant: record.default_variant, cell }
    }

    /// The most common flag. Whether its rule applies is often like a coin's toss, which no processor predicts, so that
    /// the outcome is computed rather than chosen.
    #[inline]
    fn by_one_rule<T: Trace>(&self, block: &Block, record: &Record, trace: &mut T) -> Outcome {
        let Record { rule, counts, default_variant: variant, .. } = *record;
        let applies = self.rule(block, rule, trace) == Truth::True;
        let reason = [Reason::NoRule, Reason::Rule { number: 1 }][usize::from(applies)];
        let cell = counts + NO_RULE_CELL + u32::from(applies) * (rule.cell - NO_RULE_CELL);
        Outcome { enabled: applies & matches!(rule.served, Served::On), reason, variant, cell }
    }

    #[inline(never)]
    fn by_code(&self, record: &Record, number: u32) -> Outcome {
        let (enabled, reason, cell) = match self.around.code.load().call(number, self.context) {
            Call::Answered(enabled) => (enabled, Reason::Function, u32::from(enabled)),
            Call::Failed => (record.default, Reason::FunctionFailed, 2),
        };
        Outcome { enabled, reason, variant: record.default_variant, cell: record.counts + cell }
    }

    /// What a rule that applies serves.
    #[inline]
    fn serve(&self, block: &Block, number: u16, rule: RuleEntry, default: Option<u16>) -> Outcome {
        let (enabled, variant, share) = match rule.served {
            Served::On => (true, default, 0),
            Served::Off => (false, default, 0),
            Served::Variant(variant) => (true, Some(variant), 0),
            Served::Split(split) => {
                let split = block.split(split);
                let (share, variant) = split.choose(self.key(split.path));
                (true, Some(variant), share)
            }
        };
        Outcome { enabled, reason: Reason::Rule { number }, variant, cell: rule.cell + share }
    }

    /// The first rule that applies decides.
    fn rules<T: Trace>(&self, block: &Block, record: &Record, trace: &mut T) -> Applied {
        let Kind::Rules { mut first, count, requirement } = record.kind else { return Applied::None };
        if requirement {
            if self.rule(block, record.rule, trace) != Truth::True {
                return Applied::Requirement;
            }
            first += 1;
        }
        let mut applied = Applied::None;
        for (number, rule) in (1..).zip(block.rules(first, count)) {
            let applies = self.rule(block, *rule, trace) == Truth::True;
            if applies && matches!(applied, Applied::None) {
                applied = Applied::Rule(number, *rule);
                if !T::WHOLE {
                    break;
                }
            }
        }
        applied
    }

    /// Condition and rollout together.
    #[inline]
    fn rule<T: Trace>(&self, block: &Block, rule: RuleEntry, trace: &mut T) -> Truth {
        let condition = match rule.condition {
            0 => Truth::True,
            _ => match block.op(rule.first) {
                Op::Test(test) => self.test(block, rule.first, test, trace),
                Op::Segment { path, segment } => self.segment(block, rule.first, *path, *segment, trace),
                _ => self.op(block, rule.first, trace).0,
            },
        };
        let Some(rollout) = rule.rollout.filter(|_| condition == Truth::True || T::WHOLE) else { return condition };
        let share = self.share(block, rollout.get(), trace);
        if T::WHOLE { condition.and(share) } else { share }
    }

    /// The operation at `at`, and where the next begins.
    fn op<T: Trace>(&self, block: &Block, at: u32, trace: &mut T) -> (Truth, u32) {
        match *block.op(at) {
            Op::Constant(value) => {
                trace.other(at, Truth::of(value));
                (Truth::of(value), at + 1)
            }
            Op::Test(test) => (self.test(block, at, &test, trace), at + 1),
            Op::Rollout { .. } | Op::Ramp { .. } => (self.share(block, at, trace), at + 1),
            Op::Not => {
                let (truth, next) = self.op(block, at + 1, trace);
                trace.other(at, truth.not());
                (truth.not(), next)
            }
            Op::And { end } => (self.chain(block, at, end, Truth::True, Truth::False, Truth::and, trace), end),
            Op::Or { end } => (self.chain(block, at, end, Truth::False, Truth::True, Truth::or, trace), end),
            Op::Group(number) => {
                let truth = self.around.code.load().in_group(number, self.context);
                trace.other(at, truth);
                (truth, at + 1)
            }
            Op::Segment { path, segment } => (self.segment(block, at, path, segment, trace), at + 1),
            Op::Flag(literal) => {
                let (truth, reason) = self.other_flag(block, literal);
                trace.flag(at, truth, reason);
                (truth, at + 1)
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the two kinds of chain differ in three values")]
    #[inline]
    fn chain<T: Trace>(
        &self,
        block: &Block,
        at: u32,
        end: u32,
        start: Truth,
        decided: Truth,
        join: fn(Truth, Truth) -> Truth,
        trace: &mut T,
    ) -> Truth {
        let mut truth = start;
        let mut next = at + 1;
        while next < end && (T::WHOLE || truth != decided) {
            let (operand, behind) = self.op(block, next, trace);
            truth = join(truth, operand);
            next = behind;
        }
        trace.other(at, truth);
        truth
    }

    /// Whether another flag is on. Flags that need each other are broken, so this ends.
    fn other_flag(&self, block: &Block, literal: u32) -> (Truth, Reason) {
        let name = block.literals(literal, 1)[0].as_str(block.text());
        let Some(slot) = name.and_then(|name| self.snapshot.table().find(name)) else {
            return (Truth::Unknown, Reason::Unknown);
        };
        let outcome = self.decide(slot, &mut ());
        match outcome.reason {
            Reason::Broken | Reason::FunctionFailed => (Truth::Unknown, outcome.reason),
            reason => (Truth::of(outcome.enabled), reason),
        }
    }

    #[inline]
    fn value(&self, path: u16) -> Option<Value<'_>> {
        if path == NOW {
            return Some(Value::Time(self.now()));
        }
        self.context.attribute(self.snapshot.table().path(path))
    }

    fn now(&self) -> SystemTime {
        let now = self.now.get().unwrap_or_else(|| self.around.clock.now());
        self.now.set(Some(now));
        now
    }

    #[inline]
    fn test<T: Trace>(&self, block: &Block, at: u32, test: &TestOp, trace: &mut T) -> Truth {
        let value = self.value(test.path);
        let truth = compare::test(block, test, value);
        trace.test(at, truth, value);
        truth
    }

    #[inline]
    fn segment<T: Trace>(
        &self,
        block: &Block,
        at: u32,
        path: u16,
        segment: Option<NonZeroU32>,
        trace: &mut T,
    ) -> Truth {
        let segment = segment.map(|segment| block.segment(segment));
        let found = segment.zip(self.key(path)).and_then(|(segment, key)| segment.contains_value(key));
        let truth = found.map_or(Truth::Unknown, Truth::of);
        trace.other(at, truth);
        truth
    }

    /// The rollout at `at`.
    #[inline]
    fn share<T: Trace>(&self, block: &Block, at: u32, trace: &mut T) -> Truth {
        match *block.op(at) {
            Op::Rollout { path, share, salt } => {
                let share = Percent::from_thousandths(share).unwrap_or(Percent::NONE);
                self.rollout(at, path, share, salt, trace)
            }
            Op::Ramp { path, ramp, salt } => {
                let share = block.ramp(ramp).share_at(self.now());
                self.rollout(at, path, share, salt, trace)
            }
            // Nothing else stands where a rollout does.
            _ => Truth::Unknown,
        }
    }

    #[inline]
    fn rollout<T: Trace>(&self, at: u32, path: u16, share: Percent, salt: Salt, trace: &mut T) -> Truth {
        let bucket = self.key(path).and_then(|key| Bucket::of_value(salt, key));
        let truth = bucket.map_or(Truth::Unknown, |bucket| Truth::of(bucket.is_within(share)));
        trace.rollout(at, truth, bucket, share);
        truth
    }

    #[inline]
    fn key(&self, path: u16) -> Option<Value<'_>> {
        match path {
            KEY => self.context.key(),
            // A number that never comes twice falls into any bucket with the same chance.
            CALL => Some(Value::Integer(i128::from(self.snapshot.next_call()))),
            path => self.value(path),
        }
    }
}
