//! A PostgreSQL database that a plan is carried out on.

use std::cell::RefCell;
use std::process::Command;

use migration_planner::{ObjectName, Phase, Probe, Schema, Step, TransactionMode, Undo, UndoPiece, Work};
use postgres::{Client, NoTls, SimpleQueryMessage};
use postgres_for_tests::Database;

/// A database that is asked through a plain connection and compared through `pg_dump`, neither of which knows this crate.
pub(crate) struct Target {
    database: Database,
    /// One for all statements, since starting one takes longer than most of them. There is none while the database is copied.
    client: RefCell<Option<Client>>,
}

impl Target {
    /// A database with this schema and these rows; `None` where tests of PostgreSQL are skipped.
    pub(crate) fn new(schema: &Schema, rows: &str) -> Option<Self> {
        let target = Self::of(postgres_for_tests::database()?);
        target.run(&schema.to_postgres(), true).unwrap();
        target.run(&[rows.to_owned()], true).unwrap();
        Some(target)
    }

    /// Makes a tablespace within the server's own directory, unless there is one of that name.
    pub(crate) fn make_tablespace(name: &str) {
        let Some(database) = postgres_for_tests::database() else { return };
        let target = Self::of(database);
        let make = format!("CREATE TABLESPACE {name} LOCATION ''");
        if let Err(said) = target.run(&["SET allow_in_place_tablespaces = true", &make], false) {
            assert!(said.contains("already exists"), "{said}");
        }
    }

    /// Another database with everything that is in this one.
    pub(crate) fn copy(&self) -> Self {
        drop(self.client.take());
        Self::of(self.database.copy().unwrap())
    }

    fn of(database: Database) -> Self {
        Self { database, client: RefCell::new(None) }
    }

    /// The whole catalog in words.
    pub(crate) fn catalog(&self) -> String {
        let dump = Command::new(postgres_for_tests::program("pg_dump"))
            .args(["--schema-only", "-d", &self.database.url()])
            .output()
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let text = String::from_utf8(dump.stdout).unwrap();
        // A key that is another one each time, and the comments, which repeat the names.
        let said = |line: &&str| !line.starts_with('\\') && !line.starts_with("--") && !line.is_empty();
        text.lines().filter(said).collect::<Vec<_>>().join("\n")
    }

    /// Runs statements, in one transaction or each by itself, as in a session of their own; gives what they answer.
    pub(crate) fn run<S: AsRef<str>>(&self, statements: &[S], in_one: bool) -> Result<String, String> {
        let mut client = self.client.borrow_mut();
        let client = client.get_or_insert_with(|| Client::connect(&self.database.url(), NoTls).unwrap());
        client.batch_execute("SET statement_timeout = '20s'; SET lock_timeout = '5s'").unwrap();
        let ends = |word: &'static str| Some(word).filter(|_| in_one);
        let all = ends("BEGIN").into_iter().chain(statements.iter().map(AsRef::as_ref)).chain(ends("COMMIT"));
        let mut answer = |sql| match client.simple_query(sql) {
            Ok(answers) => Ok(answers.iter().filter_map(line).collect::<Vec<_>>()),
            Err(error) => Err(format!("{}\n{sql}", words(&error))),
        };
        let said = all.map(&mut answer).collect::<Result<Vec<_>, _>>();
        // Nothing is left of what was begun, or set.
        client.batch_execute("ROLLBACK").and_then(|()| client.batch_execute("DISCARD ALL")).unwrap();
        Ok(said?.concat().join("\n"))
    }

    pub(crate) fn ask(&self, query: &str) -> String {
        self.run(&[query], false).unwrap()
    }

    /// Writes as an application does, in one transaction.
    pub(crate) fn write(&self, sql: &str) {
        self.run(&[sql], true).unwrap();
    }

    fn count(&self, table: &ObjectName, condition: &str) -> String {
        self.ask(&format!("SELECT count(*) FROM {table} WHERE {condition}"))
    }

    /// Carries out a phase, and looks before and after each step whether its probe tells the difference.
    pub(crate) fn forward(&self, phase: &Phase) {
        for step in phase.steps() {
            let known = |target: &Self| match step.done_when() {
                Probe::Holds { query, .. } => Some(target.ask(query)),
                _ => None,
            };
            if let Some(before) = known(self) {
                assert_eq!(before, "f", "before step {} its probe says that it is done", step.id());
            }
            self.step(step).unwrap_or_else(|error| panic!("step {}: {error}", step.id()));
            if let Some(after) = known(self) {
                assert_eq!(after, "t", "after step {} its probe says that it is not done", step.id());
            }
        }
    }

    /// Carries out a phase as far as it goes; what failed in the step that did not.
    pub(crate) fn try_forward(&self, phase: &Phase) -> Result<(), String> {
        phase.steps().iter().try_for_each(|step| self.step(step))
    }

    /// Carries out one step.
    pub(crate) fn do_step(&self, step: &Step) -> Result<(), String> {
        self.step(step)
    }

    /// Runs statements and says what the server told beside, down to what only those hear who ask for it.
    pub(crate) fn notices(&self, work: &Work) -> String {
        let Work::Sql { statements, .. } = work else { panic!("what is {work:?}") };
        let mut psql = Command::new(postgres_for_tests::program("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.database.url()]);
        for sql in statements {
            psql.args(["-c", sql]);
        }
        let said = psql.env("PGOPTIONS", "-c client_min_messages=debug1").output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8_lossy(&said.stderr).into_owned()
    }

    fn step(&self, step: &Step) -> Result<(), String> {
        if let Some(repair) = step.repair().filter(|repair| self.ask(repair.when()) == "t") {
            self.run(repair.statements(), false)?;
        }
        match step.work() {
            Work::Sql { statements, .. } => {
                self.run(statements, step.transaction() != TransactionMode::Outside).map(drop)
            }
            Work::Backfill { table, set, needs, .. } => {
                self.run(&[format!("UPDATE {table} SET {set} WHERE {needs}")], true)?;
                assert_eq!(self.count(table, needs), "0", "rows are left after step {}", step.id());
                Ok(())
            }
            Work::Copy { table, into, columns, select, needs, .. } => {
                let (columns, select) = (columns.join(", "), select.join(", "));
                let copy = format!(
                    "INSERT INTO {into} ({columns}) SELECT {select} FROM {table} WHERE {needs} FOR SHARE ON CONFLICT DO NOTHING"
                );
                self.run(&[copy], true).map(drop)
            }
            Work::Delete { table, when, .. } => {
                self.run(&[format!("DELETE FROM {table} WHERE {when}")], true).map(drop)
            }
            Work::Verify { table, never, .. } => {
                let found = self.count(table, never);
                if found == "0" { Ok(()) } else { Err(format!("{found} rows of {table} where {never}")) }
            }
            other => panic!("what is {other:?}"),
        }
    }

    /// Undoes a phase.
    pub(crate) fn back(&self, phase: &Phase) {
        let way_back = phase.way_back(|_| true);
        for piece in &way_back {
            let (steps, in_one) = match piece {
                UndoPiece::Together(steps) => (steps.as_slice(), true),
                UndoPiece::Outside(step) => (std::slice::from_ref(step), false),
            };
            let statements: Vec<&String> = steps.iter().flat_map(|step| undoing(step)).collect();
            self.run(&statements, in_one).unwrap_or_else(|error| panic!("undoing {}: {error}", phase.id()));
        }
        let in_one = way_back.iter().filter(|piece| matches!(piece, UndoPiece::Together(_))).count();
        assert!(in_one <= 1, "phase {} is undone in {in_one} transactions", phase.id());
    }
}

/// A row as text.
fn line(answer: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = answer else { return None };
    let values: Vec<&str> = (0..row.len()).map(|at| row.get(at).unwrap_or_default()).collect();
    Some(values.join("|"))
}

/// All that the server said.
fn words(error: &postgres::Error) -> String {
    let Some(said) = error.as_db_error() else { return error.to_string() };
    let more = [said.detail(), said.hint()].into_iter().flatten();
    std::iter::once(said.message()).chain(more).collect::<Vec<_>>().join("\n")
}

fn undoing(step: &Step) -> &[String] {
    match step.undo() {
        Undo::Sql { statements, .. } | Undo::SqlOutside { statements, .. } => statements,
        Undo::Nothing => &[],
        other => panic!("step {} before the point of no return: {other:?}", step.id()),
    }
}
