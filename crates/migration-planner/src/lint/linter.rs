//! Goes through migrations, statement by statement, with what is known of the database by then.

use std::collections::BTreeMap;

use super::act::{Act, acts};
use super::advice::advice;
use super::allow::{self, Allow};
use super::compatibility::{Said, broken};
use super::hazard::{Hazard, Severity};
use super::locks::Impacted;
use super::migration::Migration;
use super::rebuilt::{Again, Rebuilt};
use super::release::Release;
use super::report::{Lint, LintReport, Suppressed};
use super::session::Session;
use super::write_lock::unbounded_write;
use crate::postgres::PostgresCatalog;
use crate::postgres::cursor::Cursor;
use crate::server::ServerVersion;
use crate::sql::{Dialect, ScriptPart};
use crate::step::LockMode;

/// Tables of at most as many rows are read and written in no time.
const FEW_ROWS: u64 = 10_000;

/// Finds what is dangerous in migrations, knowing what earlier ones have made: a table that is made in the same release is
/// locked for nobody.
///
/// PostgreSQL's locks are predicted by [`PostgresCatalog`]; of SQLite and MySQL only what breaks versions that are running
/// is found. With the feature `syntax`, statements that the server would not accept are found too.
///
/// A comment before a statement allows a hazard, and says why; `allow-file`, anywhere, allows it in the whole file:
/// `-- cutover: allow drops-column because its last reader left in release 41`.
///
/// ```
/// use migration_planner::{Dialect, Hazard, Linter, Migration};
///
/// let files = [
///     Migration::new("1", "1.sql", "CREATE TABLE users (id bigint PRIMARY KEY, name text); CREATE INDEX ON users (name);"),
///     Migration::new("2", "2.sql", "ALTER TABLE users DROP COLUMN name;"),
/// ];
/// let report = Linter::new(Dialect::Postgres).check(&files);
/// let found: Vec<_> = report.lints().iter().map(|lint| (lint.path(), lint.hazard())).collect();
/// assert_eq!(found, [("2.sql", Hazard::NoLockTimeout), ("2.sql", Hazard::DropsColumn)]);
///
/// // Both in the release that is about to be deployed: nobody has ever used the column.
/// let report = Linter::new(Dialect::Postgres).since("1").check(&files);
/// assert!(report.lints().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Linter {
    dialect: Dialect,
    since: Option<String>,
    limits_locks: bool,
    advice: bool,
    rows: BTreeMap<String, u64>,
    version: Option<ServerVersion>,
}

impl Linter {
    /// A linter that takes every migration for a release of its own.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, since: None, limits_locks: false, advice: false, rows: BTreeMap::new(), version: None }
    }

    /// Takes the migration of this version and all after it for one release that is about to be deployed, and those before it
    /// for released: they are not reported. Where no migration has the version, all are released.
    #[must_use]
    pub fn since(mut self, version: impl Into<String>) -> Self {
        self.since = Some(version.into());
        self
    }

    /// Takes it that whoever runs the migrations sets `lock_timeout`, in the role or the connection.
    #[must_use]
    pub fn assume_lock_timeout(mut self) -> Self {
        self.limits_locks = true;
        self
    }

    /// Also gives advice on types of new columns, on indexes and on names.
    #[must_use]
    pub fn with_advice(mut self) -> Self {
        self.advice = true;
        self
    }

    /// Says how many rows a table has in production. Where they are at most 10,000, reading or writing all of them is no
    /// hazard; of a table that nothing is said of, it is.
    #[must_use]
    pub fn with_rows(mut self, table: impl Into<String>, rows: u64) -> Self {
        self.rows.insert(table.into(), rows);
        self
    }

    /// Says which version of PostgreSQL the migrations are run on; 15 unless this is called. See
    /// [`PostgresCatalog::of_version`] for what differs.
    ///
    /// ```
    /// use migration_planner::{Dialect, Hazard, Linter, Migration, ServerVersion};
    ///
    /// let files = [
    ///     Migration::new("1", "1.sql", "CREATE TABLE users (id bigint)"),
    ///     Migration::new("2", "2.sql", "ALTER TABLE users ADD age int DEFAULT 0"),
    /// ];
    /// let linter = Linter::new(Dialect::Postgres).assume_lock_timeout();
    /// assert!(linter.check(&files).lints().is_empty());
    /// let old = linter.for_version(ServerVersion::new(10, 0, 0)).check(&files);
    /// assert_eq!(old.lints()[0].hazard(), Hazard::RewritesTable);
    /// ```
    #[must_use]
    pub fn for_version(mut self, version: ServerVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// Goes through migrations, in the order they are run. Costs time linear in their length.
    pub fn check(&self, migrations: &[Migration]) -> LintReport {
        let mut report = LintReport::new();
        let empty = match self.version {
            Some(version) => PostgresCatalog::new().of_version(version),
            None => PostgresCatalog::new(),
        };
        let (mut before, mut catalog) = (empty.clone(), empty);
        let mut release = Release::default();
        let mut begun = false;
        for migration in migrations {
            begun |= self.since.as_deref() == Some(migration.version());
            let looks = self.since.is_none() || begun;
            if self.since.is_none() || !begun || report.files == 0 {
                release = Release::default();
            }
            report.files += usize::from(looks);
            let mut file = File::new(self, migration, (&mut before, &mut catalog), &mut release);
            file.read();
            if looks {
                report.statements += file.statements;
                file.finish(&mut report);
            }
        }
        report
    }

    fn is_small(&self, table: &str) -> bool {
        self.rows.get(table).is_some_and(|rows| *rows <= FEW_ROWS)
    }
}

/// One migration being read.
struct File<'a> {
    linter: &'a Linter,
    migration: &'a Migration,
    /// One statement behind, which costs less than a copy of all for each.
    before: &'a mut PostgresCatalog,
    catalog: &'a mut PostgresCatalog,
    release: &'a mut Release,
    session: Session,
    statements: usize,
    /// Each with the suppressions that stand before its statement.
    found: Vec<(Lint, Vec<usize>)>,
    allowed: Vec<Allow>,
    rebuilt: Rebuilt,
}

impl<'a> File<'a> {
    fn new(
        linter: &'a Linter,
        migration: &'a Migration,
        (before, catalog): (&'a mut PostgresCatalog, &'a mut PostgresCatalog),
        release: &'a mut Release,
    ) -> Self {
        let session = Session::new(migration.is_in_transaction(), linter.limits_locks);
        Self {
            linter,
            migration,
            before,
            catalog,
            release,
            session,
            statements: 0,
            found: Vec::new(),
            allowed: Vec::new(),
            rebuilt: Rebuilt::default(),
        }
    }

    fn read(&mut self) {
        let text = self.migration.text();
        let parts = self.linter.dialect.split(text);
        self.statements = parts.len();
        self.syntax();
        let (mut end, mut line) = (0, 1);
        for part in &parts {
            let allows = self.suppressions(&text[end..part.range().start], line);
            end = part.range().end;
            line = part.line() + part.text().matches('\n').count();
            self.statement(part, &allows);
        }
        self.suppressions(&text[end..], line);
        self.put_back();
    }

    #[cfg(feature = "syntax")]
    fn syntax(&mut self) {
        let own = (self.migration.path(), self.migration.text());
        for (path, text) in std::iter::once(own).chain(self.migration.undo()) {
            if let Err(error) = self.linter.dialect.check(text) {
                let lint = Lint {
                    hazard: Hazard::Syntax,
                    severity: Hazard::Syntax.severity(),
                    path: path.to_owned(),
                    line: error.line,
                    column: error.column,
                    message: error.message,
                    locks: Vec::new(),
                    instead: Vec::new(),
                    statement: String::new(),
                };
                self.found.push((lint, Vec::new()));
            }
        }
    }

    #[cfg(not(feature = "syntax"))]
    #[allow(clippy::unused_self, reason = "with the feature it does something")]
    fn syntax(&mut self) {}

    /// Reads the suppressions between two statements; their places in the list of all.
    fn suppressions(&mut self, gap: &str, line: usize) -> Vec<usize> {
        let mut places = Vec::new();
        for one in allow::read(gap, line) {
            match one {
                Ok(allow) => {
                    places.push(self.allowed.len());
                    self.allowed.push(allow);
                }
                Err(wrong) => self.say_of_comment(wrong.line, wrong.why),
            }
        }
        places
    }

    fn statement(&mut self, part: &ScriptPart<'_>, allows: &[usize]) {
        let statement = part.text();
        if self.session.see(statement) {
            return;
        }
        let acts = acts(statement, self.linter.dialect);
        let mut before = std::mem::take(self.before);
        let effect = self.catalog.follow(Cursor::of(statement, self.linter.dialect));
        let mut locks = Vec::new();
        if self.linter.dialect == Dialect::Postgres {
            let is_small = |table: &str| self.linter.is_small(table);
            let impacted = Impacted {
                statement,
                line: part.line(),
                effect: &effect,
                catalog: &before,
                release: self.release,
                is_small: &is_small,
            };
            locks = impacted.locks().map(|(relation, mode)| (relation.to_owned(), mode)).collect();
            for said in impacted.hazards(&mut self.session) {
                self.say(part, said, locks.clone(), allows);
            }
        }
        if self.linter.dialect == Dialect::Sqlite {
            let is_used = |table: &str| self.release.is_used(table);
            if let Some(said) = unbounded_write(statement, is_used, |table| self.linter.is_small(table)) {
                self.say(part, said, Vec::new(), allows);
            }
        }
        for act in &acts {
            if let Some(said) = broken(act, &before, self.release, &mut self.session) {
                if let Act::DropTable { table } = act {
                    let columns = before.table(table).map(|of| of.columns.iter().map(|own| own.name.clone()).collect());
                    self.rebuilt.dropped(table, columns.unwrap_or_default(), self.found.len());
                }
                self.say(part, said, locks.clone(), allows);
            }
        }
        self.rebuilt.see(statement, self.linter.dialect, &acts);
        if self.linter.advice && self.linter.dialect == Dialect::Postgres {
            for said in advice(statement) {
                self.say(part, said, Vec::new(), allows);
            }
        }
        let renamed = acts.iter().find_map(|act| match act {
            Act::RenameTable { from, to } | Act::RenameObject { from, to, .. } => Some((from.as_str(), to.as_str())),
            _ => None,
        });
        self.release.note(&before, self.catalog, renamed);
        before.follow(Cursor::of(statement, self.linter.dialect));
        before.relations.take_touched();
        *self.before = before;
    }

    /// Of a table that went away and is there again at the end, with its rows, only what it lost is lost.
    fn put_back(&mut self) {
        for (at, again) in std::mem::take(&mut self.rebuilt).again(self.catalog) {
            let lint = &mut self.found[at].0;
            match again {
                Again::Whole => {
                    self.found.remove(at);
                }
                Again::Empty => lint.message.push_str("; the one that takes its place begins without its rows"),
                Again::Lacks(columns) => {
                    let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
                    lint.hazard = Hazard::DropsColumn;
                    lint.severity = Hazard::DropsColumn.severity();
                    lint.message = format!(
                        "{} is not in the table that takes its place, while versions that are running may use it",
                        names.join(", ")
                    );
                }
            }
        }
    }

    fn say(&mut self, part: &ScriptPart<'_>, said: Said, locks: Vec<(String, LockMode)>, allows: &[usize]) {
        let before = &self.migration.text()[..part.range().start];
        let lint = Lint {
            hazard: said.hazard,
            severity: said.hazard.severity(),
            path: self.migration.path().to_owned(),
            line: part.line(),
            column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
            message: said.message,
            locks,
            instead: said.instead,
            statement: part.text().to_owned(),
        };
        self.found.push((lint, allows.to_vec()));
    }

    fn say_of_comment(&mut self, line: usize, message: String) {
        let lint = Lint {
            hazard: Hazard::Suppression,
            severity: Severity::Warning,
            path: self.migration.path().to_owned(),
            line,
            column: 1,
            message,
            locks: Vec::new(),
            instead: Vec::new(),
            statement: String::new(),
        };
        self.found.push((lint, Vec::new()));
    }

    /// Tells what is allowed from what is not, and which suppressions were for nothing.
    fn finish(mut self, report: &mut LintReport) {
        for (lint, beside) in std::mem::take(&mut self.found) {
            let allow =
                self.allowed.iter_mut().enumerate().find(|(at, allow)| {
                    (allow.whole_file || beside.contains(at)) && allow.hazards.contains(&lint.hazard)
                });
            match allow {
                Some((_, allow)) => {
                    allow.used = true;
                    report.suppressed.push(Suppressed { lint, reason: allow.reason.clone() });
                }
                None => report.lints.push(lint),
            }
        }
        for allow in std::mem::take(&mut self.allowed) {
            if !allow.used {
                self.say_of_comment(allow.line, "allows what is not there: remove it".to_owned());
            }
        }
        report.lints.extend(self.found.into_iter().map(|(lint, _)| lint));
    }
}
