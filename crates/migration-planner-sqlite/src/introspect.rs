//! Looks at a database: its schema, its server, its row counts.

use std::path::Path;

use migration_planner::{
    Column, Constraint, Index, ObjectName, Schema, Server, ServerKind, ServerVersion, Table, Trigger, View,
};
use rusqlite::{Connection, OpenFlags};

use crate::error::DatabaseError;

/// What was found in a database.
///
/// ```
/// use migration_planner::{Change, Planner};
/// use migration_planner_sqlite::introspect;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("app.db");
/// rusqlite::Connection::open(&path)?
///     .execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT)")?;
///
/// let found = introspect(&path)?;
/// let plan = Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacy_name"))?;
/// assert_eq!(plan.phases().len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspection {
    /// Tables, views and triggers of the main database, without SQLite's own and without a runner's.
    pub schema: Schema,
    /// The version of the SQLite library in this process, how many rows each table has, and how the database keeps its journal.
    pub server: Server,
}

/// Looks at the database in the file at `path`, without changing it.
///
/// Rows are counted, which reads one index or the whole of each table.
///
/// # Errors
/// [`DatabaseError`] if the file cannot be opened, is no database, or stays locked for five seconds.
pub fn introspect(path: impl AsRef<Path>) -> Result<Introspection, DatabaseError> {
    let path = path.as_ref();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|e| DatabaseError::opening(path, e))?;
    let mut read = || -> rusqlite::Result<Introspection> {
        // One snapshot, so that tables and counts belong together.
        introspection(&*connection.transaction()?)
    };
    read().map_err(|e| DatabaseError::of("to be looked at", e))
}

/// What `connection` sees now.
pub(crate) fn introspection(connection: &Connection) -> rusqlite::Result<Introspection> {
    let schema = read_schema(connection)?;
    let mut server = server();
    for table in schema.tables() {
        let sql = format!("SELECT count(*) FROM {}", quoted(table.name().name()));
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        server = server.with_rows(table.name(), rows.unsigned_abs());
    }
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    server = server.with_setting("journal_mode", mode);
    Ok(Introspection { schema, server })
}

/// The SQLite library in this process.
pub(crate) fn server() -> Server {
    let number = u32::try_from(rusqlite::version_number()).unwrap_or_default();
    Server::new(ServerKind::Sqlite, ServerVersion::new(number / 1_000_000, number / 1_000 % 1_000, number % 1_000))
}

/// The schema as `connection` sees it now.
pub(crate) fn read_schema(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut schema = Schema::new();
    for Entry { kind, name, sql } in entries(connection)? {
        schema = match kind.as_str() {
            "table" => schema.with_table(read_table(connection, &name, &sql)?),
            "view" => schema.with_view(View::new(name, sql)),
            "trigger" => match Trigger::parse(&sql) {
                Some(trigger) => schema.with_trigger(trigger),
                None => schema,
            },
            _ => schema,
        };
    }
    Ok(schema)
}

struct Entry {
    kind: String,
    name: String,
    sql: String,
}

fn entries(connection: &Connection) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare(
        "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY rowid",
    )?;
    let rows = statement.query_map([], |row| Ok(Entry { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)? }))?;
    let all: Vec<Entry> = rows.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|entry| !is_own(&entry.name)).collect())
}

/// Whether an object belongs to a runner or a plan under way.
fn is_own(name: &str) -> bool {
    ObjectName::from(name).is_reserved()
}

fn read_table(connection: &Connection, name: &str, sql: &str) -> rusqlite::Result<Table> {
    let mut table = Table::new(name);
    let (without_rowid, strict): (bool, bool) = connection.query_row(
        "SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?",
        [name],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if without_rowid {
        table = table.without_rowid();
    }
    if strict {
        table = table.strict();
    }
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut columns = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid",
    )?;
    let mut rows = columns.query([name])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let column_name: String = row.get(0)?;
        let mut column = Column::new(column_name.as_str(), row.get::<_, String>(1)?);
        if row.get(2)? {
            column = column.not_null();
        }
        if let Some(default) = row.get::<_, Option<String>>(3)? {
            column = column.default_value(default);
        }
        let position: i64 = row.get(4)?;
        if position > 0 {
            key.push((position, column_name));
        }
        found.push(column);
    }
    key.sort_unstable();
    let single = if key.len() == 1 { key.first().map(|(_, name)| name.clone()) } else { None };
    for column in found {
        let is_key = single.as_deref() == Some(column.name());
        table = table.with_column(if is_key { column.primary_key() } else { column });
    }
    if key.len() > 1 {
        table = table.with_constraint(Constraint::primary_key(key.into_iter().map(|(_, name)| name)));
    }
    table = with_indexes(connection, table, name)?;
    table = with_foreign_keys(connection, table, name)?;
    Ok(table.completed_from(sql))
}

fn with_indexes(connection: &Connection, mut table: Table, name: &str) -> rusqlite::Result<Table> {
    let mut list = connection.prepare(
        "SELECT i.name, i.\"unique\", i.origin, s.sql FROM pragma_index_list(?) AS i \
         LEFT JOIN main.sqlite_schema AS s ON s.type = 'index' AND s.name = i.name ORDER BY i.name",
    )?;
    let rows = list.query_map([name], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, bool>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    })?;
    for row in rows.collect::<Result<Vec<_>, _>>()? {
        let (index_name, unique, origin, sql) = row;
        if is_own(&index_name) {
            continue;
        }
        let parts = index_parts(connection, &index_name)?;
        match (origin.as_str(), sql) {
            ("u", _) => table = table.with_constraint(Constraint::unique(parts.into_iter().flatten())),
            ("c", Some(sql)) => table = table.with_index(index(index_name, unique, parts, sql)),
            _ => {}
        }
    }
    Ok(table)
}

/// The columns of an index, `None` for an expression.
fn index_parts(connection: &Connection, index: &str) -> rusqlite::Result<Vec<Option<String>>> {
    connection
        .prepare("SELECT name FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")?
        .query_map([index], |row| row.get(0))?
        .collect()
}

fn index(name: String, unique: bool, parts: Vec<Option<String>>, sql: String) -> Index {
    // An expression is known by the whole definition: whatever name stands in it, the index needs.
    let parts = parts.into_iter().map(|part| part.unwrap_or_else(|| after_table(&sql).to_owned()));
    let mut index = Index::new(name, parts);
    if unique {
        index = index.unique();
    }
    if let Some(at) = sql.to_ascii_lowercase().rfind(" where ") {
        index = index.only_where(sql[at + " where ".len()..].trim());
    }
    index.defined_by(sql)
}

/// What stands after the name of the table in `CREATE INDEX .. ON table (..)`.
fn after_table(sql: &str) -> &str {
    sql.find('(').map_or(sql, |at| &sql[at..])
}

fn with_foreign_keys(connection: &Connection, mut table: Table, name: &str) -> rusqlite::Result<Table> {
    let mut list = connection
        .prepare("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq")?;
    let rows = list.query_map([name], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    })?;
    let mut keys: Vec<(i64, String, Vec<String>, Vec<String>)> = Vec::new();
    for row in rows.collect::<Result<Vec<_>, _>>()? {
        let (id, references, from, to) = row;
        if keys.last().is_none_or(|last| last.0 != id) {
            keys.push((id, references, Vec::new(), Vec::new()));
        }
        if let Some(last) = keys.last_mut() {
            last.2.push(from);
            last.3.extend(to);
        }
    }
    for (_, references, from, to) in keys {
        table = table.with_constraint(Constraint::foreign_key(from, references, to));
    }
    Ok(table)
}

pub(crate) fn quoted_table(table: &ObjectName) -> String {
    match table.schema() {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table.name())),
        None => quoted(table.name()),
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
