use feature_flags::{Flag, FlagValue, Flags, LoadError};
use proptest::prelude::*;

use crate::models::flag;

fn problems(text: &str) -> Vec<String> {
    Flags::from_json(text).unwrap().status().problems().iter().map(ToString::to_string).collect()
}

#[test]
fn a_text_that_is_wrong_as_a_whole_is_refused_with_its_place() {
    for (text, error) in [
        ("", "line 1, column 1: EOF while parsing a value"),
        ("{}", "line 1, column 1: expected `format = 1` at the top of the file"),
        ("[]", "line 1, column 1: expected a table of flags, found a list"),
        (
            "{\n \"format\": 2}",
            "line 2, column 12: the file has format 2; this version of feature-flags reads format 1",
        ),
        ("{\"format\": 1,\n\"flag\": 3}", "line 2, column 1: unknown key `flag`, did you mean `flags`?"),
        ("{\"format\": 1, \"flags\": []}", "line 1, column 24: expected a table of flags, found a list"),
        ("{\"format\": 1, \"é\": {}, \"flags\" []}", "line 1, column 32: expected `:`"),
        ("{\"format\": 1,\n \"flags\": {\"a\": true, \"a\": false}}", "line 2, column 23: `a` is there twice"),
        ("{\"format\": 1} x", "line 1, column 15: trailing characters"),
    ] {
        assert_eq!(Flags::from_json(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_as_in_toml() {
    let text = "\u{feff}{\"format\": 1,\n \"flags\": {\"a\": true, \"b\": 3}}";
    let flags = Flags::from_json(text).unwrap();
    assert!(flags.enabled("a", &()));
    assert_eq!(
        problems(text),
        ["line 2, column 28: flag `b`: expected true, false, a rollout or a table, found a number"]
    );
    let error = Flags::from_json("\u{feff}{\n\"format\" 1}").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 10: expected `:`");
    assert!(Flags::from_toml("\u{feff}format = 1\n[flags]\na = true\n").unwrap().enabled("a", &()));
    Flags::from_json("\u{feff}\u{feff}{\"format\": 1}").unwrap_err();
}

#[test]
fn a_flag_that_is_wrong_is_listed_with_its_place_and_harms_no_other() {
    let text = r#"{
        "format": 1,
        "flags": {
            "good": true,
            "spelt": { "rolout": "5%" },
            "number": 3,
            "nothing": null,
            "deep": { "default": true, "when": "country == \"U\u00e9\" and plan = 1" },
            "pair": { "when": "country == \"\ud83d\ude00\" or ?" },
            "alone": { "when": "\ud83d" },
            "large": { "variants": { "a": 12345678901234567890 }, "rules": [] },
            "null-value": { "variants": { "a": [1, null] }, "rules": [] }
        }
    }"#;
    assert_eq!(
        problems(&text.replace(r#"            "alone": { "when": "\ud83d" },"#, "")),
        [
            "line 8, column 81: flag `deep`: expected an operator such as `==`, `in` or `contains`, found `=`",
            "line 11, column 43: flag `large`: expected a whole number of 64 bits",
            "line 7, column 24: flag `nothing`: expected true, false, a rollout or a table, found null",
            "line 12, column 52: flag `null-value`: expected a value; what is not there is left out instead of `null`",
            "line 6, column 23: flag `number`: expected true, false, a rollout or a table, found a number",
            "line 9, column 63: flag `pair`: expected a name, a value or an operator, found `?`",
            "line 5, column 24: flag `spelt`: unknown key `rolout`, did you mean `rollout`?",
        ]
    );
    let flags = Flags::from_json(&text.replace(r#"            "alone": { "when": "\ud83d" },"#, "")).unwrap();
    assert!(flags.enabled("good", &()) && flags.enabled("deep", &()) && !flags.enabled("number", &()));
    // Half a character is no text at all, so the file is malformed.
    assert!(matches!(Flags::from_json(text), Err(LoadError::Malformed { line: 10, .. })));
}

#[test]
fn texts_beyond_all_measure_get_a_clear_error() {
    let long = format!("{{\"format\": 1, \"meta\": \"{}\"}}", "x".repeat(10 << 20));
    assert!(Flags::from_json(&long).unwrap_err().to_string().ends_with("at most 8388608 are read"));
    for levels in [101, 10_000, 100_000] {
        let deep = format!("{{\"format\": 1, \"meta\": {}{}}}", "[".repeat(levels), "]".repeat(levels));
        let error = Flags::from_json(&deep).unwrap_err().to_string();
        assert!(error.ends_with("at most 100 levels are read"), "{error}");
    }
    let many = format!("{{\"format\": 1, \"flags\": {{\"f\": {{\"rules\": [{}{{}}]}}}}}}", "{},".repeat(1_000_000));
    assert_eq!(problems(&many), ["line 1, column 40: flag `f`: a flag has at most 1000 rules"]);
}

#[test]
fn json_and_toml_say_the_same() {
    let toml = r#"
        format = 1
        [segments]
        beta = { keys = [1, "b"] }
        [flags]
        on = true
        half = "50% by id"
        none = { rules = [] }
        both = { variants = { a = 1, b = 2 }, default = true, default_variant = "a", rules = [] }
        [flags.button]
        variants = { calm = "blue", loud = 1.5 }
        default = "calm"
        when = 'segment("beta")'
        serve = [{ variant = "loud", weight = "25%" }, { variant = "calm", weight = "75%" }]
        meta = { since = 2026-11-23, ticket = 12, odd = [nan] }
    "#;
    let json = r#"{
        "format": 1,
        "segments": { "beta": { "keys": [1, "b"] } },
        "flags": {
            "on": true,
            "half": "50% by id",
            "none": { "rules": [] },
            "both": { "variants": { "b": 2, "a": 1 }, "default": true, "default_variant": "a", "rules": [] },
            "button": {
                "variants": { "calm": "blue", "loud": 1.5 },
                "default": "calm",
                "when": "segment(\"beta\")",
                "serve": [{ "variant": "loud", "weight": "25%" }, { "variant": "calm", "weight": "75%" }],
                "meta": { "since": "2026-11-23", "ticket": 12, "odd": ["nan"] }
            }
        }
    }"#;
    let (toml, json) = (Flags::from_toml(toml).unwrap(), Flags::from_json(json).unwrap());
    assert_eq!((toml.status().problems(), json.status().problems()), ([].as_slice(), [].as_slice()));
    for flag in ["on", "half", "none", "both", "button"] {
        for id in 0..50_u32 {
            let context = (("id", id), ("x", 1));
            let (one, other) = (toml.resolve(flag, &context), json.resolve(flag, &context));
            assert_eq!((one.variant(), one.value()), (other.variant(), other.value()), "{flag} {id}");
            assert_eq!(one.decision().reason(), other.decision().reason());
        }
    }
}

#[test]
fn a_file_called_json_is_read_as_json() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.JSON");
    std::fs::write(&path, "{\"format\": 1, \"flags\": {\"a\": true}}").unwrap();
    assert!(Flags::from_file(&path).unwrap().enabled("a", &()));
    std::fs::write(&path, "{\"format\": 1,}").unwrap();
    let error = Flags::from_file(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}, line 1, column 14: ", path.display())), "{error}");
}

#[test]
fn a_flag_alone_says_what_it_is_and_refuses_what_it_is_not() {
    for (text, error) in [
        ("{\"name\": \"a\"}", "line 1, column 1: expected `format = 1` at the top of the file"),
        ("{\"format\": 1}", "line 1, column 1: expected the flag's `name`"),
        (
            "{\"format\": 1, \"name\": \"\", \"rules\": []}",
            "line 1, column 1: a flag's name has 1 to 200 bytes and no control characters",
        ),
        (
            "{\"format\": 1, \"name\": \"a\", \"rulez\": []}",
            "line 1, column 28: unknown key `rulez`, did you mean `rules`?",
        ),
        (
            "{\"format\": 1, \"name\": \"a\", \"rules\": [{\"serve\": \"x\"}]}",
            "line 1, column 1: there is no variant `x`, expected `variants` in the flag",
        ),
        (
            "{\"format\": 3, \"name\": \"a\"}",
            "line 1, column 12: the file has format 3; this version of feature-flags reads format 1",
        ),
    ] {
        assert_eq!(Flag::from_json(text).unwrap_err().to_string(), error, "{text}");
    }
}

/// What earlier versions wrote is read for good, and written the same: stored flags and hashes of them rely on it.
#[test]
fn what_was_stored_once_is_read_and_written_as_it_was() {
    for text in include_str!("../golden/flags.jsonl").lines() {
        let flag = Flag::from_json(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(flag.to_json(), text);
    }
}

#[test]
fn the_model_cannot_hold_what_cannot_be_written() {
    for (flag, message) in [
        (
            Flag::new("f").variant("v", f64::NAN).default_variant("v"),
            "the variant `v` holds a number that is not finite",
        ),
        (Flag::new("\n"), "a flag's name has 1 to 200 bytes and no control characters"),
        (
            Flag::new("f")
                .rule(feature_flags::Rule::new().rollout("5%".parse::<feature_flags::Rollout>().unwrap().by("a b"))),
            "`a b` cannot be the name of an attribute",
        ),
    ] {
        let flags = Flags::builder().flag(flag).build();
        assert_eq!(flags.status().problems()[0].message(), message);
    }
    let list = FlagValue::from(vec![FlagValue::from(1.5)]);
    assert_eq!(Flags::builder().flag(Flag::new("f").variant("v", list)).build().status().problems(), []);
}

proptest! {
    #[test]
    fn a_flag_comes_back_from_json_as_it_went(flag in flag()) {
        let json = flag.to_json();
        let read = Flag::from_json(&json);
        prop_assert!(read.is_ok(), "{}: {}", read.unwrap_err(), json);
        let read = read.unwrap();
        prop_assert_eq!(read.to_json(), json);
        prop_assert_eq!(read, flag);
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\PC\n\"'\\[\\]{}:.,\\\\]{0,6}"), 1..6)
    ) {
        let whole = include_str!("../golden/flags.jsonl").lines().next().unwrap();
        let mut text: Vec<char> = whole.chars().collect();
        for (at, length, instead) in damages {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, instead.chars());
        }
        let text: String = text.into_iter().collect();
        match Flag::from_json(&text) {
            Ok(_) => {}
            Err(LoadError::Malformed { line, column, .. }) => {
                prop_assert!(line <= text.lines().count() + 1 && column <= text.chars().count() + 1);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
