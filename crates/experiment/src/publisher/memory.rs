//! Keeps the latest results, for tests and for pages that show them.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use parking_lot::Mutex;

use super::{PublishError, Publisher};
use crate::context::NoContext;
use crate::observation::{CandidateResult, Observation, RunResult};
use crate::who::Seat;

/// Keeps the latest results in memory, up to a number given once; older ones are forgotten and counted.
///
/// Each result costs an allocation or two, so this is for tests and low rates: the [`Report`](crate::Report) needs no
/// publisher.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use experiment::{Lab, MemoryPublisher, Outcome};
///
/// let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(100).expect("it is not zero")));
/// let lab = Lab::new().publisher(Arc::clone(&results));
/// lab.experiment("users-query").control(|| 1).candidate("new", || 2).run();
///
/// assert_eq!(results.results()[0].candidates[0].outcome, Outcome::Mismatch);
/// ```
#[derive(Debug)]
pub struct MemoryPublisher {
    capacity: NonZeroUsize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    results: VecDeque<KeptResult>,
    forgotten: u64,
}

/// A [`RunResult`] that owns what it holds.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use experiment::{Lab, MemoryPublisher};
///
/// let results = Arc::new(MemoryPublisher::new(NonZeroUsize::MIN));
/// let lab = Lab::new().publisher(Arc::clone(&results));
/// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
/// assert_eq!((results.results()[0].experiment, results.results()[0].run), ("x", 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptResult {
    /// The name of the experiment.
    pub experiment: &'static str,
    /// The number of the run.
    pub run: u64,
    /// What was observed of the control.
    pub control: Observation,
    /// The candidates, in the order in which they were given.
    pub candidates: Vec<CandidateResult>,
    /// The cohort, where the call site said it.
    pub cohort: Option<&'static str>,
    seat: Seat,
}

impl KeptResult {
    pub(crate) fn of(result: &RunResult<'_>) -> Self {
        Self {
            experiment: result.experiment(),
            run: result.run(),
            control: result.control().clone(),
            candidates: result.candidates().cloned().collect(),
            cohort: result.cohort(),
            seat: result.seat,
        }
    }

    /// Shows it to a publisher.
    pub(crate) fn with_result<R>(&self, show: impl FnOnce(&RunResult<'_>) -> R) -> R {
        show(&RunResult {
            experiment: self.experiment,
            run: self.run,
            control: &self.control,
            candidates: &self.candidates,
            context: &NoContext,
            seat: self.seat,
        })
    }
}

impl MemoryPublisher {
    /// A publisher that keeps at most `capacity` results.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    /// A copy of the kept results, oldest first.
    pub fn results(&self) -> Vec<KeptResult> {
        self.kept.lock().results.iter().cloned().collect()
    }

    /// How many results were forgotten to make room.
    pub fn forgotten(&self) -> u64 {
        self.kept.lock().forgotten
    }
}

impl Publisher for MemoryPublisher {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        let result = KeptResult::of(result);
        let mut kept = self.kept.lock();
        if kept.results.len() == self.capacity.get() {
            kept.results.pop_front();
            kept.forgotten += 1;
        }
        kept.results.push_back(result);
        Ok(())
    }
}
