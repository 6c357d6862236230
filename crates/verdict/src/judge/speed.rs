//! Which is faster?

use super::needed;
use crate::pairs::{LogRatioSequence, LogRatios, SignSequence, Signs};
use crate::quantile::{Bucket, Quantile, QuantileSequence};
use crate::{Alpha, Interval, OutOfRange, Rate};

/// What is asked before looking: faster or slower, where a difference within `within` does not matter.
///
/// ```
/// use verdict::judge::{SpeedClaim, SpeedFinding};
/// use verdict::pairs::{LogRatios, LogRatioSequence};
/// use verdict::{Alpha, Rate};
///
/// let claim = SpeedClaim::new(Rate::new(0.05)?, Alpha::FIVE_PERCENT);
/// let sequence = LogRatioSequence::new(10_000.0, Alpha::FIVE_PERCENT)?;
/// let ratios = LogRatios::from_sums(10_000, -5_276.0, 3_100.0)?;
/// let verdict = claim.judge_pairs(&sequence, &ratios);
/// assert_eq!(verdict.finding(), SpeedFinding::Faster);
/// assert_eq!(verdict.to_string(), "10,000 runs: typically 41 % faster (40.6-41.4 %; 95 %, at any time)");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedClaim {
    within: Rate,
    alpha: Alpha,
}

/// What is found on a [`SpeedClaim`].
///
/// ```
/// use verdict::judge::{SpeedClaim, SpeedFinding};
/// use verdict::pairs::{SignSequence, Signs};
/// use verdict::{Alpha, Rate};
///
/// let claim = SpeedClaim::new(Rate::new(0.05)?, Alpha::FIVE_PERCENT);
/// let sequence = SignSequence::new(10_000.0, Alpha::FIVE_PERCENT)?;
/// let found = claim.judge_signs(&sequence, Signs::new(6, 4, 0)).finding();
/// assert!(matches!(found, SpeedFinding::Undecided { .. }));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpeedFinding {
    /// The candidate is faster.
    Faster,
    /// The candidate is slower.
    Slower,
    /// Whatever the difference is, it is within what was said not to matter. Goes before the other two.
    Equivalent,
    /// Nothing of this is known yet.
    #[non_exhaustive]
    Undecided {
        /// About how many more runs it takes if things go on as they are; `None` where that cannot be told.
        more_runs: Option<u64>,
    },
}

/// What a [`SpeedVerdict`] measures.
///
/// ```
/// use verdict::judge::SpeedMeasure;
/// use verdict::quantile::Quantile;
///
/// let is_about_the_tail = |measure| matches!(measure, SpeedMeasure::QuantileRatio(quantile) if quantile.level() > 0.9);
/// assert!(is_about_the_tail(SpeedMeasure::QuantileRatio(Quantile::P95)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SpeedMeasure {
    /// The geometric mean of `candidate / control` over the runs.
    TypicalRatio,
    /// `candidate / control` of a quantile over all runs.
    QuantileRatio(Quantile),
    /// The share of runs in which the candidate was faster, ties left out.
    FasterShare,
}

/// A verdict on speed, with what it is about. Prints in words; `{:#}` leaves out the number of runs, for a sentence that
/// has said it.
///
/// ```
/// use verdict::judge::{SpeedClaim, SpeedMeasure};
/// use verdict::pairs::{SignSequence, Signs};
/// use verdict::{Alpha, Rate};
///
/// let claim = SpeedClaim::new(Rate::new(0.05)?, Alpha::FIVE_PERCENT);
/// let verdict = claim.judge_signs(&SignSequence::new(10_000.0, Alpha::FIVE_PERCENT)?, Signs::new(900, 100, 0));
/// assert_eq!(verdict.measure(), SpeedMeasure::FasterShare);
/// assert!(verdict.to_string().starts_with("1,000 runs: faster in 90 % of them ("), "{verdict}");
/// assert!(format!("{verdict:#}").starts_with("faster in 90 % of the runs ("), "{verdict:#}");
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedVerdict {
    claim: SpeedClaim,
    measure: SpeedMeasure,
    runs: u64,
    estimate: f64,
    bounds: Interval,
    finding: SpeedFinding,
}

impl SpeedClaim {
    /// A question whose answer may call durations equivalent that differ by a factor within `1 / (1 + within)` and `1
    /// + within`; 0 calls none equivalent. Each verdict is ever wrong with probability at most alpha.
    ///
    /// For several candidates, cohorts or quantiles [`split`](Alpha::split) alpha first.
    pub fn new(within: Rate, alpha: Alpha) -> Self {
        Self { within, alpha }
    }

    /// The difference that does not matter, relative.
    pub fn within(&self) -> Rate {
        self.within
    }

    /// The error probability, over all looks.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// By which factor the candidate is typically faster or slower.
    ///
    /// Assumption: that of [`LogRatioSequence`]. Cost: below 500 ns.
    ///
    /// Unit: the factor `candidate / control`. Reference: that of [`LogRatioSequence`].
    ///
    /// ```
    /// use verdict::judge::{SpeedClaim, SpeedFinding};
    /// use verdict::pairs::{LogRatioSequence, LogRatios};
    /// use verdict::{Alpha, Rate};
    ///
    /// let claim = SpeedClaim::new(Rate::new(0.05)?, Alpha::FIVE_PERCENT);
    /// let sequence = LogRatioSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// let slower = LogRatios::from_sums(1_000, 500.0, 300.0)?;
    /// assert_eq!(claim.judge_pairs(&sequence, &slower).finding(), SpeedFinding::Slower);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn judge_pairs(&self, sequence: &LogRatioSequence, ratios: &LogRatios) -> SpeedVerdict {
        let bounds = sequence.ratio(ratios, self.alpha);
        self.by_ratio(SpeedMeasure::TypicalRatio, ratios.pairs(), ratios.mean().exp(), bounds)
    }

    /// By which factor a quantile of the candidate's durations is below or above that of the control's, from their
    /// histograms.
    ///
    /// Either side is bounded at half of alpha, so the two may hang together in any way. Assumption: that of
    /// [`QuantileSequence`]; the edges must be positive for a ratio to exist (a first bucket from 0 leaves that side
    /// open). Cost: below 25 µs and four passes over the buckets.
    ///
    /// Unit: the factor `candidate / control`. Reference: that of [`QuantileSequence`].
    ///
    /// ```
    /// use verdict::judge::{SpeedClaim, SpeedFinding};
    /// use verdict::quantile::{Bucket, Quantile, QuantileSequence};
    /// use verdict::{Alpha, Rate};
    ///
    /// let claim = SpeedClaim::new(Rate::new(0.05)?, Alpha::FIVE_PERCENT);
    /// let p95 = QuantileSequence::new(Quantile::P95, 10_000.0, Alpha::FIVE_PERCENT)?;
    /// let control = [Bucket::new(10.0, 90.0, 9_000), Bucket::new(90.0, 100.0, 900), Bucket::new(100.0, 400.0, 100)];
    /// let candidate = [Bucket::new(10.0, 60.0, 9_000), Bucket::new(60.0, 66.0, 900), Bucket::new(66.0, 400.0, 100)];
    /// let verdict = claim.judge_quantile(&p95, control, candidate)?;
    /// assert_eq!(verdict.finding(), SpeedFinding::Faster);
    /// assert_eq!(verdict.to_string(), "10,000 runs: p95 33.7 % faster (26.6-40 %; 95 %, at any time)");
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfRange::Buckets`] if the buckets of either side do not ascend.
    pub fn judge_quantile<I, J>(
        &self,
        sequence: &QuantileSequence,
        control: I,
        candidate: J,
    ) -> Result<SpeedVerdict, OutOfRange>
    where
        I: IntoIterator<Item = Bucket>,
        I::IntoIter: Clone,
        J: IntoIterator<Item = Bucket>,
        J::IntoIter: Clone,
    {
        let each = self.alpha.half();
        let control = sequence.of_buckets(control, each)?;
        let candidate = sequence.of_buckets(candidate, each)?;
        let runs = control.observations().min(candidate.observations());
        let (below, above) = (control.bounds(), candidate.bounds());
        let bounds = Interval::new(
            ratio(above.lower(), below.upper()).unwrap_or(0.0),
            ratio(above.upper(), below.lower()).unwrap_or(f64::INFINITY),
        );
        let estimate = ratio(candidate.estimate(), control.estimate()).unwrap_or(1.0);
        Ok(self.by_ratio(SpeedMeasure::QuantileRatio(sequence.quantile()), runs, estimate, bounds))
    }

    /// In which share of the runs the candidate is faster; "equivalent" is a share within `1/2 ± within`.
    ///
    /// Assumption: that of [`SignSequence::faster_share`]. Cost: below 10 µs.
    ///
    /// Reference: that of [`SignSequence`].
    ///
    /// ```
    /// use verdict::judge::{SpeedClaim, SpeedFinding};
    /// use verdict::pairs::{SignSequence, Signs};
    /// use verdict::{Alpha, Rate};
    ///
    /// let claim = SpeedClaim::new(Rate::new(0.02)?, Alpha::FIVE_PERCENT);
    /// let sequence = SignSequence::new(1_000.0, Alpha::FIVE_PERCENT)?;
    /// let verdict = claim.judge_signs(&sequence, Signs::new(630, 370, 0));
    /// assert_eq!(verdict.finding(), SpeedFinding::Faster);
    /// assert_eq!(verdict.to_string(), "1,000 runs: faster in 63 % of them (58.3-67.6 %; 95 %, at any time)");
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    ///
    /// Unit: the share of the runs that are no ties, `0..=1`.
    pub fn judge_signs(&self, sequence: &SignSequence, signs: Signs) -> SpeedVerdict {
        let decided = signs.decided();
        let bounds = sequence.faster_share(signs, self.alpha);
        let estimate = if decided.runs() == 0 { 0.5 } else { decided.share() };
        let within = self.within.get();
        let finding = if decided.runs() > 0 && bounds.lower() >= 0.5 - within && bounds.upper() <= 0.5 + within {
            SpeedFinding::Equivalent
        } else if bounds.lower() > 0.5 {
            SpeedFinding::Faster
        } else if bounds.upper() < 0.5 {
            SpeedFinding::Slower
        } else {
            let reach = 0.5 * (bounds.upper() - bounds.lower());
            SpeedFinding::Undecided { more_runs: needed::for_reach(signs.runs(), reach, estimate - 0.5, within) }
        };
        SpeedVerdict { claim: *self, measure: SpeedMeasure::FasterShare, runs: signs.runs(), estimate, bounds, finding }
    }

    fn by_ratio(&self, measure: SpeedMeasure, runs: u64, estimate: f64, bounds: Interval) -> SpeedVerdict {
        let limit = 1.0 + self.within.get();
        let finding = if bounds.lower() >= 1.0 / limit && bounds.upper() <= limit {
            SpeedFinding::Equivalent
        } else if bounds.upper() < 1.0 {
            SpeedFinding::Faster
        } else if bounds.lower() > 1.0 {
            SpeedFinding::Slower
        } else {
            let reach = 0.5 * (bounds.upper().ln() - bounds.lower().ln());
            SpeedFinding::Undecided { more_runs: needed::for_reach(runs, reach, estimate.ln(), limit.ln()) }
        };
        SpeedVerdict { claim: *self, measure, runs, estimate, bounds, finding }
    }
}

impl SpeedVerdict {
    /// What is found.
    pub fn finding(&self) -> SpeedFinding {
        self.finding
    }

    /// What was asked.
    pub fn claim(&self) -> SpeedClaim {
        self.claim
    }

    /// What is measured, and so the unit of [`estimate`](Self::estimate) and [`bounds`](Self::bounds): a ratio
    /// `candidate / control`, or a share of runs.
    pub fn measure(&self) -> SpeedMeasure {
        self.measure
    }

    /// How many runs this is about.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// What was observed.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Both bounds together, with the claim's confidence at all moments at once.
    pub fn bounds(&self) -> Interval {
        self.bounds
    }
}

/// `None` unless both are positive and finite.
fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    let usable = |value: f64| value > 0.0 && value.is_finite();
    (usable(numerator) && usable(denominator)).then(|| numerator / denominator)
}
