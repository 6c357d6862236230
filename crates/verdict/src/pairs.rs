//! Pairs from the same run: which of the two was faster, and does the candidate differ more than the control from
//! itself?
//!
//! Every run of an experiment gives a pair, the control and the candidate on the same input, and most of what varies
//! between inputs cancels. In the order of what can be said with the fewest assumptions:
//!
//! 1. [`Signs`]: in how many runs was the candidate faster? No moments, no outliers.
//! 2. [`LogRatios`]: by which factor, on (geometric) average? Needs a variance and many pairs.
//! 3. Quantiles of either side: see [`quantile`](crate::quantile).
//!
//! [`Discordant`] counts for mismatches what [`Signs`] count for speed, against a second run of the control.

mod log_ratio;
mod noise;
mod signs;

pub use log_ratio::{LogRatioSequence, LogRatios};
pub use noise::{Discordant, NoiseSequence};
pub use signs::{SignSequence, Signs};
