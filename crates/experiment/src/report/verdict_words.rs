//! Verdicts in words.

use std::fmt;

use super::{CandidateVerdict, CohortVerdict, WeightedRate, figures};

impl fmt::Display for CandidateVerdict {
    /// One line per statement, each with the candidate's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.candidate, self.matches)?;
        self.speed.iter().try_for_each(|speed| write!(f, "\n{}: {speed}", self.candidate))?;
        if let Some(all_calls) = &self.all_calls {
            write!(f, "\n{}: {all_calls}", self.candidate)?;
        }
        let cohorts = self.cohorts.iter().map(ToString::to_string);
        for line in cohorts.collect::<Vec<_>>().iter().flat_map(|cohort| cohort.lines()) {
            write!(f, "\n{}, cohort {line}", self.candidate)?;
        }
        Ok(())
    }
}

impl fmt::Display for CohortVerdict {
    /// One line per statement, each with the cohort's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cohort, self.matches)?;
        self.speed.iter().try_for_each(|speed| write!(f, "\n{}: {speed}", self.cohort))
    }
}

impl fmt::Display for WeightedRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and casts saturate")]
        let calls = figures::count(self.weighted.calls().round() as u64);
        write!(f, "about {calls} calls, each run weighed by its rate: ")?;
        if self.at_most < 1.0 {
            // Rounded up: a bound stays one.
            let percent = (self.at_most * 1e6).ceil() / 1e4;
            write!(f, "the mismatch rate is below {percent} % ({}, at any time)", self.alpha)
        } else {
            f.write_str("nothing can be said of the mismatch rate yet")
        }
    }
}
