//! Do the results match?

use super::{Tally, needed};
use crate::pairs::Discordant;
use crate::{Alpha, Interval, Rate, anytime};

/// What is claimed before looking: at most so many mismatches per run.
///
/// ```
/// use verdict::judge::{RateClaim, RateFinding, Tally};
/// use verdict::{Alpha, Counts, Rate};
///
/// let claim = RateClaim::new(Rate::new(0.0001)?, Alpha::FIVE_PERCENT);
/// let verdict = claim.judge(Tally::new(Counts::new(0, 34_411)?).dropped(18).timed_out(3));
/// assert_eq!(verdict.finding(), RateFinding::Matches);
/// assert_eq!(
///     verdict.to_string(),
///     "34,411 runs, 0 mismatches: the mismatch rate is below 0.01 % (95 %, at any time), \
///      18 dropped, 3 timed out (counted as mismatches: below 0.12 %)",
/// );
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateClaim {
    at_most: Rate,
    alpha: Alpha,
}

/// What is found on a [`RateClaim`].
///
/// ```
/// use verdict::judge::{RateClaim, RateFinding, Tally};
/// use verdict::{Alpha, Counts, Rate};
///
/// let claim = RateClaim::new(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
/// let found = claim.judge(Tally::new(Counts::new(0, 300)?)).finding();
/// assert!(matches!(found, RateFinding::Undecided { more_runs: Some(45), .. }));
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateFinding {
    /// The mean mismatch rate so far is at most the claimed one.
    Matches,
    /// The mean mismatch rate so far (with noise known: its excess over the noise) is above the claimed one.
    Differs,
    /// The candidate differs at most the claimed rate more often than the control differs from itself.
    NoWorseThanNoise,
    /// Nothing of this is known yet.
    #[non_exhaustive]
    Undecided {
        /// About how many more runs it takes if things go on as they are; `None` where the rate is so close to the
        /// claim that it may take for ever.
        more_runs: Option<u64>,
    },
}

/// A verdict on mismatches, with what it is about. Prints in words.
///
/// ```
/// use verdict::judge::{RateClaim, Tally};
/// use verdict::{Alpha, Counts, Rate};
///
/// let claim = RateClaim::new(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
/// let verdict = claim.judge(Tally::new(Counts::new(2, 1_000)?).timed_out(5));
/// assert!(verdict.rate().upper() < 0.01 && verdict.worst_case() > 0.01);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateVerdict {
    claim: RateClaim,
    tally: Tally,
    noise: Option<Discordant>,
    rate: Interval,
    excess: Option<Interval>,
    finding: RateFinding,
}

impl RateClaim {
    /// A claim of at most `at_most` mismatches per run, with confidence `1 - alpha`.
    ///
    /// For several candidates or cohorts [`split`](Alpha::split) alpha first.
    pub fn new(at_most: Rate, alpha: Alpha) -> Self {
        Self { at_most, alpha }
    }

    /// The claimed rate.
    pub fn at_most(&self) -> Rate {
        self.at_most
    }

    /// The error probability of each statement, over all looks.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// Judges the runs so far.
    ///
    /// "Matches" and "differs" are each wrong, ever, with probability at most alpha. Assumption: none on the runs;
    /// both are about the mean rate so far of the runs that were compared (see [`anytime`]). Cost: below 5 µs once
    /// decided, below 25 µs while the number of runs still needed is worked out.
    ///
    /// Unit: mismatches per run, `0..=1`. Reference: [`anytime::rate_at_most`] and [`anytime::rate_at_least`].
    ///
    /// ```
    /// use verdict::judge::{RateClaim, RateFinding, Tally};
    /// use verdict::{Alpha, Counts, Rate};
    ///
    /// let claim = RateClaim::new(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
    /// let judge = |events| Ok::<_, verdict::OutOfRange>(claim.judge(Tally::new(Counts::new(events, 1_000)?)).finding());
    /// assert_eq!((judge(0)?, judge(50)?), (RateFinding::Matches, RateFinding::Differs));
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn judge(&self, tally: Tally) -> RateVerdict {
        let rate = one_sided(tally, self.alpha);
        let finding = if tally.compared.runs() > 0 && rate.upper() <= self.at_most.get() {
            RateFinding::Matches
        } else if rate.lower() > self.at_most.get() {
            RateFinding::Differs
        } else {
            RateFinding::Undecided { more_runs: needed::for_rate(tally.compared, self.at_most, self.alpha) }
        };
        RateVerdict { claim: *self, tally, noise: None, rate, excess: None, finding }
    }

    /// Judges the runs so far, knowing how often the control differs from itself.
    ///
    /// Half of alpha goes to the mismatch rate, half to its excess over the noise. Cost: below 10 µs once decided,
    /// below 35 µs while the number of runs still needed is worked out: of all runs, also where the control runs twice in a
    /// share of them.
    ///
    /// Unit: mismatches per run, the excess in `-1..=1`. Assumption: none, as for [`judge`](Self::judge).
    /// Reference: [`Discordant::excess`].
    ///
    /// ```
    /// use verdict::judge::{RateClaim, RateFinding, Tally};
    /// use verdict::pairs::Discordant;
    /// use verdict::{Alpha, Counts, Rate};
    ///
    /// let claim = RateClaim::new(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
    /// // 3 % of the results differ, but so does the control from itself.
    /// let tally = Tally::new(Counts::new(3_000, 100_000)?);
    /// let noise = Discordant::new(1_550, 1_475, 50_000)?;
    /// assert_eq!(claim.judge(tally).finding(), RateFinding::Differs);
    /// assert_eq!(claim.judge_with_noise(tally, noise).finding(), RateFinding::NoWorseThanNoise);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn judge_with_noise(&self, tally: Tally, noise: Discordant) -> RateVerdict {
        let alpha = self.alpha.half();
        let claimed = self.at_most.get();
        let rate = one_sided(tally, alpha);
        let excess = Interval::new(noise.excess_at_least(alpha), noise.excess_at_most(alpha));
        let finding = if tally.compared.runs() > 0 && rate.upper() <= claimed {
            RateFinding::Matches
        } else if noise.runs() > 0 && excess.upper() <= claimed {
            RateFinding::NoWorseThanNoise
        } else if excess.lower() > claimed {
            RateFinding::Differs
        } else {
            RateFinding::Undecided { more_runs: self.more_runs_with_noise(tally, noise, excess) }
        };
        RateVerdict { claim: *self, tally, noise: Some(noise), rate, excess: Some(excess), finding }
    }

    /// Until the excess over the noise is known well enough, or the rate by itself is within the claim, whichever is sooner.
    fn more_runs_with_noise(&self, tally: Tally, noise: Discordant, excess: Interval) -> Option<u64> {
        let claimed = self.at_most.get();
        let compared = tally.compared;
        let reach = 0.5 * (excess.upper() - excess.lower());
        let seen = noise.candidate_only().share() - noise.noise_only().share();
        let by_excess = needed::for_reach(noise.runs(), reach, seen - claimed, 0.0);
        // The control may run twice in a share of the runs only, and it is runs that are waited for.
        let by_excess = by_excess.and_then(|more| needed::at_share(more, noise.runs(), compared.runs()));
        let may_match = compared.share() < claimed;
        let by_rate = if may_match { needed::for_rate(compared, self.at_most, self.alpha.half()) } else { None };
        by_excess.into_iter().chain(by_rate).min()
    }
}

impl RateVerdict {
    /// What is found.
    pub fn finding(&self) -> RateFinding {
        self.finding
    }

    /// What was claimed.
    pub fn claim(&self) -> RateClaim {
        self.claim
    }

    /// What this is about.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The runs in which the control was run twice, if the verdict was given with them.
    pub fn noise(&self) -> Option<Discordant> {
        self.noise
    }

    /// The lower and the upper bound on the mean mismatch rate, each with the claim's confidence by itself (with
    /// noise: at half of alpha).
    pub fn rate(&self) -> Interval {
        self.rate
    }

    /// The lower and the upper bound on the excess over the noise, each at half of alpha; `None` without noise.
    pub fn excess(&self) -> Option<Interval> {
        self.excess
    }

    /// The upper bound on the mismatch rate if every missing run was a mismatch. Unit: mismatches per run, `0..=1`.
    /// Cost: about 1 µs.
    ///
    /// Assumption: none. Reference: [`anytime::rate_at_most`] of [`Tally::worst_case`].
    ///
    /// ```
    /// use verdict::judge::{RateClaim, Tally};
    /// use verdict::{Alpha, Counts, Rate};
    ///
    /// let claim = RateClaim::new(Rate::new(0.01)?, Alpha::FIVE_PERCENT);
    /// let clean = claim.judge(Tally::new(Counts::new(0, 1_000)?));
    /// let missing = claim.judge(Tally::new(Counts::new(0, 1_000)?).timed_out(5));
    /// assert!(clean.worst_case() == clean.rate().upper() && missing.worst_case() > 0.01);
    /// # Ok::<(), verdict::OutOfRange>(())
    /// ```
    pub fn worst_case(&self) -> f64 {
        anytime::rate_at_most(self.tally.worst_case(), self.rate_alpha())
    }

    pub(super) fn rate_alpha(&self) -> Alpha {
        if self.noise.is_some() { self.claim.alpha.half() } else { self.claim.alpha }
    }
}

fn one_sided(tally: Tally, alpha: Alpha) -> Interval {
    Interval::new(anytime::rate_at_least(tally.compared, alpha), anytime::rate_at_most(tally.compared, alpha))
}
