use feature_flags::{Expression, Flag, Flags, Reason, Rule, Serve};
use proptest::prelude::*;

use crate::people::{Organisation, user};

fn load(flags: &str) -> Flags {
    let flags = Flags::from_toml(&format!("format = 1\n{flags}")).unwrap();
    assert_eq!(flags.status().problems(), []);
    flags
}

#[test]
fn the_first_rule_that_applies_decides() {
    let flags = load(
        r#"
        [[flags.f.rules]]
        when = 'country == "FR"'
        serve = false
        [[flags.f.rules]]
        when = 'staff'
        [[flags.f.rules]]
        when = 'country == "US"'
        rollout = "0%"
        [[flags.f.rules]]
        when = 'country == "US" and age > 20'
        "#,
    );
    let decide = |country: &str, staff| {
        let mut user = user(1);
        (user.country, user.staff) = (Some(country.to_owned()), staff);
        let decision = flags.decide("f", &user);
        (decision.enabled(), decision.reason())
    };
    assert_eq!(decide("FR", true), (false, Reason::Rule { number: 1 }));
    assert_eq!(decide("DE", true), (true, Reason::Rule { number: 2 }));
    assert_eq!(decide("US", false), (true, Reason::Rule { number: 4 }));
    assert_eq!(decide("DE", false), (false, Reason::NoRule));
}

#[test]
fn switches_and_shorthands_are_what_they_look_like() {
    let flags = load(
        r#"
        [flags]
        on = true
        off = false
        share = "100% by id"
        killed = { enabled = false, when = "true" }
        switched-on = { enabled = true, description = "for all" }
        ruled = { enabled = true, when = "staff" }
        "#,
    );
    let decide = |flag| {
        let decision = flags.decide(flag, &user(1));
        (decision.enabled(), decision.reason())
    };
    assert_eq!(decide("on"), (true, Reason::Fixed));
    assert_eq!(decide("off"), (false, Reason::Disabled));
    assert_eq!(decide("share"), (true, Reason::Rule { number: 1 }));
    assert_eq!(decide("killed"), (false, Reason::Disabled));
    assert_eq!(decide("switched-on"), (true, Reason::Fixed));
    assert_eq!(decide("ruled"), (false, Reason::NoRule));
}

#[test]
fn a_requirement_that_is_off_keeps_a_flag_off() {
    let flags = load(
        r#"
        [flags]
        base = { when = 'country == "US"' }
        top = { requires = ["base"], when = "true" }
        above = { when = 'flag("top") and not flag("off")' }
        off = false
        dangling = { requires = ["nothing"], enabled = true }
        "#,
    );
    let mut user = user(1);
    assert!(flags.enabled("top", &user) && flags.enabled("above", &user));
    assert_eq!(flags.decide("dangling", &user).reason(), Reason::Requirement);
    user.country = None;
    assert_eq!(flags.decide("top", &user).reason(), Reason::Requirement);
    assert!(!flags.enabled("above", &user));
}

#[test]
fn flags_that_need_each_other_are_broken_and_the_others_are_not() {
    let flags = Flags::from_toml(
        r#"
        format = 1
        [flags]
        a = { requires = ["b"], enabled = true, default = true }
        b = { when = 'not flag("a")' }
        needs-a = { requires = ["a"], enabled = true }
        fine = true
        "#,
    )
    .unwrap();
    assert_eq!(flags.decide("a", &()).reason(), Reason::Broken);
    assert!(flags.enabled("a", &()), "its default");
    assert_eq!(flags.decide("b", &()).reason(), Reason::Broken);
    assert!(!flags.enabled("needs-a", &()));
    assert!(flags.enabled("fine", &()));
    assert_eq!(
        flags.status().problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "flag `a`: it needs itself: `a` -> `b` -> `a`",
            "flag `b`: it needs itself: `b` -> `a` -> `b`",
            "flag `needs-a`: it needs `a`, which needs itself: `a` -> `b` -> `a`",
        ]
    );
}

#[test]
fn a_chain_of_requirements_that_is_too_long_is_broken() {
    let link = |n| format!("f{n} = {{ requires = [\"f{}\"], enabled = true }}\n", n - 1);
    let chain = (1..40).map(link).collect::<Vec<_>>().concat();
    let flags = Flags::from_toml(&format!("format = 1\n[flags]\nf0 = true\n{chain}")).unwrap();
    assert!(flags.enabled("f15", &()));
    assert_eq!(flags.decide("f39", &()).reason(), Reason::Broken);
    let status = flags.status();
    let problem = status.problems().iter().find(|problem| problem.flag() == "f39").expect("it is listed");
    assert_eq!(problem.message(), "it needs flags that need flags, more than 16 in a row");
}

#[test]
fn of_a_long_circle_the_first_flags_are_named_and_the_others_counted() {
    let circle = |length: usize| {
        let link = |n| format!("f{n} = {{ requires = [\"f{}\"], enabled = true }}\n", (n + 1) % length);
        let text = (0..length).map(link).collect::<Vec<_>>().concat();
        let status = Flags::from_toml(&format!("format = 1\n[flags]\n{text}")).unwrap().status();
        assert_eq!(status.problems().len(), length);
        status.problems()[0].message().to_owned()
    };
    let first = "`f0` -> `f1` -> `f2` -> `f3` -> `f4` -> `f5` -> `f6` -> `f7` -> ";
    assert_eq!(circle(8), format!("it needs itself: {first}`f0`"));
    assert_eq!(circle(32), format!("it needs itself: {first}24 more -> `f0`"));
    assert_eq!(circle(33), "it needs flags that need flags, more than 16 in a row");
}

#[derive(feature_flags::Context)]
struct Org2 {
    seats: u32,
}

#[test]
fn flags_of_several_contexts_at_once() {
    let flags = load(
        "[flags]\nf = { when = 'country == \"US\" and organisation.seats > 100 and org2.seats > 1' }\ng = { when = 'organisation.seats == 12' }",
    );
    let big = Organisation { id: "big".to_owned(), seats: 200 };
    assert!(flags.enabled("f", &(Organisation { seats: 101, ..big }, user(1), Org2 { seats: 2 })));
    assert!(flags.enabled("g", &(user(1), Org2 { seats: 2 })));
}

#[test]
fn long_names_and_texts_are_told_apart() {
    let long = "x".repeat(150);
    let flags = load(&format!("[flags]\n{long}1 = true\n{long}2 = {{ when = 'country == \"{long}\"' }}"));
    let mut user = user(1);
    user.country = Some(long.clone());
    assert!(flags.enabled(&format!("{long}1"), &user));
    assert!(flags.enabled(&format!("{long}2"), &user));
    assert!(!flags.enabled(&long, &user));
}

#[test]
fn each_of_ten_thousand_flags_is_found() {
    let mut builder = Flags::builder();
    for number in 0..10_000 {
        let rule = Rule::new().when(format!("n == {number}").parse().unwrap());
        builder = builder.flag(Flag::new(format!("flag-{number}")).rule(rule));
    }
    let flags = builder.build();
    for number in (0..10_000_u32).step_by(37) {
        let context = feature_flags::MapContext::new().with("n", number);
        assert!(flags.enabled(&format!("flag-{number}"), &context));
        assert!(!flags.enabled(&format!("flag-{}", (number + 1) % 10_000), &context));
    }
    assert_eq!(flags.status().flags(), 10_000);
}

/// Conditions over three attributes, each of which may be missing.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "a == true",
        "b != true",
        "exists(c)",
        "true",
        "false",
        "40%",
        "n > 1",
        "n == \"x\"",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner, 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
        ]
    })
}

proptest! {
    #[test]
    fn an_explanation_agrees_with_the_answer(
        conditions in prop::collection::vec((condition(), any::<bool>(), any::<bool>()), 0..5),
        (a, b, c) in any::<(Option<bool>, Option<bool>, Option<bool>)>(),
        id: u8,
    ) {
        let mut flag = Flag::new("f");
        for (condition, serve, share) in &conditions {
            let mut rule = Rule::new().when(condition.parse::<Expression>().unwrap());
            if !serve { rule = rule.serve(Serve::Off); }
            if *share { rule = rule.rollout("50%".parse().unwrap()); }
            flag = flag.rule(rule);
        }
        let flags = Flags::builder().flag(flag).build();
        let context = feature_flags::MapContext::new().with("a", a).with("b", b).with("c", c).with("id", id).with("n", id);
        let decision = flags.decide("f", &context);
        let explanation = flags.explain("f", &context);
        prop_assert_eq!(explanation.enabled(), decision.enabled());
        prop_assert_eq!(explanation.reason(), decision.reason());
        if let Reason::Rule { number } = decision.reason() {
            let first = explanation.rules().iter().find(|rule| rule.applies()).map(|rule| rule.number);
            // A flag whose first rule has no condition at all is fixed, and has no rules to explain.
            prop_assert_eq!(first, Some(number));
        }
    }
}
