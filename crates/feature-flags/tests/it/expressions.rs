use feature_flags::{Expression, MapContext};
use proptest::prelude::*;

use crate::people::{user, when};

#[test]
fn each_operator_does_what_the_table_says() {
    let mut visitor = user(1);
    visitor.staff = true;
    for (condition, holds) in [
        ("staff", true),
        ("not staff", false),
        (r#"country == "US""#, true),
        (r#"country != "US""#, false),
        (r#"country in ["DE", "US"]"#, true),
        (r#"country not in ["DE", "US"]"#, false),
        (r"country in []", false),
        (r#"plan == "pro-plus""#, true),
        ("age > 29 and age >= 30 and age < 31 and age <= 30", true),
        ("age == 30.0 and score == 0.5 and score < 1", true),
        ("age in [1, 30]", true),
        (r#"app_version >= v"2.1" and app_version < v"2.2.0-rc.1""#, true),
        (r#"app_version == v"2.1.3""#, true),
        (r#"roles contains "editor""#, true),
        (r#"roles not contains "owner""#, true),
        (r#"plan starts_with "pro" and plan ends_with "plus" and plan contains "o-p""#, true),
        (r#"plan starts_with "plus""#, false),
        (r#"plan not starts_with "plus" and plan not ends_with "pro" and plan not contains "x""#, true),
        (r#"plan ends_with "pro""#, false),
        (r#"plan contains "x""#, false),
        (r#"any(roles) starts_with "ed""#, true),
        (r#"all(roles) ends_with "r""#, false),
        (r#"any(fold(roles)) == "ADMIN""#, true),
        (r#"fold(country) == "us""#, true),
        (r#"fold(app_version) contains ".1.""#, true),
        (r#"address in ip"10.0.0.0/8""#, true),
        (r#"address in [ip"192.168.0.0/16", ip"10.1.2.3"]"#, true),
        (r#"address == ip"10.1.2.4""#, false),
        (r#"joined < t"1970-01-01T00:00:01Z""#, true),
        ("exists(country) and not exists(nothing)", true),
        ("organisation.seats > 10", true),
        (r#"user.organisation.id == "acme""#, true),
        ("user.age == 30", true),
        ("false or (true and not false)", true),
        ("100% by id and not 0% by id", true),
        (r#"now > t"2020-01-01""#, true),
    ] {
        assert_eq!(when(condition).enabled("f", &visitor), holds, "{condition}");
    }
}

/// Each operator on texts has a twin for which case does not matter, in any script.
#[test]
fn folded_texts_compare_without_case_in_every_operator() {
    let visitor = MapContext::new().with("city", "GROSSE Straße").with("tags", ["Σίσυφος", "ALPHA"]);
    for (folded, exact) in [
        (r#"fold(city) == "große STRASSE""#, r#"city == "große STRASSE""#),
        (r#"fold(city) in ["x", "grosse strasse"]"#, r#"city in ["x", "grosse strasse"]"#),
        (r#"fold(city) contains "SE STRASS""#, r#"city contains "SE STRASS""#),
        (r#"fold(city) starts_with "große""#, r#"city starts_with "große""#),
        (r#"fold(city) ends_with "STRASSE""#, r#"city ends_with "STRASSE""#),
        (r#"any(fold(tags)) == "ΣΊΣΥΦΟΣ""#, r#"any(tags) == "ΣΊΣΥΦΟΣ""#),
        (r#"any(fold(tags)) starts_with "alp""#, r#"any(tags) starts_with "alp""#),
        (r#"all(fold(tags)) in ["alpha", "σίσυφος"]"#, r#"all(tags) in ["alpha", "σίσυφος"]"#),
        (r#"fold(tags) contains "alpha""#, r#"tags contains "alpha""#),
        (r#"fold(city) > "groff" and fold(city) < "GROSZ""#, r#"city > "groff" and city < "grosz""#),
        (
            r#"fold(city) >= "grosse strasse" and fold(city) <= "GROSSE STRASSE""#,
            r#"city >= "grosse strasse" and city <= "grosse strasse""#,
        ),
        (r#"all(fold(tags)) >= "alpha""#, r#"all(tags) >= "alpha""#),
    ] {
        assert!(when(folded).enabled("f", &visitor), "{folded}");
        assert!(!when(exact).enabled("f", &visitor), "{exact}");
    }
    assert!(
        when(r#"fold(city) != "x" and fold(city) not in ["x"] and fold(city) not contains "x""#).enabled("f", &visitor)
    );
    assert!(!when(r#"fold(city) != "GROSSE STRASSE""#).enabled("f", &visitor));
    for another in
        [r#"fold(city) starts_with "STRASSE""#, r#"fold(city) ends_with "große""#, r#"fold(city) contains "x""#]
    {
        assert!(!when(another).enabled("f", &visitor), "{another}");
        assert!(when(&format!("not ({another})")).enabled("f", &visitor), "{another}");
    }
}

#[test]
fn times_come_before_and_after_each_other_whatever_their_offset() {
    let at = |text: &str| MapContext::new().with("t", text);
    let summer = r#"t >= t"2026-06-01" and t < t"2026-09-01T00:00:00+02:00""#;
    for (time, holds) in [
        ("2026-06-01T00:00:00Z", true),
        ("2026-05-31T23:59:59.999Z", false),
        ("2026-06-01T01:59:59+02:00", false),
        ("2026-08-31T21:59:59Z", true),
        ("2026-08-31T22:00:00Z", false),
        ("2026-07-01", true),
        ("summer", false),
    ] {
        assert_eq!(when(summer).enabled("f", &at(time)), holds, "{time}");
    }
}

/// One key in a hundred thousand.
#[test]
fn a_thousandth_of_a_percent_is_a_share() {
    let flags = when("0.001% by id");
    let on: Vec<u32> = (0..300_000).filter(|id| flags.enabled("f", &("id", *id))).collect();
    let expected = (0..300_000).filter(|id: &u32| feature_flags::Bucket::of("f", &id.to_string()).number() == 0);
    assert_eq!(on, expected.collect::<Vec<_>>());
    assert!((1..12).contains(&on.len()), "{}", on.len());
}

#[test]
fn what_is_missing_or_of_another_kind_never_turns_a_flag_on() {
    let mut visitor = user(1);
    visitor.country = None;
    for comparison in [
        r#"country == "US""#,
        r#"country != "US""#,
        r#"country in ["US"]"#,
        r#"country not in ["US"]"#,
        r#"age == "30""#,
        r#"age != "30""#,
        r#"plan == v"1""#,
        "plan > 3",
        r#"roles == "editor""#,
        r#"any(country) == "U""#,
        "country",
        "age",
        r#"address == "10.1.2.3""#,
        "5% by nothing",
        "5% by score",
        r#"group("nobody")"#,
        r#"flag("nothing")"#,
    ] {
        assert!(!when(comparison).enabled("f", &visitor), "{comparison}");
        assert!(!when(&format!("not ({comparison})")).enabled("f", &visitor), "not ({comparison})");
        assert!(when(&format!("({comparison}) or true")).enabled("f", &visitor), "({comparison}) or true");
        assert!(!when(&format!("({comparison}) and false")).enabled("f", &visitor), "({comparison}) and false");
    }
}

#[test]
fn whole_numbers_and_fractions_compare_exactly() {
    let id = |id: u64| MapContext::new().with("n", id);
    // 2^53 + 1 has no exact float.
    assert!(!when("n == 9007199254740992.0").enabled("f", &id(9_007_199_254_740_993)));
    assert!(when("n > 9007199254740992.0").enabled("f", &id(9_007_199_254_740_993)));
    assert!(when("n > 9223372036854775807").enabled("f", &id(u64::MAX)));
    assert!(when("n > 1.5 and n < 2.5").enabled("f", &id(2)));
    assert!(!when("n == 1.0 or n != 1.0").enabled("f", &MapContext::new().with("n", f64::NAN)));
}

#[test]
fn ranges_of_versions_hold_what_semantic_versioning_means_by_them() {
    let holds = |range: &str, version: &str| {
        let context = MapContext::new().with("x", version);
        let (inside, outside) = (when(&format!("x in v\"{range}\"")), when(&format!("x not in v\"{range}\"")));
        assert_ne!(inside.enabled("f", &context), outside.enabled("f", &context), "{range} {version}");
        inside.enabled("f", &context)
    };
    for (range, inside, outside) in [
        ("^2.1", "2.9.9", "3.0.0-rc.1"),
        ("^2.1", "2.1", "2.0.9"),
        ("^0.3.1", "0.3.9", "0.4.0-alpha"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("~2.1.3", "2.1.9", "2.2.0-rc.1"),
        ("~2", "2.9", "3.0.0"),
        (">=1.2, <2", "1.9.9", "2.0.0"),
        ("> 1.2 , <= 2", "2.0.0", "1.2.0"),
        ("=1.2.3", "1.2.3+build", "1.2.4"),
    ] {
        assert!(holds(range, inside), "{range} {inside}");
        assert!(!holds(range, outside), "{range} {outside}");
    }
    let neither = MapContext::new().with("x", "no version");
    assert!(!when("x in v\"^1\"").enabled("f", &neither) && !when("x not in v\"^1\"").enabled("f", &neither));
}

#[cfg(feature = "regex")]
#[test]
fn patterns_are_found_in_texts() {
    let visitor = user(1);
    assert!(when(r#"app_version matches r"^\d+\.1\.""#).enabled("f", &visitor));
    assert!(when(r#"any(roles) matches "^ed""#).enabled("f", &visitor));
    assert!(when(r#"fold(country) matches "^u" and country not matches "^u""#).enabled("f", &visitor));
    assert!(!when(r#"age matches "3" or age not matches "3""#).enabled("f", &visitor));
    let error = |text: &str| text.parse::<Expression>().unwrap_err().to_string();
    assert!(error("a matches \"(\"").starts_with("line 1, column 11: \"(\" is not a regular expression"));
    assert!(error("a matches \"(?:a{1000}){1000}\"").contains("at most 1 MiB"));
}

#[test]
fn a_share_of_calls_is_decided_anew_each_time() {
    let flags = when("25% of calls");
    let on = (0..10_000).filter(|_| flags.enabled("f", &user(1))).count();
    assert!((2_300..2_700).contains(&on), "{on}");
}

#[test]
fn errors_say_what_was_expected_and_where() {
    for (text, error) in [
        ("", "line 1, column 1: expected a condition such as `country == \"US\"`, found the end"),
        (
            "a ==",
            "line 1, column 5: expected a value: text in quotes, a number, `true`, `false`, `v\"..\"`, `t\"..\"` or `ip\"..\"`, found the end",
        ),
        ("a in \"x\"", "line 1, column 6: \"x\" is not a list in brackets or a network"),
        ("a in [1 2]", "line 1, column 9: expected `,` or `]`, found `2`"),
        ("(a", "line 1, column 3: expected `and`, `or` or `)`, found the end"),
        ("a b", "line 1, column 3: expected an operator such as `==`, `in` or `contains`, found `b`"),
        ("a\n and\n  && b", "line 3, column 3: expected a name, a value or an operator, found `&`"),
        ("a == v\"x\"", "line 1, column 6: v\"x\" is not a version such as `v\"2.1.0\"`"),
        ("a > t\"2026-13-01\"", "line 1, column 5: t\"2026-13-01\" is not a time such as `t\"2026-12-01T08:00:00Z\"`"),
        ("a > true", "line 1, column 5: true is not something with an order: a number, text, a version or a time"),
        ("é == \"x", "line 1, column 8: expected the closing quote of a text, found the end"),
        ("101%", "line 1, column 1: `101%` is not at most `100%`"),
        ("10% by", "line 1, column 7: expected the name of an attribute, found the end"),
        (
            "staf(\"x\")",
            "line 1, column 5: expected `and`, `or` or the end; only `group`, `segment`, `flag`, `exists`, `fold`, `any` and `all` take brackets, found `(`",
        ),
        (
            "a not == 1",
            "line 1, column 7: expected `in`, `contains`, `starts_with`, `ends_with` or `matches`, found `==`",
        ),
    ] {
        assert_eq!(text.parse::<Expression>().unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn what_is_too_large_gets_a_clear_error() {
    let error = |text: String| text.parse::<Expression>().unwrap_err().to_string();
    assert!(error("(".repeat(10_000)).ends_with("an expression has at most 64 levels"));
    assert!(error("not ".repeat(10_000)).ends_with("an expression has at most 64 levels"));
    assert!(error(vec!["a"; 1_000_000].join(" or ")).ends_with("an expression has at most 1048576 bytes"));
    assert!(error(vec!["a"; 20_000].join(" or ")).ends_with("an expression has at most 10000 terms and values"));
    assert!(
        error(format!("a in [{}]", "1,".repeat(20_000))).ends_with("an expression has at most 10000 terms and values")
    );
    assert!(error("x".repeat(10 << 20)).ends_with("an expression has at most 1048576 bytes"));
}

/// Any text that is an expression, or nearly.
fn nearly_an_expression() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "user.id",
        "and",
        "or",
        "not",
        "(",
        ")",
        "[",
        "]",
        ",",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "contains",
        "ends_with",
        "\"x\\\"y\"",
        "'z'",
        "1",
        "-2.5",
        "1e9",
        "25%",
        "by",
        "salt",
        "v\"1.2\"",
        "t\"2026-01-01\"",
        "ip\"::1\"",
        "group(\"g\")",
        "flag(\"f\")",
        "segment(\"s\")",
        "exists(a)",
        "->",
        "over",
        "7d",
        "from",
        "of",
        "calls",
        "matches",
        "v\"^1.2\"",
        "fold(a)",
        "any(a)",
        "all(fold(a))",
        "true",
        "false",
        "now",
        "é",
        "=",
        "r\"\\d\"",
    ]);
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back_as_the_same(text in nearly_an_expression()) {
        if let Ok(expression) = text.parse::<Expression>() {
            let printed = expression.to_string();
            prop_assert_eq!(printed.parse::<Expression>(), Ok(expression), "{}", printed);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _parsed = text.parse::<Expression>();
    }

    #[test]
    fn errors_point_into_the_text(text in nearly_an_expression()) {
        if let Err(error) = text.parse::<Expression>() {
            prop_assert!(error.column() <= text.chars().count() + 1);
            prop_assert_eq!(error.line(), 1);
        }
    }
}
