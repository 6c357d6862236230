//! Rules for many paths at once, and for parts of texts.

use experiment::diff::{PatternProblem, RuleError, Rules};
use serde_json::json;

fn differs(rules: &Rules, one: &serde_json::Value, other: &serde_json::Value) -> Vec<String> {
    let differences = rules.differences(one, other).expect("JSON can be serialised");
    differences.changes().iter().map(|change| change.path.clone()).collect()
}

/// Where rules that ignore what matches leave a difference.
fn left(pattern: &str) -> Vec<String> {
    let page = |n: u32| json!({ "created_at": n, "headers": { "x-span-id": n, "x-trace": n, "x-user": n }, "users": [{ "updated_at": n }] });
    let rules = Rules::new().keys_are_names("$").and_then(|rules| rules.ignore(pattern));
    differs(&rules.expect("the pattern is one"), &page(1), &page(2))
}

#[test]
fn a_star_in_a_name_stands_for_any_characters() {
    assert_eq!(left("*_at"), ["headers.x-span-id", "headers.x-trace", "headers.x-user", "users[0].updated_at"]);
    assert_eq!(left("**.*_at"), ["headers.x-span-id", "headers.x-trace", "headers.x-user"]);
    assert_eq!(left("headers.x-*a*"), ["created_at", "headers.x-user", "users[0].updated_at"]);
}

#[cfg(feature = "regex")]
#[test]
fn a_regular_expression_between_slashes_is_looked_for_in_names() {
    assert_eq!(left("headers[/^x-(span|trace)/]"), ["created_at", "headers.x-user", "users[0].updated_at"]);
    assert_eq!(left("**[/_at$/]"), ["headers.x-span-id", "headers.x-trace", "headers.x-user"]);
    assert_eq!(left("[/headers/][/./]"), ["created_at", "users[0].updated_at"]);
    // A slash and a bracket in an expression.
    let page = |n: u32| json!({ "a/b": n, "c]": n });
    let rules = Rules::new().ignore(r"[/a\/b/]").unwrap().ignore("[/]$/]").unwrap();
    assert_eq!(differs(&rules, &page(1), &page(2)), Vec::<String>::new());
}

#[test]
fn patterns_that_are_none_say_where_and_why() {
    let refused = |pattern: &str| Rules::new().ignore(pattern).unwrap_err();
    let at = |pattern: &str| match refused(pattern) {
        RuleError::Pattern { at, problem, .. } => (at, problem),
        other => panic!("{other}"),
    };
    assert_eq!(at("a.b**"), (3, PatternProblem::PartOfAnyDepth));
    assert_eq!(at("a[/b"), (3, PatternProblem::UnclosedExpression));
    assert_eq!(at("a[/b\\/]"), (3, PatternProblem::UnclosedExpression));
    assert_eq!(
        refused("a[/b").to_string(),
        r#"the pattern "a[/b" cannot be read at byte 3: the regular expression does not end"#
    );
}

#[cfg(feature = "regex")]
#[test]
fn expressions_that_are_none_say_where_and_why() {
    let at = |refused: Result<Rules, RuleError>| match refused {
        Err(RuleError::Expression { at, problem, .. }) => (at, problem),
        other => panic!("{other:?}"),
    };
    assert_eq!(at(Rules::new().ignore("a[/b(c/]")), (4, "unclosed group".to_owned()));
    assert_eq!(at(Rules::new().regex("a", "ab[")), (2, "unclosed character class".to_owned()));
    assert_eq!(at(Rules::new().regex("a", "(?=look)")).0, 0);
    assert_eq!(at(Rules::new().regex("a", r"(\w{1000}){1000}")).1, "it would be too large when it is compiled");
    assert_eq!(at(Rules::new().regex("a", &"a".repeat(2_000))).0, 1_024);
    assert!(matches!(Rules::new().regex("a.", "a"), Err(RuleError::Pattern { .. })));
}

#[cfg(not(feature = "regex"))]
#[test]
fn expressions_need_their_feature() {
    let refused = Rules::new().ignore("a[/b/]").unwrap_err();
    assert!(matches!(refused, RuleError::Expression { at: 3, .. }) && refused.to_string().contains("feature `regex`"));
}

#[cfg(feature = "regex")]
mod in_texts {
    use super::*;

    fn same(expression: &str, one: &str, other: &str) -> bool {
        let rules = Rules::new().regex("$", expression).expect("the expression is one");
        rules.differences(one, other).expect("texts can be serialised").is_empty()
    }

    #[test]
    fn what_an_expression_finds_does_not_count_and_what_is_around_it_does() {
        assert!(same(r"\d+ ms", "read in 17 ms", "read in 3 ms"));
        assert!(!same(r"\d+ ms", "read in 17 ms", "wrote in 3 ms"));
        assert!(!same(r"\d+ ms", "read in 17 ms", "read in "), "it must be found on both sides");
        assert!(same("^[0-9a-f]{4}$", "beef", "f00d"));
        assert!(!same("^[0-9a-f]{4}$", "beef", "fooo"));
    }

    #[test]
    fn matches_without_characters_change_nothing() {
        assert!(!same("x*", "abc", "abd"));
        assert!(same("x*", "abxc", "abxxc"));
    }

    #[test]
    fn rules_hold_below_their_path_and_elements_are_paired_by_what_counts() {
        let rules =
            Rules::new().regex("log", "#[0-9]+").unwrap().unordered("log").unwrap().keys_are_names("$").unwrap();
        let log = |lines: [&str; 3]| json!({ "log": lines, "id": "#1" });
        assert_eq!(
            differs(&rules, &log(["a #1", "b #2", "c #3"]), &log(["c #9", "a #8", "b #7"])),
            Vec::<String>::new()
        );
        let other = json!({ "log": ["a #1", "b #2", "c #3"], "id": "#2" });
        assert_eq!(differs(&rules, &log(["a #1", "b #2", "c #3"]), &other), ["id"]);
    }

    #[test]
    fn a_pathological_expression_takes_time_in_proportion_to_the_text() {
        let text = "a".repeat(20_000);
        assert!(!same("^(a+)+$b", &text, &format!("{text}c")));
    }
}
