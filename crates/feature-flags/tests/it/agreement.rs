//! What is explained is what is decided.

use feature_flags::{Flag, Flags, MapContext, Reason, Rule, Serve, Share};
use proptest::prelude::*;

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "country in [\"US\", \"DE\"]",
        "country == \"FR\"",
        "country not in [\"US\"]",
        "age >= 18",
        "age < 40.5",
        "staff",
        "exists(age)",
        "any(roles) == \"admin\"",
        "all(roles) in [\"admin\", \"editor\"]",
        "fold(country) == \"us\"",
        "version >= v\"2.1\"",
        "50% by id",
        "30% by id salt \"other\"",
        "flag(\"base\")",
        "flag(\"nowhere\")",
        "segment(\"few\")",
        "true",
        "false",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not ({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one} or {other})")),
        ]
    })
}

fn rule() -> impl Strategy<Value = (Option<String>, Option<u32>, u8)> {
    (prop::option::of(condition()), prop::option::of(0_u32..=100), 0_u8..3)
}

fn user() -> impl Strategy<Value = MapContext> {
    let country = prop::option::of(prop::sample::select(vec!["US", "us", "DE", "FR"]));
    let roles = prop::option::of(prop::collection::vec(prop::sample::select(vec!["admin", "editor", "guest"]), 0..3));
    (country, prop::option::of(0_i64..60), any::<Option<bool>>(), roles, 0_i64..50, any::<bool>()).prop_map(
        |(country, age, staff, roles, id, new)| {
            let mut user = MapContext::new().with("id", id).with("version", if new { "2.3" } else { "2.0" });
            if let Some(country) = country {
                user = user.with("country", country);
            }
            if let Some(age) = age {
                user = user.with("age", age);
            }
            if let Some(staff) = staff {
                user = user.with("staff", staff);
            }
            if let Some(roles) = roles {
                user = user.with("roles", roles);
            }
            user
        },
    )
}

fn flag(rules: &[(Option<String>, Option<u32>, u8)], requires: bool, with_variants: bool) -> Flag {
    let mut flag = Flag::new("f");
    if with_variants {
        flag = flag.variant("x", 1).variant("y", 2).default_variant("x");
    }
    if requires {
        flag = flag.requires("base");
    }
    for (condition, share, serve) in rules {
        let mut rule = Rule::new();
        if let Some(condition) = condition {
            rule = rule.when(condition.parse().unwrap());
        }
        if let Some(share) = share {
            rule = rule.rollout(format!("{share}% by id").parse().unwrap());
        }
        let halves = || vec![Share::new("x", "50%".parse().unwrap()), Share::new("y", "50%".parse().unwrap())];
        flag = flag.rule(match (serve, with_variants) {
            (0, _) => rule.serve(Serve::Off),
            (1, true) => rule.serve(Serve::Variant("y".to_owned())),
            (_, true) => rule.serve(Serve::Split(halves())),
            (_, false) => rule,
        });
    }
    flag
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn explanations_agree_with_decisions_on_any_flag_and_any_context(
        rules in prop::collection::vec(rule(), 0..4),
        requires in any::<bool>(),
        with_variants in any::<bool>(),
        users in prop::collection::vec(user(), 1..8),
    ) {
        let base = Flag::new("base").rule(Rule::new().rollout("60% by id".parse().unwrap()));
        let flags = Flags::builder()
            .segment("few", feature_flags::Segment::of((0..50).step_by(3).map(|id| id.to_string())))
            .flag(base)
            .flag(flag(&rules, requires, with_variants))
            .build();
        prop_assert_eq!(flags.status().problems().len(), 0);
        for user in &users {
            let (resolved, explanation) = (flags.resolve("f", user), flags.explain("f", user));
            let decision = resolved.decision();
            prop_assert_eq!(decision.enabled(), flags.enabled("f", user));
            prop_assert_eq!(decision.enabled(), explanation.enabled());
            prop_assert_eq!(decision.reason(), explanation.reason());
            prop_assert_eq!(resolved.variant(), explanation.variant());
            prop_assert_eq!(explanation.clone(), explanation.clone());
            // The rule that decided is the first that applies, by the words of the explanation too.
            let first = explanation.rules().iter().find(|rule| rule.applies()).map(|rule| rule.number);
            match decision.reason() {
                Reason::Rule { number } if !explanation.rules().is_empty() => prop_assert_eq!(first, Some(number)),
                Reason::NoRule => prop_assert_eq!(first, None),
                _ => {}
            }
        }
    }
}
