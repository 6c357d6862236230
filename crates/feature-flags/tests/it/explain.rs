use feature_flags::{Flags, MapContext};

use crate::people::user;

fn flags() -> Flags {
    Flags::from_toml(
        r#"
        format = 1
        [flags.new-search]
        description = "the rewritten search"
        [[flags.new-search.rules]]
        name = "staff first"
        when = 'group("staff")'
        [[flags.new-search.rules]]
        when = 'country in ["US", "DE"] and app_version >= v"2.1"'
        rollout = "20% by user.id"
        [flags]
        on = true
        broken = { when = "a =" }
        blocked = { requires = ["off"], enabled = true }
        off = false
        except = { rules = [{ when = 'country == "FR"', serve = false }, { when = "age > 17 or staff" }] }
        "#,
    )
    .unwrap()
}

fn context(country: &str, id: u64) -> MapContext {
    MapContext::new()
        .kind("user")
        .with("country", country)
        .with("id", id)
        .with("app_version", "2.0")
        .with("age", 15)
        .with("staff", false)
}

#[test]
fn one_line_says_why_and_what_would_change_it() {
    let flags = flags();
    for (flag, country, line) in [
        ("on", "US", "on is on: it is the same for all"),
        ("off", "US", "off is off: it is turned off"),
        ("new-serch", "US", "new-serch is off: there is no such flag; did you mean `new-search`?"),
        (
            "blocked",
            "US",
            "blocked is off: a flag that it requires is off; it wants flag(\"off\"), but it is turned off",
        ),
        ("except", "US", "except is off: no rule applies; age is 15, rule 2 wants age > 17"),
        (
            "except",
            "FR",
            "except is off: rule 1 applies; country is \"FR\", so rule 1 finds country == \"FR\"; age is 15, rule 2 wants age > 17",
        ),
        ("new-search", "CA", "new-search is off: no rule applies; rule 1 wants group(\"staff\")"),
        (
            "broken",
            "US",
            "broken is off: its definition is wrong, so the default is served; line 13, column 30: flag `broken`: expected an operator such as `==`, `in` or `contains`, found `=`",
        ),
    ] {
        assert_eq!(flags.explain(flag, &context(country, 1)).to_string(), line);
    }
}

#[test]
fn the_tree_shows_every_rule_and_what_was_seen() {
    let flags = flags();
    flags.group("staff", |_: &crate::people::User| true);
    let explanation = flags.explain("new-search", &context("US", 3));
    assert_eq!(
        format!("{explanation:#}").lines().take(9).collect::<Vec<_>>().join("\n"),
        r#"new-search is off: no rule applies
  rule 1 (staff first), for on: does not apply
    group("staff"): unknown
  rule 2, for on: does not apply
    and: false
      country in ["US", "DE"]: true, country is "US"
      app_version >= v"2.1": false, app_version is "2.0"
    20% by user.id: false, bucket 53.782%
  would be on but for: rule 1 wants group("staff")"#
    );
}

#[test]
fn why_on_names_what_holds_it_on() {
    let flags =
        Flags::from_toml("format = 1\n[flags.f]\nrules = [{ when = 'age > 20 and staff' }, { rollout = '100%' }]")
            .unwrap();
    let mut user = user(5);
    user.staff = true;
    assert_eq!(
        flags.explain("f", &user).to_string(),
        "f is on: rule 1 applies; age is 30, so rule 1 finds age > 20; bucket 14.192% is within 100% of rule 2"
    );
}

#[test]
fn comparisons_of_different_kinds_are_explained() {
    let flags =
        Flags::from_toml("format = 1\n[flags]\nf = { when = 'country > 3' }\ng = { when = 'exists(x) and x == 1' }")
            .unwrap();
    let explain = |flag| flags.explain(flag, &context("US", 1)).to_string();
    assert_eq!(
        explain("f"),
        "f is off: no rule applies; country is \"US\", which cannot be compared with number, rule 1 wants country > 3"
    );
    assert_eq!(
        explain("g"),
        "g is off: no rule applies; x has no value, rule 1 wants exists(x); x has no value, rule 1 wants x == 1"
    );
}

#[test]
fn explaining_is_no_use_of_a_flag_and_debug_shows_no_attribute() {
    let flags = flags();
    let explanation = flags.explain("except", &context("FR", 1));
    assert_eq!(flags.usage(), []);
    assert!(!format!("{explanation:?} {:?}", explanation.rules()).contains("FR\","), "{explanation:?}");
}

#[cfg(feature = "serde")]
#[test]
fn an_explanation_is_serialised() {
    let json = serde_json::to_value(flags().explain("except", &context("FR", 1))).unwrap();
    assert_eq!(json["flag"], "except");
    assert_eq!(json["enabled"], false);
    assert_eq!((&json["reason"], &json["number"]), (&"rule".into(), &1.into()));
    assert_eq!(json["rules"][0]["condition"]["seen"], "country is \"FR\"");
    assert_eq!(json["rules"][1]["condition"]["parts"][0]["answer"], "false");
}
