use std::time::{Duration, SystemTime};

use feature_flags::{Clock, Flags, LintKind};

struct In2026;

impl Clock for In2026 {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_415_485)
    }
}

fn lints(flags: &str) -> Vec<(LintKind, String)> {
    let text = format!("format = 1\n[segments]\nbeta = {{ keys = [1] }}\n[flags]\nother = true\n{flags}");
    let builder = Flags::builder().clock(In2026).group("staff", |_: &crate::people::User| true);
    let flags = builder.toml(&text).unwrap();
    flags.lint().into_iter().map(|lint| (lint.kind, lint.to_string())).collect()
}

#[test]
fn each_finding_says_where_and_what() {
    let long: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    for (flag, kind, line) in [
        (
            "f = { rules = [{ rollout = '100%' }, { when = 'x' }] }",
            LintKind::UnreachableRule,
            "flag `f`, rule 2: no context gets here, since rule 1 applies to all",
        ),
        (
            "f = { rules = [{ when = 'x' }, { when = 'y and x', rollout = '50%' }] }",
            LintKind::UnreachableRule,
            "flag `f`, rule 2: no context gets here, since rule 1 applies to all whom this one would",
        ),
        (
            "f = { rules = [{ when = 'c in [\"US\", \"DE\"] or x' }, { when = 'y' }, { when = 'c == \"DE\"' }] }",
            LintKind::UnreachableRule,
            "flag `f`, rule 3: no context gets here, since rule 1 applies to all whom this one would",
        ),
        (
            "f = { rules = [{ rollout = '50% by org.id' }, { when = 'x', rollout = '20% by org.id' }] }",
            LintKind::UnreachableRule,
            "flag `f`, rule 2: no context gets here, since rule 1 applies to all whom this one would",
        ),
        (
            "f = { when = 'x or not false' }",
            LintKind::ConstantCondition,
            "flag `f`, rule 1: its condition is always true",
        ),
        (
            "f = { when = 'x and (false or false)' }",
            LintKind::ConstantCondition,
            "flag `f`, rule 1: its condition is always false",
        ),
        ("f = '0%'", LintKind::EmptyRollout, "flag `f`, rule 1: its rollout takes nobody in"),
        (
            "f = { requires = ['othr'], enabled = true }",
            LintKind::UnknownFlag,
            "flag `f`: there is no flag `othr`, did you mean `other`?",
        ),
        ("f = { when = 'flag(\"xyz\")' }", LintKind::UnknownFlag, "flag `f`, rule 1: there is no flag `xyz`"),
        (
            "f = { when = 'segment(\"gamma\")' }",
            LintKind::UnknownSegment,
            "flag `f`, rule 1: there is no segment `gamma`, so nobody is known to be in it or not",
        ),
        (
            "[layers.l.flags]\nothr = '0%..1%'",
            LintKind::UnknownFlag,
            "flag `othr`: layer `l` names it, and there is no such flag, did you mean `other`?",
        ),
        (
            "[holdouts.h]\nshare = '1%'\nflags = ['othr']",
            LintKind::UnknownFlag,
            "flag `othr`: holdout `h` names it, and there is no such flag, did you mean `other`?",
        ),
        (
            "[holdouts.h]\nshare = '100%'\nflags = ['other']",
            LintKind::NobodyGetsThrough,
            "flag `other`: holdout `h` keeps it off for everybody",
        ),
        (
            "[layers.l.flags]\nother = ['5%..5%']",
            LintKind::NobodyGetsThrough,
            "flag `other`: its slot of layer `l` is empty, so that it is off for everybody",
        ),
        (
            "f = { requires = ['other'], enabled = true }\n[layers.l.flags]\nother = '0%..1%'\nf = '1%..2%'",
            LintKind::ExcludedRequirement,
            "flag `f`: it requires `other`, which is never on where it is: both are in layer `l`",
        ),
        (
            "f = { when = 'group(\"stuff\")' }",
            LintKind::UnknownGroup,
            "flag `f`, rule 1: no function is defined for the group `stuff` here",
        ),
        (
            "f = { rollout = '5%', salt = 's' }\ng = { rollout = '5%', salt = 's' }",
            LintKind::SharedSalt,
            "flag `g`: it has the salt of flag `f`, so the same users are in both",
        ),
        (
            "f = { rollout = '5% salt \"s\"' }\ng = { rollout = '5% by user.id', salt = 's' }",
            LintKind::SharedSalt,
            "flag `g`: it has the salt of flag `f`, so the same users are in both",
        ),
        (
            "f = { when = 'x and 5% by org.id salt \"s\"' }\ng = { rollout = '5% by org.id', salt = 's' }",
            LintKind::SharedSalt,
            "flag `g`: it has the salt of flag `f`, so the same users are in both",
        ),
        (
            r"f = { variants = { a = 1, b = 2 }, salt = 's', serve = { a = '50%', b = '50%' } }
               g = { variants = { a = 1, b = 2 }, salt = 's', serve = { a = '50%', b = '50%' } }",
            LintKind::SharedSalt,
            "flag `g`: it has the salt of flag `f`, so the same users are in both",
        ),
        (
            "f = '5% salt \"s\"'\n[layers.l]\nsalt = 's'\nflags = { other = '0%..1%' }",
            LintKind::SharedSalt,
            "flag `f`: it has the salt of layer `l`, so the same users are in both",
        ),
        (
            "f = '5% salt \"s\"'\n[holdouts.h]\nsalt = 's'\nshare = '1%'\nflags = ['other']",
            LintKind::SharedSalt,
            "flag `f`: it has the salt of holdout `h`, so the same users are in both",
        ),
        (
            "f = '5% of calls'",
            LintKind::FlickeringRollout,
            "flag `f`, rule 1: a share of calls: users see the flag come and go",
        ),
        (
            "f = '1% -> 100% over 0s from t\"2026-12-01\"'",
            LintKind::FlatRamp,
            "flag `f`, rule 1: its ramp takes no time: 1% becomes 100% at once",
        ),
        (
            "f = '5% -> 5% over 7d from t\"2026-12-01\"'",
            LintKind::FlatRamp,
            "flag `f`, rule 1: its ramp ends where it begins, at 5%",
        ),
        (
            "f = { when = 'id == 1' }\ng = { when = 'id == \"1\"' }",
            LintKind::MixedKinds,
            "flag `g`, rule 1: `id` is compared with text here, and with number in flag `f`",
        ),
        (
            &format!("f = {{ when = 'x in [{}]' }}", long.join(",")),
            LintKind::LongList,
            "flag `f`, rule 1: 60 values are listed: put them into a segment",
        ),
        (
            "f = { enabled = true, expires = '2026-11-22' }",
            LintKind::Expired,
            "flag `f`: it should be gone since 2026-11-22",
        ),
        (
            "f = { enabled = true, expires = 'soon' }",
            LintKind::MalformedExpiry,
            "flag `f`: `expires` is \"soon\", expected a day such as 2026-12-31",
        ),
        (
            "f = 3",
            LintKind::Broken,
            "line 6, column 5: flag `f`: expected true, false, a rollout or a table, found a number",
        ),
    ] {
        assert_eq!(lints(flag), [(kind, line.to_owned())], "{flag}");
    }
}

#[test]
fn flags_as_they_should_be_have_no_findings() {
    let fine = r#"
        a = { requires = ["other"], rollout = "5% by user.id", expires = "2026-11-23" }
        b = { rules = [{ when = 'group("staff") or segment("beta")' }, { when = 'x == "1" and y in [1, 2]', rollout = "50%" }] }
        c = { when = 'x >= v"2" and flag("a")' }
        d = { rules = [{ when = 'x' }, { when = 'x or y' }, { when = 'z', rollout = "5%" }, { when = 'z', rollout = "6%" }] }
        e = { rules = [{ when = 'c in [1, 2]' }, { when = 'c in [2, 3]' }, { when = 'c not in [1]' }, { when = 'not x' }] }
        g = { rules = [{ when = 'x', rollout = "5% by id" }, { when = 'x', rollout = "5% by org.id" }] }
        h = { rollout = "5% by org.id", salt = "s" }
        i = { rollout = "5% by user.id", salt = "s" }
        j = { rollout = '5% salt "own"', salt = "s" }
    "#;
    assert_eq!(lints(fine), []);
}

/// What is decided anew each time takes nobody's turn for good.
#[test]
fn a_share_of_calls_hides_no_rule() {
    let kinds = |rules: &str| -> Vec<LintKind> {
        lints(&format!("f = {{ rules = [{rules}] }}")).into_iter().map(|(kind, _)| kind).collect()
    };
    let flickers = vec![LintKind::FlickeringRollout; 2];
    assert_eq!(kinds("{ rollout = '5% of calls' }, { rollout = '5% of calls' }"), flickers);
    assert_eq!(kinds("{ when = '5% of calls' }, { when = '5% of calls' }"), flickers);
}

#[test]
fn a_thousand_rules_are_compared_in_no_time_to_speak_of() {
    let terms: Vec<String> = (0..40).map(|term| format!("a{term} == {term}")).collect();
    let rule = |number: usize| format!("{{ when = '{} and b == {number}' }}", terms.join(" and "));
    let rules: Vec<String> = (0..1_000).map(rule).collect();
    let found = lints(&format!("f = {{ rules = [{}] }}", rules.join(", ")));
    assert_eq!(found, []);
}
