//! Where flags come from.

mod document;
#[cfg(feature = "edit")]
mod edit;
mod error;
#[cfg(feature = "toml")]
mod place;
mod problem;
#[cfg(feature = "toml")]
mod read;
#[cfg(feature = "watch")]
mod watch;

pub(crate) use document::Document;
#[cfg(feature = "edit")]
pub use edit::{Edit, EditError};
pub use error::LoadError;
pub use problem::Problem;
#[cfg(feature = "toml")]
pub(crate) use read::{read_file, read_toml};
#[cfg(feature = "watch")]
pub(crate) use watch::watch;
