//! The statements of one file.

use super::blocks::by_block;
use crate::name::{ObjectName, RESERVED_PREFIX};
use crate::server::{Server, ServerKind};
use crate::sql::{ident, idents, literal, postgres_name};
use crate::step::{Key, Step, Timeouts, Work};

/// Statements that are run together, or one that has to be sent by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// How long to wait, said before the rest.
    settings: Vec<String>,
    statements: Vec<String>,
    in_transaction: bool,
}

impl Script {
    pub(super) fn in_transaction(statements: Vec<String>) -> Self {
        Self { settings: Vec::new(), statements, in_transaction: true }
    }

    /// One statement that the server refuses within a transaction, and thus also together with others.
    pub(super) fn alone(statement: String) -> Self {
        Self { settings: Vec::new(), statements: vec![statement], in_transaction: false }
    }

    /// Some tools take an empty file for a mistake.
    pub(super) fn nothing() -> Self {
        Self::in_transaction(vec!["SELECT 1".to_owned()])
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// With the time-outs of a step, where they can be set for it alone.
    pub(super) fn waiting(mut self, server: ServerKind, timeouts: Timeouts) -> Self {
        if self.in_transaction && server == ServerKind::Postgres && self != Self::nothing() {
            let set = |name: &str, span: std::time::Duration| format!("SET LOCAL {name} = '{}ms'", span.as_millis());
            let lock = timeouts.lock().map(|span| set("lock_timeout", span));
            let statement = timeouts.statement().map(|span| set("statement_timeout", span));
            self.settings = lock.into_iter().chain(statement).collect();
        }
        self
    }

    /// The text of a file that its tool puts into a transaction (`wrapped`), or not.
    pub(super) fn text(&self, server: ServerKind, wrapped: bool) -> String {
        let brings_its_own = self.in_transaction && !wrapped && self.settings.len() + self.statements.len() > 1;
        let mut text = String::new();
        if brings_its_own {
            // SQLite takes the lock at the first write otherwise, and may then find that it cannot have it.
            text.push_str(if server == ServerKind::Sqlite { "BEGIN IMMEDIATE;\n" } else { "BEGIN;\n" });
        }
        for statement in self.settings.iter().chain(&self.statements) {
            text.push_str(statement);
            // A comment at the end would take the semicolon with it.
            text.push_str(if statement.lines().last().is_some_and(|last| last.contains("--")) {
                "\n;\n"
            } else {
                ";\n"
            });
        }
        if brings_its_own {
            text.push_str("COMMIT;\n");
        }
        text
    }

    /// For tools that have no file for what undoes a migration.
    pub(super) fn as_comment(&self) -> String {
        if *self == Self::nothing() {
            return String::new();
        }
        comment(&format!("Undone by:\n{};", self.statements.join(";\n")))
    }
}

/// Whether all the rows are known to be no more than one batch.
pub(super) fn is_one_batch(work: &Work, server: &Server) -> bool {
    match work {
        Work::Backfill { table, batch_rows, .. }
        | Work::Copy { table, batch_rows, .. }
        | Work::Delete { table, batch_rows, .. } => {
            server.rows(table).is_some_and(|rows| rows <= u64::from(*batch_rows))
        }
        Work::Sql { .. } | Work::WatchWrites { .. } | Work::Verify { .. } | Work::Rebuild { .. } => true,
    }
}

/// Work in batches as one statement over all rows.
pub(super) fn at_once(server: ServerKind, work: &Work) -> Vec<String> {
    vec![match work {
        Work::Backfill { table, set, needs, .. } => {
            format!("UPDATE {} SET {set} WHERE {needs}", name(server, table))
        }
        Work::Copy { table, into, columns, select, needs, .. } => format!(
            "{} WHERE {needs} ON CONFLICT DO NOTHING",
            insert(&name(server, table), &name(server, into), &quoted(server, columns), select)
        ),
        Work::Delete { table, when, .. } => format!("DELETE FROM {} WHERE {when}", name(server, table)),
        Work::Sql { .. } | Work::WatchWrites { .. } | Work::Verify { .. } | Work::Rebuild { .. } => return Vec::new(),
    }]
}

/// A query of the rows for which a condition holds.
pub(super) fn rows(server: ServerKind, table: &ObjectName, condition: &str) -> String {
    format!("SELECT 1 FROM {} WHERE {condition}", name(server, table))
}

/// Statements that fail with `reason` if `query` finds anything.
pub(super) fn failing(server: ServerKind, query: &str, reason: &str) -> Vec<String> {
    if server == ServerKind::Postgres {
        let body = format!(
            "BEGIN\n  IF EXISTS ({query}) THEN\n    RAISE EXCEPTION USING MESSAGE = {};\n  END IF;\nEND",
            literal(reason)
        );
        return vec![block(&body)];
    }
    // Outside of triggers SQLite has no statement that fails: a check does, and says its name.
    let table = format!("temp.{RESERVED_PREFIX}check");
    let check = in_quotes(reason);
    vec![
        format!("CREATE TABLE {table} (found INTEGER, CONSTRAINT {check} CHECK (found = 0))"),
        format!("INSERT INTO {table} SELECT EXISTS ({query})"),
        format!("DROP TABLE {table}"),
    ]
}

/// Work in batches as one statement for PostgreSQL that commits after each of them.
///
/// It goes from key to key, so that each batch is a range of an index, and begins anew where it was cut off: rows that are done
/// are passed over.
pub(super) fn batches(step: &Step) -> String {
    let (table, key, batch_rows) = match step.work() {
        Work::Backfill { table, key, batch_rows, .. }
        | Work::Copy { table, key, batch_rows, .. }
        | Work::Delete { table, key, batch_rows, .. } => (table, key, *batch_rows),
        Work::Sql { .. } | Work::WatchWrites { .. } | Work::Verify { .. } | Work::Rebuild { .. } => {
            return "SELECT 1".to_owned();
        }
    };
    let columns: &[String] = match key {
        Key::Columns { columns } => columns,
        Key::RowId { name } => std::slice::from_ref(name),
        Key::Ctid => return by_block(step, table, batch_rows),
    };
    let of = postgres_name(table);
    let variables =
        |which: &str| -> Vec<String> { (1..=columns.len()).map(|i| format!("{RESERVED_PREFIX}{which}_{i}")).collect() };
    let (from, to) = (variables("from"), variables("to"));
    let declare = |(name, column): (&String, &String)| format!("  {name} {of}.{}%TYPE;", ident(column));
    let (key, from_list, to_list) = (idents(columns), from.join(", "), to.join(", "));
    let wait = step
        .timeouts()
        .lock()
        .map(|span| format!("      PERFORM set_config('lock_timeout', '{}ms', true);", span.as_millis()));
    let last = statement(step.work(), &of, &format!("({key}) >= ({from_list})"));
    let inner = statement(step.work(), &of, &format!("({key}) >= ({from_list}) AND ({key}) < ({to_list})"));
    let next = format!(
        "SELECT {key} INTO {to_list} FROM {of} WHERE ({key}) >= ({from_list}) ORDER BY {key} OFFSET {batch_rows} LIMIT 1"
    );
    let mut lines = vec!["DECLARE".to_owned()];
    lines.extend(from.iter().zip(columns).chain(to.iter().zip(columns)).map(declare));
    lines.push("BEGIN".to_owned());
    lines.push(format!("  SELECT {key} INTO {from_list} FROM {of} ORDER BY {key} LIMIT 1;"));
    lines.push("  IF FOUND THEN\n    LOOP".to_owned());
    lines.extend(wait);
    lines.push(format!("      {next};"));
    lines.push(format!("      IF NOT FOUND THEN\n        {last};\n        COMMIT;\n        EXIT;\n      END IF;"));
    lines.push(format!("      {inner};\n      COMMIT;"));
    lines.extend(from.iter().zip(&to).map(|(from, to)| format!("      {from} := {to};")));
    lines.push("    END LOOP;\n  END IF;".to_owned());
    if let Some(left) = left(step.work(), &of) {
        let reason = literal(&format!("step {} is not done: rows are left", step.id()));
        lines.push(format!("  IF EXISTS ({left}) THEN\n    RAISE EXCEPTION USING MESSAGE = {reason};\n  END IF;"));
    }
    lines.push("END".to_owned());
    block(&lines.join("\n"))
}

/// The statement of one batch of rows.
pub(super) fn statement(work: &Work, table: &str, range: &str) -> String {
    match work {
        Work::Backfill { set, needs, .. } => format!("UPDATE {table} SET {set} WHERE {range} AND ({needs})"),
        Work::Copy { into, columns, select, needs, .. } => format!(
            "{} WHERE {range} AND ({needs}) FOR SHARE ON CONFLICT DO NOTHING",
            insert(table, &postgres_name(into), &idents(columns), select)
        ),
        Work::Delete { when, .. } => format!("DELETE FROM {table} WHERE {range} AND ({when})"),
        Work::Sql { .. } | Work::WatchWrites { .. } | Work::Verify { .. } | Work::Rebuild { .. } => String::new(),
    }
}

/// A query of the rows that must not be left; `None` where none has to be told.
pub(super) fn left(work: &Work, table: &str) -> Option<String> {
    match work {
        Work::Backfill { needs, .. } => Some(format!("SELECT 1 FROM {table} WHERE {needs}")),
        Work::Delete { when, .. } => Some(format!("SELECT 1 FROM {table} WHERE {when}")),
        Work::Copy { .. }
        | Work::Sql { .. }
        | Work::WatchWrites { .. }
        | Work::Verify { .. }
        | Work::Rebuild { .. } => None,
    }
}

fn insert(table: &str, into: &str, columns: &str, select: &[String]) -> String {
    format!("INSERT INTO {into} ({columns}) SELECT {} FROM {table}", select.join(", "))
}

/// A block of PL/pgSQL, in dollar quotes that it does not hold itself.
pub(super) fn block(body: &str) -> String {
    let mut quote = "$do$".to_owned();
    while body.contains(&quote) {
        quote.insert(1, '_');
    }
    format!("DO {quote}\n{body}\n{quote}")
}

fn name(server: ServerKind, table: &ObjectName) -> String {
    match server {
        ServerKind::Postgres => postgres_name(table),
        ServerKind::Sqlite => {
            table.schema().into_iter().chain([table.name()]).map(in_quotes).collect::<Vec<_>>().join(".")
        }
    }
}

fn quoted(server: ServerKind, columns: &[String]) -> String {
    match server {
        ServerKind::Postgres => idents(columns),
        ServerKind::Sqlite => columns.iter().map(|name| in_quotes(name)).collect::<Vec<_>>().join(", "),
    }
}

fn in_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every line of `text` as a comment. Names may hold line breaks; what follows one must not become a statement.
pub(super) fn comment(text: &str) -> String {
    let lines = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    lines.fold(String::new(), |comment, line| comment + "-- " + line + "\n")
}
