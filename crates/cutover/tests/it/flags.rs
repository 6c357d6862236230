//! `cutover flags`.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::running::{Run, cutover};

fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("flags.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn explain(text: &str, flag: &str, more: &[&str]) -> Run {
    let (_folder, path) = file(text);
    let words = ["flags", "explain", path.to_str().unwrap(), flag].into_iter().chain(more.iter().copied());
    cutover(words)
}

const FLAGS: &str = "format = 1\n[flags.foo]\nwhen = 'country in [\"US\", \"DE\"]'\n";

#[test]
fn explain_says_why_and_what_would_change_it() {
    let run = explain(FLAGS, "foo", &["--context", r#"{"id": 7, "country": "CA"}"#]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("foo") && run.out.contains("off") && run.out.contains("\"CA\""), "{run:?}");
}

#[test]
fn explain_in_one_line_is_one_line() {
    let run = explain(FLAGS, "foo", &["--line", "--context", r#"{"country": "DE"}"#]);
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 1), "{run:?}");
    assert!(run.out.contains("on"), "{run:?}");
}

#[test]
fn explain_as_json_is_json() {
    let run = explain(FLAGS, "foo", &["--json", "--context", r#"{"country": "DE"}"#]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json["flag"], &json["enabled"]), (&"foo".into(), &true.into()), "{run:?}");
}

#[test]
fn a_malformed_file_is_refused_with_its_place() {
    let run = explain("format = 1\n[flags.foo\n", "foo", &[]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
    assert!(run.err.contains("flags.toml, line 2, column 11: "), "{run:?}");
}

#[test]
fn a_malformed_context_is_refused_with_its_place() {
    let run = explain(FLAGS, "foo", &["--context", "{\"id\":}"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("line 1 column 7"), "{run:?}");
}

#[test]
fn an_unknown_flag_is_answered_with_the_nearest_name() {
    let run = explain(FLAGS, "fo", &[]);
    assert!(run.out.contains("foo"), "{run:?}");
}

#[test]
fn lint_says_what_looks_wrong_and_where() {
    let (_folder, path) = file("format = 1\n[flags.foo]\nrules = [{ rollout = \"100%\" }, { when = \"staff\" }]\n");
    let run = cutover(["flags", "lint", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.out.contains("flag `foo`, rule 2: no context gets here"), "{run:?}");
    let run = cutover(["flags", "lint", "--json", path.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json[0]["kind"], "unreachable_rule", "{run:?}");
}

#[test]
fn lint_knows_the_groups_it_is_told() {
    let (_folder, path) = file("format = 1\n[flags.foo]\nwhen = 'group(\"staff\")'\n");
    let path = path.to_str().unwrap();
    assert_eq!(cutover(["flags", "lint", path]).code, Some(2));
    assert_eq!(cutover(["flags", "lint", path, "--groups", "beta,staff"]).code, Some(0));
}

#[test]
fn a_flag_is_ramped_and_turned_off_and_the_comments_stay() {
    let (_folder, path) = file("format = 1\n[flags.foo]\nrollout = \"1% by id\" # carefully\n");
    let name = path.to_str().unwrap();
    assert_eq!(cutover(["flags", "ramp", name, "foo", "12.5%"]).code, Some(0));
    assert_eq!(cutover(["flags", "disable", name, "foo"]).code, Some(0));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("rollout = \"12.5% by id\" # carefully") && text.contains("enabled = false"), "{text}");
    let run = cutover(["flags", "ramp", name, "fo", "13%"]);
    assert_eq!((run.code, run.err.lines().count()), (Some(1), 1), "{run:?}");
    assert_eq!(cutover(["flags", "ramp", name, "foo", "120%"]).code, Some(2), "no such percentage");
}
