//! Flags that should go, and what is known of them.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feature_flags::{
    CodeMention, CodeScan, Flags, LastChange, LastRead, StaleEvidence, StaleFlag, StaleReason, StaleReport, UsageReport,
};

const DAY: u64 = 86_400;

fn day(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(number * DAY)
}

/// 2027-01-15.
const TODAY: u64 = 20_833;

fn flags(text: &str) -> Flags {
    Flags::from_toml(&format!("format = 1\n{text}")).unwrap()
}

fn evidence() -> StaleEvidence {
    StaleEvidence::new().now(day(TODAY)).days(30)
}

fn flag<'a>(report: &'a StaleReport, name: &str) -> &'a StaleFlag {
    report.flags.iter().find(|flag| flag.name == name).unwrap()
}

/// Usage from day to day, as flag, variant, first and last day.
fn usage(from: u64, to: u64, spans: &[(&str, &str, u64, u64)]) -> UsageReport {
    usage_while_there(from, to, spans, &[])
}

/// The same, with the day on which a flag was there for the first time.
fn usage_while_there(from: u64, to: u64, spans: &[(&str, &str, u64, u64)], there: &[(&str, u64)]) -> UsageReport {
    let milliseconds = |day: u64| day * DAY * 1_000;
    let mut flags = serde_json::Map::new();
    for (flag, variant, first, last) in spans {
        let span = serde_json::json!({
            "variant": variant, "enabled": *variant != "off", "reason": "rule",
            "first": milliseconds(*first), "last": milliseconds(*last), "count": 1,
        });
        let spans = flags.entry((*flag).to_owned()).or_insert_with(|| serde_json::json!([]));
        spans.as_array_mut().unwrap().push(span);
    }
    let there: serde_json::Map<_, _> =
        there.iter().map(|(flag, day)| ((*flag).to_owned(), milliseconds(*day).into())).collect();
    let stored = serde_json::json!({
        "format": 1, "from": milliseconds(from), "to": milliseconds(to), "flags": flags, "there_since": there,
    });
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("usage.json");
    fs::write(&path, stored.to_string()).unwrap();
    UsageReport::read(&path).unwrap()
}

#[test]
fn what_nobody_handed_in_is_unknown_and_no_reason() {
    let report = evidence().report(&flags("[flags]\na = true\nb = \"10% by id\""));
    for flag in &report.flags {
        assert_eq!(
            (flag.last_change, flag.last_read, flag.code.is_none()),
            (LastChange::Unknown, LastRead::Unknown, true)
        );
        assert!(flag.reasons.is_empty(), "{flag:?}");
    }
    assert!(report.is_clean() && report.usage.is_none() && report.files.is_none());
    let text = report.to_string();
    assert!(text.starts_with("0 of 2 flags should go\nusage: none was handed over"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["flags"][0]["last_read"], serde_json::json!({ "state": "unknown" }));
    assert_eq!((&json["usage"], &json["files"]), (&serde_json::Value::Null, &serde_json::Value::Null));
}

#[test]
fn a_flag_that_was_not_read_for_long_is_told_apart_from_one_that_was_not_looked_at_for_long() {
    let flags = flags("[flags]\nread = \"10%\"\nlong = \"10%\"\nnever = \"10%\"");
    let spans =
        [("read", "on", TODAY - 60, TODAY), ("read", "off", TODAY - 60, TODAY), ("long", "on", TODAY - 60, TODAY - 31)];
    let old = || evidence().all_changed(LastChange::NotAfter(day(TODAY - 90)));
    let report = old().usage(usage(TODAY - 60, TODAY, &spans)).report(&flags);
    assert_eq!(flag(&report, "read").reasons, []);
    assert_eq!(flag(&report, "read").last_read, LastRead::At(day(TODAY)));
    let not_read = |report: &StaleReport, name: &str| match flag(report, name).reasons.as_slice() {
        [StaleReason::NotRead { since, .. }] => Some(*since),
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(not_read(&report, "long"), Some(day(TODAY - 31)));
    assert_eq!(not_read(&report, "never"), Some(day(TODAY - 60)));
    assert_eq!(flag(&report, "never").last_read, LastRead::NotSince(day(TODAY - 60)));
    let short = old().usage(usage(TODAY - 3, TODAY, &[])).report(&flags);
    assert_eq!(not_read(&short, "never"), None, "three days say nothing of thirty");
    assert!(report.perhaps_new.is_empty() && short.perhaps_new.is_empty());
}

#[test]
fn a_flag_that_may_be_new_is_not_called_unread_and_the_report_says_so() {
    let flags = flags("[flags]\nfresh = \"10%\"\nold = \"10%\"\nread = \"10%\"");
    let spans = [("read", "on", TODAY - 60, TODAY - 31)];
    let since = |report: &StaleReport, name: &str| match flag(report, name).reasons.as_slice() {
        [StaleReason::NotRead { since, .. }] => Some(*since),
        [] => None,
        other => panic!("{other:?}"),
    };
    // The file was written yesterday: any of them may have come with that, but for the one that was read before.
    for changed in [LastChange::Unknown, LastChange::NotAfter(day(TODAY - 1))] {
        let report = evidence().all_changed(changed).usage(usage(TODAY - 60, TODAY, &spans)).report(&flags);
        assert_eq!((since(&report, "fresh"), since(&report, "old")), (None, None));
        assert_eq!(since(&report, "read"), Some(day(TODAY - 31)));
        assert_eq!(report.perhaps_new, ["fresh", "old"]);
        let line = "\nnot read, but not known to have been there for 30 days either: fresh, old\n";
        assert!(report.to_string().contains(line), "{report}");
        assert_eq!(serde_json::to_value(&report).unwrap()["perhaps_new"], serde_json::json!(["fresh", "old"]));
    }
    // Processes that handed over usage knew one of them earlier.
    let there = [("fresh", TODAY - 1), ("old", TODAY - 50)];
    let dated = usage_while_there(TODAY - 60, TODAY, &spans, &there);
    let report = evidence().all_changed(LastChange::NotAfter(day(TODAY - 1))).usage(dated).report(&flags);
    assert_eq!((since(&report, "fresh"), since(&report, "old")), (None, Some(day(TODAY - 50))));
    assert_eq!(report.perhaps_new, ["fresh"]);
}

#[test]
fn a_flag_that_was_changed_starts_anew_and_old_usage_says_nothing_of_today() {
    let flags = flags("[flags]\nread = \"10%\"\nnever = \"10%\"");
    let spans = [("read", "on", TODAY - 90, TODAY)];
    let changed = |at| evidence().usage(usage(TODAY - 90, TODAY, &spans)).all_changed(LastChange::At(day(at)));
    let reasons = |report: &StaleReport| report.flags.iter().map(|flag| flag.reasons.len()).sum::<usize>();
    assert_eq!(reasons(&changed(TODAY - 30).report(&flags)), 2);
    assert_eq!(reasons(&changed(TODAY - 29).report(&flags)), 0, "it may have been put there then");
    let old = usage(TODAY - 90, TODAY - 70, &[("read", "on", TODAY - 90, TODAY - 70)]);
    assert_eq!(reasons(&evidence().usage(old).report(&flags)), 0, "twenty days were looked at");
}

#[test]
fn one_answer_for_long_is_a_reason_and_two_are_none() {
    let flags = flags("[flags]\none = \"10%\"\ntwo = \"10%\"\nlate = \"10%\"\nnow = \"10%\"");
    let (early, today) = (TODAY - 90, TODAY);
    let spans = [
        ("one", "on", early, today),
        ("two", "on", early, today),
        ("two", "off", early, today),
        ("late", "on", early, today),
        ("late", "off", early, TODAY - 40),
        ("now", "on", early, today),
        ("now", "off", early, TODAY - 5),
    ];
    let report = evidence().usage(usage(early, today, &spans)).report(&flags);
    let since = |name: &str| match flag(&report, name).reasons.as_slice() {
        [StaleReason::SameAnswer { variant, since, .. }] if variant == "on" => Some(*since),
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(since("one"), Some(day(early)));
    assert_eq!(since("late"), Some(day(TODAY - 40)), "since the last other one");
    assert_eq!((since("two"), since("now")), (None, None));
}

#[test]
fn the_same_for_all_by_definition_is_a_reason_once_it_is_known_to_be_old() {
    let text = r#"[flags]
        on = true
        off = false
        whole = "100% by id"
        part = "99.999% by id"
        asks = { when = "staff" }
        disabled = { when = "staff", enabled = false }
        needs = { requires = ["part"], rules = [{}] }
        ramp = "1% -> 100% over 7d from 2026-01-01"
        split = { variants = { a = 1, b = 2 }, serve = { a = "100%", b = "0%" } }
        layered = true
        [layers.l]
        flags = { layered = "0%..50%" }
    "#;
    let flags = flags(text);
    let report = evidence().all_changed(LastChange::NotAfter(day(TODAY - 40))).report(&flags);
    let constant = |name: &str| flag(&report, name).constant.clone();
    let expected = [("on", "on"), ("off", "off"), ("whole", "on"), ("disabled", "off"), ("split", "a")]
        .map(|(name, answer)| (name, answer.to_owned()));
    for (name, answer) in expected {
        assert_eq!(constant(name).as_ref(), Some(&answer), "{name}");
        let reasons: Vec<String> = flag(&report, name).reasons.iter().map(ToString::to_string).collect();
        assert_eq!(reasons, [format!("it is {answer} for all, and unchanged since 2026-12-06T00:00:00Z or longer")]);
    }
    for name in ["part", "asks", "needs", "layered"] {
        assert_eq!((constant(name), flag(&report, name).reasons.len()), (None, 0), "{name}");
    }
    let report = evidence()
        .all_changed(LastChange::NotAfter(day(TODAY - 40)))
        .changed("on", LastChange::At(day(TODAY - 29)))
        .report(&flags);
    assert_eq!(flag(&report, "on").reasons, [], "29 days are not 30");
}

#[test]
fn expired_flags_are_told_with_their_owner() {
    let report = evidence().report(&flags(
        "[flags]\na = { rollout = \"1%\", expires = \"2027-01-14\", owner = \"ada\" }\nb = { rollout = \"1%\", expires = \"2027-01-15\" }",
    ));
    assert!(matches!(&flag(&report, "a").reasons[..], [StaleReason::Expired { day, .. }] if day == "2027-01-14"));
    assert!(flag(&report, "b").reasons.is_empty(), "the day itself is not over");
    assert!(
        report.to_string().contains("a: it should be gone since 2027-01-14\n  owner ada, expires 2027-01-14"),
        "{report}"
    );
}

/// Without the directory, as in `src/main.rs:3`.
fn shown(directory: &tempfile::TempDir, mention: &CodeMention) -> String {
    mention.to_string().replacen(&format!("{}/", directory.path().display()), "", 1)
}

fn code(files: &[(&str, &str)]) -> (tempfile::TempDir, CodeScan) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let scan = CodeScan::below(directory.path()).unwrap();
    (directory, scan)
}

#[test]
fn places_in_code_are_found_and_names_that_no_flag_has() {
    let (directory, scan) = code(&[
        (
            "src/main.rs",
            "fn main() {\n  // flags.enabled(\"commented\", &u)\n  flags.enabled(\"new-search\", &user);\n  let n = FlagName::new(\"typo-in-name\");\n  flags.text(\"no-such-text\", &u, \"grey\",); flags.value(\"of-clap\");\n}",
        ),
        (
            "src/typed.rs",
            "feature_flags::flags! { struct AppFlags = \"flags.toml\"; }\nfn f(flags: &AppFlags) -> bool {\n  flags\n    .new_menu(&user)\n}",
        ),
        (
            "src/own.rs",
            "let flags = builder.define(\"own\", f).flag(Flag::new(\"made\")); flags.enabled(\"own\", &()); flags.decide(\"made\", &())",
        ),
        ("target/debug/gen.rs", "flags.enabled(\"generated\", &())"),
        (".git/x.rs", "flags.enabled(\"hidden\", &())"),
        ("notes.txt", "flags.enabled(\"text\", &())"),
    ]);
    let flags = flags("[flags]\nnew-search = \"1%\"\nnew-menu = \"1%\"\ncommented = \"1%\"");
    let report = evidence().code(scan).report(&flags);
    let places = |name: &str| -> Vec<String> {
        flag(&report, name).code.as_ref().unwrap().iter().map(|mention| shown(&directory, mention)).collect()
    };
    assert_eq!(places("new-search"), ["src/main.rs:3"]);
    assert_eq!(places("new-menu"), ["src/typed.rs:4"]);
    assert_eq!((places("commented").len(), &flag(&report, "commented").reasons), (0, &vec![StaleReason::NotInCode]));
    assert_eq!(report.files, Some(3));
    let undeclared: Vec<(&str, String)> =
        report.undeclared.iter().map(|(name, places)| (name.as_str(), shown(&directory, &places[0]))).collect();
    assert_eq!(
        undeclared,
        [("no-such-text", "src/main.rs:5".to_owned()), ("typo-in-name", "src/main.rs:4".to_owned())]
    );
    assert!(!report.is_clean());
}

#[test]
fn several_directories_count_together() {
    let (_one, scan) = code(&[("a.rs", "flags.enabled(\"a\", &())")]);
    let (_other, other) = code(&[("b.rs", "flags.enabled(\"b\", &())")]);
    let report = evidence().code(scan).code(other).report(&flags("[flags]\na = \"1%\"\nb = \"1%\""));
    assert!(report.is_clean() && report.files == Some(2), "{report}");
}

#[test]
fn methods_count_only_where_flags_have_some() {
    let (_directory, scan) = code(&[("a.rs", "list.len(); x.map(f)")]);
    let report = evidence().code(scan).report(&flags("[flags]\nlen = \"1%\""));
    assert_eq!(report.flags[0].reasons, [StaleReason::NotInCode]);
}

#[test]
fn a_file_that_was_not_read_keeps_flags_from_being_called_absent() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("large.rs"), vec![b' '; (4 << 20) + 1]).unwrap();
    let scan = CodeScan::below(directory.path()).unwrap();
    let report = evidence().code(scan).report(&flags("[flags]\na = \"1%\""));
    assert!(report.flags[0].reasons.is_empty());
    assert_eq!((report.files, report.unread_files.len()), (Some(0), 1));
    assert!(report.to_string().ends_with("large.rs: it has 4194305 bytes"), "{report}");
    assert!(CodeScan::below(Path::new("no/such/directory")).is_err());
}
