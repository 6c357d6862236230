//! Why SQLite cannot do what other servers can, and what does instead.

use crate::change::Change;
use crate::planner::Task;
use crate::refusal::Refusal;
use crate::schema::ObjectKind;
use crate::server::ServerKind;

pub(super) fn not_possible(task: &Task<'_>, reason: &str) -> Refusal {
    Refusal::NotPossible { change: task.words.clone(), kind: ServerKind::Sqlite, reason: reason.to_owned() }
}

/// The refusal of a kind of object that there is none of.
pub(super) fn of_kind(task: &Task<'_>, kind: ObjectKind) -> Refusal {
    let reason = match kind {
        ObjectKind::MaterializedView => {
            "SQLite has no materialized views: a table that triggers keep equal to the query does as much"
        }
        ObjectKind::Type | ObjectKind::Domain => "SQLite has no types of one's own: a CHECK of the column does as much",
        ObjectKind::Sequence => {
            "SQLite has no sequences: `INTEGER PRIMARY KEY` numbers rows, and a table of one row that triggers count up does for anything else"
        }
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => {
            "SQLite keeps no functions: the application registers them with each connection"
        }
        ObjectKind::Schema => {
            "a SQLite database is one schema: a prefix of names tells tables apart, and ATTACH adds another file to a connection"
        }
        ObjectKind::Policy => {
            "SQLite has no roles, so that there is nobody to hide rows from: views do what can be done"
        }
        ObjectKind::Publication => "SQLite publishes nothing: copy the file, or the log of a tool that ships it",
        _ => "SQLite has none of these",
    };
    not_possible(task, reason)
}

/// The refusal of a change that has no meaning on SQLite, or no form that keeps old and new versions working.
pub(super) fn of(task: &Task<'_>, change: &Change) -> Refusal {
    let reason = match change {
        Change::MoveTable { .. } => {
            "a SQLite database is one schema: views, triggers and foreign keys reach no other file, so that no phase could keep both places; \
             rename the table, or copy it to a file that is attached while nobody writes"
        }
        Change::PartitionTable { .. } | Change::AttachPartition { .. } | Change::DetachPartition { .. } => {
            "SQLite has no partitions: several tables, a view over them (UNION ALL) and its INSTEAD OF triggers do as much"
        }
        Change::SetTableOption { .. } => {
            "SQLite has no settings of single tables: STRICT and WITHOUT ROWID are changed by making the table anew, pages and their \
             size are the whole file's"
        }
        Change::SetColumn { .. } => {
            "SQLite has no settings of single tables and columns: what is known of values is counted by ANALYZE, which `analyze` runs"
        }
        Change::SetReplicaIdentity { .. } | Change::Publish { .. } | Change::Unpublish { .. } => {
            "SQLite publishes nothing: there are no subscribers to tell rows apart for; triggers that write into a table tell others what changed"
        }
        Change::SetRowSecurity { .. } | Change::Grant { .. } | Change::Revoke { .. } => {
            "SQLite has no roles: whoever can open the file can read and write all of it"
        }
        Change::CommentOnTable { .. } | Change::CommentOnColumn { .. } => {
            "SQLite keeps comments only as part of the text of CREATE TABLE: write it there"
        }
        Change::SetIdentity { .. } => {
            "rows are numbered by `INTEGER PRIMARY KEY`, and by nothing else; AUTOINCREMENT, which gives no number twice, leaves a table behind that SQLite never drops, and is for new tables"
        }
        Change::ValidateConstraint { .. } => {
            "every constraint of SQLite holds for all rows from the start, since adding one reads them all"
        }
        Change::AddDomainCheck { .. } | Change::AddEnumValue { .. } | Change::RenameEnumValue { .. } => {
            "SQLite has no types of one's own: replace the CHECK of each column, by `replace_constraint`"
        }
        Change::RefreshView { .. } => {
            "SQLite has no materialized views: a table that triggers keep equal to the query does as much"
        }
        Change::UpdateExtension { .. } => "SQLite's extensions are libraries of the application, not of the database",
        _ => return Refusal::ServerNotSupported { change: task.words.clone(), kind: ServerKind::Sqlite },
    };
    not_possible(task, reason)
}
