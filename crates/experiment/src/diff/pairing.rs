//! Runs in which the control ran twice: what differed of each candidate, beside what differed of the control by itself.

use std::cell::RefCell;
use std::sync::Arc;

use super::worker::{Job, Pair, Part};
use crate::definition::Setup;
use crate::name::CONTROL_AGAIN;
use crate::observation::{CandidateResult, CandidateResults};
use crate::outcome::Outcome;

/// The mismatches of one run in which the control ran twice, until all of its results are judged.
///
/// Either all of them are taken apart or none: if each had a chance of its own, paths at which the one differs often would be
/// counted less often for it than for the other, and the test of the pairs would take that for a difference.
pub(crate) struct Pairing {
    is_admitted: bool,
    taken: RefCell<Vec<Taken>>,
}

struct Taken {
    candidate: &'static str,
    part: Part,
}

/// What is known of one side of a pair.
enum Side {
    /// It was like the control's.
    Same,
    /// It differed, and is that part of the job.
    Part(usize),
    /// It differed, and could not be taken apart.
    Lost,
}

impl Pairing {
    /// Decides for all mismatches of the run, by the time alone.
    pub(super) fn new(setup: Setup<'_>, now_nanos: u64) -> Self {
        let is_admitted = setup.recorder().candidate(CONTROL_AGAIN).differences().gate_admits(now_nanos);
        Self { is_admitted, taken: RefCell::default() }
    }

    pub(super) fn is_admitted(&self) -> bool {
        self.is_admitted
    }

    /// Keeps a mismatch that was taken apart.
    pub(super) fn keep(&self, candidate: &'static str, part: Part) {
        self.taken.borrow_mut().push(Taken { candidate, part });
    }

    /// Hands everything to the lab's worker, once all results of the run are judged.
    pub(crate) fn submit(self, setup: Setup<'_>, run: u64, candidates: &dyn CandidateResults) {
        if !self.is_admitted {
            return;
        }
        let (names, parts): (Vec<_>, Vec<_>) =
            self.taken.into_inner().into_iter().map(|taken| (taken.candidate, taken.part)).unzip();
        let results = || (0..candidates.count()).filter_map(|index| candidates.result(index));
        let side = |result: &CandidateResult| match result.outcome {
            Outcome::Match | Outcome::Ignored => Some(Side::Same),
            Outcome::Mismatch => {
                let place = names.iter().position(|name| *name == result.name());
                Some(place.map_or(Side::Lost, Side::Part))
            }
            _ => None,
        };
        let again = results().find(|result| result.name() == CONTROL_AGAIN).and_then(side);
        let mut pairs = Vec::new();
        for result in results().filter(|result| result.name() != CONTROL_AGAIN) {
            let (Some(candidate), Some(again)) = (side(result), &again) else { continue };
            let record = setup.recorder().candidate(result.name()).differences();
            match (candidate, again) {
                (Side::Same, Side::Same) => {}
                (Side::Lost, _) | (_, Side::Lost) => record.count_unpaired(),
                (candidate, again) => {
                    pairs.push(Pair { record: Arc::clone(record), candidate: candidate.part(), again: again.part() });
                }
            }
        }
        if !parts.is_empty() {
            setup.equipment.differ.submit(Job { run, parts, pairs });
        }
    }
}

impl Side {
    /// `None` where nothing differed.
    fn part(&self) -> Option<usize> {
        match self {
            Self::Part(place) => Some(*place),
            Self::Same | Self::Lost => None,
        }
    }
}
