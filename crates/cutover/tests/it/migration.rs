//! `cutover plan`, `advance`, `status`, `attest`, `rollback`.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::running::{Run, cutover};

/// A database with one table.
struct App {
    _folder: TempDir,
    path: PathBuf,
}

impl App {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("app.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, legacy_name TEXT)")
            .unwrap();
        Self { _folder: folder, path }
    }

    fn run(&self, verb: &str, more: &[&str]) -> Run {
        let database = self.path.to_str().unwrap();
        cutover([verb, "--database", database].into_iter().chain(more.iter().copied()))
    }

    fn attest(&self, consumer: &str) -> Run {
        self.run("attest", &["--consumer", consumer, "--author", "ada", "--reason", "searched all of its code"])
    }

    fn columns(&self) -> Vec<String> {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info('users')").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

const DROP: [&str; 3] = ["drop-column", "users", "legacy_name"];

#[test]
fn a_plan_is_printed_as_markdown_and_as_json_and_changes_nothing() {
    let app = App::new();
    let run = app.run("plan", &DROP);
    assert_eq!(run.code, Some(0), "{run:?}");
    let places: Vec<usize> =
        ["application", "etl", "reporting", "drop"].iter().map(|word| run.out.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{run:?}");
    let run = app.run("plan", &["--json", DROP[0], DROP[1], DROP[2]]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert!(json.is_object(), "{run:?}");
    assert_eq!(app.run("status", &[]).code, Some(1), "no plan was begun");
}

#[test]
fn a_column_goes_only_after_every_consumer_was_answered_for() {
    let app = App::new();
    assert_eq!(app.run("plan", &["--begin", DROP[0], DROP[1], DROP[2]]).code, Some(0));
    let held = app.run("advance", &[]);
    assert_eq!(held.code, Some(2), "{held:?}");
    assert!(held.out.contains("application: closed: no evidence"), "{held:?}");
    assert!(held.err.contains("once application has moved, say so: cutover attest"), "{held:?}");
    for consumer in ["application", "etl", "reporting"] {
        assert_eq!(app.attest(consumer).code, Some(0));
    }
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    while !app.run("status", &[]).out.ends_with("finished\n") {
        let run = app.run("advance", &[]);
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    assert_eq!(app.columns(), ["id", "name"]);
}

#[test]
fn a_plan_that_was_begun_can_be_rolled_back() {
    let app = App::new();
    app.run("plan", &["--begin", "rename-column", "users", "legacy_name", "old_name"]);
    assert_eq!(app.run("advance", &[]).code, Some(0), "expanding needs no gate");
    let run = app.run("rollback", &[]);
    assert!(run.out.ends_with("rolled back\n"), "{run:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
}

#[test]
fn a_plan_is_paused_and_its_phases_are_tried_and_taken_back() {
    let app = App::new();
    app.run("plan", &["--begin", "rename-column", "users", "legacy_name", "old_name"]);
    let dry = app.run("advance", &["--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains("ADD COLUMN old_name"), "{dry:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    assert_eq!(app.run("pause", &["--author", "ada", "--reason", "a sale is on"]).code, Some(0));
    let paused = app.run("advance", &[]);
    assert!(paused.code == Some(2) && paused.out.contains("a sale is on"), "{paused:?}");
    assert!(app.run("status", &[]).out.contains("paused by ada"));
    assert_eq!(app.run("resume", &["--author", "ada"]).code, Some(0));
    assert_eq!(app.run("advance", &[]).code, Some(0));
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "old_name"]);
    let back = app.run("rollback", &["--dry-run"]);
    assert!(back.out.contains("DROP COLUMN old_name") && back.code == Some(0), "{back:?}");
    assert_eq!(app.run("rollback", &["--phase"]).code, Some(0));
    assert_eq!(app.columns(), ["id", "name", "legacy_name"]);
    assert!(app.run("rollback", &[]).out.ends_with("rolled back\n"));
}

#[test]
fn a_step_that_would_fail_is_told_before_anything_is_done() {
    let app = App::new();
    app.run("plan", &["--begin", "rename-column", "users", "name", "full_name"]);
    let connection = rusqlite::Connection::open(&app.path).unwrap();
    connection.execute_batch("ALTER TABLE users ADD COLUMN full_name INTEGER").unwrap();
    let dry = app.run("advance", &["--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains("would fail: duplicate column name"), "{dry:?}");
    let run = app.run("advance", &["--on-drift", "accept"]);
    assert!(run.code == Some(1) && run.err.contains("duplicate column name"), "{run:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "full_name"]);
}

#[test]
fn a_change_by_somebody_else_is_refused_unless_it_is_accepted() {
    let app = App::new();
    app.run("plan", &["--begin", "rename-column", "users", "name", "full_name"]);
    let connection = rusqlite::Connection::open(&app.path).unwrap();
    connection.execute_batch("ALTER TABLE users ADD COLUMN age INT").unwrap();
    let run = app.run("advance", &[]);
    assert!(run.code == Some(1) && run.err.contains("+ users.age: INT"), "{run:?}");
    for standing in [app.run("status", &[]), app.run("advance", &["--dry-run"])] {
        assert!(standing.out.contains("changed by somebody else: + users.age: INT"), "{standing:?}");
    }
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "age"]);
    let run = app.run("advance", &["--on-drift", "accept"]);
    assert!(run.code == Some(0) && run.err.contains("+ users.age: INT"), "{run:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "age", "full_name"]);
}

#[test]
fn a_plan_is_made_anew_for_a_database_that_somebody_changed() {
    let app = App::new();
    app.run("plan", &["--begin", "rename-column", "users", "name", "full_name"]);
    assert_eq!(app.run("advance", &[]).code, Some(0));
    let connection = rusqlite::Connection::open(&app.path).unwrap();
    connection.execute_batch("CREATE INDEX by_name ON users (name)").unwrap();
    let run = app.run("advance", &["--on-drift", "replan"]);
    assert!(run.code == Some(0) && run.err.contains("by_name"), "{run:?}");
    assert_eq!(app.columns(), ["id", "name", "legacy_name", "full_name"]);
    assert_eq!(app.run("advance", &[]).code, Some(0));
}

#[test]
fn the_status_is_there_as_json() {
    let app = App::new();
    app.run("plan", &["--begin", DROP[0], DROP[1], DROP[2]]);
    let run = app.run("status", &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["phases"].as_array().map(Vec::len), Some(4), "{run:?}");
}

#[test]
fn names_that_are_not_there_are_refused_with_the_nearest_ones() {
    let app = App::new();
    let run = app.run("plan", &["drop-column", "user", "legacy_name"]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
    assert!(run.err.contains("users"), "{run:?}");
    let run = app.run("plan", &["drop-column", "users", "legacyname"]);
    assert!(run.err.contains("legacy_name"), "{run:?}");
    app.run("plan", &["--begin", DROP[0], DROP[1], DROP[2]]);
    let run = app.attest("elt");
    assert!(run.err.contains("etl"), "{run:?}");
}

#[test]
fn a_file_that_is_no_database_is_one_line_and_a_failure() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "this is no database, but it is longer than a header of one hundred bytes, which is what SQLite reads first",
    )
    .unwrap();
    for path in [path, folder.path().join("missing.db")] {
        let run = cutover(["plan", "--database", path.to_str().unwrap(), DROP[0], DROP[1], DROP[2]]);
        assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
        assert!(run.err.contains(path.to_str().unwrap()), "{run:?}");
    }
}

#[test]
fn phases_are_written_as_files_that_a_tool_can_run_and_nothing_there_is_touched() {
    let app = App::new();
    let folder = app.path.parent().unwrap().join("migrations");
    let directory = folder.to_str().unwrap();
    let unknown = app.run("plan", &["--write", directory, DROP[0], DROP[1], DROP[2]]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("say --layout"), "{unknown:?}");

    std::fs::write(folder.join("0001_users.up.sql"), "-- first").unwrap();
    let run = app.run("plan", &["--write", directory, "--layout", "golang-migrate", DROP[0], DROP[1], DROP[2]]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert_eq!(std::fs::read_to_string(&paths[0]).unwrap(), "-- first");
    assert!(paths[1].display().to_string().contains("0002_drop_column_users_legacy_name"), "{paths:?}");

    let connection = rusqlite::Connection::open(&app.path).unwrap();
    let run_file = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        connection.execute_batch(&format!("BEGIN;\n{text}\nCOMMIT;"))
    };
    paths
        .iter()
        .filter(|path| path.display().to_string().ends_with(".up.sql"))
        .for_each(|path| run_file(path).unwrap());
    assert_eq!(app.columns(), ["id", "name"]);
    let last = paths.iter().rfind(|path| path.display().to_string().ends_with(".down.sql")).unwrap();
    let refused = run_file(last).unwrap_err().to_string();
    assert!(refused.contains("cannot be undone"), "{refused}");
}

#[test]
fn a_phase_that_the_plan_does_not_have_is_not_written() {
    let app = App::new();
    let folder = app.path.parent().unwrap().join("migrations");
    let directory = folder.to_str().unwrap();
    let words = ["--write", directory, "--layout", "sqlx", "--phase", "dorp", DROP[0], DROP[1], DROP[2]];
    let run = app.run("plan", &words);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("no phase `dorp`"), "{run:?}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn the_schema_of_plans_is_printed_as_json() {
    let run = cutover(["migrations", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &schema["type"]), (Some(0), &serde_json::json!("object")));
}

#[test]
fn a_column_that_rejects_null_goes_with_what_rows_get_without_it() {
    let app = App::new();
    let refused = app.run("plan", &["drop-column", "users", "name"]);
    assert!(refused.code == Some(1) && refused.err.contains("say what rows written without it get"), "{refused:?}");
    let planned = app.run("plan", &["drop-column", "users", "name", "--fill", "''"]);
    assert!(planned.code == Some(0) && planned.out.contains("Point of no return"), "{planned:?}");
    let broken = app.run("plan", &["drop-column", "users", "name", "--fill", "''); DROP TABLE users; --"]);
    assert!(broken.code == Some(1) && broken.err.contains("cannot be put into a statement"), "{broken:?}");
}

#[test]
fn a_plan_that_was_cut_off_or_changed_or_is_none_is_one_line_and_leaves_the_database_alone() {
    let app = App::new();
    let plan = app.run("plan", &["--json", DROP[0], DROP[1], DROP[2]]).out;
    let file = app.path.with_extension("json");
    let cases = [
        (plan[..plan.len() / 2].to_owned(), "EOF while parsing"),
        (plan.replacen("legacy_name", "name", 1), "the plan was changed by hand"),
        (plan.replacen("\"format\": 1", "\"format\": 7", 1), "the plan has format 7"),
        (String::new(), "EOF while parsing"),
        ("[]".to_owned(), "the file is not a plan"),
    ];
    for (text, expected) in cases {
        std::fs::write(&file, text).unwrap();
        let run = app.run("begin", &[file.to_str().unwrap()]);
        assert!(run.code == Some(1) && run.err.lines().count() == 1 && run.err.contains(expected), "{run:?}");
    }
    std::fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let huge = app.run("begin", &[file.to_str().unwrap()]);
    assert!(huge.code == Some(1) && huge.err.contains("which no plan is"), "{huge:?}");
    assert_eq!(app.run("status", &[]).code, Some(1), "no plan was begun");
}
