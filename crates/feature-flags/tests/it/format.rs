use feature_flags::{Flags, LoadError};

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
