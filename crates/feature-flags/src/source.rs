//! Where flags come from.

mod contract;
mod document;
#[cfg(feature = "edit")]
mod edit;
mod error;
mod follow;
mod memory;
#[cfg(feature = "toml")]
mod place;
mod problem;
#[cfg(feature = "toml")]
mod read;
#[cfg(feature = "watch")]
mod watch;

pub use contract::{Change, Changes, Contents, EditableSource, Revision, Source, SourceError};
pub(crate) use document::Document;
#[cfg(feature = "edit")]
pub use edit::{Edit, EditError};
pub use error::LoadError;
pub(crate) use follow::{follow, load};
pub use memory::MemorySource;
pub use problem::Problem;
#[cfg(feature = "toml")]
pub(crate) use read::{read_file, read_toml};
#[cfg(feature = "watch")]
pub(crate) use watch::watch;
