//! Triggers that keep two columns of a row equal, whichever of them is written.

use super::quote::{quoted, quoted_table};
use super::rename_column::differ;
use super::row_key::is_new_row;
use crate::name::{ObjectName, RESERVED_PREFIX};
use crate::step::Key;

/// Triggers that keep `old` and `new` equal.
///
/// Each fires only where the two differ, and makes them equal: that is the loop guard, since the correction finds
/// nothing left to correct. On insert it cannot be seen which of the two was named. Both have the same default, so the
/// one that is not the default was; if `new` is the default, it takes the value of `old`, which is then either the one
/// that was named or the same default.
pub(super) struct SyncTriggers<'a> {
    pub(super) table: &'a ObjectName,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) key: &'a Key,
    /// The default of both columns, an SQL literal.
    pub(super) default: &'a str,
    /// Whether NULL is rejected, as the column's own NOT NULL did.
    pub(super) is_required: bool,
}

impl SyncTriggers<'_> {
    pub(super) fn names(&self) -> Vec<String> {
        let guards: &[&str] = if self.is_required { &["given", "old_given", "new_given"] } else { &[] };
        ["insert", "old", "new"].iter().chain(guards).map(|what| self.name(what)).collect()
    }

    pub(super) fn create(&self) -> Vec<String> {
        let table = quoted_table(self.table);
        let (old, new) = (quoted(self.old), quoted(self.new));
        let differ = differ(&format!("NEW.{old}"), &format!("NEW.{new}"));
        let this_row = is_new_row(self.key);
        let written =
            format!("CASE WHEN NEW.{new} COLLATE BINARY IS {} THEN NEW.{old} ELSE NEW.{new} END", self.default);
        let trigger = |what: &str, event: &str, set: String| {
            let name = quoted(&self.name(what));
            format!(
                "CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {differ} BEGIN UPDATE {table} SET {set} WHERE {this_row}; \
                 END"
            )
        };
        let mut triggers = vec![
            trigger("insert", "INSERT", format!("{old} = {written}, {new} = {written}")),
            trigger("old", &format!("UPDATE OF {old}"), format!("{new} = NEW.{old}")),
            trigger("new", &format!("UPDATE OF {new}"), format!("{old} = NEW.{new}")),
        ];
        if self.is_required {
            triggers.push(self.guard("given", "INSERT", &format!("NEW.{old} IS NULL AND NEW.{new} IS NULL")));
            triggers.push(self.guard("old_given", &format!("UPDATE OF {old}"), &format!("NEW.{old} IS NULL")));
            triggers.push(self.guard("new_given", &format!("UPDATE OF {new}"), &format!("NEW.{new} IS NULL")));
        }
        triggers
    }

    /// Fails as the column's own NOT NULL would.
    fn guard(&self, what: &str, event: &str, when: &str) -> String {
        let (name, table) = (quoted(&self.name(what)), quoted_table(self.table));
        let message = format!("NOT NULL constraint failed: {}.{}", self.table.name(), self.old).replace('\'', "''");
        format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
    }

    pub(super) fn drop(&self) -> Vec<String> {
        self.names().iter().rev().map(|name| format!("DROP TRIGGER {}", quoted(name))).collect()
    }

    fn name(&self, what: &str) -> String {
        format!("{RESERVED_PREFIX}sync_{what}_{}_{}", self.table.name(), self.old)
    }
}
