//! `cutover migrations lint`.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::running::{Run, cutover};

fn directory(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn lint(folder: &TempDir, more: &[&str]) -> Run {
    let path = folder.path().to_str().unwrap();
    cutover(["migrations", "lint", path].into_iter().chain(more.iter().copied()))
}

const FILES: [(&str, &str); 2] = [
    ("1_users/up.sql", "CREATE TABLE users (id bigint, name text);"),
    ("2_index/up.sql", "CREATE INDEX ON users (name);"),
];

#[test]
fn findings_are_printed_with_their_place_and_make_the_exit_code_2() {
    let folder = directory(&FILES);
    let run = lint(&folder, &[]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.out.contains("2_index/up.sql:1:1: error[scans-under-lock]: reads every row of `users`"), "{run:?}");
    assert!(run.out.contains("error[no-lock-timeout]") || run.out.contains("warning[no-lock-timeout]"), "{run:?}");
    assert_eq!(lint(&folder, &["--fail-on", "never"]).code, Some(0));
    let small = lint(&folder, &["--rows", "users=10", "--assume-lock-timeout"]);
    assert_eq!(small.code, Some(0), "{small:?}");
    let released_together = lint(&folder, &["--since", "1"]);
    assert_eq!(released_together.code, Some(0), "{released_together:?}");
    let top = cutover(["lint", folder.path().to_str().unwrap()]);
    assert_eq!((top.code, top.out), (run.code, run.out));
}

#[test]
fn every_form_is_printed() {
    let folder = directory(&FILES);
    let json: Value = serde_json::from_str(&lint(&folder, &["--json"]).out).unwrap();
    assert_eq!(json["statements"], 2);
    let sarif: Value = serde_json::from_str(&lint(&folder, &["--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(lint(&folder, &["--format", "github"]).out.starts_with("::"));
}

#[test]
fn what_cannot_be_linted_is_said_in_one_line() {
    let empty = directory(&[]);
    let cases = [
        (lint(&empty, &[]), "there is no .sql file in it"),
        (lint(&directory(&FILES), &["--layout", "flyway"]), "no file is named as flyway names migrations"),
        (lint(&directory(&FILES), &["--since", "9"]), "no migration has version 9, which --since names"),
        (cutover(["migrations", "lint", "not/there"]), "not/there"),
    ];
    for (run, expected) in cases {
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.err.contains(expected) && run.err.lines().count() == 1, "{run:?}");
    }
    let binary = directory(&[("1_a.sql", "")]);
    fs::write(binary.path().join("1_a.sql"), [0xff, 0xfe]).unwrap();
    let run = lint(&binary, &[]);
    assert!(run.code == Some(1) && run.err.contains("1_a.sql"), "{run:?}");
    let wrong = lint(&directory(&FILES), &["--layout", "rails"]);
    assert!(wrong.err.contains("no layout is called rails"), "{wrong:?}");
}

#[test]
fn a_file_in_another_encoding_is_told_with_its_place() {
    let folder = directory(&FILES);
    fs::write(folder.path().join("2_index/up.sql"), b"-- fine\n-- caf\xe9\nDROP TABLE users;").unwrap();
    let run = lint(&folder, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("2_index/up.sql:2: the byte 0xe9 is not UTF-8"), "{run:?}");
}

#[test]
fn what_is_nested_without_end_is_a_finding_and_what_stands_behind_it_is_read() {
    let deep = format!("SELECT {}1{};\nDROP TABLE users;", "(".repeat(10_000), ")".repeat(10_000));
    let folder = directory(&[FILES[0], ("2_deep/up.sql", &deep)]);
    let run = lint(&folder, &[]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.out.contains("2_deep/up.sql:1:208: error[syntax]: nested more than 200 levels"), "{run:?}");
    assert!(run.out.contains("2_deep/up.sql:2:1: error[drops-table]"), "{run:?}");
}

#[test]
fn another_version_of_the_server_has_other_rules() {
    let folder = directory(&[FILES[0], ("2_age/up.sql", "ALTER TABLE users ADD age int DEFAULT 0;")]);
    let run = |version: &str| lint(&folder, &["--assume-lock-timeout", "--server-version", version]);
    assert_eq!(run("11").code, Some(0));
    let old = run("10.23");
    assert!(old.code == Some(2) && old.out.contains("error[rewrites-table]"), "{old:?}");
    let wrong = run("eleven");
    assert!(wrong.code == Some(2) && wrong.err.contains("expected a version, such as 15 or 15.4"), "{wrong:?}");
}

#[test]
fn a_file_that_undoes_and_cannot_be_read_is_a_finding() {
    let folder = directory(&[FILES[0], ("1_users/down.sql", "\nDORP TABLE users;")]);
    let run = lint(&folder, &[]);
    assert!(run.code == Some(2) && run.out.contains("1_users/down.sql:2:1: error[syntax]"), "{run:?}");
}
