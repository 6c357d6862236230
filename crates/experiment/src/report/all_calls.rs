//! How often results differ in all calls of the cohorts, of which only some ran a candidate.

use std::collections::BTreeMap;
use std::fmt;

use verdict::Alpha;
use verdict::anytime::Weighted;

use super::verdicts::tally;
use super::{CandidateInCohort, CandidateReport, Report, figures};
use crate::outcome::Outcome;

/// A bound on the mismatch rate of all calls that the runs stand for. Prints in words.
///
/// ```
/// use experiment::{Claims, Lab, Rate};
///
/// let lab = Lab::new().default_rate(Rate::percent(50.0)?);
/// let orders = lab.experiment("orders");
/// orders.set_cohort_rate("large", Some(Rate::ALWAYS)).expect("there is room for it");
/// for order in 0..2_000 {
///     let cohort = || if order % 100 == 0 { "large" } else { "small" };
///     orders.control(|| order).candidate("new", || order).cohort(cohort).sticky(&order.to_string()).run();
/// }
/// let all_calls = orders.report().verdicts(&Claims::default())[0].all_calls.expect("there are cohorts");
/// assert!((1_700.0..2_300.0).contains(&all_calls.weighted.calls()));
/// assert!(all_calls.to_string().contains("calls, each run weighed by its rate: the mismatch rate is below 0.4887 %"), "{all_calls}");
/// # Ok::<(), experiment::RateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WeightedRate {
    /// For how many calls the runs and the mismatches stand.
    pub weighted: Weighted,
    /// The largest mean mismatch rate over these calls that is possible, `0..=1`.
    pub at_most: f64,
    /// For how many calls the runs stand that took part and were not compared: dropped, timed out, panicked or cancelled.
    pub missing_calls: f64,
    /// The same bound with all of those counted as mismatches, `0..=1`: the worst case.
    pub at_worst: f64,
    /// How often that may be wrong, ever.
    pub alpha: Alpha,
}

impl Report {
    pub(super) fn all_calls(&self, candidate: &CandidateReport, alpha: Alpha) -> Option<WeightedRate> {
        let sum = |calls: fn(&CandidateInCohort) -> f64| candidate.cohorts.iter().map(calls).sum();
        let (compared, mismatches) = (sum(|cohort| cohort.compared_calls), sum(|cohort| cohort.mismatch_calls));
        // Weights that cannot be can only come from a file that somebody wrote by hand.
        let weighted = Weighted::new(compared, mismatches, self.heaviest_run).ok()?;
        let weighted = weighted.heaviest_grew(self.heaviest_run_grew);
        let missing = sum(|cohort| cohort.missing_calls);
        // A run stands for one call at least: fewer can only come from a report stored before they were counted.
        let is_known = candidate.cohorts.iter().all(|cohort| cohort.missing_calls >= missing_runs(&cohort.outcomes));
        let at_worst = Weighted::new(compared + missing, mismatches + missing, self.heaviest_run)
            .map_or(1.0, |worst| worst.heaviest_grew(self.heaviest_run_grew).rate_at_most(alpha));
        (compared > 0.0).then(|| WeightedRate {
            weighted,
            at_most: weighted.rate_at_most(alpha),
            missing_calls: missing,
            at_worst: if is_known { at_worst } else { 1.0 },
            alpha,
        })
    }
}

#[allow(clippy::cast_precision_loss, reason = "beyond 2^53 the last digits do not matter")]
fn missing_runs(outcomes: &BTreeMap<Outcome, u64>) -> f64 {
    tally(outcomes).missing() as f64
}

impl fmt::Display for WeightedRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and casts saturate")]
        let calls = figures::count(self.weighted.calls().round() as u64);
        write!(f, "about {calls} calls, each run weighed by its rate: ")?;
        if self.at_most < 1.0 {
            // Rounded up: a bound stays one.
            let percent = |bound: f64| (bound * 1e6).ceil() / 1e4;
            write!(f, "the mismatch rate is below {} % ({}, at any time)", percent(self.at_most), self.alpha)?;
            match (self.at_worst > self.at_most, self.at_worst < 1.0) {
                (false, _) => Ok(()),
                (true, true) => {
                    write!(f, " (what is missing counted as mismatches: below {} %)", percent(self.at_worst))
                }
                (true, false) => f.write_str(" (what is missing counted as mismatches: no bound)"),
            }
        } else {
            f.write_str("nothing can be said of the mismatch rate yet")
        }
    }
}
