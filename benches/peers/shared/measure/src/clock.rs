//! The clocks of the benches.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time that the calling thread has used.
///
/// Waiting does not count, so a busy neighbour on the machine disturbs it less than it does a wall clock. Reading it
/// costs some 200 ns: take it around batches, never around single calls.
pub fn thread_cpu_time() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// The processor time that all threads of this process have used together.
pub fn process_cpu_time() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::try_from(time).expect("a CPU clock starts at zero and only goes up")
}
