//! What the conformance tests share.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use experiment::{Experiment, KeptResult, Lab, MemoryPublisher, Operation, Outcome};
use parking_lot::Mutex;

/// A lab with all that a test may look at.
pub(crate) struct Bench {
    pub(crate) lab: Lab,
    pub(crate) told: Arc<Mutex<Vec<(Operation, String)>>>,
    results: Arc<MemoryPublisher>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Lab::new())
    }

    pub(crate) fn with(lab: Lab) -> Self {
        let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(1_000).expect("it is not zero")));
        let told = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&told);
        let lab = lab.publisher(Arc::clone(&results)).on_failure(move |failure| {
            keep.lock().push((failure.operation(), failure.message().unwrap_or("").to_owned()));
        });
        Self { lab, told, results }
    }

    pub(crate) fn x(&self) -> Experiment<'_> {
        self.lab.experiment("x")
    }

    pub(crate) fn published(&self) -> Vec<KeptResult> {
        self.results.results()
    }

    /// How often the candidates of `x` ended so, together.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.x().report().candidates.iter().map(|candidate| candidate.count(outcome)).sum()
    }

    /// What the hook was told.
    pub(crate) fn told(&self) -> Vec<(Operation, String)> {
        self.told.lock().clone()
    }
}

/// Panics without the message that the panic hook would print.
pub(crate) fn fail<T>() -> T {
    resume_unwind(Box::new("planted"))
}

/// The text of the panic in which a call ends.
pub(crate) fn raised<T: std::fmt::Debug>(call: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("it raises");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().expect("it is text").to_string(),
    }
}
