//! What an evaluation sees on its way.

use super::decision::Reason;
use super::truth::Truth;
use crate::bucket::Bucket;
use crate::context::Value;
use crate::model::Percent;

/// Told about each operation after it was evaluated, by its number in the block.
pub(crate) trait Trace {
    /// Whether operands are evaluated that cannot change the result any more.
    const WHOLE: bool;

    fn test(&mut self, at: u32, truth: Truth, value: Option<Value<'_>>);
    fn rollout(&mut self, at: u32, truth: Truth, bucket: Option<Bucket>, share: Percent);
    fn flag(&mut self, at: u32, truth: Truth, reason: Reason);
    fn other(&mut self, at: u32, truth: Truth);
    /// A holdout or layer, by its place among those of the flag.
    fn gate(&mut self, place: usize, bucket: Option<Bucket>);
}

/// Nobody wants to know.
impl Trace for () {
    const WHOLE: bool = false;

    #[inline]
    fn test(&mut self, _at: u32, _truth: Truth, _value: Option<Value<'_>>) {}

    #[inline]
    fn rollout(&mut self, _at: u32, _truth: Truth, _bucket: Option<Bucket>, _share: Percent) {}

    #[inline]
    fn flag(&mut self, _at: u32, _truth: Truth, _reason: Reason) {}

    #[inline]
    fn other(&mut self, _at: u32, _truth: Truth) {}

    #[inline]
    fn gate(&mut self, _place: usize, _bucket: Option<Bucket>) {}
}
