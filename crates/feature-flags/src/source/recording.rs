//! What a source delivered, written down and played again.

mod entry;
mod log;
mod recorded;
mod replay;
mod tape;

pub use recorded::RecordedSource;
pub use replay::ReplaySource;
pub use tape::{Delivered, Recording, RecordingEntry, RecordingError};
