//! Every way that some flags can be.

use crate::Overrides;

/// Every combination of the flags being on and off: 2 to the power of their number, at most 2^20.
///
/// ```
/// use feature_flags::Flags;
/// use feature_flags::testing::all_combinations;
///
/// let flags = Flags::builder().build();
/// for overrides in all_combinations(&["new-search", "dark-mode"]) {
///     let flags = flags.overriding(overrides.clone());
///     let works = !flags.enabled("new-search", &()) || flags.enabled("new-search", &());
///     assert!(works, "with {overrides:?}");
/// }
/// assert_eq!(all_combinations(&["a", "b", "c"]).count(), 8);
/// ```
///
/// # Panics
/// With more than 20 flags; see [`pairwise`].
pub fn all_combinations<'a>(flags: &'a [&'a str]) -> impl Iterator<Item = Overrides> + 'a {
    assert!(flags.len() <= 20, "more than a million combinations: use `pairwise`");
    (0_u32..1 << flags.len()).map(|bits| overrides(flags, |index| bits >> index & 1 == 1))
}

/// Few combinations in which each two flags are met on and on, on and off, off and on, off and off.
///
/// Most faults of flags come from two that do not get along. It takes two combinations, and two more for each doubling
/// of the number of flags: 16 for 100 flags.
///
/// ```
/// use feature_flags::testing::pairwise;
///
/// let names: Vec<String> = (0..100).map(|number| format!("flag-{number}")).collect();
/// let names: Vec<&str> = names.iter().map(String::as_str).collect();
/// assert_eq!(pairwise(&names).count(), 16);
/// ```
pub fn pairwise<'a>(flags: &'a [&'a str]) -> impl Iterator<Item = Overrides> + 'a {
    // Two different numbers differ in a bit: the combinations of that bit, and of its opposite, tell the two apart.
    let bits = flags.len().saturating_sub(1).checked_ilog2().map_or(0, |bits| bits + 1);
    let alike = [false, true].into_iter().map(|on| overrides(flags, |_| on));
    let apart = (0..bits).flat_map(move |bit| {
        [0, 1].into_iter().map(move |opposite| overrides(flags, |index| index >> bit & 1 == opposite))
    });
    alike.chain(apart)
}

fn overrides(flags: &[&str], on: impl Fn(usize) -> bool) -> Overrides {
    flags.iter().enumerate().fold(Overrides::new(), |all, (index, flag)| all.set(*flag, on(index)))
}
