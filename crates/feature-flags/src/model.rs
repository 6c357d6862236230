//! What a flag is, apart from where it was written.

mod band;
mod check;
#[cfg(feature = "serde")]
mod deserialize;
mod few;
mod flag;
mod holdout;
mod layer;
mod name;
mod percent;
mod ramp;
mod rollout;
mod rule;
mod segment;
mod value;
mod variant;

pub use band::{Band, BandError};
pub(crate) use check::check;
#[cfg(feature = "toml")]
pub(crate) use check::{check_name, check_parts};
pub use flag::Flag;
pub use holdout::Holdout;
pub use layer::{Layer, LayerError};
pub use percent::{Percent, PercentError};
pub(crate) use ramp::LONGEST;
pub use ramp::Ramp;
pub use rollout::{Basis, Rollout};
pub use rule::{Rule, Serve};
pub use segment::Segment;
pub use value::FlagValue;
pub use variant::{Share, Variant};
