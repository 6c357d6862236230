//! Quantiles of latencies, from sorted values or from a histogram's buckets, valid at any time.
//!
//! [`QuantileSequence`] bounds one quantile chosen beforehand, [`EmpiricalBand`] and [`DoubleStitching`] all of them
//! at once. They work on *ranks*: how many observations lie below the true quantile is a sum of coin tosses, whatever
//! the law of the observations. So nothing is asked of that law: no moments, no smoothness, ties allowed. And a rank
//! can be turned into a value with bucketed data as well: the outer edge of its bucket errs on the safe side.
//!
//! Assumption for all: the observations are independent with one law (a drift of the law between two looks is not
//! covered).
//!
//! Reference: Howard and Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm
//! identification", Bernoulli 28(3), 2022, 1704-1728.

mod band;
mod bounds;
mod compare;
mod level;
mod sequence;
mod stitching;

pub use band::EmpiricalBand;
pub use bounds::{Bucket, QuantileBounds};
pub use compare::Arms;
pub use level::Quantile;
pub use sequence::{QuantileSequence, Radius, Ranks};
pub use stitching::DoubleStitching;
