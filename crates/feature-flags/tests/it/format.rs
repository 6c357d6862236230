use feature_flags::{Flags, LoadError};
use proptest::prelude::*;

fn problems(text: &str) -> Vec<String> {
    Flags::from_toml(text).unwrap().status().problems().iter().map(ToString::to_string).collect()
}

#[test]
fn a_text_that_is_wrong_as_a_whole_is_refused() {
    for (text, error) in [
        ("", "line 1, column 1: expected `format = 1` at the top of the file"),
        ("[flags]\na = true", "line 1, column 1: expected `format = 1` at the top of the file"),
        ("format = 2", "line 1, column 10: the file has format 2; this version of feature-flags reads format 1"),
        ("format = 'x'", "line 1, column 10: expected `format = 1`, found text"),
        ("format = 1\nflag = 3", "line 2, column 1: unknown key `flag`, did you mean `flags`?"),
        ("format = 1\nflags = 3", "line 2, column 9: expected a table of flags, found a number"),
    ] {
        assert_eq!(Flags::from_toml(text).unwrap_err().to_string(), error, "{text}");
    }
    let error = Flags::from_toml("format = 1\n[flags]\na = \"x").unwrap_err();
    assert!(matches!(error, LoadError::Malformed { line: 3, .. }), "{error}");
}

#[test]
fn a_flag_that_is_wrong_is_listed_with_its_place_and_harms_no_other() {
    let text = r#"
format = 1
[flags]
good = true
number = 3
spelt = { rolout = "5%" }
empty = {}
share = "200%"
"bad name	" = true
[flags.both]
when = "true"
rules = []
[flags.deep]
default = true
when = '''
country == "US" and
  plan = "pro"'''
[[flags.listed.rules]]
when = "x == \"\u00e9\" or ?"
"#;
    assert_eq!(
        problems(text),
        [
            "line 9, column 15: flag `bad name\t`: a flag's name has 1 to 200 bytes and no control characters",
            "line 12, column 9: flag `both`: `when`, `rollout` and `serve` go into the rules where there are `rules`",
            "line 17, column 8: flag `deep`: expected an operator such as `==`, `in` or `contains`, found `=`",
            "line 7, column 9: flag `empty`: nothing turns it on or off: expected `enabled`, `when`, `rollout` or `rules`",
            "line 19, column 28: flag `listed`: expected a name, a value or an operator, found `?`",
            "line 5, column 10: flag `number`: expected true, false, a rollout or a table, found a number",
            "line 8, column 10: flag `share`: `200%` is not at most `100%`",
            "line 6, column 11: flag `spelt`: unknown key `rolout`, did you mean `rollout`?",
        ]
    );
    let flags = Flags::from_toml(text).unwrap();
    assert!(flags.enabled("good", &()));
    assert!(flags.enabled("deep", &()), "its default");
    assert!(!flags.enabled("number", &()));
}

#[test]
fn the_file_is_named_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.toml");
    let error = Flags::from_file(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("{} could not be read", path.display()));
    assert!(
        error.in_one_line().starts_with(&format!("{} could not be read: ", path.display())),
        "{}",
        error.in_one_line()
    );
    std::fs::write(&path, b"format = 1\n# \xff").unwrap();
    let error = Flags::from_file(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("{}, line 2, column 3: expected text in UTF-8", path.display()));
    std::fs::write(&path, "format = 1\n[flags").unwrap();
    let error = Flags::from_file(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}, line 2, column ", path.display())), "{error}");
}

#[test]
fn texts_beyond_all_measure_get_a_clear_error() {
    let long = format!("format = 1\n# {}", "x".repeat(10 << 20));
    assert!(Flags::from_toml(&long).unwrap_err().to_string().ends_with("at most 8388608 are read"));
    let many = format!("format = 1\n[flags.f]\nrules = [{}]", "{},".repeat(1_000_000));
    assert_eq!(problems(&many), ["line 3, column 9: flag `f`: a flag has at most 1000 rules"]);
    let deep = format!("format = 1\nx = {}", "[".repeat(10_000));
    assert!(matches!(Flags::from_toml(&deep), Err(LoadError::Malformed { .. })));
}

#[test]
fn what_people_note_down_is_kept_out_of_the_way() {
    let text = "format = 1\nmeta = { team = 1 }\n[flags.f]\nenabled = true\nowner = \"web\"\nexpires = \"2026-12-31\"\nmeta = { ticket = 12 }";
    assert_eq!(problems(text), Vec::<String>::new());
}

/// A file with everything in it.
const WHOLE: &str = r#"
format = 1
meta = { team = "web" }
[segments]
beta = { by = "org.id", keys = [1, "b"] }
[flags]
plain = true
half = "50% by user.id salt \"s\""
ramp = '1% -> 100% over 7d from t"2026-12-01T08:00:00Z"'
[flags.button]
description = "é"
variants = { calm = "blue", loud = 1.5, odd = { a = [1, true] } }
default = "calm"
requires = ["plain"]
[[flags.button.rules]]
name = "first"
when = '''
group("staff") or segment("beta") and fold(x) in ["a", "b"]
  or not any(y) == v"1.2" '''
serve = { calm = "33.3%", loud = "66.7%" }
"#;

/// The file with some of its text cut out, doubled or replaced.
fn damaged() -> impl Strategy<Value = String> {
    let damage = (any::<prop::sample::Index>(), 0_usize..12, "[\\PC\n\"'\\[\\]{}=.,\\\\]{0,6}");
    prop::collection::vec(damage, 1..6).prop_map(|damages| {
        let mut text: Vec<char> = WHOLE.chars().collect();
        for (at, length, instead) in damages {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, instead.chars());
        }
        text.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn no_damage_makes_the_reader_panic_or_point_outside_the_file(text in damaged()) {
        let lines = text.lines().count() + 1;
        match Flags::from_toml(&text) {
            Ok(flags) => {
                for problem in flags.status().problems() {
                    prop_assert!(problem.line() <= lines, "{}", problem);
                }
                let names: Vec<String> = flags.usage().into_iter().map(|usage| usage.flag).collect();
                prop_assert!(names.is_empty());
                for flag in ["plain", "half", "ramp", "button"] {
                    let decision = flags.decide(flag, &());
                    prop_assert_eq!(flags.explain(flag, &()).enabled(), decision.enabled());
                }
                let _findings = flags.lint();
            }
            Err(LoadError::Malformed { line, .. }) => prop_assert!(line <= lines),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}

#[test]
fn a_hundred_thousand_flags_that_are_wrong_are_listed_in_no_more_than_their_own_time() {
    let line = |number| format!("f{number} = {{ when = \"x =\" }}\n");
    let many = (0..100_000).map(line).collect::<Vec<_>>().concat();
    let flags = Flags::from_toml(&format!("format = 1\n[flags]\n{many}")).unwrap();
    let status = flags.status();
    assert_eq!(status.problems().len(), 100_000);
    assert!(status.problems().iter().all(|problem| problem.column() > 15 && problem.line() > 2));
}

#[test]
fn the_whole_file_is_well_formed() {
    assert_eq!(problems(WHOLE), Vec::<String>::new());
}
