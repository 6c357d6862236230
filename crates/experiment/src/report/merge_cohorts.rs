//! Cohorts of several reports as those of one, which tells no more of them apart than an experiment does.

use std::borrow::Cow;

use super::{CandidateReport, CohortReport, Report};
use crate::cohorts::{MOST_COHORTS, REST};

impl Report {
    /// Adds the cohorts of another report, in whose `candidates` those for which there was no place are the rest then.
    ///
    /// Without a limit, what alpha is split over would grow with the number of processes.
    pub(super) fn merge_cohorts<'r>(&mut self, other: &'r Self) -> Cow<'r, Self> {
        let mut without_place = Vec::new();
        for cohort in &other.cohorts {
            if let Some(known) = self.cohorts.iter_mut().find(|known| known.name == cohort.name) {
                known.merge(cohort);
                continue;
            }
            let rest = self.cohorts.iter().position(|known| known.name == REST);
            let named = self.cohorts.len() - usize::from(rest.is_some());
            if cohort.name == REST {
                self.cohorts.push(cohort.clone());
            } else if named < MOST_COHORTS {
                // The rest comes last.
                self.cohorts.insert(rest.unwrap_or(named), cohort.clone());
            } else {
                without_place.push(cohort.name.as_str());
                self.merge_into_rest(cohort);
            }
        }
        if without_place.is_empty() {
            return Cow::Borrowed(other);
        }
        let mut other = other.clone();
        let candidates = other.candidates.iter_mut().chain(&mut other.control_again);
        candidates.for_each(|candidate| candidate.move_to_rest(&without_place));
        Cow::Owned(other)
    }

    fn merge_into_rest(&mut self, cohort: &CohortReport) {
        let cohort = CohortReport { name: REST.to_owned(), rate: None, ..cohort.clone() };
        match self.cohorts.iter_mut().find(|known| known.name == REST) {
            Some(rest) => {
                let rate = rest.rate;
                rest.merge(&cohort);
                rest.rate = rate;
            }
            None => self.cohorts.push(cohort),
        }
    }
}

impl CandidateReport {
    fn move_to_rest(&mut self, names: &[&str]) {
        let (moved, mut kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.cohorts).into_iter().partition(|cohort| names.contains(&cohort.cohort.as_str()));
        for mut cohort in moved {
            REST.clone_into(&mut cohort.cohort);
            match kept.iter_mut().find(|known| known.cohort == REST) {
                Some(rest) => rest.merge(&cohort),
                None => kept.push(cohort),
            }
        }
        self.cohorts = kept;
    }
}
