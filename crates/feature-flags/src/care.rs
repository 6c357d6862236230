//! Looking after flags: what an edit would do, and which flags should go.

mod affected;
mod code;
mod constant;
mod evidence;
mod mentions;
mod preview;
mod report;
mod rust;
mod side;
mod stale;
mod tally;
mod told;

pub use code::{CodeMention, CodeScan};
pub use evidence::StaleEvidence;
pub use preview::{FlagPreview, Move, Preview};
pub use report::PreviewReport;
pub use stale::{LastChange, LastRead, StaleFlag, StaleReason, StaleReport};
