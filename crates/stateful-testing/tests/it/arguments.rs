//! What generators of arguments make.

use std::collections::BTreeSet;

use proptest::prelude::{any, proptest};
use stateful_testing::Gen;
use stateful_testing::testing::generated;

proptest! {
    #[test]
    fn integers_stay_within_their_range(seed in any::<u64>(), a in any::<i64>(), b in any::<i64>()) {
        let (low, high) = (a.min(b), a.max(b));
        let drawn = generated(seed, |g| g.int(low..=high));
        assert!((low..=high).contains(&drawn));
    }

    #[test]
    fn lists_and_texts_have_the_length_they_should(seed in any::<u64>(), least in 0..5_usize, more in 0..5_usize) {
        let (list, text) = generated(seed, |g| (g.list(least..=least + more, Gen::bool), g.text(least..=least + more)));
        assert!((least..=least + more).contains(&list.len()));
        assert!((least..=least + more).contains(&text.chars().count()));
    }
}

#[test]
fn both_ends_of_a_large_range_come_up() {
    let drawn: BTreeSet<i32> = (0..1000).map(|seed| generated(seed, |g| g.int(..))).collect();
    assert!(drawn.contains(&i32::MIN) && drawn.contains(&i32::MAX) && drawn.contains(&0));
}

#[test]
fn the_same_seed_makes_the_same_values() {
    let make = |seed| generated(seed, |g| (g.text(0..=20), g.int::<u64>(..), g.option(Gen::char)));
    assert_eq!(make(7), make(7));
    assert_ne!(make(7), make(8));
}

// A seed that somebody wrote down must make the same sequence in the next version.
#[test]
fn golden_values_never_change() {
    let values =
        generated(42, |g| (g.int::<u64>(..), g.int(0..10_u8), g.bool(), g.text(4..=4), *g.pick(&[1, 2, 3, 4, 5])));
    assert_eq!(format!("{values:?}"), r#"(1031687, 7, true, "U^<g", 3)"#);
}

#[test]
fn every_item_is_picked_sooner_or_later() {
    let picked: BTreeSet<char> = (0..100).map(|seed| generated(seed, |g| *g.pick(&['a', 'b', 'c']))).collect();
    assert_eq!(picked.len(), 3);
}

#[cfg(feature = "proptest")]
#[test]
fn strategies_keep_their_limits() {
    use proptest::strategy::Strategy;

    let even = (0..1000_u32).prop_filter("even", |n| n % 2 == 0);
    for seed in 0..100 {
        let drawn = generated(seed, |g| g.strategy(&even));
        assert!(drawn < 1000 && drawn % 2 == 0);
    }
}
