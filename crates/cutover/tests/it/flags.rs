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
fn lint_says_where_an_expression_is_wrong() {
    let (_folder, path) = file("format = 1\n[flags.foo]\nwhen = 'country = \"US\"'\n");
    let run = cutover(["flags", "lint", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.out.starts_with("line 3, column 17: flag `foo`: expected an operator"), "{run:?}");
    let run = cutover(["flags", "lint", "--json", path.to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json[0]["line"], &json[0]["column"]), (&3.into(), &17.into()), "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("flags.toml");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let run = cutover(["flags", "lint", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.err.contains("it is not a regular file"), "{run:?}");
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

#[test]
fn expectations_are_run_and_what_differs_is_said_with_its_place() {
    let (folder, _path) = file(FLAGS);
    let tests = folder.path().join("flags.tests.toml");
    let expect = |enabled| {
        let test =
            format!("format = 1\n[[tests]]\nflag = 'foo'\ncontext = {{ country = 'CA' }}\nenabled = {enabled}\n");
        std::fs::write(&tests, test).unwrap();
        (
            cutover(["flags", "test", tests.to_str().unwrap()]),
            cutover(["flags", "test", "--json", tests.to_str().unwrap()]),
        )
    };
    let (text, _) = expect(false);
    assert_eq!((text.code, text.out.trim()), (Some(0), "1 passed, 0 failed"), "{text:?}");
    let (text, json) = expect(true);
    assert_eq!((text.code, json.code), (Some(2), Some(2)), "{text:?}");
    assert!(text.out.contains("flags.tests.toml:2: `foo`\n  enabled: expected true, found false\n"), "{text:?}");
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["failures"][0]["differences"][0]["what"], "enabled", "{json}");
    assert_eq!((&json["passed"], &json["failures"][0]["line"]), (&0.into(), &2.into()), "{json}");
}

#[test]
fn a_file_of_json_is_read_too() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("flags.json");
    std::fs::write(&path, "{\"format\": 1, \"flags\": {\"foo\": true}}").unwrap();
    let run = cutover(["flags", "explain", "--line", path.to_str().unwrap(), "foo"]);
    assert_eq!((run.code, run.out.trim()), (Some(0), "foo is on: it is the same for all"), "{run:?}");
}

#[test]
fn the_schema_of_json_is_printed() {
    let run = cutover(["flags", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &schema["title"]), (Some(0), &"Flags, format 1".into()));
}

#[test]
fn a_file_is_converted_and_back_and_the_comments_of_the_target_stay() {
    let (folder, toml) = file("format = 1\n[segments]\nbeta = { keys = [7] } # who asked\n[flags]\nfoo = true # on\n");
    let json = folder.path().join("flags.json");
    let (toml_name, json_name) = (toml.to_str().unwrap(), json.to_str().unwrap());
    let before = std::fs::read_to_string(&toml).unwrap();
    let run = cutover(["flags", "convert", toml_name, json_name]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.starts_with("converted: 1 flags, 1 segments, 0 layers, 0 holdouts; content "), "{run:?}");
    let written = std::fs::read_to_string(&json).unwrap();
    assert_eq!(cutover(["flags", "convert", json_name, toml_name]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&toml).unwrap(), before);
    std::fs::write(&json, written.replace("true", "false")).unwrap();
    let run = cutover(["flags", "convert", "--json", json_name, toml_name]);
    let told: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&told["flags"], &told["segments"]), (&1.into(), &1.into()), "{run:?}");
    assert_eq!(
        std::fs::read_to_string(&toml).unwrap(),
        before.replace("true # on", "false"),
        "a comment goes with what it was about"
    );
}

#[test]
fn what_cannot_be_converted_is_refused_with_its_place() {
    let (folder, toml) = file("format = 1\n[flags]\nfoo = 3\n");
    let json = folder.path().join("flags.json");
    let (toml_name, json_name) = (toml.to_str().unwrap(), json.to_str().unwrap());
    let run = cutover(["flags", "convert", toml_name, json_name]);
    assert_eq!((run.code, run.err.lines().count(), json.exists()), (Some(1), 1, false), "{run:?}");
    assert!(run.err.contains("flags.toml, line 3, column 7: flag `foo`: expected true, false"), "{run:?}");
    std::fs::write(&toml, "format = 1\nsegments.beta.file = \"beta.txt\"\n").unwrap();
    let elsewhere = TempDir::new().unwrap();
    let other = elsewhere.path().join("flags.json");
    let run = cutover(["flags", "convert", toml_name, other.to_str().unwrap()]);
    assert!(run.code == Some(1) && run.err.contains("segment `beta` has its keys in `beta.txt`"), "{run:?}");
    let run = cutover(["flags", "convert", toml_name, json_name]);
    assert!(run.code == Some(1) && run.err.contains("beta.txt could not be read"), "{run:?}");
    std::fs::write(folder.path().join("beta.txt"), "7\n").unwrap();
    assert_eq!(cutover(["flags", "convert", toml_name, json_name]).code, Some(0));
}
