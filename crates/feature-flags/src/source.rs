//! Where flags come from.

#[cfg(feature = "json")]
mod cached;
mod change;
mod contents;
mod contract;
mod document;
#[cfg(feature = "edit")]
mod edit;
#[cfg(feature = "toml")]
mod embedded;
mod error;
mod failover;
#[cfg(feature = "watch")]
mod file;
#[cfg(feature = "toml")]
mod flag_file;
mod follow;
mod memory;
#[cfg(feature = "toml")]
mod place;
mod problem;
#[cfg(feature = "toml")]
mod read;
mod read_only;
#[cfg(feature = "json")]
mod recording;
mod revision;
mod standing;
#[cfg(feature = "watch")]
mod stir;
#[cfg(feature = "json")]
mod stored;
mod strict;
#[cfg(feature = "toml")]
mod tree;
#[cfg(feature = "watch")]
mod watch;
#[cfg(feature = "json")]
mod write;

#[cfg(feature = "json")]
pub use cached::CachedSource;
#[cfg(feature = "json")]
pub(crate) use cached::replace_file;
pub use change::{Change, Changes};
pub use contents::Contents;
pub use contract::{EditableSource, Source, SourceError};
pub(crate) use document::Document;
#[cfg(feature = "edit")]
pub use edit::{Edit, EditError};
#[cfg(feature = "toml")]
pub use embedded::EmbeddedSource;
pub use error::LoadError;
pub use failover::FailoverSource;
#[cfg(feature = "watch")]
pub use file::FileSource;
#[cfg(feature = "toml")]
pub use flag_file::{FlagFile, SegmentKeys, WrongPart};
pub(crate) use follow::{follow, load};
pub use memory::MemorySource;
pub use problem::Problem;
#[cfg(all(feature = "testing", feature = "toml"))]
pub(crate) use read::golden;
#[cfg(feature = "toml")]
pub(crate) use read::{decode, read_file, read_toml};
#[cfg(feature = "json")]
pub(crate) use read::{read_json, read_json_flag, read_json_holdout, read_json_layer};
pub use read_only::ReadOnlySource;
#[cfg(feature = "json")]
pub use recording::{Delivered, RecordedSource, Recording, RecordingEntry, RecordingError, ReplaySource};
pub use revision::Revision;
pub use standing::Standing;
pub use strict::StrictSource;
#[cfg(feature = "watch")]
pub(crate) use watch::watch;
#[cfg(feature = "json")]
pub use write::JSON_SCHEMA;
#[cfg(feature = "json")]
pub(crate) use write::{flag_to_json, holdout_to_json, layer_to_json};
