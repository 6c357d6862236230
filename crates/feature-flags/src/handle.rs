//! The handle that applications hold, and what is behind it.

mod builder;
mod core;
mod counts;
mod flags;
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
mod usage;
mod values;
mod warned;

pub(crate) use self::core::{Core, Surroundings};
pub use builder::Builder;
pub(crate) use counts::{Counts, Shards};
pub use flags::Flags;
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
