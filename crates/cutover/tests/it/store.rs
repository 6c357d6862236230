//! `cutover flags` on a SQLite store.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::running::{Run, cutover};

struct Store {
    folder: TempDir,
}

impl Store {
    /// A store of two flags, taken over from a file.
    fn new() -> Self {
        let store = Self { folder: TempDir::new().unwrap() };
        let text = "format = 1\n[flags]\nfoo = false\nbar = { when = 'country == \"DE\"', rollout = \"1% by id\" }\n";
        std::fs::write(store.file("flags.toml"), text).unwrap();
        let run = store.run("import", &["--store", store.file("flags.toml").to_str().unwrap(), "--who", "ada"]);
        assert_eq!((run.code, run.out.trim()), (Some(0), "imported: 2 put, 0 removed, 0 left out"), "{run:?}");
        store
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, verb: &str, more: &[&str]) -> Run {
        let path = self.file("flags.db");
        cutover(["flags", verb, path.to_str().unwrap()].into_iter().chain(more.iter().copied()))
    }
}

#[test]
fn flags_in_a_store_are_changed_explained_and_looked_at_like_those_in_a_file() {
    let store = Store::new();
    assert_eq!(store.run("enable", &["foo", "--who", "ada", "--why", "it is ready"]).out.trim(), "saved; change 3");
    assert_eq!(store.run("ramp", &["bar", "12.5%", "--json"]).out.trim(), "{\n  \"revision\": 4\n}");
    assert!(store.run("explain", &["foo", "--line"]).out.contains("foo is on"));
    assert!(store.run("explain", &["bar", "--line", "--context", r#"{"country": "US"}"#]).out.contains("off"));
    let lint = store.run("lint", &[]);
    assert_eq!((lint.code, lint.out.trim()), (Some(0), "nothing looks wrong"), "{lint:?}");
    let run = store.run("disable", &["fooo"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("there is no flag `fooo` in the store"), "{run:?}");
}

#[test]
fn history_tells_and_undo_undoes_or_says_why_not() {
    let store = Store::new();
    store.run("ramp", &["bar", "10%", "--who", "ada", "--why", "no errors"]);
    let history = store.run("history", &["bar", "--limit", "1"]).out;
    assert!(
        history.ends_with("ada: change bar, rules[0].rollout: \"1% by id\" -> \"10% by id\" (no errors)\n"),
        "{history}"
    );
    assert_eq!(store.run("undo", &["3", "--who", "grace"]).out.trim(), "undone by change 4");
    let run = store.run("undo", &["3"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("change 3 of `bar` cannot be undone, since change 4 changed rules later"), "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&store.run("history", &["--json"]).out).unwrap();
    assert_eq!((&json[0]["who"], &json[0]["undoes"]), (&"grace".into(), &3.into()));
}

#[test]
fn a_store_is_written_back_into_a_file() {
    let store = Store::new();
    store.run("ramp", &["bar", "10%"]);
    let file = store.file("flags.toml");
    let run = store.run("export", &[file.to_str().unwrap()]);
    assert_eq!(run.out.trim(), "exported: 1 put, 0 removed, 0 left out", "{run:?}");
    assert!(std::fs::read_to_string(file).unwrap().contains("10% by id"));
}

#[test]
fn a_file_has_no_history_and_a_store_that_is_not_there_is_not_made_by_looking() {
    let store = Store::new();
    let file = store.file("flags.toml");
    let run = cutover(["flags", "history", file.to_str().unwrap()]);
    assert!(run.code == Some(1) && run.err.contains("a file's history is that of its version control"), "{run:?}");
    let run = cutover(["flags", "history", "--store", store.file("none.db").to_str().unwrap()]);
    assert!(run.code == Some(1) && run.err.contains("cannot be opened"), "{run:?}");
    assert!(!store.file("none.db").exists());
}
