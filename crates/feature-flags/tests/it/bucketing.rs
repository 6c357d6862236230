use feature_flags::{Bucket, Flag, Flags, MapContext, Percent, Rollout, Rule};
use proptest::prelude::*;

use crate::people::{user, when};

#[test]
fn buckets_are_those_of_the_golden_vectors() {
    let mut rows = 0;
    for line in include_str!("../golden/buckets.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [salt, key, bucket] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(Bucket::of(salt, key).number().to_string(), bucket, "{line}");
        rows += 1;
    }
    assert_eq!(rows, 512);
}

#[test]
fn a_number_and_its_digits_are_the_same_key() {
    let flags = when("50%");
    for id in [0, 7, 42, u64::MAX] {
        let number = MapContext::new().with("id", id);
        let text = MapContext::new().with("id", id.to_string());
        assert_eq!(flags.enabled("f", &number), flags.enabled("f", &text), "{id}");
    }
}

#[test]
fn a_rollout_takes_in_the_buckets_below_its_share() {
    let bucket = Bucket::of("f", "42").number();
    let at = |thousandths| {
        let rollout = Rollout::new(Percent::from_thousandths(thousandths).unwrap());
        let flags = Flags::builder().flag(Flag::new("f").rule(Rule::new().rollout(rollout))).build();
        flags.enabled("f", &user(42))
    };
    assert!(!at(0) && !at(bucket) && at(bucket + 1) && at(100_000));
}

#[test]
fn pausing_and_starting_again_flips_nobody() {
    let on = |flag: Flag| -> Vec<bool> {
        let flags = Flags::builder().flag(flag).build();
        (0..500).map(|id| flags.enabled("f", &user(id))).collect()
    };
    let flag = Flag::new("f").rule(Rule::new().rollout("30%".parse().unwrap()));
    let before = on(flag.clone());
    assert!(before.contains(&true) && before.contains(&false));
    let paused = flag.enabled(false);
    assert!(!on(paused.clone()).contains(&true));
    assert_eq!(on(paused.enabled(true)), before);
    // Down and up again, too.
    assert!(
        on(Flag::new("f").rule(Rule::new().rollout("10%".parse().unwrap())))
            .iter()
            .zip(&before)
            .all(|(low, high)| high >= low)
    );
    assert_eq!(on(Flag::new("f").rule(Rule::new().rollout("30%".parse().unwrap()))), before);
}

#[test]
fn the_share_is_decided_by_what_is_named() {
    let by_organisation = when("50% by organisation.id");
    let share = |flags: &Flags| (0..1_000).filter(|id| flags.enabled("f", &user(*id))).count();
    assert!(matches!(share(&by_organisation), 0 | 1_000), "all of one organisation are on the same side");
    assert!((400..600).contains(&share(&when("50%"))));
    assert_eq!(share(&when("50%")), share(&when("50% by user.id")));
}

#[test]
fn flags_of_the_same_salt_take_in_the_same_keys() {
    let flags = Flags::from_toml(
        "format = 1\n[flags]\na = '30% salt \"s\"'\nc = '30%'\n[flags.b]\nsalt = \"s\"\nrollout = \"30%\"",
    )
    .unwrap();
    let on = |flag: &str| (0..1_000).filter(|id| flags.enabled(flag, &user(*id))).collect::<Vec<_>>();
    assert_eq!(on("a"), on("b"));
    assert_ne!(on("a"), on("c"));
}

proptest! {
    #[test]
    fn raising_a_share_never_takes_anybody_out(id: u64, salt in ".{0,8}", low in 0_u32..=100_000, high in 0_u32..=100_000) {
        let bucket = Bucket::of(&salt, &id.to_string());
        let within = |share: u32| bucket.is_within(Percent::from_thousandths(share).unwrap());
        prop_assert!(within(low.max(high)) || !within(low.min(high)));
    }

    #[test]
    fn a_percentage_is_printed_as_it_is_read(thousandths in 0_u32..=100_000) {
        let share = Percent::from_thousandths(thousandths).unwrap();
        prop_assert_eq!(share.to_string().parse(), Ok(share));
    }
}
