use feature_flags::testing::golden;

const FLAGS: &str = r#"
format = 1
[flags]
on = true
ramp = '0% -> 100% over 10d from t"2026-12-01T00:00:00Z"'
[flags.button]
variants = { calm = "blue", loud = { colour = "red", size = 2 } }
default = "calm"
[[flags.button.rules]]
when = 'group("staff") and org.seats > 10'
serve = "loud"
"#;

fn run(flags: &str, tests: &str) -> Result<feature_flags::testing::GoldenReport, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flags.toml"), flags).unwrap();
    std::fs::write(directory.path().join("flags.tests.toml"), format!("format = 1\n{tests}")).unwrap();
    let name = directory.path().display().to_string();
    let report = golden(directory.path().join("flags.tests.toml"));
    report.map_err(|error| error.in_one_line().replace(&format!("{name}/"), "")).map(|mut report| {
        report.file = report.file.replace(&format!("{name}/"), "");
        report
    })
}

#[test]
fn expectations_that_hold_pass() {
    let report = run(
        FLAGS,
        r#"
[[tests]]
flag = "on"
enabled = true
reason = "fixed"

[[tests]]
name = "staff of large organisations"
flag = "button"
context = { id = 1, org = { seats = 12, tags = ["a", 1] } }
groups = ["staff"]
enabled = true
variant = "loud"
value = { colour = "red", size = 2 }
rule = 1

[[tests]]
flag = "button"
context = { org = { seats = 12 } }
value = "blue"
reason = "no_rule"

[[tests]]
flag = "ramp"
context = { id = 1 }
at = 2026-12-20
enabled = true

[[tests]]
flag = "ramp"
context = { id = 1 }
at = "2026-11-30T23:00:00Z"
enabled = false
"#,
    )
    .unwrap();
    assert_eq!(report.to_string(), "5 passed, 0 failed");
    report.assert();
}

#[test]
fn expectations_that_do_not_hold_say_where_and_what_is_different() {
    let report = run(
        FLAGS,
        r#"
[[tests]]
name = "staff"
flag = "button"
context = { kind = "user", seats = 3 }
enabled = true
variant = "loud"
rule = 1
[[tests]]
flag = "onn"
enabled = true
[[tests]]
flag = "ramp"
context = { id = 1 }
enabled = false
"#,
    )
    .unwrap();
    let bucket = feature_flags::Bucket::of("ramp", "1");
    let expected = "flags.tests.toml:3: `button` (staff)\n  \
           enabled: expected true, found false\n  \
           variant: expected loud, found calm\n  \
           rule: expected 1, found none\n  \
           button is off (variant calm): no rule applies; rule 1 wants group(\"staff\"); org.seats has no value, rule 1 wants org.seats > 10\n\
         flags.tests.toml:10: `onn`\n  \
           enabled: expected true, found false\n  \
           onn is off: there is no such flag; did you mean `on`?\n\
         flags.tests.toml:13: `ramp`\n  \
           at: expected a time, since the rules ask for it, found none\n  \
           ramp is off: no rule applies; bucket BUCKET, with the share at 0% now is not within 0% -> 100% over 10d from t\"2026-12-01T00:00:00Z\" of rule 1\n\
         0 passed, 3 failed";
    assert_eq!(report.to_string(), expected.replace("BUCKET", &bucket.to_string()));
    assert!(!report.is_passed());
    assert!(std::panic::catch_unwind(|| report.assert()).is_err());
}

#[test]
fn a_flag_that_is_wrong_fails_the_whole_file() {
    let report =
        run("format = 1\n[flags]\na = true\nb = { when = 'x =' }", "[[tests]]\nflag = 'a'\nenabled = true").unwrap();
    assert!(!report.is_passed());
    assert!(report.to_string().ends_with("1 passed, 0 failed, 1 flag is wrong"), "{report}");
    assert!(report.to_string().contains("line 4, column"), "{report}");
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_place() {
    for (tests, error) in [
        (
            "[[tests]]\nflag = 'a'",
            "flags.tests.toml, line 2, column 1: nothing is expected: say `enabled`, `variant`, `value`, `reason` or `rule`",
        ),
        ("[[tests]]\nenabled = true", "flags.tests.toml, line 2, column 1: expected the name of a `flag`"),
        (
            "[[tests]]\nflag = 'a'\nenabld = true",
            "flags.tests.toml, line 4, column 1: unknown key `enabld`, did you mean `enabled`?",
        ),
        (
            "[[tests]]\nflag = 'a'\nreason = 'rules'",
            "flags.tests.toml, line 4, column 10: there is no reason `rules`, did you mean `rule`?",
        ),
        (
            "[[tests]]\nflag = 'a'\nat = 'soon'\nenabled = true",
            "flags.tests.toml, line 4, column 6: expected a time with an offset, such as 2026-12-01T08:00:00Z, or a date",
        ),
        (
            "[[tests]]\nflag = 'a'\nrule = 'x'",
            "flags.tests.toml, line 4, column 8: expected the number of a rule, found text",
        ),
        ("tests = 3", "flags.tests.toml, line 2, column 9: expected a list of tests, found a number"),
        ("flags = 'other.toml'", "other.toml could not be read: No such file or directory (os error 2)"),
    ] {
        assert_eq!(run(FLAGS, tests).unwrap_err(), error, "{tests}");
    }
}

#[test]
fn each_thing_that_may_be_expected_is_looked_at() {
    let report = run(
        FLAGS,
        r#"
[[tests]]
flag = "on"
value = false
reason = "rule"
[[tests]]
flag = "button"
context = { org = { seats = 12 } }
groups = ["staff"]
enabled = false
variant = "calm"
rule = 2
"#,
    )
    .unwrap();
    let what = |number: usize| -> Vec<String> {
        let differences = report.failures[number].differences.iter();
        differences
            .map(|difference| format!("{} {} {}", difference.what, difference.expected, difference.found))
            .collect()
    };
    assert_eq!(what(0), ["value false true", "reason rule fixed"]);
    assert_eq!(what(1), ["enabled false true", "variant calm loud", "rule 2 1"]);
}
