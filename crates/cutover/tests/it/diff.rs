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
    let mixed = cutover(["diff", &url, &wanted]);
    assert!(mixed.err.contains("cannot be compared"), "{mixed:?}");
}
