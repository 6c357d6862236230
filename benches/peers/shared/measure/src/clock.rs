//! The clocks of the benches.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Tells how much processor time was used since it was started.
///
/// Waiting does not count, so a busy neighbour on the machine disturbs it less than it does a wall clock. Reading it
/// costs some 200 ns: take it around batches, never around single calls.
#[derive(Debug, Clone, Copy)]
pub struct CpuStopwatch {
    clock: ClockId,
    start: Duration,
}

impl CpuStopwatch {
    /// Starts to measure the calling thread; to be read on the same thread.
    pub fn of_thread() -> Self {
        Self::start(ClockId::ThreadCPUTime)
    }

    /// Starts to measure all threads of this process together.
    pub fn of_process() -> Self {
        Self::start(ClockId::ProcessCPUTime)
    }

    /// The processor time used since the start.
    pub fn elapsed(&self) -> Duration {
        read(self.clock).saturating_sub(self.start)
    }

    fn start(clock: ClockId) -> Self {
        Self { clock, start: read(clock) }
    }
}

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).expect("a CPU clock starts at zero and only goes up")
}
