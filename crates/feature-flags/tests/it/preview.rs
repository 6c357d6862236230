//! What an edit would do to contexts that were seen.

use feature_flags::{ContextSampler, Flag, Flags, Hook, HookContext, MapContext, Preview, PreviewReport, Rule};

use crate::people::user;

fn flags(text: &str) -> Flags {
    let flags = Flags::from_toml(&format!("format = 1\n{text}")).unwrap();
    assert_eq!(flags.status().problems(), [], "{text}");
    flags
}

fn people() -> Vec<MapContext> {
    let country = |id: u32| if id.is_multiple_of(4) { "DE" } else { "US" };
    (0..1_000).map(|id| MapContext::new().kind("user").with("id", id).with("country", country(id))).collect()
}

fn preview(before: &str, after: &str) -> PreviewReport {
    Preview::new(&flags(before), &flags(after)).run(people())
}

/// Flag, from, to and number of each move.
fn moves(report: &PreviewReport) -> Vec<(&str, &str, &str, u64)> {
    let moves = report.flags.iter().flat_map(|flag| {
        flag.moves.iter().map(|moved| (flag.flag.as_str(), moved.from.as_str(), moved.to.as_str(), moved.contexts))
    });
    moves.collect()
}

#[test]
fn an_edit_that_changes_nothing_flips_nobody() {
    let text = "[flags]\na = \"30% by id\"\nb = true";
    let report = preview(text, &format!("{text}\n# a comment"));
    assert_eq!((report.contexts, report.flipped, report.flags.len()), (1_000, 0, 0));
    assert_eq!(report.to_string(), "this edit flips 0 of 1000 contexts (0.000%)");
}

#[test]
fn what_is_told_is_what_the_flags_say() {
    let (before, after) =
        ("[flags.a]\nwhen = 'country == \"DE\"'", "[flags.a]\nwhen = 'country == \"US\"'\nrollout = \"50%\"");
    let report = preview(before, after);
    let (was, is) = (flags(before), flags(after));
    let count = |on: bool| {
        let flipped = |user: &&MapContext| is.enabled("a", *user) == on && was.enabled("a", *user) != on;
        u64::try_from(people().iter().filter(flipped).count()).unwrap()
    };
    assert_eq!(moves(&report), [("a", "off", "on", count(true)), ("a", "on", "off", count(false))]);
    assert_eq!((report.flags[0].moves[0].rule, report.flags[0].moves[1].rule), (Some(1), None));
    assert_eq!(report.flags[0].moves[1].because, "no rule applies");
    assert_eq!(report.flipped, count(true) + count(false));
}

#[test]
fn flags_that_need_a_changed_one_are_looked_at_too() {
    let text = |on| {
        format!(
            "[flags]\na = {on}\nb = {{ requires = [\"a\"], rules = [{{}}] }}\nc = {{ when = 'flag(\"b\")' }}\nd = {{ when = 'country == \"DE\"' }}"
        )
    };
    let report = preview(&text(false), &text(true));
    let mut moved = moves(&report);
    moved.sort_unstable();
    assert_eq!(moved, [("a", "off", "on", 1_000), ("b", "off", "on", 1_000), ("c", "off", "on", 1_000)]);
    assert_eq!(report.flipped, 1_000, "a context counts once");
}

#[test]
fn a_flag_that_comes_or_goes_counts_only_where_somebody_sees_it() {
    let moved = preview("[flags]\na = true\nb = false", "[flags]\nc = true\nd = false");
    let mut moved = moves(&moved);
    moved.sort_unstable();
    assert_eq!(moved, [("a", "on", "absent", 1_000), ("c", "absent", "on", 1_000)]);
}

#[test]
fn variants_and_their_values_are_compared() {
    let text = |red: &str, serve: &str| {
        format!(
            "[flags.button]\nvariants = {{ calm = \"blue\", loud = \"{red}\" }}\ndefault = \"calm\"\nserve = \"{serve}\""
        )
    };
    assert_eq!(moves(&preview(&text("red", "calm"), &text("red", "loud"))), [("button", "calm", "loud", 1_000)]);
    assert_eq!(
        moves(&preview(&text("red", "loud"), &text("pink", "loud"))),
        [("button", "loud = \"red\"", "loud = \"pink\"", 1_000)]
    );
}

#[test]
fn a_changed_segment_or_layer_is_seen() {
    let text =
        |keys: &str| format!("[segments]\nbeta = {{ keys = [{keys}] }}\n[flags]\na = {{ when = 'segment(\"beta\")' }}");
    assert_eq!(moves(&preview(&text("1, 2"), &text("2, 3"))), [("a", "off", "on", 1), ("a", "on", "off", 1)]);
    let text = |slot: &str| format!("[flags]\na = true\n[layers.l]\nflags = {{ a = \"{slot}\" }}");
    let report = preview(&text("0%..100%"), &text("0%..0%"));
    assert_eq!(moves(&report), [("a", "on", "off", 1_000)]);
    assert_eq!(report.flags[0].moves[0].because, "its layer keeps it off");
}

#[test]
fn what_the_contexts_do_not_tell_is_said() {
    let after = r#"[flags]
        a = { when = 'plan == "pro" and country == "DE"' }
        b = { when = 'group("staff")' }
        c = "10% of calls"
        d = { when = 'flag("c")' }
    "#;
    let nobody = vec![MapContext::new().with("country", "DE")];
    let report = Preview::new(&flags(""), &flags(after)).run(&nobody);
    assert_eq!(report.missing_attributes, ["plan"]);
    assert_eq!(report.unknown_groups, ["staff"]);
    assert_eq!(report.not_comparable, ["c", "d"]);
    assert_eq!(report.without_key, 0, "no rollout by key is concerned");
    assert_eq!(report.caveats().len(), 3);
    let text = "[segments]\nbeta = { keys = [1], by = \"org.id\" }\n[flags]\na = { when = 'segment(\"beta\")' }\nb = true\n[layers.l]\nby = \"team\"\nflags = { b = \"0%..50%\" }";
    let report = Preview::new(&flags(""), &flags(text)).run(&nobody);
    assert_eq!(report.missing_attributes, ["org.id", "team"]);
    let report = Preview::new(&flags(""), &flags("[flags]\ne = \"10%\"")).run(&nobody);
    assert_eq!(report.without_key, 1);
    let none: [MapContext; 0] = [];
    let report = Preview::new(&flags(""), &flags("")).run(&none);
    assert_eq!(
        (report.share(), report.to_string().as_str()),
        (None, "there are no contexts, so nothing is known of what this edit flips")
    );
}

#[test]
fn what_a_changed_flag_needs_is_looked_at_although_it_is_as_it_was() {
    let text = |own: &str| {
        format!(
            "[flags]\ncalls = \"10% of calls\"\nplan = {{ when = 'plan == \"pro\"' }}\na = {{ requires = [\"calls\"], {own} }}\nb = {{ requires = [\"plan\"], {own} }}"
        )
    };
    let report = preview(&text("when = 'country == \"DE\"'"), &text("when = 'country == \"US\"'"));
    assert_eq!(
        (&report.not_comparable[..], &report.missing_attributes[..]),
        (&["a".to_owned()][..], &["plan".to_owned()][..])
    );
}

#[test]
fn a_group_whose_function_knows_other_contexts_only_is_told() {
    let staff = |on: bool| {
        let rule = Rule::new().when("group(\"staff\")".parse().unwrap());
        let flag = if on { Flag::new("a").rule(rule) } else { Flag::new("a") };
        Flags::builder().group("staff", |user: &crate::people::User| user.id < 3).flag(flag).build()
    };
    let (before, after) = (staff(false), staff(true));
    let report = Preview::new(&before, &after).run((0..10).map(user));
    assert_eq!((report.flipped, report.unknown_groups.len()), (3, 0));
    let report = Preview::new(&before, &after).run(people());
    assert_eq!((report.flipped, report.unknown_groups), (0, vec!["staff".to_owned()]));
}

#[test]
fn keys_are_shown_only_if_asked_for() {
    let (before, after) = (flags("[flags]\na = false"), flags("[flags]\na = true"));
    let report = Preview::new(&before, &after).run(people());
    assert!(report.flags[0].moves[0].examples.is_empty());
    let report = Preview::new(&before, &after).examples(2).run(people());
    assert_eq!(report.flags[0].moves[0].examples, ["0", "1"]);
}

#[test]
fn previewing_is_no_use_of_a_flag_and_goes_by_one_instant() {
    struct Fails;

    impl Hook for Fails {
        fn before(&self, _: &HookContext<'_>) {
            panic!("no hook hears of it");
        }
    }

    let rule = || Rule::new().when("now >= t\"2027-01-01\"".parse().unwrap());
    let before = Flags::builder().flag(Flag::new("a")).hook(Fails).build();
    let after = Flags::builder().flag(Flag::new("a").rule(rule())).hook(Fails).build();
    let at = |seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let on = |seconds| Preview::new(&before, &after).at(at(seconds)).run(people()).flipped;
    assert_eq!((on(1_700_000_000), on(1_900_000_000)), (0, 1_000));
    assert!(before.usage().is_empty() && after.usage().is_empty());
}

#[test]
fn the_sampler_keeps_the_last_contexts_with_what_was_asked_for() {
    let sampler = ContextSampler::new(3, ["user.country", "roles", "address", "joined", "score"]);
    let flags = Flags::builder().flag(Flag::new("a")).hook(sampler.clone()).build();
    for id in [1, 2, 3, 2, 4] {
        assert!(!flags.enabled("a", &user(id)) && !flags.enabled("a", &user(id)));
    }
    let mut lines = Vec::new();
    sampler.write(&mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let ids: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(
        text.lines().next().unwrap(),
        r#"{"address":"10.1.2.3","joined":"1970-01-01T00:00:00Z","key":2,"roles":["editor","Admin"],"score":0.5,"user":{"country":"US"}}"#
    );
    assert!(!format!("{sampler:?}").contains("US") && sampler.missed() == 0);
}

/// What is written and read again answers like the struct it was taken from.
#[test]
fn sampled_contexts_are_evaluated_like_those_they_are_of() {
    let rules = r#"[flags]
        half = "50%"
        country = { when = 'country == "US" and user.country == "US"' }
        net = { when = 'address in "10.0.0.0/8"' }
        joined = { when = 'joined < t"2000-01-01"' }
        version = { when = 'app_version >= v"2.1"' }
    "#;
    let Ok(live) = Flags::from_toml(&format!("format = 1\n{rules}")) else { panic!("well-formed") };
    let names: Vec<String> = ["half", "country", "net", "joined", "version"].map(str::to_owned).to_vec();
    let sampler = ContextSampler::new(100, ["user.country", "roles", "address", "joined", "app_version"]);
    let sampled = live.with_hook(sampler.clone());
    let users: Vec<_> = (0..50).map(user).collect();
    for user in &users {
        let _answer = sampled.enabled("half", user);
    }
    let mut lines = Vec::new();
    sampler.write(&mut lines).unwrap();
    let read = String::from_utf8(lines).unwrap();
    let read: Vec<MapContext> = read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), users.len());
    for (user, context) in users.iter().zip(&read) {
        for name in &names {
            assert_eq!(live.enabled(name, user), live.enabled(name, context), "{name} for {}", user.id);
        }
    }
}

#[test]
fn one_in_so_many_calls_is_sampled_and_what_is_large_is_left_out() {
    let sampler = ContextSampler::one_in(10, 1_000, ["text", "list"]);
    let flags = Flags::builder().flag(Flag::new("a")).hook(sampler.clone()).build();
    for id in 0..100 {
        let context = MapContext::new().with("id", id).with("text", "x".repeat(257)).with("list", vec![1; 65]);
        assert!(!flags.enabled("a", &context));
    }
    let contexts = sampler.contexts();
    assert_eq!(contexts.len(), 10);
    assert!(contexts.iter().all(|context| context.paths().eq(["key"])));
}
