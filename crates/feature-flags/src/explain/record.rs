//! What was seen while a flag was evaluated.

use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

use crate::bucket::Bucket;
use crate::context::Value;
use crate::evaluate::{Reason, Trace, Truth};
use crate::model::Percent;

/// By operation, in the order in which they were done.
#[derive(Clone)]
pub(super) struct Record {
    gates: Vec<Option<Bucket>>,
    seen: Vec<(u32, Truth, Seen)>,
}

/// The same by the place of the operation. Rules with the same condition share its operations, and saw the same.
pub(super) struct SeenAt<'a>(Vec<&'a (u32, Truth, Seen)>);

impl<'a> SeenAt<'a> {
    /// What came out of an operation, and what was seen there; `None` if it was not done.
    pub(super) fn get(&self, at: u32) -> Option<(Truth, &'a Seen)> {
        let place = self.0.binary_search_by_key(&at, |(at, ..)| *at).ok()?;
        let (_, truth, seen) = self.0[place];
        Some((*truth, seen))
    }
}

#[derive(Clone)]
pub(super) enum Seen {
    Nothing,
    Value(Option<Kept>),
    /// The share is that of the moment.
    Bucket(Option<Bucket>, Percent),
    Flag(Reason),
}

/// A value of the context, which is gone when the explanation is read.
#[derive(Clone)]
pub(super) enum Kept {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Box<str>),
    Ip(IpAddr),
    Time(SystemTime),
    /// As it is printed.
    List(Box<str>),
}

impl Record {
    pub(super) fn new() -> Self {
        // Most flags do no more operations than this.
        Self { gates: Vec::new(), seen: Vec::with_capacity(4) }
    }

    /// What was seen at each operation that was done.
    pub(super) fn by_operation(&self) -> SeenAt<'_> {
        let mut seen: Vec<_> = self.seen.iter().collect();
        seen.sort_unstable_by_key(|(at, ..)| *at);
        SeenAt(seen)
    }

    /// The bucket that the gate at a place among those of the flag asked for; `None` where the context has none.
    pub(super) fn gate(&self, place: usize) -> Option<Bucket> {
        self.gates.get(place).copied().flatten()
    }
}

impl Trace for Record {
    const WHOLE: bool = true;

    fn test(&mut self, at: u32, truth: Truth, value: Option<Value<'_>>) {
        self.seen.push((at, truth, Seen::Value(value.map(Kept::of))));
    }

    fn rollout(&mut self, at: u32, truth: Truth, bucket: Option<Bucket>, share: Percent) {
        self.seen.push((at, truth, Seen::Bucket(bucket, share)));
    }

    fn flag(&mut self, at: u32, truth: Truth, reason: Reason) {
        self.seen.push((at, truth, Seen::Flag(reason)));
    }

    fn other(&mut self, at: u32, truth: Truth) {
        self.seen.push((at, truth, Seen::Nothing));
    }

    fn gate(&mut self, _place: usize, bucket: Option<Bucket>) {
        self.gates.push(bucket);
    }
}

impl Kept {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Float(value) => Self::Float(value),
            Value::Text(text) => Self::Text(text.into()),
            Value::Ip(address) => Self::Ip(address),
            Value::Time(time) => Self::Time(time),
            Value::List(_) => Self::List(value.to_string().into()),
        }
    }
}

/// As the value itself is printed.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => Value::Bool(*value).fmt(f),
            Self::Integer(value) => Value::Integer(*value).fmt(f),
            Self::Float(value) => Value::Float(*value).fmt(f),
            Self::Text(text) => Value::Text(text).fmt(f),
            Self::Ip(address) => Value::Ip(*address).fmt(f),
            Self::Time(time) => Value::Time(*time).fmt(f),
            Self::List(printed) => f.write_str(printed),
        }
    }
}
