//! Who was shown what, for analysis.

mod delivery;
mod exposures;
mod options;
mod record;
mod seen;
mod shared;
mod sink;

pub use exposures::Exposures;
pub use options::{ExposureOptions, SubjectKeys, Tracked};
pub use record::{Exposure, SubjectKey};
pub use shared::ExposureCounts;
pub use sink::{ExposureSink, MemorySink};
