//! Flags of every make, for properties of the model.

use std::time::{Duration, SystemTime};

#[cfg(feature = "edit")]
use feature_flags::{Band, FlagFile, Holdout, Layer, SegmentKeys};
use feature_flags::{Expression, Flag, FlagValue, Percent, Ramp, Rollout, Rule, Serve, Share};
use proptest::prelude::*;

/// Any flag whose parts fit together.
pub(crate) fn flag() -> impl Strategy<Value = Flag> {
    let names = prop::collection::btree_map(text(), value(), 0..4);
    let head = ("[a-zé][a-z.:é -]{0,12}", texts(), prop::option::of(value()), any::<(bool, bool)>());
    (head, names, prop::collection::vec(rule(), 0..4), any::<(bool, prop::sample::Index)>()).prop_map(
        |((name, texts, meta, (disabled, default)), variants, rules, (has_default, which))| {
            let names: Vec<String> = variants.keys().cloned().collect();
            let mut flag = Flag::new(name);
            for (name, value) in variants.into_iter().rev() {
                flag = flag.variant(name, value);
            }
            for rule in rules {
                flag = flag.rule(fitting(rule, &names));
            }
            let [description, owner, expires, salt, requires] = texts;
            flag = description.map_or(flag.clone(), |text| flag.description(text));
            flag = owner.map_or(flag.clone(), |text| flag.owner(text));
            flag = expires.map_or(flag.clone(), |text| flag.expires(text));
            flag = salt.map_or(flag.clone(), |text| flag.salt(text));
            flag = requires.map_or(flag.clone(), |text| flag.requires(text));
            flag = meta.map_or(flag.clone(), |meta| flag.meta(meta));
            if has_default && !names.is_empty() {
                flag = flag.default_variant(which.get(&names));
            }
            flag = flag.default_to(default);
            if disabled { flag.enabled(false) } else { flag }
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "[\\PC\"\\\\\n\t/]{0,8}"]
}

fn texts() -> impl Strategy<Value = [Option<String>; 5]> {
    prop::array::uniform5(prop::option::of(text()))
}

fn value() -> impl Strategy<Value = FlagValue> {
    let number = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    let leaf = prop_oneof![
        any::<bool>().prop_map(FlagValue::from),
        any::<i64>().prop_map(FlagValue::from),
        number.prop_map(FlagValue::from),
        text().prop_map(FlagValue::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(FlagValue::from),
            prop::collection::btree_map(text(), inner, 0..3).prop_map(|members| FlagValue::Table(members.into())),
        ]
    })
}

/// A rule, and how it serves a flag that has variants.
fn rule() -> impl Strategy<Value = (Rule, u8, u32, bool)> {
    let condition = prop::sample::select(vec![
        "staff",
        r#"country in ["US", "D\"E"] and not fold(plan) == "é\\""#,
        r#"app_version in v">=1.2, <2" or any(roles) starts_with "x""#,
        r#"group("a") or segment("b\n") or flag("c")"#,
        r#"now >= t"2026-12-01T08:00:00Z" and 12.5% by org.id salt "s""#,
        "x == 1.5 and y < -3 and true",
    ]);
    let condition = prop::option::of(condition.prop_map(|text| text.parse::<Expression>().unwrap()));
    (prop::option::of(text()), condition, prop::option::of(rollout()), any::<(u8, u32, bool)>()).prop_map(
        |(name, condition, rollout, (serve, weight, reversed))| {
            let mut rule = Rule::new();
            rule = name.map_or(rule.clone(), |name| rule.named(name));
            rule = condition.map_or(rule.clone(), |condition| rule.when(condition));
            rule = rollout.map_or(rule.clone(), |rollout| rule.rollout(rollout));
            (rule, serve, weight, reversed)
        },
    )
}

fn rollout() -> impl Strategy<Value = Rollout> {
    let percent = (0_u32..=100_000).prop_map(|share| Percent::from_thousandths(share).unwrap());
    let ramp = (percent.clone(), 0_u64..10_000_000, 0_u64..4_000_000_000, 0_u32..1_000_000_000);
    let ramp = ramp.prop_map(|(from, over, start, part)| {
        let start = SystemTime::UNIX_EPOCH + Duration::new(start, part);
        Rollout::ramp(Ramp::new(from, Percent::ALL, Duration::from_secs(over), start))
    });
    let amount = prop_oneof![percent.prop_map(Rollout::new), ramp];
    (amount, 0_u8..3, prop::option::of(text())).prop_map(|(rollout, basis, salt)| {
        let rollout = match basis {
            0 => rollout,
            1 => rollout.by("org.id"),
            _ => rollout.of_calls(),
        };
        salt.map_or(rollout.clone(), |salt| rollout.salt(salt))
    })
}

/// The rule, serving what the flag has.
fn fitting((rule, serve, weight, reversed): (Rule, u8, u32, bool), variants: &[String]) -> Rule {
    let weight = weight % 100_001;
    rule.serve(match (serve % 3, variants) {
        (0, _) => Serve::Off,
        (_, []) => Serve::On,
        (1, [first, ..]) | (_, [first]) => Serve::Variant(first.clone()),
        (_, [first, second, ..]) => {
            let share = |name: &String, weight| Share::new(name, Percent::from_thousandths(weight).unwrap());
            let mut shares = vec![share(first, weight), share(second, 100_000 - weight)];
            if reversed {
                shares.reverse();
            }
            Serve::Split(shares)
        }
    })
}

/// Any file: flags, segments with their keys, layers, holdouts and notes.
#[cfg(feature = "edit")]
pub(crate) fn file() -> impl Strategy<Value = FlagFile> {
    let path = prop::option::of(prop::sample::select(vec!["org.id", "user.country", "key"]));
    let segment = (prop::collection::vec(text(), 0..4), path.clone(), prop::option::weighted(0.2, "[a-z]{1,6}\\.txt"));
    let segments = prop::collection::vec((text(), segment), 0..3);
    let layers = prop::collection::vec((text(), layer(path.clone())), 0..3);
    let holdout = (0_u32..=100_000, path, prop::option::of(text()), prop::collection::vec(text(), 0..3), any::<u8>());
    let holdouts = prop::collection::vec((text(), holdout), 0..3);
    let flags = prop::collection::vec(flag(), 0..4);
    (prop::option::of(value()), segments, layers, holdouts, flags).prop_map(
        |(meta, segments, layers, holdouts, flags)| {
            let mut file = FlagFile::new();
            if let Some(meta) = meta {
                file = file.with_meta(meta).unwrap();
            }
            for (name, (keys, by, beside)) in segments {
                let keys = beside.map_or_else(|| SegmentKeys::listed(keys), SegmentKeys::in_file);
                file = file.with_segment(name, by.map_or(keys.clone(), |by| keys.by(by)));
            }
            let layer_names: Vec<String> = layers.iter().map(|(name, _)| name.clone()).collect();
            for (name, layer) in layers {
                file = file.with_layer(name, layer).unwrap();
            }
            for (name, (share, by, salt, flags, which)) in holdouts {
                let mut holdout = Holdout::new(Percent::from_thousandths(share).unwrap());
                holdout = by.map_or(holdout.clone(), |by| holdout.by(by));
                holdout = salt.map_or(holdout.clone(), |salt| holdout.salt(salt));
                holdout = flags.into_iter().fold(holdout, Holdout::flag);
                let named = layer_names.iter().enumerate().filter(|(bit, _)| which >> bit & 1 == 1);
                holdout = named.fold(holdout, |holdout, (_, layer)| holdout.layer(layer));
                file = file.with_holdout(name, holdout).unwrap();
            }
            flags.into_iter().fold(file, |file, flag| file.with(flag).unwrap())
        },
    )
}

#[cfg(feature = "edit")]
fn layer(path: impl Strategy<Value = Option<&'static str>>) -> impl Strategy<Value = Layer> {
    let cuts = prop::collection::btree_set(0_u32..=100_000, 0..8);
    (path, prop::option::of(text()), cuts, prop::collection::vec(text(), 1..4)).prop_map(|(by, salt, cuts, flags)| {
        let mut layer = Layer::new();
        layer = by.map_or(layer.clone(), |by| layer.by(by));
        layer = salt.map_or(layer.clone(), |salt| layer.salt(salt));
        let cuts: Vec<Percent> = cuts.into_iter().map(|cut| Percent::from_thousandths(cut).unwrap()).collect();
        let bands = cuts.windows(2).map(|pair| Band::new(pair[0], pair[1]).unwrap());
        for (flag, band) in flags.iter().cycle().zip(bands) {
            layer = layer.slot(flag, [band]).unwrap();
        }
        flags.into_iter().fold(layer, |layer, flag| layer.slot(flag, []).unwrap())
    })
}
