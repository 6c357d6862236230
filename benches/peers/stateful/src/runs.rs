//! How often a tool has run the system, told by the system itself and not by the tool.
//!
//! One check runs at a time. The counters are only loaded and stored, never locked, to cost next to nothing in the
//! measurement of throughput.

use std::sync::atomic::{AtomicU64, Ordering};

static RUNS: AtomicU64 = AtomicU64::new(0);
static FIRST_FAILURE: AtomicU64 = AtomicU64::new(0);
static COMMANDS: AtomicU64 = AtomicU64::new(0);
static COMMANDS_OF_RUN: AtomicU64 = AtomicU64::new(0);
static LAST_FAILURE: AtomicU64 = AtomicU64::new(0);

/// What happened since [`reset`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runs {
    /// How often the system was run after the first failure: to shrink it, and to make sure.
    pub(crate) after_failure: Option<u64>,
    /// Commands that were done to the system.
    pub(crate) commands: u64,
    /// Commands in the last run that failed.
    pub(crate) last_failure: u64,
}

pub(crate) fn reset() {
    for counter in [&RUNS, &FIRST_FAILURE, &COMMANDS, &COMMANDS_OF_RUN, &LAST_FAILURE] {
        counter.store(0, Ordering::Relaxed);
    }
}

/// A system was set up.
pub(crate) fn started() {
    add(&RUNS, 1);
    COMMANDS_OF_RUN.store(0, Ordering::Relaxed);
}

/// A command is done to the system.
pub(crate) fn command() {
    add(&COMMANDS, 1);
    add(&COMMANDS_OF_RUN, 1);
}

/// The command done last showed the bug.
pub(crate) fn failed() {
    LAST_FAILURE.store(COMMANDS_OF_RUN.load(Ordering::Relaxed), Ordering::Relaxed);
    if FIRST_FAILURE.load(Ordering::Relaxed) == 0 {
        FIRST_FAILURE.store(RUNS.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

pub(crate) fn read() -> Runs {
    let first = FIRST_FAILURE.load(Ordering::Relaxed);
    Runs {
        after_failure: (first > 0).then(|| RUNS.load(Ordering::Relaxed) - first),
        commands: COMMANDS.load(Ordering::Relaxed),
        last_failure: LAST_FAILURE.load(Ordering::Relaxed),
    }
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed) + amount, Ordering::Relaxed);
}
