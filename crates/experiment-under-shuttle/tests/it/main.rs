//! Whatever the schedule: nothing is lost or counted twice, nobody waits for ever, every permit is given back.
//!
//! These are the sources of `experiment` with other locks, used as an application uses them. A test runs in many schedules, drawn
//! at random and by PCT (Burckhardt and others, ASPLOS 2010), which finds orderings that need few exchanges sooner. This shows the
//! absence of bugs in the schedules that were tried, under sequential consistency; it does not show it for all, nor for weaker orderings of memory, nor
//! for crossbeam's queue itself.

mod background;
mod concurrent;
mod deadlines;
mod differences;
mod permits;
mod publishing;
mod recording;
mod standing;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// Tries a test in many schedules: `SCHEDULES` says how many, 200 of each kind otherwise.
fn in_many_schedules(test: impl Fn() + Send + Sync + Clone + 'static) {
    let schedules = std::env::var("SCHEDULES").ok().and_then(|number| number.parse().ok()).unwrap_or(200);
    // What is on the stack of a thread is that of a whole call.
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    Runner::new(RandomScheduler::new(schedules), config.clone()).run(test.clone());
    Runner::new(PctScheduler::new(3, schedules), config).run(test);
}
