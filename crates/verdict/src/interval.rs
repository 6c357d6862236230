//! From here to there.

/// Two bounds, the lower never above the upper.
///
/// ```
/// use verdict::{Alpha, Counts, fixed};
///
/// let interval = fixed::clopper_pearson(Counts::new(5, 1000)?, Alpha::FIVE_PERCENT);
/// assert!(interval.contains(0.005) && !interval.contains(0.02));
/// assert!(interval.lower() < interval.upper());
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// Puts two bounds together; where rounding has crossed them, both become the middle.
    pub(crate) fn new(lower: f64, upper: f64) -> Self {
        if lower <= upper {
            Self { lower, upper }
        } else {
            let middle = 0.5 * (lower + upper);
            Self { lower: middle, upper: middle }
        }
    }

    /// The lower end, in the unit of the function that made the interval.
    pub fn lower(self) -> f64 {
        self.lower
    }

    /// The upper end, in the same unit.
    pub fn upper(self) -> f64 {
        self.upper
    }

    /// Whether `value` is not excluded; the ends count.
    ///
    /// Unit: that of the ends. Assumption and reference: those of the function that made the interval. Cost: two
    /// comparisons.
    ///
    /// ```
    /// use verdict::{Alpha, Counts, fixed};
    ///
    /// let rate = fixed::wilson(Counts::new(50, 1_000)?, Alpha::FIVE_PERCENT);
    /// assert!(rate.contains(rate.lower()) && rate.contains(0.05) && !rate.contains(0.1));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}
