use std::collections::BTreeMap;

use feature_flags::{Answer, Band, Bucket, Flag, Flags, Holdout, Layer, LintKind, MapContext, Percent, Reason, Rule};
use proptest::prelude::*;

use crate::people::user;

const FILE: &str = r#"
format = 1

[layers.checkout]
flags = { new-button = "0%..30%", new-form = ["40%..50%", "90%..100%"], sketch = [] }

[layers.teams]
by = "org.id"
salt = "2026"
flags = { sketch = "50%..100%", in-code = "0%..50%" }

[holdouts.q4]
share = "10%"
flags = ["menu"]
layers = ["checkout"]

[flags]
new-button = true
new-form = "50% by id"
sketch = true
menu = true
gone = false
wrong = { when = "x =", default = true }
"#;

fn flags() -> Flags {
    Flags::builder().define("in-code", |_: &crate::people::User| true).toml(FILE).unwrap()
}

fn within(layer: &str, id: u32, from: u32, to: u32) -> bool {
    (from..to).contains(&Bucket::of(layer, &id.to_string()).number())
}

#[test]
fn a_flag_is_on_only_within_its_slot_and_outside_its_holdouts() {
    let flags = flags();
    for id in 0..2_000 {
        let held = within("holdouts/q4", id, 0, 10_000);
        let reason = |flag, rule| {
            if held {
                Reason::Holdout
            } else {
                let inside = match flag {
                    "new-button" => within("layers/checkout", id, 0, 30_000),
                    _ => {
                        within("layers/checkout", id, 40_000, 50_000) || within("layers/checkout", id, 90_000, 100_000)
                    }
                };
                if inside { rule } else { Reason::Layer }
            }
        };
        let decision = flags.decide("new-button", &("id", id));
        assert_eq!(decision.reason(), reason("new-button", Reason::Fixed));
        assert_eq!(decision.enabled(), decision.reason() == Reason::Fixed);
        let by_rule = if within("new-form", id, 0, 50_000) { Reason::Rule { number: 1 } } else { Reason::NoRule };
        assert_eq!(flags.decide("new-form", &("id", id)).reason(), reason("new-form", by_rule));
        let decision = flags.decide("menu", &("id", id));
        assert_eq!((decision.enabled(), decision.reason() == Reason::Holdout), (!held, held));
    }
}

#[test]
fn sources_serve_layers_and_holdouts_too() {
    let source = feature_flags::EmbeddedSource::new(FILE);
    let served = Flags::builder().source(source).unwrap();
    let read = Flags::from_toml(FILE).unwrap();
    let reasons = |flags: &Flags| -> Vec<Reason> {
        (0..500)
            .flat_map(|id| ["new-button", "new-form", "menu"].map(|flag| flags.decide(flag, &("id", id)).reason()))
            .collect()
    };
    assert_eq!(reasons(&served), reasons(&read));
    assert!(reasons(&served).contains(&Reason::Layer) && reasons(&served).contains(&Reason::Holdout));
}

#[test]
fn who_cannot_be_bucketed_gets_through_no_gate() {
    let flags = flags();
    assert_eq!(flags.decide("menu", &()).reason(), Reason::Holdout);
    assert_eq!(flags.decide("sketch", &("org.id", "acme")).reason(), Reason::Holdout);
    let holding = Holdout::new(Percent::NONE).flag("f");
    let flags = Flags::builder().holdout("nobody", holding).flag(Flag::new("f").enabled(true)).build();
    assert_eq!(flags.decide("f", &()).reason(), Reason::Holdout);
    assert!(flags.enabled("f", &("id", 1)));
}

#[test]
fn flags_in_code_broken_flags_and_requirements_are_behind_gates_too() {
    let half = |flag: &str| Layer::new().slot(flag, ["0%..50%".parse().unwrap()]).unwrap();
    let layer = half("in-code").slot("wrong", ["50%..60%".parse().unwrap()]).unwrap();
    let flags = Flags::builder()
        .define("in-code", |_: &crate::people::User| true)
        .layer("l", layer)
        .toml("format = 1\n[flags]\nwrong = { when = 'x =', default = true }\nneeds = { requires = ['in-code'], enabled = true }")
        .unwrap();
    for id in 0..500 {
        let bucket = Bucket::of("layers/l", &id.to_string()).number();
        let decision = flags.decide("in-code", &user(id));
        assert_eq!(decision.reason(), if bucket < 50_000 { Reason::Function } else { Reason::Layer });
        let decision = flags.decide("wrong", &user(id));
        let inside = (50_000..60_000).contains(&bucket);
        assert_eq!(
            (decision.enabled(), decision.reason()),
            if inside { (true, Reason::Broken) } else { (false, Reason::Layer) }
        );
        let decision = flags.decide("needs", &user(id));
        assert_eq!(decision.reason(), if bucket < 50_000 { Reason::Rule { number: 1 } } else { Reason::Requirement });
    }
    let off = flags.overriding(feature_flags::Overrides::new().on("in-code"));
    assert!((0..100).all(|id| off.enabled("in-code", &user(id))), "overrides come before everything");
}

#[test]
fn every_outcome_is_counted_with_its_reason() {
    let flags = flags();
    for id in 0..1_000 {
        for flag in ["new-button", "new-form", "menu", "gone", "in-code"] {
            let _answer = flags.enabled(flag, &("id", id));
        }
    }
    let mut counted: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for usage in flags.usage() {
        *counted.entry((usage.flag, usage.reason)).or_default() += usage.count;
        assert!(!(usage.enabled && matches!(usage.reason, "holdout" | "layer")));
    }
    let count = |flag: &str, reason| counted.get(&(flag.to_owned(), reason)).copied().unwrap_or_default();
    let held = (0..1_000).filter(|id| within("holdouts/q4", *id, 0, 10_000)).count() as u64;
    assert_eq!((count("menu", "holdout"), count("menu", "fixed")), (held, 1_000 - held));
    assert_eq!(count("new-button", "holdout") + count("new-button", "layer") + count("new-button", "fixed"), 1_000);
    assert_eq!(
        count("new-form", "rule")
            + count("new-form", "no_rule")
            + count("new-form", "holdout")
            + count("new-form", "layer"),
        1_000
    );
    assert!(count("new-form", "rule") > 0 && count("new-form", "no_rule") > 0);
    assert_eq!((count("gone", "disabled"), count("in-code", "layer")), (1_000, 1_000), "no organisation, no slot");
}

#[test]
fn explanations_name_the_gates_and_the_nearest_change() {
    let flags = flags();
    let find = |reason| (0..10_000).find(|id: &u32| flags.decide("new-form", &("id", *id)).reason() == reason).unwrap();
    let outside = find(Reason::Layer);
    let bucket = Bucket::of("layers/checkout", &outside.to_string());
    let explanation = flags.explain("new-form", &("id", outside));
    assert_eq!(
        explanation.to_string(),
        format!(
            "new-form is off: its layer keeps it off; bucket {bucket} is not within 40%..50% or 90%..100% of layer \"checkout\""
        )
    );
    assert_eq!((explanation.gates()[0].answer, explanation.gates()[1].answer), (Answer::True, Answer::False));
    assert_eq!(explanation.rules().len(), 1, "what comes behind the gates is explained too");
    let tree = format!("{explanation:#}");
    assert!(tree.contains("\n  outside the 10% of holdout \"q4\": true, bucket "), "{tree}");
    assert!(
        tree.contains(&format!("\n  within 40%..50% or 90%..100% of layer \"checkout\": false, bucket {bucket}")),
        "{tree}"
    );
    let held = find(Reason::Holdout);
    let bucket = Bucket::of("holdouts/q4", &held.to_string());
    let line = flags.explain("menu", &("id", held)).to_string();
    assert_eq!(
        line,
        format!("menu is off: a holdout keeps it off; bucket {bucket} is not outside the 10% of holdout \"q4\"")
    );
    assert_eq!(
        flags.explain("menu", &()).to_string(),
        "menu is off: a holdout keeps it off; the context has no key, and it wants one outside the 10% of holdout \"q4\""
    );
    let nobody = flags.explain("sketch", &MapContext::new().with("id", 1_u8).with("org.id", "a")).to_string();
    assert!(nobody.contains("within its slot of layer \"checkout\", which is empty"), "{nobody}");
}

#[test]
fn what_is_wrong_with_layers_and_holdouts_is_said_with_its_place() {
    for (text, error) in [
        ("[layers]\nl = 3", "line 3, column 5: layer `l`: expected a table with `flags`, found a number"),
        ("[layers.l]", "line 2, column 1: layer `l`: expected `flags`"),
        ("[layers.l]\nflag = {}", "line 3, column 1: layer `l`: unknown key `flag`, did you mean `flags`?"),
        (
            "[layers.l]\nflags = { a = '5%' }",
            "line 3, column 15: layer `l`: expected a range such as `0%..30%`, in steps of 0.001%",
        ),
        (
            "[layers.l]\nflags = { a = '0%..30%', b = ['40%..50%', '20%..31%'] }",
            "line 3, column 43: layer `l`: 20%..31% of `b` overlaps 0%..30% of `a`",
        ),
        (
            "[layers.l]\nflags = { a = ['0%..30%', '10%..12%'] }",
            "line 3, column 27: layer `l`: 10%..12% of `a` overlaps 0%..30% of `a`",
        ),
        (
            "[layers.l]\nflags = { a = '30%..0%' }",
            "line 3, column 15: layer `l`: a range such as `0%..30%` does not end before it begins",
        ),
        ("[layers.l]\nby = 'a b'\nflags = {}", "line 3, column 6: layer `l`: expected the name of an attribute"),
        ("[holdouts.h]\nflags = []", "line 2, column 1: holdout `h`: expected a `share`"),
        ("[holdouts.h]\nshare = '5'", "line 3, column 9: holdout `h`: expected a percentage such as `25%` or `0.5%`"),
        (
            "[layers.checkout]\nflags = {}\n[holdouts.h]\nshare = '5%'\nlayers = ['chekout']",
            "line 6, column 11: holdout `h`: there is no layer `chekout`, did you mean `checkout`?",
        ),
        ("[layer.l]", "line 2, column 2: unknown key `layer`, did you mean `layers`?"),
    ] {
        assert_eq!(Flags::from_toml(&format!("format = 1\n{text}")).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn a_file_replaces_layers_and_holdouts_of_code_by_name() {
    let code = Flags::builder()
        .layer("l", Layer::new().slot("a", ["0%..0%".parse().unwrap()]).unwrap())
        .holdout("h", Holdout::new(Percent::ALL).flag("a").layer("nowhere"))
        .flag(Flag::new("a").enabled(true));
    let lints = code.toml("format = 1\n[layers.l]\nflags = { a = '0%..100%' }").unwrap();
    assert!(
        lints
            .lint()
            .iter()
            .any(|lint| lint.to_string() == "layer `nowhere`: holdout `h` names a layer that does not exist")
    );
    assert!(lints.lint().iter().any(|lint| lint.kind == LintKind::NobodyGetsThrough), "of the holdout in code");
    let code = Flags::builder()
        .layer("l", Layer::new().slot("a", ["0%..0%".parse().unwrap()]).unwrap())
        .flag(Flag::new("a").enabled(true));
    assert!(code.toml("format = 1\n[layers.l]\nflags = { a = '0%..100%' }").unwrap().enabled("a", &("id", 1)));
}

/// Slots that do not overlap, from cuts.
fn slots() -> impl Strategy<Value = Vec<(u8, Band)>> {
    prop::collection::btree_set(0_u32..=100_000, 2..12).prop_flat_map(|cuts| {
        let cuts: Vec<u32> = cuts.into_iter().collect();
        let pairs: Vec<(u32, u32)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let owners = prop::collection::vec(0_u8..5, pairs.len());
        owners.prop_map(move |owners| {
            let percent = |thousandths| Percent::from_thousandths(thousandths).unwrap();
            let band = |(from, to): &(u32, u32)| Band::new(percent(*from), percent(*to)).unwrap();
            owners.into_iter().zip(pairs.iter().map(band)).collect()
        })
    })
}

fn layered(slots: &[(u8, Band)]) -> Flags {
    // A flag without a slot would not be of the layer at all.
    let layer = (0..5).fold(Layer::new(), |layer, flag| layer.slot(format!("f{flag}"), []).unwrap());
    let layer = slots.iter().fold(layer, |layer, (flag, band)| layer.slot(format!("f{flag}"), [*band]).unwrap());
    let builder =
        (0..5).fold(Flags::builder(), |builder, flag| builder.flag(Flag::new(format!("f{flag}")).enabled(true)));
    builder.layer("l", layer).build()
}

proptest! {
    #[test]
    fn never_two_flags_of_a_layer_are_on_for_one_key(slots in slots(), ids in prop::collection::vec(any::<u64>(), 50)) {
        let flags = layered(&slots);
        for id in ids {
            let on = (0..5).filter(|flag| flags.enabled(&format!("f{flag}"), &("id", id))).count();
            prop_assert!(on <= 1);
            let bucket = Bucket::of("layers/l", &id.to_string());
            prop_assert_eq!(on == 1, slots.iter().any(|(_, band)| band.holds(bucket)));
        }
    }

    #[test]
    fn making_a_slot_larger_flips_nobody_out(slots in slots(), at in any::<prop::sample::Index>(), by in 1_u32..5_000) {
        let (before, mut larger) = (layered(&slots), slots.clone());
        let (flag, band) = larger[at.index(slots.len())];
        let room = slots.iter().map(|(_, other)| other.from()).filter(|from| *from >= band.to()).min().unwrap_or(Percent::ALL);
        let to = Percent::from_thousandths((band.to().thousandths() + by).min(room.thousandths())).unwrap();
        larger[at.index(slots.len())] = (flag, Band::new(band.from(), to).unwrap());
        let after = layered(&larger);
        for id in 0..200_u32 {
            for flag in 0..5 {
                let name = format!("f{flag}");
                prop_assert!(after.enabled(&name, &("id", id)) || !before.enabled(&name, &("id", id)));
            }
        }
    }

    #[test]
    fn overlapping_slots_are_refused_whatever_their_order(slots in slots(), at in any::<prop::sample::Index>(), flag: u8) {
        let layer = slots.iter().rev().fold(Layer::new(), |layer, (flag, band)| layer.slot(format!("f{flag}"), [*band]).unwrap());
        let (_, band) = slots[at.index(slots.len())];
        let name = format!("f{flag}");
        prop_assert!(layer.slot(name, [band]).is_err());
    }

    #[test]
    fn a_holdout_is_stable(small in 0_u32..=100_000, more in 0_u32..=100_000, ids in prop::collection::vec(any::<u64>(), 50)) {
        let (small, large) = (small.min(more), small.max(more));
        let held = |share, flag: &str, rule: Rule| {
            let holdout = Holdout::new(Percent::from_thousandths(share).unwrap()).flag("a").flag("b");
            Flags::builder().holdout("h", holdout).flag(Flag::new(flag).rule(rule)).build()
        };
        let before = held(small, "a", Rule::new());
        let after = held(large, "a", Rule::new());
        let other = held(small, "b", Rule::new().rollout("50%".parse().unwrap()));
        for id in ids {
            let is_held = |flags: &Flags, flag| flags.decide(flag, &("id", id)).reason() == Reason::Holdout;
            prop_assert!(is_held(&after, "a") || !is_held(&before, "a"), "raising it takes nobody back");
            prop_assert_eq!(is_held(&before, "a"), is_held(&other, "b"), "the same keys for all its flags");
            prop_assert_eq!(is_held(&before, "a"), Bucket::of("holdouts/h", &id.to_string()).number() < small);
        }
    }

    #[test]
    fn explanations_agree_behind_gates(slots in slots(), share in 0_u32..=100_000, id: u64, keyless: bool) {
        let layer = slots.iter().fold(Layer::new(), |layer, (flag, band)| layer.slot(format!("f{flag}"), [*band]).unwrap());
        let holdout = Holdout::new(Percent::from_thousandths(share).unwrap()).layer("l");
        let rule = Rule::new().rollout("50%".parse().unwrap());
        let flags = Flags::builder().layer("l", layer).holdout("h", holdout).flag(Flag::new("f0").rule(rule)).build();
        let context = if keyless { MapContext::new() } else { MapContext::new().with("id", id) };
        let (decision, explanation) = (flags.decide("f0", &context), flags.explain("f0", &context));
        prop_assert_eq!((explanation.enabled(), explanation.reason()), (decision.enabled(), decision.reason()));
        let through = explanation.gates().iter().all(|gate| gate.answer == Answer::True);
        prop_assert_eq!(through, !matches!(decision.reason(), Reason::Holdout | Reason::Layer));
    }
}
