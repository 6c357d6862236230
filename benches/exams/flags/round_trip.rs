//! TOML to JSON to TOML is the identity on the model, for whole files.

use std::collections::BTreeMap;

use cutover_benches::{Exam, full_form};
use feature_flags::{
    Band, Flag, FlagFile, FlagValue, Holdout, Layer, Percent, Rollout, Rule, SegmentKeys, Serve, Share,
};

use crate::random::Random;

const CONDITIONS: [&str; 8] = [
    "staff",
    r#"country in ["US", "D\"E"] and not fold(plan) == "é\\""#,
    r#"app_version in v">=1.2, <2" or any(roles) starts_with "x""#,
    r#"group("a") or segment("b\n") or flag("c")"#,
    r#"now >= t"2026-12-01T08:00:00Z" and 12.5% by org.id salt "s""#,
    r#"ip in [ip"10.0.0.0/8", ip"::1"] or exists(x)"#,
    "x == 1.5 and y < -3 and true",
    "all(fold(tags)) ends_with 'z' or 3% of calls",
];
const ROLLOUTS: [&str; 5] = [
    "25%",
    "0.001% by org.id",
    r#"50% by id salt "a\"b""#,
    "7.5% of calls",
    r#"1% -> 100% over 7d from t"2026-12-01T08:00:00Z" by id"#,
];
const TEXTS: [&str; 12] =
    ["a", "new-search", "", " ", "été", "a.b", "\"", "'", "\\u", "line\nline", "\u{7f}\t", "true"];
const PATHS: [&str; 3] = ["org.id", "user.country", "key"];
const INTEGERS: [i64; 5] = [0, -1, 42, i64::MAX, i64::MIN];
const FLOATS: [f64; 6] = [0.0, -0.5, 1e300, 1e-300, 0.1, 12_345_678.9];
const VARIANTS: [&str; 3] = ["one", "two", "thréé"];

/// Thousands of random files, each written and read as TOML, then as JSON, then as TOML again.
pub(crate) fn examine(exam: &mut Exam) {
    let total = if full_form() { 100_000 } else { 2_000 };
    let mut random = Random(0xf11e);
    let right = (0..total).filter(|number| {
        let file = file(&mut random);
        let toml = file.to_toml();
        let there = FlagFile::from_toml(&toml).ok();
        let json = there.as_ref().map(FlagFile::to_json).unwrap_or_default();
        let back = FlagFile::from_json(&json).ok();
        let is_right = there.as_ref() == Some(&file)
            && back.as_ref() == Some(&file)
            && back.is_some_and(|back| back.to_toml() == toml);
        if !is_right {
            println!("  file {number}:\n{toml}\n{json}");
        }
        is_right
    });
    exam.part("round-trip", right.count(), total);
}

fn file(random: &mut Random) -> FlagFile {
    let mut file = FlagFile::new();
    if random.once_in(3) {
        file = file.with_meta(value(random, 3)).expect("its numbers are finite");
    }
    for _ in 0..random.below(3) {
        file = file.with_segment(text(random), segment(random));
    }
    for _ in 0..random.below(3) {
        file = file.with_layer(text(random), layer(random)).expect("it buckets by an attribute");
    }
    let layers: Vec<String> = file.layers().map(|(name, _)| name.to_owned()).collect();
    for _ in 0..random.below(3) {
        file = file.with_holdout(text(random), holdout(random, &layers)).expect("its layers are there");
    }
    for _ in 0..random.below(5) {
        file = file.with(flag(random)).expect("its parts fit together");
    }
    file
}

fn text(random: &mut Random) -> String {
    (0..=random.below(2)).map(|_| *random.one_of(&TEXTS)).collect()
}

fn percent(random: &mut Random) -> Percent {
    let thousandths = u32::try_from(random.below(100_001)).expect("at most 100,000");
    Percent::from_thousandths(thousandths).expect("at most 100 %")
}

/// At most `depth` levels deep.
fn value(random: &mut Random, depth: usize) -> FlagValue {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 => FlagValue::from(random.once_in(2)),
        1 => FlagValue::from(*random.one_of(&INTEGERS)),
        2 => FlagValue::from(*random.one_of(&FLOATS)),
        3 => FlagValue::from(text(random)),
        4 => FlagValue::from((0..random.below(4)).map(|_| value(random, depth - 1)).collect::<Vec<_>>()),
        _ => {
            let members = (0..random.below(4)).map(|_| (text(random), value(random, depth - 1)));
            FlagValue::Table(members.collect::<BTreeMap<_, _>>().into())
        }
    }
}

fn segment(random: &mut Random) -> SegmentKeys {
    let keys = if random.once_in(4) {
        SegmentKeys::in_file("members.txt")
    } else {
        SegmentKeys::listed((0..random.below(5)).map(|_| text(random)).collect::<Vec<_>>())
    };
    if random.once_in(2) { keys.by(*random.one_of(&PATHS)) } else { keys }
}

fn layer(random: &mut Random) -> Layer {
    let mut layer = Layer::new();
    if random.once_in(2) {
        layer = layer.by(*random.one_of(&PATHS));
    }
    if random.once_in(3) {
        layer = layer.salt(text(random));
    }
    let mut cuts: Vec<Percent> = (0..random.below(8)).map(|_| percent(random)).collect();
    cuts.sort_unstable();
    for pair in cuts.chunks_exact(2) {
        let band = Band::new(pair[0], pair[1]).expect("they are sorted");
        layer = layer.slot(text(random), [band]).expect("no two of them overlap");
    }
    layer.slot(text(random), []).expect("nothing is added")
}

fn holdout(random: &mut Random, layers: &[String]) -> Holdout {
    let mut holdout = Holdout::new(percent(random));
    for _ in 0..random.below(3) {
        holdout = holdout.flag(text(random));
    }
    for layer in layers {
        holdout = if random.once_in(2) { holdout.layer(layer) } else { holdout };
    }
    if random.once_in(3) { holdout.salt(text(random)) } else { holdout }
}

fn flag(random: &mut Random) -> Flag {
    let mut flag = Flag::new(format!("flag {}", text(random).replace(char::is_control, "-")));
    let texts: [fn(Flag, String) -> Flag; 5] =
        [Flag::description, Flag::owner, Flag::expires, Flag::salt, Flag::requires];
    for set in texts {
        flag = if random.once_in(4) { set(flag, text(random)) } else { flag };
    }
    if random.once_in(4) {
        flag = flag.meta(value(random, 2));
    }
    let variants: &[&str] = if random.once_in(2) { &VARIANTS } else { &[] };
    for name in variants {
        flag = flag.variant(*name, value(random, 2));
    }
    if !variants.is_empty() && random.once_in(2) {
        flag = flag.default_variant(*random.one_of(variants));
    }
    flag = flag.default_to(random.once_in(3));
    for _ in 0..random.below(4) {
        flag = flag.rule(rule(random, variants));
    }
    match random.below(4) {
        0 => flag.enabled(false),
        // A flag that is turned on has a rule for all, which serves no variant.
        1 if variants.is_empty() => flag.enabled(true),
        _ => flag,
    }
}

fn rule(random: &mut Random, variants: &[&str]) -> Rule {
    let mut rule = Rule::new();
    if random.once_in(3) {
        rule = rule.named(text(random));
    }
    if random.once_in(2) {
        rule = rule.when(random.one_of(&CONDITIONS).parse().expect("a condition"));
    }
    if random.once_in(2) {
        rule = rule.rollout(random.one_of(&ROLLOUTS).parse::<Rollout>().expect("a rollout"));
    }
    rule.serve(match (variants, random.below(3)) {
        (_, 0) => Serve::Off,
        ([], _) => Serve::On,
        ([first, second, ..], 1) => {
            let share = percent(random);
            let rest = Percent::from_thousandths(100_000 - share.thousandths()).expect("at most 100 %");
            let mut shares = vec![Share::new(*first, share), Share::new(*second, rest)];
            if random.once_in(2) {
                shares.reverse();
            }
            Serve::Split(shares)
        }
        (variants, _) => Serve::Variant((*random.one_of(variants)).to_owned()),
    })
}
