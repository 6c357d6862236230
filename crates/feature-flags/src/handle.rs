//! The handle that applications hold, and what is behind it.

mod aside;
mod builder;
mod core;
mod counts;
mod details;
mod flags;
mod hook;
mod hooked;
mod hooks;
mod listener;
#[cfg(feature = "metrics")]
mod metrics;
mod name;
mod nearest;
mod overrides;
mod readiness;
mod resolved;
mod seat;
mod snapshot;
mod status;
mod sync;
mod usage;
#[cfg(feature = "json")]
mod usage_file;
#[cfg(feature = "json")]
mod usage_report;
mod values;
mod warned;

#[cfg(test)]
mod tests;

pub(crate) use self::core::{Core, Surroundings};
pub use builder::Builder;
pub(crate) use counts::{Counts, Shards};
pub use details::{EvaluationDetails, EvaluationFailure};
pub use flags::Flags;
pub use hook::{Hook, HookContext};
#[cfg(feature = "exposures")]
pub(crate) use listener::Unattended;
pub use listener::{Event, Listener};
pub use name::FlagName;
pub(crate) use nearest::nearest;
#[cfg(feature = "testing")]
pub(crate) use overrides::Forced;
pub use overrides::Overrides;
pub use readiness::Readiness;
pub use resolved::{Resolved, Text};
pub(crate) use snapshot::Snapshot;
pub use snapshot::{ContentId, SnapshotId};
pub use status::Status;
pub use usage::Usage;
#[cfg(feature = "json")]
pub use usage_file::UsageFile;
#[cfg(feature = "json")]
pub use usage_report::{UsageError, UsageReport, UsageSpan};
