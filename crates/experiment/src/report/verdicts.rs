//! What may honestly be said, valid however often one looks.

use std::fmt;
use std::num::NonZeroU32;

use verdict::judge::{RateClaim, RateVerdict, SpeedClaim, SpeedVerdict, Tally};
use verdict::pairs::{Discordant, SignSequence, Signs};
use verdict::quantile::{Bucket, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate};

use super::{BehaviorReport, CandidateReport, Report};
use crate::outcome::Outcome;

/// What is claimed before looking: at most so many mismatches, differences in speed that do not matter, and how often
/// any statement of a report
/// may be wrong.
///
/// ```
/// use experiment::{Claims, Lab};
/// use verdict::judge::RateFinding;
///
/// let lab = Lab::new();
/// for user in 0..4_000 {
///     lab.experiment("users").control(|| user).candidate("new", || user).run();
/// }
/// let claims = Claims::default().mismatch_rate(verdict::Rate::new(0.001)?);
/// let verdicts = lab.experiment("users").report().verdicts(&claims);
/// assert_eq!(verdicts[0].matches.finding(), RateFinding::Matches);
/// # Ok::<(), verdict::OutOfRange>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    mismatch_rate: Rate,
    within: Rate,
    alpha: Alpha,
    quantiles: Vec<Quantile>,
}

impl Claims {
    /// At most so many mismatches per run.
    #[must_use]
    pub fn mismatch_rate(self, at_most: Rate) -> Self {
        Self { mismatch_rate: at_most, ..self }
    }

    /// Durations that differ by less than this share are equivalent.
    #[must_use]
    pub fn equivalent_within(self, within: Rate) -> Self {
        Self { within, ..self }
    }

    /// The quantiles of the durations that are compared: the median and the 95th percentile unless said otherwise. Each
    /// is one more statement to share the probability of error with.
    ///
    /// ```
    /// use experiment::{Claims, Lab};
    /// use verdict::quantile::Quantile;
    ///
    /// let lab = Lab::new();
    /// for _ in 0..100 {
    ///     lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    /// }
    /// let claims = Claims::default().quantiles([Quantile::P50, Quantile::P99]);
    /// let verdict = &lab.experiment("x").report().verdicts(&claims)[0];
    /// assert_eq!(verdict.speed.len(), 3, "the share of runs in which it was faster, and two quantiles");
    /// ```
    #[must_use]
    pub fn quantiles(self, quantiles: impl IntoIterator<Item = Quantile>) -> Self {
        Self { quantiles: quantiles.into_iter().collect(), ..self }
    }

    /// The probability that any of the statements on mismatches, or any of those on speed, is ever wrong. It is split
    /// over the candidates,
    /// and over the statements on speed of each.
    #[must_use]
    pub fn alpha(self, alpha: Alpha) -> Self {
        Self { alpha, ..self }
    }
}

impl Default for Claims {
    /// A mismatch rate of at most 0.01 %, durations within 5 % equivalent, confidence 95 %.
    fn default() -> Self {
        let rate = |value| Rate::new(value).expect("the numbers below are rates");
        Self {
            mismatch_rate: rate(0.0001),
            within: rate(0.05),
            alpha: Alpha::FIVE_PERCENT,
            quantiles: vec![Quantile::P50, Quantile::P95],
        }
    }
}

/// What may be said about one candidate.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).run();
/// let report = lab.experiment("x").report();
///
/// let verdict = &report.verdicts(&experiment::Claims::default())[0];
/// assert!(verdict.to_string().starts_with("new: 1 run, 1 mismatch: the mismatch rate is above"), "{verdict}");
/// println!("{verdict:#}"); // all of it in one sentence
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CandidateVerdict {
    /// The candidate's name.
    pub candidate: String,
    /// Do the results match?
    pub matches: RateVerdict,
    /// Which is faster: the share of runs in which the candidate was, then the quantiles of the [`Claims`] over all
    /// runs. Quantiles are compared by the outer edges of their buckets, so the error of the buckets is inside the bounds.
    pub speed: Vec<SpeedVerdict>,
}

impl CandidateVerdict {
    /// Each statement in words, without the candidate's name.
    pub(super) fn statements(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.matches.to_string()).chain(self.speed.iter().map(SpeedVerdict::to_string))
    }
}

impl fmt::Display for CandidateVerdict {
    /// One line per statement, each with the candidate's name; `{:#}` makes one sentence of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.candidate, self.matches)?;
        if f.alternate() {
            let runs = self.matches.tally().compared().runs();
            return self.speed.iter().try_for_each(|speed| {
                // The number of runs is said once, where it is the same.
                if speed.runs() == runs { write!(f, "; {speed:#}") } else { write!(f, "; {speed}") }
            });
        }
        self.speed.iter().try_for_each(|speed| write!(f, "\n{}: {speed}", self.candidate))
    }
}

/// The number of runs at which the bounds on speed are narrowest: it must be chosen before looking.
const TUNED_FOR: f64 = 10_000.0;

impl Report {
    /// What may be said about every candidate. Costs some 100 µs per candidate.
    pub fn verdicts(&self, claims: &Claims) -> Vec<CandidateVerdict> {
        let alpha = claims.alpha.split(parts(self.candidates.len()));
        // Who was faster, and the quantiles.
        let speed_alpha = alpha.split(parts(1 + claims.quantiles.len()));
        self.candidates
            .iter()
            .map(|candidate| CandidateVerdict {
                candidate: candidate.behavior.name.clone(),
                matches: judge_matches(&RateClaim::new(claims.mismatch_rate, alpha), candidate),
                speed: speed(&self.control, candidate, claims, speed_alpha),
            })
            .collect()
    }
}

fn parts(number: usize) -> NonZeroU32 {
    NonZeroU32::new(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(NonZeroU32::MIN)
}

/// With the control's own noise, where it is known.
fn judge_matches(claim: &RateClaim, candidate: &CandidateReport) -> RateVerdict {
    let CandidateReport { noise_runs, candidate_only, noise_only, .. } = candidate;
    match Discordant::new(*candidate_only, *noise_only, *noise_runs) {
        Ok(noise) if noise.runs() > 0 => claim.judge_with_noise(tally(candidate), noise),
        // Counts that cannot be can only come from a file that somebody wrote by hand.
        _ => claim.judge(tally(candidate)),
    }
}

/// Ignored differences are no mismatches here: the call site said that they do not count. What was skipped did not take
/// part.
fn tally(candidate: &CandidateReport) -> Tally {
    let compared =
        Counts::new(candidate.mismatches(), candidate.compared()).expect("mismatches are among the compared ones");
    Tally::new(compared)
        .dropped(candidate.count(Outcome::Dropped))
        .timed_out(candidate.count(Outcome::TimedOut))
        .panicked(candidate.count(Outcome::Panicked))
        .cancelled(candidate.count(Outcome::Cancelled))
}

fn speed(control: &BehaviorReport, candidate: &CandidateReport, claims: &Claims, alpha: Alpha) -> Vec<SpeedVerdict> {
    let claim = SpeedClaim::new(claims.within, alpha);
    let tuned = "the number of runs it is tuned for is positive";
    let signs = Signs::new(candidate.faster, candidate.slower, candidate.as_fast);
    let mut verdicts = Vec::with_capacity(1 + claims.quantiles.len());
    if signs.runs() > 0 {
        verdicts.push(claim.judge_signs(&SignSequence::new(TUNED_FOR, alpha).expect(tuned), signs));
    }
    for quantile in &claims.quantiles {
        let sequence = QuantileSequence::new(*quantile, TUNED_FOR, alpha).expect(tuned);
        if let (Some(control), Some(candidate)) = (buckets(control), buckets(&candidate.behavior)) {
            // Buckets that do not ascend can only come from a file that somebody wrote by hand.
            verdicts.extend(claim.judge_quantile(&sequence, control, candidate));
        }
    }
    verdicts
}

#[allow(
    clippy::cast_precision_loss,
    reason = "durations of up to 73 minutes have fewer nanoseconds than an f64 has integers"
)]
fn buckets(behavior: &BehaviorReport) -> Option<impl Iterator<Item = Bucket> + Clone> {
    let latency = behavior.latency.as_ref()?;
    Some(latency.buckets.iter().map(|bucket| Bucket::new(bucket.from_nanos as f64, bucket.to_nanos as f64, bucket.n)))
}
