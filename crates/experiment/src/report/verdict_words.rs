//! Verdicts in words.

use std::fmt;

#[cfg(feature = "serde")]
use super::PathsVerdict;
use super::{CandidateVerdict, CohortVerdict, plain};

impl CandidateVerdict {
    /// Each statement in words, without the candidate's name.
    pub(super) fn statements(&self) -> Vec<String> {
        let own = std::iter::once(self.matches.to_string()).chain(self.speed.iter().map(ToString::to_string));
        own.chain(self.of_order()).chain(self.in_other_words()).collect()
    }

    /// What has to be known about the speed.
    fn of_order(&self) -> Option<String> {
        let name = self.always_first.as_deref().filter(|_| !self.speed.is_empty())?;
        Some(format!("{} always ran first, so the speed holds for that order", plain::name(name)))
    }

    /// What is said of the paths, of all calls and of the cohorts.
    fn in_other_words(&self) -> Vec<String> {
        let mut lines = self.of_paths();
        lines.extend(self.all_calls.iter().map(ToString::to_string));
        for cohort in &self.cohorts {
            lines.extend(cohort.to_string().lines().map(|line| format!("cohort {line}")));
        }
        lines
    }

    #[cfg(feature = "serde")]
    fn of_paths(&self) -> Vec<String> {
        self.paths.as_ref().map_or(Vec::new(), PathsVerdict::statements)
    }

    #[cfg(not(feature = "serde"))]
    #[allow(clippy::unused_self, reason = "with the feature `serde` there are paths")]
    fn of_paths(&self) -> Vec<String> {
        Vec::new()
    }
}

impl fmt::Display for CandidateVerdict {
    /// One line per statement, each with the candidate's name; `{:#}` makes one sentence of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = plain::name(&self.candidate);
        write!(f, "{name}: {}", self.matches)?;
        if f.alternate() {
            let runs = self.matches.tally().compared().runs();
            for speed in &self.speed {
                // The number of runs is said once, where it is the same.
                if speed.runs() == runs { write!(f, "; {speed:#}")? } else { write!(f, "; {speed}")? }
            }
            return self.of_order().iter().chain(&self.in_other_words()).try_for_each(|line| write!(f, "; {line}"));
        }
        self.speed.iter().try_for_each(|speed| write!(f, "\n{name}: {speed}"))?;
        self.of_order().iter().chain(&self.of_paths()).try_for_each(|line| write!(f, "\n{name}: {line}"))?;
        if let Some(all_calls) = &self.all_calls {
            write!(f, "\n{name}: {all_calls}")?;
        }
        let cohorts = self.cohorts.iter().map(ToString::to_string);
        for line in cohorts.collect::<Vec<_>>().iter().flat_map(|cohort| cohort.lines()) {
            write!(f, "\n{name}, cohort {line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CohortVerdict {
    /// One line per statement, each with the cohort's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = plain::name(&self.cohort);
        write!(f, "{name}: {}", self.matches)?;
        self.speed.iter().try_for_each(|speed| write!(f, "\n{name}: {speed}"))
    }
}
