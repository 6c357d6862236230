//! Ends a test that would otherwise never end: a command that does not come back.
//!
//! A thread cannot be stopped from outside. So where a check has a deadline, a second thread looks on; when one command has taken much longer
//! than it may, it says which one and ends the process, which is what somebody at the terminal would do.

use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, process};

/// How many deadlines a command may take before it is taken for one that never ends.
const DEADLINES: u32 = 20;

/// A command that comes back within this is waited for, however short the deadline is.
const LEAST: Duration = Duration::from_secs(2);

/// Nobody waits longer, and adding to an instant stays within bounds.
const MOST: Duration = Duration::from_hours(24);

/// The exit code of a test process of Rust that has failed.
const FAILED: i32 = 101;

/// What the running thread tells the one that looks on.
#[derive(Debug, Default)]
struct Pulse {
    /// Grows when a command starts and when it ends: odd while one runs.
    command: AtomicU64,
    kind: AtomicU64,
    place: AtomicU64,
    seed: AtomicU64,
}

/// How long commands may take, and who sees to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    pub(crate) deadline: Option<Duration>,
    pulse: Option<Arc<Pulse>>,
}

impl Watch {
    /// Nobody looks on: for a process that is watched from outside.
    pub(crate) fn alone(deadline: Option<Duration>) -> Self {
        Self { deadline, pulse: None }
    }

    /// The case that runs from here on.
    pub(crate) fn case(&self, seed: u64) {
        if let Some(pulse) = &self.pulse {
            pulse.seed.store(seed, Ordering::Relaxed);
        }
    }

    /// A command starts: the one at `place` of the sequence, from 1.
    pub(crate) fn started(&self, kind: usize, place: usize) {
        if let Some(pulse) = &self.pulse {
            pulse.kind.store(kind as u64, Ordering::Relaxed);
            pulse.place.store(place as u64, Ordering::Relaxed);
            pulse.command.fetch_add(1, Ordering::Release);
        }
    }

    /// A panic has ended it, if one was running.
    pub(crate) fn ended_by_a_panic(&self) {
        if self.pulse.as_ref().is_some_and(|pulse| !pulse.command.load(Ordering::Relaxed).is_multiple_of(2)) {
            self.ended();
        }
    }

    /// It has come back.
    pub(crate) fn ended(&self) {
        if let Some(pulse) = &self.pulse {
            pulse.command.fetch_add(1, Ordering::Release);
        }
    }
}

/// The thread that looks on; ends when this is dropped.
pub(crate) struct Watchdog {
    stopped: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

/// What is said of a command that does not come back.
struct NeverEnds<'a> {
    command: &'a str,
    place: u64,
    seed: u64,
    deadline: Duration,
    check: &'a Location<'static>,
}

impl Watchdog {
    /// Looks on while commands with these names run, for the check at a place.
    pub(crate) fn start(
        deadline: Duration,
        check: &'static Location<'static>,
        names: &'static [&'static str],
    ) -> (Watch, Self) {
        let pulse = Arc::new(Pulse::default());
        let stopped = Arc::new((Mutex::new(false), Condvar::new()));
        let watch = Watch { deadline: Some(deadline), pulse: Some(Arc::clone(&pulse)) };
        let patience = deadline.saturating_mul(DEADLINES).clamp(LEAST, MOST);
        let seen = Arc::clone(&stopped);
        let look_on = move || {
            while let Some(command) = wait_for_a_hang(&pulse, &seen, patience) {
                let kind = usize::try_from(pulse.kind.load(Ordering::Relaxed)).unwrap_or(0);
                let (place, seed) = (pulse.place.load(Ordering::Relaxed), pulse.seed.load(Ordering::Relaxed));
                // It may have come back just now.
                if pulse.command.load(Ordering::Acquire) == command {
                    let name = names.get(kind).copied().unwrap_or_default();
                    end(&NeverEnds { command: name, place, seed, deadline, check });
                }
            }
        };
        let thread = thread::Builder::new().name("stateful-testing watchdog".to_owned()).spawn(look_on).ok();
        (watch, Self { stopped, thread })
    }
}

/// Waits until one command has run for as long as `patience`; `None` if it is told to stop.
fn wait_for_a_hang(pulse: &Pulse, (stopped, changed): &(Mutex<bool>, Condvar), patience: Duration) -> Option<u64> {
    let mut command = pulse.command.load(Ordering::Acquire);
    let mut since = Instant::now();
    let mut guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
    while !*guard {
        guard = changed.wait_timeout(guard, patience / 4).unwrap_or_else(PoisonError::into_inner).0;
        let now = pulse.command.load(Ordering::Acquire);
        if now != command || now.is_multiple_of(2) {
            (command, since) = (now, Instant::now());
        } else if since.elapsed() >= patience {
            return Some(command);
        }
    }
    None
}

#[allow(clippy::print_stderr, reason = "the process ends here, and nobody else can say why")]
fn end(what: &NeverEnds<'_>) -> ! {
    eprintln!("stateful-testing: {what}");
    process::exit(FAILED)
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        *self.stopped.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stopped.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has nothing to say about how it ended.
            drop(thread.join());
        }
    }
}

impl fmt::Display for NeverEnds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, place, seed, deadline, check } = self;
        write!(
            f,
            "the check at {check} ends here: command {place} of a sequence, `{command}`, does not come back, though its deadline is \
             {deadline:?}. A thread cannot be stopped from outside: with `.isolated(limit)` the sequence would be shrunk instead. \
             Replay with STATEFUL_SEED={seed:#x}"
        )
    }
}
