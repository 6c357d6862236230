//! `cutover diff`.

use tempfile::TempDir;

use crate::running::cutover;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_directory_of_migrations_is_compared_with_a_file_of_statements() {
    let folder = folder(&[
        ("1_users.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"),
        ("2_age.sql", "ALTER TABLE users ADD COLUMN age INTEGER;"),
    ]);
    let wanted = folder.path().join("wanted.sql");
    let migrations = TempDir::new_in(folder.path()).unwrap();
    for name in ["1_users.sql", "2_age.sql"] {
        std::fs::rename(folder.path().join(name), migrations.path().join(name)).unwrap();
    }
    let (from, to) = (migrations.path().to_str().unwrap(), wanted.to_str().unwrap());

    std::fs::write(&wanted, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);").unwrap();
    let same = cutover(["diff", from, to]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), "no difference\n"), "{same:?}");

    std::fs::write(&wanted, "CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT, age INTEGER);").unwrap();
    let named = cutover(["diff", from, to, "--rename-column", "users.name=full_name"]);
    assert_eq!((named.code, named.out.as_str()), (Some(2), "rename column users.name to full_name\n"), "{named:?}");
    let guessed = cutover(["diff", from, to, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&guessed.out).unwrap();
    assert!(json["changes"].as_array().unwrap().iter().any(|change| change["loses_data"] == true), "{guessed:?}");
}

#[test]
fn statements_that_the_server_refuses_are_told_with_their_line() {
    let folder = folder(&[("a.sql", "CREATE TABLE a (x);\nCREATE TABLE a (x);"), ("b.sql", "")]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let run = cutover(["diff", &path("a.sql"), &path("b.sql")]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("a.sql:2"), "{run:?}");
}

#[test]
fn statements_of_postgresql_are_run_in_a_database_of_their_own_that_goes_again() {
    let Some(database) = postgres_for_tests::database() else { return };
    let folder = folder(&[("wanted.sql", "CREATE TABLE users (id bigint PRIMARY KEY, age int DEFAULT 2);")]);
    let wanted = folder.path().join("wanted.sql").display().to_string();
    let url = database.url();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute("CREATE TABLE users (id bigint PRIMARY KEY)").unwrap();
    let run = cutover(["diff", &url, &wanted, "--scratch", &url]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), "add column users.age\n"), "{run:?}");
    let left = client.query("SELECT FROM pg_database WHERE datname LIKE '\\_cutover\\_scratch%'", &[]).unwrap();
    assert!(left.is_empty());
    let mixed = cutover(["diff", &url, &wanted, "--dialect", "sqlite"]);
    assert!(mixed.err.contains("cannot be compared"), "{mixed:?}");
    // The text alone tells as much, and so does the server's own view of it.
    let alone = cutover(["diff", &url, &wanted]);
    assert_eq!((alone.code, alone.out.as_str()), (Some(2), "add column users.age\n"), "{alone:?}");
    let server = cutover(["diff", &url, &wanted, "--scratch", &url, "--by-database"]);
    assert_eq!((server.code, server.out.as_str()), (Some(2), "add column users.age\n"), "{server:?}");
}

#[test]
fn files_of_postgresql_are_compared_without_a_server() {
    let folder = folder(&[
        ("from.sql", "CREATE TABLE users (id serial PRIMARY KEY, age int CHECK (age BETWEEN 0 AND 150));"),
        (
            "to.sql",
            "CREATE TABLE users (id serial PRIMARY KEY, age int4 CHECK (age >= 0 AND age <= 150));\nINSERT INTO users VALUES (1, 2);",
        ),
        ("copy.sql", "CREATE TABLE users (id int);\nCREATE TABLE copy AS SELECT * FROM users;"),
    ]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let same = cutover(["diff", &path("from.sql"), &path("to.sql"), "--dialect", "postgresql"]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), "no difference\n"), "{same:?}");
    assert!(same.err.contains("not compared, by number of statements: rows (1)"), "{same:?}");
    // Where the text is not enough, the message says what to do.
    let needs = cutover(["diff", &path("from.sql"), &path("copy.sql"), "--dialect", "postgresql"]);
    assert_eq!(needs.code, Some(1));
    assert!(needs.err.contains("copy.sql:2:") && needs.err.contains("--scratch"), "{needs:?}");
}

#[test]
fn what_the_text_does_not_tell_of_sqlite_is_looked_up_in_a_database() {
    let folder = folder(&[
        ("from.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY);"),
        ("to.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY);\nCREATE TABLE copy AS SELECT * FROM users;"),
    ]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let run = cutover(["diff", &path("from.sql"), &path("to.sql")]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), "create table copy\n"), "{run:?}");
    assert!(run.err.contains("to.sql:2:") && run.err.contains("run in a database of its own"), "{run:?}");
}
