//! Tries steps and statements on an empty copy of the schema, in memory.

use std::path::Path;

use migration_planner::{Evidence, Finding, Plan, Step, Timestamp, Undo, Window, Work};
use rusqlite::Connection;

use crate::connection::Database;
use crate::error::{RunError, Said, refused};
use crate::introspect::quoted_table;
use crate::letters;
use crate::options::RunnerOptions;

/// An empty copy of a database's schema, in memory.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    copy: Connection,
}

/// One row of the catalog: kind, name, table, statement.
type CatalogRow = (String, String, String, String);

impl Rehearsal {
    /// Copies the schema that `connection` sees. What cannot be made in this process, such as a virtual table whose
    /// module is missing, is left out: if a step needs it, the rehearsal says so.
    pub(crate) fn of(connection: &Connection) -> Result<Self, RunError> {
        let copy = Connection::open_in_memory().map_err(refused("a copy in memory"))?;
        // References may point forward.
        copy.execute_batch("PRAGMA foreign_keys = OFF").map_err(refused("a copy in memory"))?;
        let mut rows = catalog(connection)?;
        // Tables before what hangs on them; otherwise in the order in which they were made.
        rows.sort_by_key(|(kind, ..)| ["table", "index", "view", "trigger"].iter().position(|known| known == kind));
        for (_, _, _, sql) in rows {
            let _left_out = copy.execute_batch(&sql);
        }
        Ok(Self { copy })
    }

    /// Rehearses the whole plan: forward, then back from before the point of no return, then forward to the end.
    pub(crate) fn whole_plan(&self, plan: &Plan) -> Result<(), RunError> {
        let before = catalog(&self.copy)?;
        let originals = letters::definitions(&self.copy, plan)?;
        let reversible: Vec<&Step> = plan
            .phases()
            .iter()
            .take_while(|phase| !phase.is_point_of_no_return())
            .flat_map(migration_planner::Phase::steps)
            .collect();
        for step in &reversible {
            self.forward(step)?;
        }
        for step in reversible.iter().rev() {
            self.back(step)?;
            letters::restore(&self.copy, plan, &originals)?;
        }
        if let Some(object) = difference(&before, &catalog(&self.copy)?) {
            return Err(RunError::not_restorable(object));
        }
        for step in plan.phases().iter().flat_map(migration_planner::Phase::steps) {
            self.forward(step)?;
        }
        Ok(())
    }

    /// Does one step on the copy.
    pub(crate) fn forward(&self, step: &Step) -> Result<(), RunError> {
        let failed = |source: rusqlite::Error| RunError::would_fail(step.id(), Said::of(source));
        match step.work() {
            Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
                statements.iter().try_for_each(|sql| self.copy.execute_batch(sql)).map_err(failed)
            }
            Work::Backfill { table, set, needs, .. } => self
                .copy
                .execute_batch(&format!("UPDATE {} SET {set} WHERE {needs}", quoted_table(table)))
                .map_err(failed),
            Work::Delete { table, when, .. } => {
                self.copy.execute_batch(&format!("DELETE FROM {} WHERE {when}", quoted_table(table))).map_err(failed)
            }
            Work::Verify { table, never, .. } => {
                self.copy.execute_batch(&format!("SELECT 1 FROM {} WHERE {never}", quoted_table(table))).map_err(failed)
            }
            _ => Err(RunError::unknown_work(step.id())),
        }
    }

    /// Undoes one step on the copy.
    pub(crate) fn back(&self, step: &Step) -> Result<(), RunError> {
        let failed = |source: rusqlite::Error| RunError::would_fail(step.id(), Said::of(source));
        match step.undo() {
            Undo::Sql { statements, .. } | Undo::Rebuild { statements, .. } => {
                statements.iter().try_for_each(|sql| self.copy.execute_batch(sql)).map_err(failed)
            }
            _ => Ok(()),
        }
    }
}

/// Rehearses a consumer's statements against the schema as `plan` will leave it, and says how it went.
///
/// Every statement is prepared, none is executed. This sees what a usage probe cannot, such as an insert that names the
/// column, and it sees it before it hurts. For a plan under way, give the one the runner has
/// ([`Runner::plan`](crate::Runner::plan)).
///
/// ```
/// use migration_planner::{Change, Finding, Planner, Timestamp};
/// use migration_planner_sqlite::{introspect, rehearse};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("app.db");
/// rusqlite::Connection::open(&path)?
///     .execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, legacy_name TEXT)")?;
/// let found = introspect(&path)?;
/// let plan = Planner::new(&found.schema, found.server).plan(&Change::drop_column("users", "legacy_name"))?;
///
/// let statements = ["INSERT INTO users (name) VALUES (?)", "INSERT INTO users (name, legacy_name) VALUES (?, ?)"];
/// let evidence = rehearse(&path, &plan, "application", statements, "web-1", Timestamp::from_unix_millis(0))?;
/// assert!(evidence.is_contrary());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RunError::WouldFail`] if the plan itself does not fit the database, [`RunError::Database`] if that cannot be read.
pub fn rehearse<S: AsRef<str>>(
    path: impl AsRef<Path>,
    plan: &Plan,
    consumer: impl Into<String>,
    statements: impl IntoIterator<Item = S>,
    author: impl Into<String>,
    now: Timestamp,
) -> Result<Evidence, RunError> {
    let mut database = Database::open(path.as_ref(), RunnerOptions::default())?;
    let rehearsal = database.read(Rehearsal::of)?;
    for step in plan.phases().iter().flat_map(migration_planner::Phase::steps) {
        if !crate::probe::holds(&rehearsal.copy, step.done_when())? {
            rehearsal.forward(step)?;
        }
    }
    let mut count = 0;
    let mut failing = Vec::new();
    for sql in statements {
        let sql = sql.as_ref();
        count += 1;
        if let Err(error) = rehearsal.copy.prepare(sql) {
            failing.push(format!("{error}: {sql}"));
        }
    }
    let object = plan.change().object();
    Ok(Evidence::new(consumer, object, Finding::rehearsal(count, failing), Window::instant(now), author))
}

/// The statements that make all objects but SQLite's own.
pub(crate) fn catalog(connection: &Connection) -> Result<Vec<CatalogRow>, RunError> {
    let read = || -> rusqlite::Result<Vec<CatalogRow>> {
        connection
            .prepare(
                "SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
                 WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
    };
    read().map_err(refused("reading the catalog"))
}

/// The name of an object that is in one catalog and not, or differently, in the other.
fn difference(a: &[CatalogRow], b: &[CatalogRow]) -> Option<String> {
    let missing = |from: &[CatalogRow], other: &[CatalogRow]| {
        from.iter().find(|row| !other.contains(row)).map(|(_, name, ..)| name.clone())
    };
    missing(a, b).or_else(|| missing(b, a))
}
