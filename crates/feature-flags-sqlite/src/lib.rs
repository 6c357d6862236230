//! Keeps flags of [`feature_flags`] in a SQLite database: the store to embed where a file is too little and a service too much.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use feature_flags::{Flag, Flags};
//! use feature_flags_sqlite::{Author, SqliteStore};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("flags.db");
//! let store = Arc::new(SqliteStore::open(&path)?);
//! let flags = Flags::builder().source(Arc::clone(&store))?;
//!
//! let ada = Author::new("ada").because("the launch is today");
//! let launch = store.put(&Flag::new("new-search").enabled(true), &ada)?;
//! assert!(flags.wait_for_revision(launch, Duration::from_secs(5)));
//! assert!(flags.enabled("new-search", &()));
//!
//! for entry in store.history(None, 10)? {
//!     println!("{entry}"); // 1, 2026-12-01T08:00:00Z, ada: put new-search (the launch is today)
//! }
//! let back = store.undo(launch, &Author::new("grace").because("it was tomorrow"))?;
//! assert!(flags.wait_for_revision(back, Duration::from_secs(5)));
//! assert!(!flags.enabled("new-search", &()));
//! # Ok(()) }
//! ```
//!
//! What holds, always:
//! - A change that was acknowledged is there after the process or the machine is killed at any instant, and so is its entry
//!   in the history: both are one transaction.
//! - Any number of processes read and change the same store at once. A change that was made on the strength of what a flag
//!   *was* ([`SqliteStore::put_if`]) is refused if somebody else changed it since.
//! - Readers see changes of their own process at once, and those of others within [`Options::look_every`]: they ask SQLite for
//!   a counter, which reads no table, and read the changes alone.
//! - One row that cannot be read harms its flag alone.
//! - A store that a newer version wrote is refused, not damaged.
//!
//! What it is not: a server, and no place for files on network drives, where SQLite's locks do not hold.
//!
//! The tables are `flag_store`, `flag_states`, `flag_segments` and `flag_changes`, and `flag_section_changes` for layers and holdouts; they may stand beside the application's own.
//! Flags are kept as the JSON that [`Flag::to_json`](feature_flags::Flag::to_json) gives, layers and holdouts likewise.
//!
//! The first layer or holdout brings a store to format 2. Before, bring all processes that use the store to a version which
//! knows that: one that does not refuses to open the store and to change it, but where it runs already, it serves flags
//! on without their layers.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `export` | no | `SqliteStore::export` into a `flags.toml` |

mod author;
mod diff;
mod error;
mod exchange;
mod history;
mod options;
mod query;
mod schema;
mod section;
mod segment;
mod source;
mod store;
mod time;
mod undo;
mod write;

pub use author::Author;
pub use diff::Difference;
pub use error::StoreError;
#[cfg(feature = "export")]
pub use exchange::Exported;
pub use exchange::{Absent, Imported};
pub use history::{HistoryEntry, Subject};
pub use options::Options;
pub use store::SqliteStore;
