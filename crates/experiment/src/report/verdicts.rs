//! What may honestly be said, valid however often one looks.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use verdict::judge::{RateClaim, RateVerdict, SpeedClaim, SpeedVerdict, Tally};
use verdict::pairs::{Discordant, SignSequence, Signs};
use verdict::quantile::{Bucket, Quantile, QuantileSequence};
use verdict::{Alpha, Counts, Rate};

#[cfg(feature = "serde")]
use super::PathsVerdict;
use super::{BehaviorReport, CandidateInCohort, CandidateReport, LatencyReport, Report, WeightedRate, compared};
use crate::cohorts::CohortIndex;
use crate::latency::{Cut, LatencyBucket};
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

    /// The probability that any of the upper bounds on mismatches is ever wrong; and the same again for all lower bounds on
    /// them, for all worst cases, and for all statements on speed. It is split over the candidates, over what is said
    /// of all runs, of all calls, of each cohort and at each path, and over the statements on speed of each.
    ///
    /// How many candidates there are, whether calls say cohorts, and whether the control runs again is taken from the runs
    /// so far. Where one of these comes later, by a release or from a list chosen at run time, what was said before had a
    /// larger share: split alpha beforehand by all that may come, or begin a new experiment.
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
    /// Who ran first in all runs, where it was always the same: the control, or this candidate. Then the other may have
    /// met warm caches, and what is said of speed holds for that order. In the background the control always runs first.
    pub always_first: Option<String>,
    /// How often results differ in all calls of the cohorts, sampled or not: each run is weighed by the inverse of the
    /// rate at which it took part. `None` where no call site says cohorts.
    pub all_calls: Option<WeightedRate>,
    /// Whether results differ only where the control differs from itself; `None` unless the control ran twice in some runs and
    /// differences are taken apart.
    #[cfg(feature = "serde")]
    pub paths: Option<PathsVerdict>,
    /// The same questions for each cohort.
    pub cohorts: Vec<CohortVerdict>,
}

/// What may be said about one candidate in one cohort.
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).cohort(|| "staff").run();
///
/// let verdicts = lab.experiment("x").report().verdicts(&experiment::Claims::default());
/// let staff = &verdicts[0].cohorts[0];
/// assert!(staff.to_string().starts_with("staff: 1 run, 1 mismatch: "), "{staff}");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CohortVerdict {
    /// The name of the cohort.
    pub cohort: String,
    /// Do the results match?
    pub matches: RateVerdict,
    /// Which is faster, as in [`CandidateVerdict::speed`].
    pub speed: Vec<SpeedVerdict>,
}

/// The number of runs at which the bounds on speed are narrowest: it must be chosen before looking.
const TUNED_FOR: f64 = 10_000.0;

/// As many as an experiment tells apart, and the rest: how many there are follows from the traffic, and what alpha is
/// split over must not. Only a report that somebody wrote by hand has more, and is split over those.
const COHORTS: NonZeroU32 = NonZeroU32::new(7).expect("7 is not 0");
const _: () = assert!(CohortIndex::ALL == 7);

/// How alpha is split over the statements on one candidate. Those on mismatches and those on speed have all of it each.
struct Shares {
    runs: Alpha,
    speed: Alpha,
    all_calls: Alpha,
    cohort: Alpha,
    #[cfg(feature = "serde")]
    paths: Alpha,
}

impl Shares {
    /// All of it for the runs if there are no cohorts; else a quarter for them, a quarter for all calls, and the rest for
    /// the cohorts. Where the control runs again, half of what is for mismatches goes to the paths, whether or not
    /// differences are taken apart: that is seen only once there is one.
    fn of(alpha: Alpha, cohorts: usize, has_noise: bool) -> Self {
        let has_cohorts = cohorts > 0;
        let cohorts =
            u32::try_from(cohorts).ok().and_then(NonZeroU32::new).map_or(COHORTS, |cohorts| cohorts.max(COHORTS));
        let half = NonZeroU32::new(2).expect("2 is not 0");
        let mismatches = if has_noise { alpha.split(half) } else { alpha };
        let quarter = |alpha: Alpha| alpha.split(half).split(half);
        let of_runs = |alpha: Alpha| if has_cohorts { quarter(alpha) } else { alpha };
        Self {
            runs: of_runs(mismatches),
            speed: of_runs(alpha),
            all_calls: quarter(mismatches),
            cohort: mismatches.split(half).split(cohorts),
            #[cfg(feature = "serde")]
            paths: alpha.split(half),
        }
    }
}

/// What a verdict is about: a candidate in all runs, or in those of a cohort.
struct Case<'a> {
    outcomes: &'a BTreeMap<Outcome, u64>,
    signs: Signs,
    noise: (u64, u64, u64),
    control: Option<&'a LatencyReport>,
    candidate: Option<&'a LatencyReport>,
    /// How many runs had not ended, and after which time at least.
    cut_off: (u64, Option<Duration>),
}

impl Report {
    /// What may be said about every candidate. Costs some 100 µs per candidate and cohort.
    ///
    /// ```
    /// use experiment::{Claims, Lab};
    ///
    /// let lab = Lab::new();
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    /// for verdict in lab.experiment("x").report().verdicts(&Claims::default()) {
    ///     println!("{verdict:#}");
    /// }
    /// ```
    pub fn verdicts(&self, claims: &Claims) -> Vec<CandidateVerdict> {
        let candidates = u32::try_from(self.candidates.len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let shares = Shares::of(claims.alpha.split(candidates), self.cohorts.len(), self.control_again.is_some());
        self.candidates
            .iter()
            .map(|candidate| {
                let case = Case {
                    outcomes: &candidate.outcomes,
                    signs: Signs::new(candidate.faster, candidate.slower, candidate.as_fast),
                    noise: (candidate.candidate_only, candidate.noise_only, candidate.noise_runs),
                    control: self.control.latency.as_ref(),
                    candidate: candidate.behavior.latency.as_ref(),
                    cut_off: (candidate.cut_off, candidate.shortest_time_out),
                };
                CandidateVerdict {
                    candidate: candidate.behavior.name.clone(),
                    matches: case.matches(claims.mismatch_rate, shares.runs),
                    speed: case.speed(claims, shares.speed),
                    always_first: self.always_first(candidate),
                    #[cfg(feature = "serde")]
                    paths: candidate.differences.as_ref().and_then(|known| PathsVerdict::of(known, shares.paths)),
                    all_calls: self.all_calls(candidate, shares.all_calls),
                    cohorts: candidate
                        .cohorts
                        .iter()
                        .map(|cohort| self.in_cohort(cohort, claims, shares.cohort))
                        .collect(),
                }
            })
            .collect()
    }

    /// Who of the two ran first whenever they had turns.
    fn always_first(&self, candidate: &CandidateReport) -> Option<String> {
        let turns =
            |behavior: &BehaviorReport| (behavior.latency_when_first.is_some(), behavior.latency_when_later.is_some());
        match (turns(&self.control), turns(&candidate.behavior)) {
            ((true, false), (false, true)) => Some(self.control.name.clone()),
            ((false, true), (true, false)) => Some(candidate.behavior.name.clone()),
            _ => None,
        }
    }

    fn in_cohort(&self, candidate: &CandidateInCohort, claims: &Claims, alpha: Alpha) -> CohortVerdict {
        let case = Case {
            outcomes: &candidate.outcomes,
            signs: Signs::new(candidate.faster, candidate.slower, candidate.as_fast),
            noise: (candidate.candidate_only, candidate.noise_only, candidate.noise_runs),
            control: self.cohort(&candidate.cohort).and_then(|cohort| cohort.control.as_ref()),
            candidate: candidate.latency.as_ref(),
            cut_off: (candidate.cut_off, candidate.shortest_time_out),
        };
        CohortVerdict {
            cohort: candidate.cohort.clone(),
            matches: case.matches(claims.mismatch_rate, alpha),
            speed: case.speed(claims, alpha),
        }
    }
}

impl Case<'_> {
    /// With the control's own noise, where it is known.
    fn matches(&self, at_most: Rate, alpha: Alpha) -> RateVerdict {
        let claim = RateClaim::new(at_most, alpha);
        let (candidate_only, noise_only, runs) = self.noise;
        match Discordant::new(candidate_only, noise_only, runs) {
            Ok(noise) if noise.runs() > 0 => claim.judge_with_noise(self.tally(), noise),
            // Counts that cannot be can only come from a file that somebody wrote by hand.
            _ => claim.judge(self.tally()),
        }
    }

    /// Ignored differences are no mismatches here: the call site said that they do not count. What was skipped did not
    /// take part.
    fn tally(&self) -> Tally {
        tally(self.outcomes)
    }

    fn speed(&self, claims: &Claims, alpha: Alpha) -> Vec<SpeedVerdict> {
        // Who was faster, and the quantiles.
        let statements = 1 + claims.quantiles.len();
        let parts =
            NonZeroU32::new(u32::try_from(statements).unwrap_or(u32::MAX)).expect("one more than some is not 0");
        let alpha = alpha.split(parts);
        let claim = SpeedClaim::new(claims.within, alpha);
        let tuned = "the number of runs it is tuned for is positive";
        let mut verdicts = Vec::with_capacity(statements);
        if self.signs.runs() > 0 {
            verdicts.push(claim.judge_signs(&SignSequence::new(TUNED_FOR, alpha).expect(tuned), self.signs));
        }
        let candidate = self.candidate_buckets();
        for quantile in &claims.quantiles {
            let sequence = QuantileSequence::new(*quantile, TUNED_FOR, alpha).expect(tuned);
            if let (Some(control), Some(candidate)) = (self.control, &candidate) {
                // Buckets that do not ascend can only come from a file that somebody wrote by hand.
                verdicts.extend(claim.judge_quantile(&sequence, buckets(control), candidate.iter().copied()));
            }
        }
        verdicts
    }

    /// The distribution of the candidate, in which the runs that passed their deadline took longer than the shortest that
    /// there was, and nobody knows how much. So may those that returned after a longer time.
    fn candidate_buckets(&self) -> Option<Vec<Bucket>> {
        let (cut_off, Some(shortest)) = self.cut_off else { return Some(buckets(self.candidate?).collect()) };
        let shortest = u64::try_from(shortest.as_nanos()).unwrap_or(u64::MAX);
        let returned = self.candidate.map_or(&[][..], |candidate| &candidate.buckets);
        let cut = self.candidate.map_or(Cut::FINE, |candidate| Cut::of_error(candidate.relative_error));
        let is_within = |bucket: &&LatencyBucket| bucket.to_nanos < shortest && !cut.is_open(bucket);
        let within = returned.iter().filter(is_within);
        let beyond = returned.iter().filter(|bucket| !is_within(bucket));
        let least = beyond.clone().map(|bucket| bucket.from_nanos).fold(shortest, u64::min);
        let beyond = beyond.map(|bucket| bucket.n).fold(cut_off, u64::saturating_add);
        let bucket = |from, to, n| Bucket::new(nanoseconds(from), to, n);
        let within = within.map(|known| bucket(known.from_nanos, nanoseconds(known.to_nanos), known.n));
        Some(within.chain([bucket(least, f64::INFINITY, beyond)]).collect())
    }
}

pub(super) fn tally(outcomes: &BTreeMap<Outcome, u64>) -> Tally {
    let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
    let compared = Counts::new(count(Outcome::Mismatch), compared(outcomes));
    Tally::new(compared.expect("mismatches are among the compared ones"))
        .dropped(count(Outcome::Dropped))
        .timed_out(count(Outcome::TimedOut))
        .panicked(count(Outcome::Panicked))
        .cancelled(count(Outcome::Cancelled))
}

fn buckets(latency: &LatencyReport) -> impl Iterator<Item = Bucket> + Clone {
    let cut = Cut::of_error(latency.relative_error);
    latency.buckets.iter().map(move |bucket| {
        // The last one holds all that took longer, too.
        let to = if cut.is_open(bucket) { f64::INFINITY } else { nanoseconds(bucket.to_nanos) };
        Bucket::new(nanoseconds(bucket.from_nanos), to, bucket.n)
    })
}

#[allow(
    clippy::cast_precision_loss,
    reason = "durations of up to 73 minutes have fewer nanoseconds than an f64 has integers"
)]
fn nanoseconds(nanos: u64) -> f64 {
    nanos as f64
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_candidate_spends_all_of_alpha_and_no_more() {
        let alpha = Alpha::FIVE_PERCENT;
        for (has_cohorts, has_noise) in [(false, false), (false, true), (true, false), (true, true)] {
            let shares = Shares::of(alpha, usize::from(has_cohorts), has_noise);
            let (all_calls, cohorts) = if has_cohorts {
                (shares.all_calls.get(), f64::from(COHORTS.get()) * shares.cohort.get())
            } else {
                (0.0, 0.0)
            };
            #[cfg(feature = "serde")]
            let paths = if has_noise { shares.paths.get() } else { 0.0 };
            #[cfg(not(feature = "serde"))]
            let paths = if has_noise { 0.5 * alpha.get() } else { 0.0 };
            let on_mismatches = shares.runs.get() + all_calls + cohorts + paths;
            assert!((on_mismatches - alpha.get()).abs() < 1e-12, "{has_cohorts} {has_noise}: {on_mismatches}");
            // Of all calls nothing is said of speed.
            let on_speed = shares.speed.get() + cohorts;
            assert!(on_speed <= alpha.get() + 1e-12, "{has_cohorts} {has_noise}: {on_speed}");
        }
    }
}
