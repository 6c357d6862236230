//! By which factor.

use crate::counts::count_f64;
use crate::mixture::NormalMixture;
use crate::{Alpha, Interval, OutOfRange};

/// The logarithms of the ratios `candidate / control` of durations, kept as count, mean and squared deviation.
///
/// Mergeable across threads and processes with [`LogRatios::and`], in 24 bytes. The method is Welford's
/// (Technometrics 4, 1962), the merging that of Chan, Golub and LeVeque (1979).
///
/// ```
/// use verdict::pairs::LogRatios;
///
/// let mut ratios = LogRatios::default();
/// ratios.record(0.200, 0.100)?; // seconds, or any other unit
/// ratios.record(0.400, 0.100)?;
/// assert!((ratios.mean().exp() - 1.0 / 8.0_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LogRatios {
    pairs: u64,
    mean: f64,
    squares: f64,
}

impl LogRatios {
    /// From counters that were kept as sums: of the logarithms `ln(candidate / control)`, and of their squares.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if a sum is not finite, or the squares' is negative.
    pub fn from_sums(pairs: u64, sum: f64, sum_of_squares: f64) -> Result<Self, OutOfRange> {
        if !sum.is_finite() {
            return Err(OutOfRange::Parameter { name: "sum", value: sum, expected: "a finite number" });
        }
        if !(0.0..f64::INFINITY).contains(&sum_of_squares) {
            let expected = "a finite number of at least 0";
            return Err(OutOfRange::Parameter { name: "sum_of_squares", value: sum_of_squares, expected });
        }
        if pairs == 0 {
            return Ok(Self::default());
        }
        let mean = sum / count_f64(pairs);
        Ok(Self { pairs, mean, squares: (sum_of_squares - sum * mean).max(0.0) })
    }

    /// Adds one run: the durations of control and candidate in the same unit.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if a duration is not a positive number. A clock that is too coarse gives zeros:
    /// count such a run in [`Signs`](super::Signs) only.
    pub fn record(&mut self, control: f64, candidate: f64) -> Result<(), OutOfRange> {
        let control = OutOfRange::positive("control", control)?;
        let candidate = OutOfRange::positive("candidate", candidate)?;
        self.add(candidate.ln() - control.ln());
        Ok(())
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.pairs == 0 {
            return other;
        }
        if other.pairs == 0 {
            return self;
        }
        let pairs = self.pairs.saturating_add(other.pairs);
        let weight = count_f64(other.pairs) / count_f64(pairs);
        let apart = other.mean - self.mean;
        Self {
            pairs,
            mean: self.mean + apart * weight,
            squares: self.squares + other.squares + apart * apart * weight * count_f64(self.pairs),
        }
    }

    /// How many pairs.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// The mean logarithm: negative if the candidate is faster; 0 without pairs.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the logarithms, at least 0.
    pub fn deviation(&self) -> f64 {
        if self.pairs == 0 { 0.0 } else { (self.squares / count_f64(self.pairs)).sqrt() }
    }

    fn add(&mut self, ln_ratio: f64) {
        self.pairs = self.pairs.saturating_add(1);
        let apart = ln_ratio - self.mean;
        self.mean += apart / count_f64(self.pairs);
        self.squares += apart * (ln_ratio - self.mean);
    }
}

/// Bounds on the mean logarithm of the ratio at all moments from [`LogRatioSequence::FIRST_LOOK`] pairs on.
///
/// *Asymptotic*: as for a t-test, the error probability is `alpha` in the limit of many pairs. Assumption:
/// independent pairs whose logarithms have a variance; a drift of the mean is allowed if the variances behave (the
/// statement is then about the mean so far).
///
/// The bound is `mean ± deviation √(2 (n q + 1) / (n² q) ln(√(n q + 1) / alpha))`, with `q` chosen for the number of
/// pairs at which it should be lowest. Reference: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform
/// central limit theory and asymptotic confidence sequences", Annals of Statistics 52(6), 2024.
///
/// ```
/// use verdict::{Alpha, pairs::{LogRatios, LogRatioSequence}};
///
/// let sequence = LogRatioSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
/// // 10,000 pairs, mean logarithm -0.1, standard deviation 0.5
/// let ratios = LogRatios::from_sums(10_000, -1_000.0, 2_600.0)?;
/// let factor = sequence.ratio(&ratios, Alpha::FIVE_PERCENT);
/// assert!(factor.contains((-0.1_f64).exp()) && factor.upper() < 0.93);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRatioSequence(NormalMixture);

impl LogRatioSequence {
    /// Before so many pairs nothing is said: the limit theorem has not set in.
    pub const FIRST_LOOK: u64 = 100;

    /// Lowest at about `pairs > 0` when used with `alpha`.
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Parameter`] if `pairs` is not a positive number.
    pub fn new(pairs: f64, alpha: Alpha) -> Result<Self, OutOfRange> {
        Ok(Self(NormalMixture::two_sided(OutOfRange::positive("pairs", pairs)?.clamp(1e-6, 1e15), alpha)?))
    }

    /// The mean of `ln(candidate / control)`, both sides together with confidence `1 - alpha`; the whole line before
    /// [`FIRST_LOOK`](Self::FIRST_LOOK). Cost: below 100 ns.
    ///
    /// Unit: natural logarithm, any number or infinite: negative is faster. Assumption and reference: those of the type.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{LogRatioSequence, LogRatios}};
    ///
    /// let sequence = LogRatioSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// let ratios = LogRatios::from_sums(10_000, -1_000.0, 2_600.0)?; // mean -0.1, deviation 0.5
    /// let mean = sequence.mean(&ratios, Alpha::FIVE_PERCENT);
    /// assert!(mean.contains(-0.1) && mean.upper() < 0.0);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn mean(&self, ratios: &LogRatios, alpha: Alpha) -> Interval {
        let reach = self.reach(ratios, alpha);
        Interval::new(ratios.mean() - reach, ratios.mean() + reach)
    }

    /// The same as a factor, `candidate / control`: below 1 is faster. Unit: none, from 0 to infinity.
    ///
    /// Assumption and reference: those of the type. Cost: below 150 ns.
    ///
    /// ```
    /// use verdict::{Alpha, pairs::{LogRatioSequence, LogRatios}};
    ///
    /// let sequence = LogRatioSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// let ratios = LogRatios::from_sums(10_000, -1_000.0, 2_600.0)?; // mean -0.1, deviation 0.5
    /// let factor = sequence.ratio(&ratios, Alpha::FIVE_PERCENT);
    /// assert!(factor.lower() > 0.8 && factor.upper() < 1.0);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn ratio(&self, ratios: &LogRatios, alpha: Alpha) -> Interval {
        let mean = self.mean(ratios, alpha);
        Interval::new(mean.lower().exp(), mean.upper().exp())
    }

    fn reach(&self, ratios: &LogRatios, alpha: Alpha) -> f64 {
        if ratios.pairs() < Self::FIRST_LOOK {
            return f64::INFINITY;
        }
        let n = count_f64(ratios.pairs());
        ratios.deviation() * self.0.bound(n, alpha) / n
    }
}
