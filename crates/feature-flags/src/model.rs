//! What a flag is, apart from where it was written.

mod check;
#[cfg(feature = "serde")]
mod deserialize;
mod flag;
mod percent;
mod ramp;
mod rollout;
mod rule;
mod segment;
mod value;
mod variant;

pub(crate) use check::check;
#[cfg(feature = "toml")]
pub(crate) use check::check_name;
pub use flag::Flag;
pub use percent::{Percent, PercentError};
pub(crate) use ramp::LONGEST;
pub use ramp::Ramp;
pub use rollout::{Basis, Rollout};
pub use rule::{Rule, Serve};
pub use segment::Segment;
pub use value::FlagValue;
pub use variant::{Share, Variant};
