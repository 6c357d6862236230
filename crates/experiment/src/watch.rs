//! Finds candidates in the background that passed their deadline. They cannot be stopped, but they can be reported.

use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::clock::ClockSource;
use crate::context::NoContext;
use crate::definition::OwnedSetup;
use crate::failure::{Operation, contain};
use crate::observation::{CandidateResult, Observation, RunResult};
use crate::outcome::Outcome;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, thread};
use crate::who::Seat;

/// How often deadlines are looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// The runs that are in the background at the moment.
#[derive(Default)]
pub(crate) struct Watch {
    tickets: Mutex<Vec<Weak<Ticket>>>,
    started: AtomicBool,
}

impl Watch {
    /// Watches a run until its ticket is dropped.
    pub(crate) fn register(&self, ticket: &Arc<Ticket>) {
        let mut tickets = self.tickets.lock();
        // Before it would grow, those of ended runs go, also where no thread looks at them.
        if tickets.len() == tickets.capacity() {
            tickets.retain(|ticket| ticket.strong_count() > 0);
        }
        tickets.push(Arc::downgrade(ticket));
    }

    /// Starts the thread that looks at the deadlines, once. Without it, which takes a system that refuses threads,
    /// nothing times out.
    pub(crate) fn start(self: &Arc<Self>, clock: &ClockSource) {
        // Loaded first: this is on the caller's path, and a swap would write to a line that all threads read.
        if self.started.load(Ordering::Relaxed) || self.started.swap(true, Ordering::Relaxed) {
            return;
        }
        let (watch, clock) = (Arc::downgrade(self), clock.clone());
        drop(thread::Builder::new().name("experiment-watch".to_owned()).spawn(move || {
            loop {
                thread::park_timeout(INTERVAL);
                let Some(watch) = watch.upgrade() else { return };
                watch.look(&clock);
            }
        }));
    }

    /// Reports every candidate that runs past its deadline, each once. With a clock that fails there are no deadlines, which
    /// every run is told once.
    pub(crate) fn look(&self, clock: &ClockSource) {
        let mut tickets = Vec::new();
        self.tickets.lock().retain(|ticket| {
            let Some(ticket) = ticket.upgrade() else { return false };
            tickets.push(ticket);
            true
        });
        // Outside the lock: publishers and hooks are called.
        match clock.now() {
            Ok(now) => tickets.iter().for_each(|ticket| ticket.check(now)),
            Err(panic) => tickets.iter().for_each(|ticket| ticket.tell_clock_failure(panic.message())),
        }
    }
}

/// One run in the background: which candidate runs now, and until when it may.
pub(crate) struct Ticket {
    setup: OwnedSetup,
    run: u64,
    control: Observation,
    seat: Seat,
    running: Mutex<Option<Running>>,
    clock_failure_told: AtomicBool,
}

struct Running {
    candidate: &'static str,
    position: usize,
    started: Instant,
    /// Who is to be woken when it is late, if it is a future.
    waker: Option<Waker>,
}

impl Ticket {
    pub(crate) fn new(setup: OwnedSetup, run: u64, control: Observation, seat: Seat) -> Self {
        Self { setup, run, control, seat, running: Mutex::default(), clock_failure_told: AtomicBool::new(false) }
    }

    pub(crate) fn start(&self, candidate: &'static str, position: usize, started: Instant) {
        *self.running.lock() = Some(Running { candidate, position, started, waker: None });
    }

    /// Ends what `start` began; `false` if it was reported as timed out meanwhile.
    pub(crate) fn finish(&self) -> bool {
        self.running.lock().take().is_some()
    }

    /// Has the task woken when its candidate is late; `false` if it is late already.
    pub(crate) fn wake_when_late(&self, waker: &Waker) -> bool {
        match &mut *self.running.lock() {
            Some(running) => {
                running.waker = Some(waker.clone());
                true
            }
            None => false,
        }
    }

    fn tell_clock_failure(&self, message: Option<&str>) {
        if !self.clock_failure_told.swap(true, Ordering::Relaxed) {
            self.setup.borrowed().failed(Operation::Clock, None, message);
        }
    }

    fn check(&self, now: Instant) {
        let setup = self.setup.borrowed();
        let deadline = setup.definition.deadline();
        let is_late = |running: &mut Running| now.saturating_duration_since(running.started) >= deadline;
        let mut running = self.running.lock();
        let Some(late) = running.take_if(|running| is_late(running)) else { return };
        // While the candidate cannot go on yet: whoever waits until nothing is in the background waits for this, too.
        setup.equipment.background.begin();
        drop(running);
        let observation = Observation {
            behavior: late.candidate,
            duration: Some(now.saturating_duration_since(late.started)),
            cpu: None,
            position: Some(late.position),
            panicked: false,
        };
        let result = vec![CandidateResult { observation, outcome: Outcome::TimedOut, reason: None, sample: None }];
        let result = RunResult {
            experiment: setup.definition.name(),
            run: self.run,
            control: &self.control,
            candidates: &result,
            context: &NoContext,
            seat: self.seat,
        };
        setup.record_late(&result, now);
        setup.publish(&result);
        if let Some(waker) = late.waker
            && let Err(panic) = contain(|| waker.wake())
        {
            setup.failed(Operation::Execute, Some(late.candidate), panic.message());
        }
        setup.equipment.background.end();
    }
}
