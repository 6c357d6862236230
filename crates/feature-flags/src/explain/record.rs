//! What was seen while a flag was evaluated.

use std::collections::BTreeMap;

use crate::bucket::Bucket;
use crate::context::Value;
use crate::evaluate::{Reason, Trace, Truth};
use crate::model::Percent;

/// By operation.
#[derive(Default)]
pub(super) struct Record {
    gates: Vec<Option<Bucket>>,
    seen: BTreeMap<u32, (Truth, Seen)>,
}

#[derive(Clone)]
pub(super) enum Seen {
    Nothing,
    Value(Option<String>),
    /// The share is that of the moment.
    Bucket(Option<Bucket>, Percent),
    Flag(Reason),
}

impl Record {
    /// What was seen at an operation; `None` if it was never asked.
    pub(super) fn at(&self, at: u32) -> Option<&(Truth, Seen)> {
        self.seen.get(&at)
    }

    /// The bucket that the gate at a place among those of the flag asked for; `None` where the context has none.
    pub(super) fn gate(&self, place: usize) -> Option<Bucket> {
        self.gates.get(place).copied().flatten()
    }
}

impl Trace for Record {
    const WHOLE: bool = true;

    fn test(&mut self, at: u32, truth: Truth, value: Option<Value<'_>>) {
        self.seen.insert(at, (truth, Seen::Value(value.map(|value| value.to_string()))));
    }

    fn rollout(&mut self, at: u32, truth: Truth, bucket: Option<Bucket>, share: Percent) {
        self.seen.insert(at, (truth, Seen::Bucket(bucket, share)));
    }

    fn flag(&mut self, at: u32, truth: Truth, reason: Reason) {
        self.seen.insert(at, (truth, Seen::Flag(reason)));
    }

    fn other(&mut self, at: u32, truth: Truth) {
        self.seen.insert(at, (truth, Seen::Nothing));
    }

    fn gate(&mut self, _place: usize, bucket: Option<Bucket>) {
        self.gates.push(bucket);
    }
}
