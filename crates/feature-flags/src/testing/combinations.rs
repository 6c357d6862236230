//! Every way that some flags can be.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::scope::Scope;
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

/// Runs a test in a [`Scope`] for every combination of the flags being on and off; at most 20 flags.
///
/// The test sees them on whatever handle it reads, and on the one that [`Scope::flags`] gives it. All combinations are run, and
/// those that failed are named in the end.
///
/// ```
/// use feature_flags::Flags;
/// use feature_flags::testing::run_all_combinations;
///
/// let flags = Flags::builder().build();
/// run_all_combinations(&["new-search", "dark-mode"], |_| {
///     let pages = if flags.enabled("new-search", &()) { 1 } else { 2 };
///     assert!(pages > 0);
///     flags.enabled("dark-mode", &());
/// });
/// ```
///
/// # Panics
/// If the test panics for one of them, or reads a flag that is not among them; or with more than 20 flags.
pub fn run_all_combinations(flags: &[&str], test: impl Fn(&Scope)) {
    run_each(all_combinations(flags), test);
}

/// Runs a test in a [`Scope`] for few combinations in which each two flags are met in every way; see [`pairwise`].
///
/// ```should_panic
/// use feature_flags::Flags;
/// use feature_flags::testing::run_pairwise;
///
/// let flags = Flags::builder().build();
/// let names = ["new-search", "dark-mode", "new-menu"];
/// // Fails, and says: 2 of 6 combinations failed, {"dark-mode": "off", "new-menu": ..
/// run_pairwise(&names, |scope| {
///     let flags = scope.flags(&flags);
///     assert!(!flags.enabled("new-search", &()) || flags.enabled("dark-mode", &()), "these two do not get along");
/// });
/// ```
///
/// # Panics
/// If the test panics for one of them, or reads a flag that is not among them.
pub fn run_pairwise(flags: &[&str], test: impl Fn(&Scope)) {
    run_each(pairwise(flags), test);
}

fn run_each(combinations: impl Iterator<Item = Overrides>, test: impl Fn(&Scope)) {
    let (mut failed, mut run) = (Vec::new(), 0);
    for overrides in combinations {
        run += 1;
        let scope = Scope::new(overrides.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| scope.run(|| test(&scope))));
        if let Err(panic) = outcome {
            failed.push(format!("{overrides:?}: {}", message(&*panic)));
        } else if let report @ [_, ..] = scope.report().undeclared() {
            failed.push(format!("{overrides:?}: flags were read that are not among them: {report:?}"));
        }
    }
    assert!(failed.is_empty(), "{} of {run} combinations failed\n{}", failed.len(), failed.join("\n"));
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}

fn overrides(flags: &[&str], on: impl Fn(usize) -> bool) -> Overrides {
    flags.iter().enumerate().fold(Overrides::new(), |all, (index, flag)| all.set(*flag, on(index)))
}
