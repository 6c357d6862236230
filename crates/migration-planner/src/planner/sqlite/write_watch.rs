//! Triggers that count who still writes a column.

use super::quote::{is_constant, quoted, quoted_table};
use crate::name::{ColumnRef, RESERVED_PREFIX};
use crate::planner::Site;
use crate::step::{Impact, LockMode, Probe, Step, Undo, Work};

/// Counts writes of a column from its first phase on.
pub(super) struct WriteWatch {
    object: ColumnRef,
    counter: String,
    triggers: Vec<(String, String)>,
}

impl WriteWatch {
    /// `None` for a column that nobody can write.
    pub(super) fn of(site: &Site<'_>) -> Option<Self> {
        if site.column.generation().is_some() {
            return None;
        }
        let (table, column) = (site.table.name(), quoted(site.column.name()));
        let counter = format!("{RESERVED_PREFIX}writes_{}_{}", table.name(), site.column.name());
        let trigger = |what: &str, event: &str| {
            let name = format!("{RESERVED_PREFIX}watch_{what}_{}_{}", table.name(), site.column.name());
            // Runs in the library of whoever writes, so it must not need a recent one. A day as a floating point number is
            // good to a twentieth of a millisecond.
            let now = "CAST((julianday('now') - 2440587.5) * 86400000 + 0.1 AS INTEGER)";
            let sql = format!(
                "CREATE TRIGGER {} AFTER {event} BEGIN UPDATE {} SET writes = writes + 1, \
                 first_ms = coalesce(first_ms, {now}), last_ms = {now}; END",
                quoted(&name),
                quoted(&counter)
            );
            (name, sql)
        };
        let target = quoted_table(table);
        let mut triggers = vec![trigger("update", &format!("UPDATE OF {column} ON {target}"))];
        let default = site.column.default().unwrap_or("NULL");
        // A default that is computed cannot be told from a value that was given.
        if is_constant(default) {
            let given = format!("INSERT ON {target} WHEN NEW.{column} COLLATE BINARY IS NOT {default}");
            triggers.push(trigger("insert", &given));
        }
        Some(Self { object: site.object(), counter, triggers })
    }

    pub(super) fn step(&self) -> Step {
        let counter = quoted(&self.counter);
        let mut statements = vec![
            format!("CREATE TABLE {counter} (writes INTEGER NOT NULL, first_ms INTEGER, last_ms INTEGER)"),
            format!("INSERT INTO {counter} (writes) VALUES (0)"),
        ];
        statements.extend(self.triggers.iter().map(|(_, sql)| sql.clone()));
        Step::new(
            "watch-writes",
            format!("count who still writes `{}`", self.object),
            Work::WatchWrites { object: self.object.clone(), counter: self.counter.clone(), statements },
            Probe::TriggersExist { names: self.triggers.iter().map(|(name, _)| name.clone()).collect() },
            Undo::Sql { statements: self.drop() },
        )
        .with_impact(Impact::locking(self.object.table(), LockMode::DatabaseWrite))
    }

    pub(super) fn drop(&self) -> Vec<String> {
        let triggers = self.triggers.iter().rev().map(|(name, _)| format!("DROP TRIGGER {}", quoted(name)));
        triggers.chain([format!("DROP TABLE {}", quoted(&self.counter))]).collect()
    }
}
