//! `cutover plan`, `begin`, `advance`, `status`, `attest`, `pause`, `rollback` and `measure` on PostgreSQL.

use postgres::{Client, NoTls};
use postgres_for_tests::Database;
use tempfile::TempDir;

use crate::running::{Run, cutover, cutover_in};

/// A database with one table.
struct App {
    database: Database,
}

impl App {
    /// `None` where there is no server: then it was said that the test is skipped.
    fn new() -> Option<Self> {
        let app = Self { database: postgres_for_tests::database()? };
        app.sql(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text, legacy_name text); \
             INSERT INTO users SELECT i, 'n' || i, 'l' || i FROM generate_series(1, 2500) AS i; ANALYZE users",
        );
        Some(app)
    }

    fn client(&self) -> Client {
        Client::connect(&self.database.url(), NoTls).unwrap()
    }

    fn sql(&self, sql: &str) {
        self.client().batch_execute(sql).unwrap();
    }

    fn run(&self, verb: &str, more: &[&str]) -> Run {
        let url = self.database.url();
        cutover([verb, "--database", &url].into_iter().chain(more.iter().copied()))
    }

    fn attest_all(&self) {
        for consumer in ["application", "etl", "reporting"] {
            let run =
                self.run("attest", &["--consumer", consumer, "--author", "ada", "--reason", "searched all of it"]);
            assert_eq!(run.code, Some(0), "{run:?}");
        }
    }

    fn columns(&self) -> Vec<String> {
        let sql = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped \
             AND attname !~ '^_cutover_' ORDER BY attnum";
        self.client().query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
    }

    fn to_the_end(&self) {
        while !self.run("status", &[]).out.ends_with("finished\n") {
            let run = self.run("advance", &[]);
            assert_eq!(run.code, Some(0), "{run:?}");
        }
    }
}

const DROP: [&str; 3] = ["drop-column", "users", "legacy_name"];
const RENAME: [&str; 4] = ["rename-column", "users", "name", "full_name"];

#[test]
fn a_column_goes_only_after_every_consumer_was_answered_for() {
    let Some(app) = App::new() else { return };
    let plan = app.run("plan", &DROP);
    assert!(plan.code == Some(0) && plan.out.contains("ACCESS EXCLUSIVE"), "{plan:?}");
    assert_eq!(app.run("status", &[]).code, Some(1), "no plan was begun");
    assert_eq!(app.run("plan", &["--begin", DROP[0], DROP[1], DROP[2]]).code, Some(0));
    let held = app.run("advance", &[]);
    assert_eq!(held.code, Some(2), "{held:?}");
    assert!(held.out.contains("application: closed: no evidence"), "{held:?}");
    app.attest_all();
    app.to_the_end();
    assert_eq!(app.columns(), ["id", "name"]);
}

#[test]
fn a_plan_that_was_read_is_the_one_that_is_begun() {
    let Some(app) = App::new() else { return };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plan.json");
    let json = app.run("plan", &["--json", RENAME[0], RENAME[1], RENAME[2], RENAME[3]]).out;
    std::fs::write(&file, json.replace("ADD COLUMN full_name", "ADD COLUMN other_name")).unwrap();
    let edited = app.run("begin", &[file.to_str().unwrap()]);
    assert!(edited.code == Some(1) && edited.err.contains("changed by hand"), "{edited:?}");
    std::fs::write(&file, &json).unwrap();
    assert_eq!(app.run("begin", &[file.to_str().unwrap()]).code, Some(0));
    let status = app.run("status", &["--json"]);
    let status: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status["plan"], plan["hash"]);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_a_pause_holds_it() {
    let Some(app) = App::new() else { return };
    app.run("plan", &["--begin", RENAME[0], RENAME[1], RENAME[2], RENAME[3]]);
    let dry = app.run("advance", &["--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains("ADD COLUMN full_name"), "{dry:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    assert_eq!(app.run("pause", &["--author", "ada", "--reason", "a sale is on"]).code, Some(0));
    let paused = app.run("advance", &[]);
    assert!(paused.code == Some(2) && paused.out.contains("a sale is on"), "{paused:?}");
    assert!(app.run("status", &[]).out.contains("paused by ada"));
    assert_eq!(app.run("resume", &["--author", "ada"]).code, Some(0));
    assert_eq!(app.run("advance", &[]).code, Some(0));
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "full_name"]);
    let back = app.run("rollback", &["--dry-run"]);
    assert!(back.out.contains("DROP COLUMN full_name") && back.code == Some(0), "{back:?}");
    assert_eq!(app.run("rollback", &["--phase"]).code, Some(0));
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    assert!(app.run("rollback", &[]).out.ends_with("rolled back\n"));
}

#[test]
fn whoever_is_in_the_way_is_named_without_values() {
    let Some(app) = App::new() else { return };
    app.run("plan", &["--begin", RENAME[0], RENAME[1], RENAME[2], RENAME[3]]);
    let mut holder = app.client();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SET LOCAL application_name = 'slow report'").unwrap();
    open.batch_execute("SELECT * FROM users WHERE name = 'secret'").unwrap();
    let dry = app.run("advance", &["--dry-run"]);
    assert!(dry.out.contains("in the way: slow report (pid ") && dry.out.contains("name = ?"), "{dry:?}");
    assert!(!dry.out.contains("secret"), "{dry:?}");
}

#[test]
fn a_change_by_somebody_else_is_refused_unless_it_is_accepted() {
    let Some(app) = App::new() else { return };
    app.run("plan", &["--begin", RENAME[0], RENAME[1], RENAME[2], RENAME[3]]);
    app.sql("ALTER TABLE users ADD COLUMN age int");
    let run = app.run("advance", &[]);
    assert!(run.code == Some(1) && run.err.contains(".age: integer"), "{run:?}");
    assert!(app.run("status", &[]).out.contains("changed by somebody else"));
    let run = app.run("advance", &["--on-drift", "accept"]);
    assert!(run.code == Some(0) && run.err.contains(".age: integer"), "{run:?}");
}

#[test]
fn a_whole_plan_is_measured_on_a_copy() {
    let Some(app) = App::new() else { return };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plan.json");
    std::fs::write(&file, app.run("plan", &["--json", RENAME[0], RENAME[1], RENAME[2], RENAME[3]]).out).unwrap();
    let copy = app.database.copy().unwrap();
    let measured = cutover(["measure", "--database", &copy.url(), file.to_str().unwrap()]);
    assert_eq!(measured.code, Some(0), "{measured:?}");
    for step in ["expand/add-columns", "backfill/fill", "contract/swap"] {
        assert!(measured.out.contains(step), "{measured:?}");
    }
    assert!(measured.out.ends_with("every step did what was predicted\n"), "{measured:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    let url = app.database.url();
    let without = cutover_in([("DATABASE_URL", url.as_str())], ["measure", file.to_str().unwrap()]);
    assert!(without.code == Some(1) && without.err.contains("--database"), "{without:?}");
}

#[test]
fn the_address_may_come_from_the_environment_and_its_password_is_never_printed() {
    let Some(app) = App::new() else { return };
    let url = app.database.url();
    let run = cutover_in([("DATABASE_URL", url.as_str())], ["plan", DROP[0], DROP[1], DROP[2]]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for address in [
        "postgresql://ada:s3cret@127.0.0.1:1/app",
        "host=127.0.0.1 port=1 user=ada password=s3cret dbname=app",
        "postgresql://ada:s3cret@h:port/x",
    ] {
        let run = cutover(["plan", "--database", address, DROP[0], DROP[1], DROP[2]]);
        assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
        assert!(!run.err.contains("s3cret") && !run.out.contains("s3cret"), "{run:?}");
    }
    let none: [(&str, &str); 0] = [];
    let run = cutover_in(none, ["status"]);
    assert!(run.code == Some(1) && run.err.contains("DATABASE_URL"), "{run:?}");
}

#[test]
fn other_changes_of_the_catalogue_can_be_asked_for() {
    let Some(app) = App::new() else { return };
    let index = app.run("plan", &["create-index", "users", "by_name", "name", "lower(legacy_name)", "--unique"]);
    assert!(index.out.contains("CREATE UNIQUE INDEX CONCURRENTLY by_name"), "{index:?}");
    let fill = app.run("plan", &["set-not-null", "users", "name", "--fill", "'nobody'"]);
    assert!(fill.out.contains("'nobody'"), "{fill:?}");
    let retype = app.run("plan", &["change-type", "users", "id", "numeric"]);
    assert!(retype.out.contains("TYPE numeric"), "{retype:?}");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("change.json");
    let plan = app.run("plan", &["--json", DROP[0], DROP[1], DROP[2]]);
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();
    std::fs::write(&file, plan["plan"]["change"].to_string()).unwrap();
    let same = app.run("plan", &["--json", "change", file.to_str().unwrap()]);
    let same: serde_json::Value = serde_json::from_str(&same.out).unwrap();
    assert_eq!(same["hash"], plan["hash"]);
}
