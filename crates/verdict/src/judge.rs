//! From bounds to a verdict that can be printed and acted on.
//!
//! A claim is made before looking: [`RateClaim`] "at most so many mismatches", [`SpeedClaim`] "the same within so
//! much", [`NoiseClaim`] "nowhere more often than by itself". Judging it, after any run, gives a [`RateVerdict`], a
//! [`SpeedVerdict`] or a [`NoiseVerdict`], which carries what it is about and prints it in words.

mod needed;
mod noise;
mod rate;
mod rate_words;
mod speed;
mod speed_words;
mod tally;

pub use noise::{NoiseClaim, NoiseFinding, NoiseVerdict};
pub use rate::{RateClaim, RateFinding, RateVerdict};
pub use speed::{SpeedClaim, SpeedFinding, SpeedMeasure, SpeedVerdict};
pub use tally::Tally;
