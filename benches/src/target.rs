//! One line per target of a bench.

/// A target of a bench: ours as a ratio to a rival or to a bare baseline, measured in the same run.
///
/// ```
/// use cutover_benches::Target;
///
/// let target = Target { bench: "flags", case: "typed-on", ratio: 0.14, at_most: 0.17 };
/// assert_eq!(target.to_string(), "bench flags/typed-on: ratio 0.14, target 0.17, met");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a plain record that only benches build")]
pub struct Target<'a> {
    /// The bench, the word before the slash.
    pub bench: &'a str,
    /// The case within the bench.
    pub case: &'a str,
    /// Ours divided by the baseline's, below 1 when ours is smaller.
    pub ratio: f64,
    /// The largest ratio that still meets the target.
    pub at_most: f64,
}

impl std::fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bench, case, ratio, at_most } = self;
        let word = if ratio <= at_most { "met" } else { "missed" };
        write!(f, "bench {bench}/{case}: ratio {ratio:.2}, target {at_most:.2}, {word}")
    }
}
