//! What a flag is, apart from where it was written.

mod flag;
mod percent;
mod rollout;
mod rule;

pub use flag::Flag;
pub use percent::{Percent, PercentError};
pub use rollout::Rollout;
pub use rule::{Rule, Serve};
