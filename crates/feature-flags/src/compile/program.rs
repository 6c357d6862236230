//! Conditions as operations in a row.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::packed::Packed;
use crate::bucket::Salt;
use crate::expression::{Node, Operator, Pattern, Quantifier, Test};
use crate::model::{Basis, Ramp, Rollout, Segment};

/// The number of the path that stands for the context's key.
pub(crate) const KEY: u16 = u16::MAX;

/// The number of the path that stands for the clock.
pub(crate) const NOW: u16 = u16::MAX - 1;
/// The number of the path that stands for the evaluation itself.
pub(crate) const CALL: u16 = u16::MAX - 2;

/// Segments by name.
pub(crate) type Segments = BTreeMap<String, Arc<Segment>>;

/// One operation. A tree is laid out in pre-order: `And` and `Or` know where their operands end, so that the rest can be
/// skipped.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Constant(bool),
    /// Its operand follows.
    Not,
    And {
        end: u32,
    },
    Or {
        end: u32,
    },
    Test(TestOp),
    /// The number of a group's name.
    Group(u32),
    /// The path that is looked up, and the number of the segment; none where there is no segment of that name.
    Segment {
        path: u16,
        segment: Option<NonZeroU32>,
    },
    /// The literal that holds the flag's name.
    Flag(u32),
    /// Buckets below the share are in; the path says what decides.
    Rollout {
        path: u16,
        share: u32,
        salt: Salt,
    },
    /// The same, with the number of a ramp.
    Ramp {
        path: u16,
        ramp: u32,
        salt: Salt,
    },
}

const _: () = assert!(size_of::<Op>() == 16, "operations are laid out for the cache");

#[derive(Debug, Clone, Copy)]
pub(crate) struct TestOp {
    pub(crate) path: u16,
    pub(crate) operator: Operator,
    pub(crate) shape: Shape,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// How a test is to be read, in one byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape(u8);

impl Shape {
    fn of(test: &Test) -> Self {
        let quantifier = match test.subject.quantifier {
            None => 0,
            Some(Quantifier::Any) => 0b0100,
            Some(Quantifier::All) => 0b1000,
        };
        Self(u8::from(test.negated) | u8::from(test.subject.folded) << 1 | quantifier)
    }

    pub(crate) fn negated(self) -> bool {
        self.0 & 0b01 != 0
    }

    pub(crate) fn folded(self) -> bool {
        self.0 & 0b10 != 0
    }

    pub(crate) fn quantifier(self) -> Option<Quantifier> {
        match self.0 & 0b1100 {
            0b0100 => Some(Quantifier::Any),
            0b1000 => Some(Quantifier::All),
            _ => None,
        }
    }
}

/// Numbers for the names that several flags share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) in_order: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.in_order.len()).expect("files are limited to far fewer names");
        self.in_order.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

/// What the names in flags stand for.
pub(super) struct Naming<'a> {
    pub(super) paths: &'a mut Arc<Names>,
    pub(super) groups: &'a mut Names,
    pub(super) segments: &'a Segments,
}

/// Writes operations and literals into a block.
pub(super) struct Writer<'a> {
    pub(super) ops: &'a mut Vec<Op>,
    pub(super) literals: &'a mut Vec<Packed>,
    pub(super) text: &'a mut String,
    pub(super) patterns: &'a mut Vec<Pattern>,
    pub(super) ramps: &'a mut Vec<Ramp>,
    pub(super) paths: &'a mut Arc<Names>,
    pub(super) groups: &'a mut Names,
    pub(super) segments: &'a Segments,
    pub(super) used_segments: &'a mut Vec<Arc<Segment>>,
    pub(super) salt: Salt,
}

/// More attributes, rules or variants than numbers of 16 bits can tell apart.
#[derive(Debug)]
pub(super) struct TooMany;

impl Writer<'_> {
    /// Exactly one operation per node, in pre-order: explanations walk both in step.
    pub(super) fn node(&mut self, node: &Node) -> Result<(), TooMany> {
        match node {
            Node::Constant(value) => self.ops.push(Op::Constant(*value)),
            Node::Not(inner) => {
                self.ops.push(Op::Not);
                self.node(inner)?;
            }
            Node::And(nodes) => self.chain(nodes, |end| Op::And { end })?,
            Node::Or(nodes) => self.chain(nodes, |end| Op::Or { end })?,
            Node::Test(test) => self.test(test)?,
            Node::Group(name) => {
                let number = self.groups.number(name);
                self.ops.push(Op::Group(number));
            }
            Node::Segment(name) => self.segment(name)?,
            Node::Flag(name) => {
                let literal = Packed::text(name, self.text);
                let first = self.literal(literal);
                self.ops.push(Op::Flag(first));
            }
            Node::Rollout(rollout) => self.rollout(rollout)?,
        }
        Ok(())
    }

    pub(super) fn rollout(&mut self, rollout: &Rollout) -> Result<(), TooMany> {
        let path = self.basis(rollout.basis())?;
        let salt = rollout.own_salt().map_or(self.salt, Salt::new);
        self.ops.push(match rollout.growth() {
            None => Op::Rollout { path, share: rollout.share().thousandths(), salt },
            Some(ramp) => {
                self.ramps.push(ramp);
                Op::Ramp { path, ramp: position(self.ramps.len() - 1), salt }
            }
        });
        Ok(())
    }

    /// The number of what decides.
    pub(super) fn basis(&mut self, basis: &Basis) -> Result<u16, TooMany> {
        match basis {
            Basis::Key => Ok(KEY),
            Basis::Calls => Ok(CALL),
            Basis::Path(path) => self.path(path),
        }
    }

    fn segment(&mut self, name: &str) -> Result<(), TooMany> {
        let Some(segment) = self.segments.get(name) else {
            self.ops.push(Op::Segment { path: KEY, segment: None });
            return Ok(());
        };
        let path = segment.path().map_or(Ok(KEY), |path| self.path(path))?;
        self.used_segments.push(Arc::clone(segment));
        self.ops.push(Op::Segment { path, segment: NonZeroU32::new(position(self.used_segments.len())) });
        Ok(())
    }

    fn chain(&mut self, nodes: &[Node], op: fn(u32) -> Op) -> Result<(), TooMany> {
        let at = self.ops.len();
        self.ops.push(op(0));
        for node in nodes {
            self.node(node)?;
        }
        self.ops[at] = op(position(self.ops.len()));
        Ok(())
    }

    fn test(&mut self, test: &Test) -> Result<(), TooMany> {
        let path = self.path(&test.subject.path)?;
        let first = position(self.literals.len());
        for literal in &test.literals {
            let packed = Packed::literal(literal, test.subject.folded, self.text, self.patterns);
            self.literals.push(packed);
        }
        let first = self.shared(first);
        let count = position(test.literals.len());
        self.ops.push(Op::Test(TestOp { path, operator: test.operator, shape: Shape::of(test), first, count }));
        Ok(())
    }

    /// Flags of one block that list the same values use the same copy, which is then more often in the cache. Gives up
    /// the literals from `first` on if the same stand before.
    fn shared(&mut self, first: u32) -> u32 {
        let (before, new) = self.literals.split_at(first as usize);
        if new.is_empty() || new.len() > LONGEST_SHARED {
            return first;
        }
        let near = &before[..before.len().min(MOST_LOOKED_THROUGH)];
        match near.windows(new.len()).position(|window| window == new) {
            Some(same) => {
                self.literals.truncate(first as usize);
                position(same)
            }
            None => first,
        }
    }

    fn literal(&mut self, literal: Packed) -> u32 {
        self.literals.push(literal);
        position(self.literals.len() - 1)
    }

    fn path(&mut self, path: &str) -> Result<u16, TooMany> {
        path_number(path, self.paths)
    }
}

/// Shared numbers are copied only where there is a path more.
pub(super) fn path_number(path: &str, paths: &mut Arc<Names>) -> Result<u16, TooMany> {
    if path == "now" {
        return Ok(NOW);
    }
    let number = paths.find(path).unwrap_or_else(|| Arc::make_mut(paths).number(path));
    match u16::try_from(number) {
        Ok(number) if number < CALL => Ok(number),
        _ => Err(TooMany),
    }
}

/// Longer lists are not looked for among the others.
const LONGEST_SHARED: usize = 16;
/// Nor among more than these, so that a block of many literals is compiled in the time of its size.
const MOST_LOOKED_THROUGH: usize = 24;

pub(super) fn position(length: usize) -> u32 {
    u32::try_from(length).expect("files are limited to far less than 4 GiB")
}
