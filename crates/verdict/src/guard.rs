//! Alarms that may be asked after every request, and still ring falsely with probability at most alpha, *ever*.
//!
//! [`ErrorGuard`]: does the new version fail more often? [`LatencyGuard`]: is the quantile above its limit?
//! [`SampleRatio`]: does the traffic split the way it was set, or is the comparison broken before it begins?

mod errors;
mod latency;
mod sample_ratio;

pub use errors::ErrorGuard;
pub use latency::{LatencyGuard, LatencyState};
pub use sample_ratio::SampleRatio;
