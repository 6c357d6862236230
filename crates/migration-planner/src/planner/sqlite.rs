//! Plans for SQLite.

pub(super) mod drop_column;
mod quote;
pub(super) mod rename_column;
mod sync_triggers;
mod write_watch;

use crate::refusal::Refusal;
use crate::server::{Server, ServerKind, ServerVersion};

const DROP_NOT_NULL: ServerVersion = ServerVersion::new(3, 53, 0);

fn require(server: &Server, needed: ServerVersion, what: &str) -> Result<(), Refusal> {
    if server.version() >= needed {
        return Ok(());
    }
    Err(Refusal::ServerTooOld { what: what.to_owned(), kind: ServerKind::Sqlite, needed, found: server.version() })
}
