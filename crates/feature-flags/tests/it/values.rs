use feature_flags::{Bucket, Event, Flag, FlagValue, Flags, Listener, MapContext, Reason, Rule};
use std::sync::{Arc, Mutex};

use crate::people::user;

const BUTTON: &str = r#"
format = 1
[flags.button]
variants = { calm = "blue", loud = "red", odd = "plaid" }
default = "calm"

[[flags.button.rules]]
when = 'country == "FR"'
serve = false

[[flags.button.rules]]
when = 'staff'
serve = "odd"

[[flags.button.rules]]
rollout = "50% by id"
serve = { calm = "10%", loud = "90%" }

[flags.numbers]
variants = { whole = 1_000, hex = 0xff, negative = -3, half = 0.5, yes = true }
serve = "whole"
"#;

fn button() -> Flags {
    let flags = Flags::from_toml(BUTTON).unwrap();
    assert_eq!(flags.status().problems(), []);
    flags
}

#[test]
fn rules_serve_variants_and_the_default_is_served_otherwise() {
    let flags = button();
    let mut user = user(1);
    user.country = Some("FR".to_owned());
    let resolved = flags.resolve("button", &user);
    assert_eq!((resolved.decision().enabled(), resolved.variant()), (false, Some("calm")));
    assert_eq!(resolved.decision().reason(), Reason::Rule { number: 1 });
    (user.country, user.staff) = (None, true);
    let resolved = flags.resolve("button", &user);
    assert_eq!((resolved.decision().enabled(), resolved.value()), (true, Some(&FlagValue::from("plaid"))));
    assert_eq!(&*flags.text("button", &user, "grey"), "plaid");
    assert!(flags.enabled("button", &user));
}

#[test]
fn variants_share_those_whom_the_rollout_takes_in_by_weight_and_by_bucket() {
    let flags = button();
    let mut shares = std::collections::BTreeMap::new();
    for id in 0..10_000_u64 {
        let context = MapContext::new().with("id", id);
        let resolved = flags.resolve("button", &context);
        let inside = Bucket::of("button", &id.to_string()).number() < 50_000;
        let expected = if Bucket::of("button/variants", &id.to_string()).number() < 10_000 { "calm" } else { "loud" };
        assert_eq!(resolved.decision().enabled(), inside);
        assert_eq!(resolved.variant(), Some(if inside { expected } else { "calm" }));
        *shares.entry((inside, resolved.variant().unwrap().to_owned())).or_insert(0) += 1;
    }
    let loud = shares[&(true, "loud".to_owned())];
    assert!((4_300..4_700).contains(&loud), "{shares:?}");
    for usage in flags.usage() {
        let key = (usage.enabled, usage.variant);
        assert_eq!(usage.count, shares[&key], "{key:?}");
    }
}

#[test]
fn raising_a_rollout_changes_nobodys_variant() {
    let at = |percent: &str| Flags::from_toml(&BUTTON.replace("50% by id", percent)).unwrap();
    let (low, high) = (at("20%"), at("90%"));
    for id in 0..2_000_u64 {
        let context = MapContext::new().with("id", id);
        if low.enabled("button", &context) {
            assert_eq!(low.resolve("button", &context).variant(), high.resolve("button", &context).variant());
        }
    }
}

#[test]
fn each_getter_reads_its_type() {
    let serve = |variant: &str| {
        Flags::from_toml(&BUTTON.replace("serve = \"whole\"", &format!("serve = \"{variant}\""))).unwrap()
    };
    assert_eq!(serve("whole").integer("numbers", &(), 0), 1_000);
    assert_eq!(serve("hex").integer("numbers", &(), 0), 255);
    assert!((serve("negative").float("numbers", &(), 0.0) + 3.0).abs() < 1e-9);
    assert!((serve("half").float("numbers", &(), 0.0) - 0.5).abs() < 1e-9);
    assert_eq!(serve("half").integer("numbers", &(), 7), 7);
    assert_eq!(serve("yes").resolve("numbers", &()).value(), Some(&FlagValue::Bool(true)));
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn event(&self, event: &Event<'_>) {
        if matches!(event, Event::WrongType { .. }) {
            self.0.lock().unwrap().push(event.to_string());
        }
    }
}

#[test]
fn another_type_serves_the_callers_default_and_is_told_once() {
    let heard = Arc::new(Heard::default());
    let flags =
        Flags::builder().listener(Arc::clone(&heard)).flag(Flag::new("switch").enabled(true)).toml(BUTTON).unwrap();
    for _ in 0..2 {
        assert_eq!(flags.integer("button", &(), 5), 5);
        assert_eq!(&*flags.text("switch", &(), "d"), "d");
    }
    assert_eq!(
        *heard.0.lock().unwrap(),
        [
            "flag `button` serves text where whole number is wanted, so the caller's default is used",
            "flag `switch` serves true or false where text is wanted, so the caller's default is used",
        ]
    );
}

#[test]
fn without_a_default_variant_callers_get_theirs() {
    let flags =
        Flags::from_toml("format = 1\n[flags.f]\nvariants = { a = 1 }\nwhen = \"staff\"\nserve = \"a\"").unwrap();
    assert_eq!(flags.integer("f", &user(1), 42), 42);
    assert_eq!(flags.resolve("f", &user(1)).value(), None);
}

#[test]
fn what_does_not_fit_together_is_a_problem_of_the_flag() {
    for (flag, message) in [
        (
            "variants = { a = 1, b = 2 }\nserve = { a = \"50%\", b = \"49.999%\" }",
            "the weights of a rule add up to 99.999%, expected 100%",
        ),
        ("variants = { a = 1, b = 2 }\nserve = \"c\"", "there is no variant `c`, expected one of `a`, `b`"),
        ("variants = { a = 1 }\ndefault = \"x\"\nserve = \"a\"", "there is no variant `x`, expected one of `a`"),
        ("variants = { a = 1 }\nrollout = \"5%\"", "a rule does not say what it serves, expected one of `a`"),
        ("when = \"x\"\nserve = \"a\"", "there is no variant `a`, expected `variants` in the flag"),
        ("variants = { a = nan }\nserve = \"a\"", "expected a finite number"),
        ("variants = { a = 1 }\nserve = 3", "expected true, false, a variant or weights, found a number"),
        ("variants = { a = 1 }\nserve = { a = \"x\" }", "expected a percentage such as `25%` or `0.5%`"),
    ] {
        let flags = Flags::from_toml(&format!("format = 1\n[flags.f]\n{flag}")).unwrap();
        assert_eq!(
            flags.status().problems().iter().map(feature_flags::Problem::message).collect::<Vec<_>>(),
            [message],
            "{flag}"
        );
        assert_eq!(flags.integer("f", &(), 9), 9);
    }
}

#[test]
fn a_flag_made_in_code_is_checked_too() {
    let flag = Flag::new("f").variant("a", 1).rule(Rule::new());
    let flags = Flags::builder().flag(flag).build();
    assert_eq!(
        flags.status().problems()[0].to_string(),
        "flag `f`: a rule does not say what it serves, expected one of `a`"
    );
    assert_eq!(flags.resolve("f", &()).decision().reason(), Reason::Broken);
}

#[test]
fn an_explanation_names_the_variant() {
    let mut user = user(1);
    user.staff = true;
    let line = button().explain("button", &user).to_string();
    assert!(line.starts_with("button is on (variant odd): rule 2 applies"), "{line}");
}

#[cfg(feature = "serde")]
mod structs {
    use feature_flags::Flags;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Config {
        limit: u8,
        names: Vec<String>,
        mode: Mode,
        nested: Option<Nested>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Mode {
        Slow,
        Fast { factor: f32 },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Nested {
        deep: (i64, bool),
    }

    #[test]
    fn a_variant_is_read_into_a_type_of_the_application() {
        let flags = |value: &str| {
            Flags::from_toml(&format!("format = 1\n[flags.f]\nserve = \"v\"\nvariants.v = {value}")).unwrap()
        };
        let default = || Config { limit: 0, names: vec![], mode: Mode::Slow, nested: None };
        let value = "{ limit = 3, names = [\"a\"], mode = { Fast = { factor = 1.5 } }, nested = { deep = [1, true] } }";
        let expected = Config {
            limit: 3,
            names: vec!["a".to_owned()],
            mode: Mode::Fast { factor: 1.5 },
            nested: Some(Nested { deep: (1, true) }),
        };
        assert_eq!(flags(value).value("f", &(), default()), expected);
        let slow = flags("{ limit = 3, names = [], mode = \"Slow\" }").value("f", &(), default());
        assert_eq!(slow, Config { limit: 3, ..default() });
        for misfit in ["3", "{ limit = 300, names = [], mode = \"Slow\" }", "{ limit = 3 }"] {
            assert_eq!(flags(misfit).value("f", &(), default()), default(), "{misfit}");
        }
    }
}
