//! `cutover flags stale` and `preview`, and that every verb on flags speaks JSON.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::running::{Run, cutover};

struct Folder(TempDir);

impl Folder {
    fn new(flags: &str) -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("flags.toml", &format!("format = 1\n{flags}"));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a verb of `flags`; words that begin with `@` are names in the folder.
    fn run(&self, words: &[&str]) -> Run {
        let word = |word: &&str| match word.strip_prefix('@') {
            Some(name) => self.path(name).into_os_string(),
            None => word.into(),
        };
        cutover([&["flags"], words].concat().iter().map(word).collect::<Vec<_>>())
    }

    fn json(&self, words: &[&str]) -> (Option<i32>, Value) {
        let run = self.run(words);
        (run.code, serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}")))
    }
}

fn contexts(folder: &Folder) {
    let line =
        |id: u32| format!("{{\"id\": {id}, \"country\": \"{}\"}}\n", if id.is_multiple_of(4) { "DE" } else { "US" });
    folder.write("seen.jsonl", &(0..12_000).map(line).collect::<String>());
}

#[test]
fn stale_without_evidence_says_that_nothing_is_known() {
    let folder = Folder::new("[flags]\na = \"1%\"");
    let run = folder.run(&["stale", "@flags.toml"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains("0 of 1 flags should go") && run.out.contains("usage: none was handed over"), "{run:?}");
    let (_, json) = folder.json(&["stale", "@flags.toml", "--json"]);
    assert_eq!((&json["flags"][0]["last_read"]["state"], &json["usage"]), (&"unknown".into(), &Value::Null));
    assert_eq!(json["flags"][0]["last_change"]["state"], "not_after");
}

#[test]
fn stale_puts_usage_and_code_together_and_fails_where_a_flag_should_go() {
    let folder = Folder::new("[flags]\nold = { rollout = \"1%\", owner = \"ada\" }\nnew = \"1%\"");
    folder.write("src/main.rs", "fn main() {\n    flags.enabled(\"new\", &u);\n    flags.enabled(\"nwe\", &u);\n}\n");
    let span = |enabled: bool| {
        let variant = if enabled { "on" } else { "off" };
        format!(
            "{{\"variant\":\"{variant}\",\"enabled\":{enabled},\"reason\":\"rule\",\"first\":1000,\"last\":4000000000000,\"count\":3}}"
        )
    };
    let usage = format!(
        "{{\"format\":1,\"from\":1000,\"to\":4000000000000,\"flags\":{{\"new\":[{},{}]}},\"there_since\":{{\"old\":2000}}}}",
        span(true),
        span(false)
    );
    folder.write("usage.json", &usage);
    let run = folder.run(&["stale", "@flags.toml", "--usage", "@usage.json", "--code", "@src"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let expected = [
        "1 of 2 flags should go\nold: nobody has read it since 1970-01-01T00:00:02Z or longer; the code does not name it\n  owner ada, expires none",
        "last read not since 1970-01-01T00:00:01Z, when usage begins",
        "no flag is called nwe, which is asked for at ",
        "src/main.rs:3",
        "code: 1 files",
    ];
    for line in expected {
        assert!(run.out.contains(line), "{line:?} is not in {run:?}");
    }
    let (code, json) = folder.json(&["stale", "@flags.toml", "--usage", "@usage.json", "--code", "@src", "--json"]);
    assert_eq!((code, &json["undeclared"][0]["code"][0]["line"]), (Some(2), &3.into()));
    assert_eq!(json["flags"][1]["reasons"][0]["reason"], "not_read");
    folder.write("undated.json", &usage.replace(",\"there_since\":{\"old\":2000}", ""));
    let undated = folder.run(&["stale", "@flags.toml", "--usage", "@undated.json"]);
    assert_eq!(undated.code, Some(0), "the file was written just now, and the flag may be new: {undated:?}");
    assert!(
        undated.out.contains("\nnot read, but not known to have been there for 30 days either: old\n"),
        "{undated:?}"
    );
    let missing = folder.run(&["stale", "@flags.toml", "--usage", "@none.json"]);
    assert_eq!((missing.code, missing.err.lines().count()), (Some(1), 1), "{missing:?}");
}

#[test]
fn stale_takes_the_last_change_from_the_history_of_a_store() {
    let folder = Folder::new("[flags]\na = true\nb = true");
    assert_eq!(folder.run(&["import", "@flags.db", "@flags.toml", "--store"]).code, Some(0));
    let (code, json) = folder.json(&["stale", "@flags.db", "--json"]);
    assert_eq!((code, &json["flags"][0]["last_change"]["state"]), (Some(0), &"at".into()));
    let (code, json) = folder.json(&["stale", "@flags.db", "--json", "--days", "0"]);
    assert_eq!((code, &json["flags"][1]["reasons"][0]["reason"]), (Some(2), &"same_for_all".into()));
}

#[test]
fn preview_of_an_edit_says_whom_it_flips_and_changes_nothing() {
    let folder = Folder::new("[flags]\nnew-search = \"10% by id\" # carefully\nother = true");
    contexts(&folder);
    let before = fs::read_to_string(folder.path("flags.toml")).unwrap();
    let ramp = ["preview", "@flags.toml", "--contexts", "@seen.jsonl", "--ramp", "new-search=20%"];
    let (code, json) = folder.json(&[&ramp[..], &["--json"]].concat());
    assert_eq!((code, &json["contexts"]), (Some(0), &10_000.into()), "the last ten thousand");
    let flipped = json["flipped"].as_u64().unwrap();
    assert!((850..1_150).contains(&flipped), "{flipped}");
    let moved = &json["flags"][0]["moves"][0];
    assert_eq!((&moved["from"], &moved["to"], &moved["rule"]), (&"off".into(), &"on".into(), &1.into()));
    assert!(moved.get("examples").is_none());
    let text = folder.run(&[&ramp[..], &["--examples", "2"]].concat()).out;
    assert!(text.starts_with(&format!("this edit flips {flipped} of 10000 contexts (")), "{text}");
    assert!(text.contains("off -> on, since rule 1 applies: "), "{text}");
    assert_eq!(fs::read_to_string(folder.path("flags.toml")).unwrap(), before);
    assert_eq!(folder.run(&[&ramp[..], &["--at-most", "5%"]].concat()).code, Some(2));
    assert_eq!(folder.run(&[&ramp[..], &["--at-most", "15%"]].concat()).code, Some(0));
    let off =
        folder.run(&["preview", "@flags.toml", "--contexts", "@seen.jsonl", "--disable", "other", "--last", "10"]);
    assert!(off.out.starts_with("this edit flips 10 of 10 contexts (100.000%)"), "{off:?}");
    assert!(off.out.contains("on -> off, since it is turned off"), "{off:?}");
}

#[test]
fn preview_compares_files_and_stores() {
    let folder = Folder::new("[flags]\na = { when = 'country == \"DE\"' }");
    contexts(&folder);
    folder.write("new.toml", "format = 1\n[flags]\na = { when = 'country == \"US\"' }");
    let words = ["preview", "@flags.toml", "--contexts", "@seen.jsonl", "--after", "@new.toml"];
    let text = folder.run(&words).out;
    assert!(text.contains("7500 off -> on, since rule 1 applies\n  2500 on -> off, since no rule applies"), "{text}");
    assert_eq!(folder.run(&["import", "@flags.db", "@flags.toml", "--store"]).code, Some(0));
    let enable = ["preview", "@flags.db", "--contexts", "@seen.jsonl", "--disable", "a"];
    assert!(folder.run(&enable).out.starts_with("this edit flips 2500 of 10000 contexts"));
    let (_, json) = folder.json(&["history", "@flags.db", "--json"]);
    assert_eq!(json.as_array().unwrap().len(), 1, "nothing was changed");
}

#[test]
fn preview_refuses_what_it_cannot_read() {
    let folder = Folder::new("[flags]\na = true");
    folder.write("bad.jsonl", "{\"id\": 1}\n\n{\"id\":\n");
    let run = folder.run(&["preview", "@flags.toml", "--contexts", "@bad.jsonl", "--disable", "a"]);
    assert!(run.code == Some(1) && run.err.contains("bad.jsonl, line 3: "), "{run:?}");
    folder.write("none.jsonl", "");
    let none = ["preview", "@flags.toml", "--contexts", "@none.jsonl"];
    let run = folder.run(&[&none[..], &["--disable", "a", "--at-most", "100%"]].concat());
    assert!(run.code == Some(2) && run.out.contains("nothing is known"), "{run:?}");
    assert!(folder.run(&none).err.contains("say what the edit is"));
    assert!(folder.run(&[&none[..], &["--enable", "b"]].concat()).err.contains("there is no flag `b`"));
    assert_eq!(folder.run(&[&none[..], &["--ramp", "a"]].concat()).code, Some(2));
}

/// Each verb that people look at, looked at by a program.
#[test]
fn every_verb_on_flags_speaks_json() {
    let folder = Folder::new("[flags]\na = \"1% by id\"\n");
    contexts(&folder);
    folder.write("flags.tests.toml", "format = 1\n[[tests]]\nflag = \"a\"\nenabled = false\n");
    for (words, key) in [
        (&["enable", "@flags.toml", "a"][..], "/content"),
        (&["disable", "@flags.toml", "a"], "/content"),
        (&["ramp", "@flags.toml", "a", "5%"], "/content"),
        (&["explain", "@flags.toml", "a"], "/flag"),
        (&["lint", "@flags.toml"], ""),
        (&["test", "@flags.tests.toml"], "/passed"),
        (&["stale", "@flags.toml"], "/flags"),
        (&["preview", "@flags.toml", "--contexts", "@seen.jsonl", "--disable", "a"], "/contexts"),
        (&["import", "@flags.db", "@flags.toml", "--store"], "/put"),
        (&["enable", "@flags.db", "a"], "/revision"),
        (&["ramp", "@flags.db", "a", "7%"], "/revision"),
        (&["disable", "@flags.db", "a"], "/revision"),
        (&["undo", "@flags.db", "4"], "/revision"),
        (&["history", "@flags.db"], "/0/revision"),
        (&["explain", "@flags.db", "a"], "/flag"),
        (&["lint", "@flags.db"], ""),
        (&["stale", "@flags.db"], "/flags"),
        (&["export", "@flags.db", "@flags.toml"], "/put"),
    ] {
        let (_, json) = folder.json(&[words, &["--json"]].concat());
        assert!(json.pointer(key).is_some(), "{words:?}: {json}");
    }
}
