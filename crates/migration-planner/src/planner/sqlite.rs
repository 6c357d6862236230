//! Plans for SQLite.

mod drop_column;
mod quote;
mod rename_column;
mod sync_triggers;
mod write_watch;

use super::{Site, Task};
use crate::change::Change;
use crate::phase::Phase;
use crate::refusal::Refusal;
use crate::server::{Server, ServerKind, ServerVersion};

const DROP_NOT_NULL: ServerVersion = ServerVersion::new(3, 53, 0);

/// The phases of a change.
pub(super) fn phases(task: &Task<'_>, change: &Change) -> Result<Vec<Phase>, Refusal> {
    match change {
        Change::DropColumn { table, column, fill } => {
            drop_column::phases(&Site::of(task, table, column)?, task.consumers, fill.as_deref())
        }
        Change::RenameColumn { table, column, to } => {
            rename_column::phases(&Site::of(task, table, column)?, task.consumers, to)
        }
        _ => Err(Refusal::ServerNotSupported { change: task.words.clone(), kind: ServerKind::Sqlite }),
    }
}

fn require(server: &Server, needed: ServerVersion, what: &str) -> Result<(), Refusal> {
    if server.version() >= needed {
        return Ok(());
    }
    Err(Refusal::ServerTooOld { what: what.to_owned(), kind: ServerKind::Sqlite, needed, found: server.version() })
}
