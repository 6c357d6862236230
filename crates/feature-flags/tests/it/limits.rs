//! What is too large is refused, clearly and soon.

use std::fmt::Write;

use feature_flags::{Flag, Flags, LoadError, Reason, Rule};

fn problems(text: &str) -> Vec<String> {
    Flags::from_toml(text).unwrap().status().problems().iter().map(ToString::to_string).collect()
}

/// Flags `f0` to `f12`, each of which names the one before ten times in its condition.
fn doubling() -> String {
    let mut text = "format = 1\n[flags]\nf0 = \"50%\"\n".to_owned();
    for number in 1..13 {
        let before = format!("flag(\"f{}\")", number - 1);
        writeln!(text, "f{number}.when = '{}'", vec![before; 10].join(" or ")).unwrap();
    }
    text
}

#[test]
fn flags_that_would_take_ages_to_evaluate_are_refused_and_named() {
    let flags = Flags::from_toml(&doubling()).unwrap();
    let status = flags.status();
    let refused: Vec<&str> = status.problems().iter().map(feature_flags::Problem::flag).collect();
    // f5 takes 100,000 times f0 and what lies between; f6 ten times that. It is broken then, so f7 to f11 are cheap again.
    assert_eq!(refused, ["f12", "f6"]);
    assert!(status.problems()[0].message().contains("more than 1000000 steps"), "{}", status.problems()[0]);
    for number in 0..13 {
        let decision = flags.decide(&format!("f{number}"), &());
        assert_eq!(decision.reason() == Reason::Broken, number == 6 || number == 12, "{number}");
        assert_eq!(flags.explain(&format!("f{number}"), &()).enabled(), decision.enabled());
    }
}

#[test]
fn a_flag_that_becomes_too_much_work_is_served_as_it_was() {
    use feature_flags::{EditableSource, MemorySource};
    let source = std::sync::Arc::new(MemorySource::new());
    let asks = |name: &str, condition: &str| Flag::new(name).rule(Rule::new().when(condition.parse().unwrap()));
    let ten_times = |name: &str| vec![format!("flag(\"{name}\")"); 10].join(" or ");
    source.put(Flag::new("a0").enabled(true)).unwrap();
    for number in 1..6 {
        source.put(asks(&format!("a{number}"), &ten_times(&format!("a{}", number - 1)))).unwrap();
    }
    let revision = source.put(asks("b", r#"flag("a0")"#)).unwrap();
    let flags = Flags::builder().source(source.clone()).unwrap();
    assert!(flags.wait_for_revision(revision, std::time::Duration::from_mins(1)));
    // With 100,000 steps for `a5`, this is ten times as many as the limit allows.
    let dear = (0..10).fold(Flag::new("b"), |flag, _| flag.rule(Rule::new().when(ten_times("a5").parse().unwrap())));
    let revision = source.put(dear).unwrap();
    assert!(flags.wait_for_revision(revision, std::time::Duration::from_mins(1)));
    let status = flags.status();
    let [problem] = status.problems() else { panic!("{:?}", status.problems()) };
    assert!(problem.flag() == "b" && problem.message().contains("more than 1000000 steps"), "{problem}");
    assert!(problem.keeps_last_good());
    assert_eq!(flags.decide("b", &()).reason(), Reason::Rule { number: 1 }, "as it was");
}

#[test]
fn a_million_rules_are_refused() {
    let text = format!("format = 1\n[flags]\nf.rules = [{}]\n", "{},".repeat(1_000_000));
    assert_eq!(problems(&text), ["line 3, column 11: flag `f`: a flag has at most 1000 rules"]);
    let many = (0..1_001).fold(Flag::new("f"), |flag, _| flag.rule(Rule::new()));
    let status = Flags::builder().flag(many).build().status();
    assert_eq!(status.problems()[0].message(), "a flag has at most 1000 rules");
}

#[test]
fn many_variants_requirements_and_weights_are_refused() {
    let variants = (0..1_001).fold(Flag::new("f"), |flag, number| flag.variant(number.to_string(), number));
    let required = (0..1_001).fold(Flag::new("g"), |flag, number| flag.requires(number.to_string()));
    let status = Flags::builder().flag(variants).flag(required.enabled(true)).build().status();
    let messages: Vec<&str> = status.problems().iter().map(feature_flags::Problem::message).collect();
    assert_eq!(messages, ["a flag has at most 1000 variants", "a flag has at most 1000 requirements"]);
}

#[test]
fn ten_megabytes_are_refused_before_they_are_parsed() {
    let text = format!("format = 1\n# {}", "x".repeat(10 << 20));
    assert!(matches!(Flags::from_toml(&text), Err(LoadError::TooLarge { .. })));
}

#[test]
fn depth_of_ten_thousand_is_refused_wherever_it_is() {
    for (open, close) in [("(", ")"), ("not ", "")] {
        let text = format!("format = 1\n[flags]\nf.when = '{}x{}'\n", open.repeat(10_000), close.repeat(10_000));
        assert!(problems(&text)[0].ends_with("an expression has at most 64 levels"));
    }
    let lists = format!("format = 1\nx = {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let tables = format!("format = 1\nx = {}1{}\n", "{a=".repeat(10_000), "}".repeat(10_000));
    let dotted = format!("format = 1\nx{} = 1\n", ".a".repeat(10_000));
    let headers = format!("format = 1\n[x{}]\n", ".a".repeat(10_000));
    for text in [lists, tables, dotted, headers] {
        let error = Flags::from_toml(&text).unwrap_err();
        assert!(matches!(error, LoadError::Malformed { line: 2, .. }), "{}: {error}", &text[..40]);
        assert!(error.to_string().ends_with(": at most 80 levels are read"), "{error}");
    }
    let nested =
        |levels| Flags::from_toml(&format!("format = 1\nmeta = {}{}\n", "[".repeat(levels), "]".repeat(levels)));
    assert!(nested(79).is_ok() && nested(82).is_err(), "the limit is about where the error says it is");
}

#[test]
fn a_huge_list_is_refused_where_a_segment_is_not() {
    let keys: Vec<String> = (0..50_000).map(|number| format!("\"{number}\"")).collect();
    let text = format!("format = 1\n[flags]\nf.when = 'x in [{}]'\n", keys.join(", "));
    assert!(problems(&text)[0].ends_with("an expression has at most 10000 terms and values"));
    let text = format!("format = 1\nsegments.s.keys = [{}]\n[flags]\nf.when = 'segment(\"s\")'\n", keys.join(", "));
    assert_eq!(problems(&text), Vec::<String>::new());
}

#[cfg(feature = "regex")]
#[test]
fn a_regular_expression_that_explodes_is_refused() {
    let text = "format = 1\n[flags]\nf.when = 'x matches r\"(((a{100}){100}){100}){100}\"'\n";
    let problems = problems(text);
    assert!(problems[0].contains("at most 1 MiB when compiled"), "{}", problems[0]);
}

#[test]
fn the_places_of_many_errors_on_one_line_are_right() {
    let flags: Vec<String> = (0..20_000).map(|number| format!("f{number:05} = {{ when = \"é =\" }}")).collect();
    let flags = Flags::from_toml(&format!("format = 1\nflags = {{ {} }}\n", flags.join(", "))).unwrap();
    let status = flags.status();
    assert_eq!(status.problems().len(), 20_000);
    for (number, problem) in status.problems().iter().enumerate() {
        // `flags = { ` has 10 characters, each flag 27 with the comma behind it, and its fault is 22 into it.
        assert_eq!((problem.line(), problem.column()), (2, 10 + number * 27 + 22), "{problem}");
    }
}
