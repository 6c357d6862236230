//! From bounds to a verdict that can be printed and acted on.
//!
//! A claim is made before looking: [`RateClaim`] "at most so many mismatches", [`SpeedClaim`] "the same within so
//! much". Judging it, after any run, gives a [`RateVerdict`] or a [`SpeedVerdict`], which carries what it is about
//! and prints it in words.

mod needed;
mod rate;
mod rate_words;
mod speed;
mod speed_words;
mod tally;

pub use rate::{RateClaim, RateFinding, RateVerdict};
pub use speed::{SpeedClaim, SpeedFinding, SpeedMeasure, SpeedVerdict};
pub use tally::Tally;
