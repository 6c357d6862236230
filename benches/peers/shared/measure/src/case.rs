//! What is compared with what.

use std::time::Duration;

use crate::clock::CpuStopwatch;
use crate::timing::{BATCH, BATCHES};

/// Does the work of one contender the given number of times.
///
/// The loop is inside, so that the call through the box is paid once per batch and not once per call.
pub type Workload = Box<dyn FnMut(u64)>;

/// One library, or one way to call it, in one case.
pub struct Contender {
    pub(crate) name: &'static str,
    pub(crate) ours: bool,
    pub(crate) counted: bool,
    pub(crate) prepare: Box<dyn FnOnce() -> Workload>,
}

impl Contender {
    /// A rival, or a baseline. `prepare` loads the configuration and is measured nowhere; what it returns is measured.
    pub fn rival(name: &'static str, prepare: impl FnOnce() -> Workload + 'static) -> Self {
        Self { name, ours: false, counted: true, prepare: Box::new(prepare) }
    }

    /// Our own crate.
    pub fn ours(name: &'static str, prepare: impl FnOnce() -> Workload + 'static) -> Self {
        Self { name, ours: true, counted: true, prepare: Box::new(prepare) }
    }

    /// Leaves the counting out, for contenders whose preparation would take minutes in an interpreter of instructions.
    #[must_use]
    pub fn timed_only(mut self) -> Self {
        self.counted = false;
        self
    }
}

/// The same work, done by every contender.
pub struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) clock: fn() -> CpuStopwatch,
    pub(crate) batches: usize,
    pub(crate) batch: Duration,
    pub(crate) apart: bool,
}

impl Case {
    /// A case called `name` in the lines of the bench; `title` is for people.
    pub fn new(name: &'static str, title: &'static str, contenders: Vec<Contender>) -> Self {
        Self { name, title, contenders, clock: CpuStopwatch::of_thread, batches: BATCHES, batch: BATCH, apart: false }
    }

    /// Times so many batches of each contender instead of 15, each about so long instead of 16 ms, where what is looked for
    /// is a small difference of two figures. One that is shorter than a turn of the scheduler is undisturbed more often.
    #[must_use]
    pub fn batches(mut self, batches: usize, each: Duration) -> Self {
        self.batches = batches;
        self.batch = each;
        self
    }

    /// Times each contender in a process of its own.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Charges each contender for what all threads of the process do, where one of them leaves work to a thread of its own.
    #[must_use]
    pub fn on_all_threads(mut self) -> Self {
        self.clock = CpuStopwatch::of_process;
        self
    }
}
