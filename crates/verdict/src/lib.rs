//! What may honestly be said of a running experiment: counts in, bounds out.
//!
//! Old and new code run side by side on live traffic, and somebody looks at the numbers every few minutes. Statements
//! made for one planned look are wrong far more often than they say when one looks all the time; the statements of
//! this crate are not. They hold **at any time**: look after every run, stop when it looks good, let an alarm act on
//! it.
//!
//! ```
//! use verdict::judge::{RateClaim, Tally};
//! use verdict::{Alpha, Counts, Rate};
//!
//! let claim = RateClaim::new(Rate::new(0.0001)?, Alpha::FIVE_PERCENT);
//! let tally = Tally::new(Counts::new(0, 34_411)?).dropped(18).timed_out(3);
//! assert_eq!(
//!     claim.judge(tally).to_string(),
//!     "34,411 runs, 0 mismatches: the mismatch rate is below 0.01 % (95 %, at any time), \
//!      18 dropped, 3 timed out (counted as mismatches: below 0.12 %)",
//! );
//! # Ok::<(), verdict::OutOfRange>(())
//! ```
//!
//! # Where to look
//!
//! | question | answer |
//! |---|---|
//! | do the results match? which is faster? in words | [`judge`] |
//! | a bound on a rate that may drift, at any time | [`anytime`] |
//! | the same for a constant rate, or for sums of other steps | [`mixture`] |
//! | faster or slower, run by run; worse than the control's own noise? | [`pairs`] |
//! | p50, p95, p99 from sorted values or a histogram | [`quantile`] |
//! | alarms: failures, latency, the split of the traffic | [`guard`] |
//! | one look at a finished batch | [`fixed`] |
//!
//! [`Alpha`] says how often a statement may be wrong, and is split over candidates and cohorts. [`EValue`] is
//! evidence that may be multiplied over stages and averaged over anything.
//!
//! # What it is not
//!
//! It counts nothing, keeps no state, reads no clock, does no I/O, allocates nothing and has no dependency: that is
//! the work of whoever calls it. It cannot mend a biased sample: every statement is about the runs that were counted.
//!
//! # Numbers
//!
//! Counts are `u64`, all else `f64`. Every result agrees with published or independently computed values to a
//! relative 1e-6 or better (most to 1e-9) for up to 10^12 runs. No function panics or loops without bound on any
//! input: what cannot mean anything is refused by the constructors with [`OutOfRange`], the rest has an answer. One
//! bound costs below 5 µs unless its documentation says otherwise; so does a constructor, and what only reads, joins or
//! converts numbers costs some nanoseconds.
//!
//! Every function that works something out says the unit and the range of what it gives, what it assumes of the runs,
//! where it is proved, and what it costs, and has an example. A test reads the source and fails where one of these is missing.

#![allow(clippy::doc_markdown, reason = "names of people such as McNemar are not code")]

mod alpha;
pub mod anytime;
mod counts;
mod error;
mod evalue;
pub mod fixed;
pub mod guard;
mod interval;
pub mod judge;
pub mod mixture;
pub mod pairs;
pub mod quantile;
mod rate;
mod special;
mod words;

pub use alpha::Alpha;
pub use counts::Counts;
pub use error::OutOfRange;
pub use evalue::EValue;
pub use interval::Interval;
pub use rate::Rate;
