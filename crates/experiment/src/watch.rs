//! Finds candidates in the background that passed their deadline. They cannot be stopped, but they can be reported.

use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::clock::ClockSource;
use crate::context::NoContext;
use crate::definition::{OwnedSetup, Setup};
use crate::failure::{Operation, contain};
use crate::name::CONTROL;
use crate::observation::{CandidateResult, CandidateResults, Observation, RunResult};
use crate::outcome::{Outcome, Reason};
use crate::pool::{Hand, Hold};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, thread};
use crate::who::Seat;

/// How often deadlines are looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// What has a deadline.
pub(crate) trait Watched: Send + Sync {
    /// Does what is to be done at the deadline, if it has passed and that was not done yet.
    fn check(&self, now: Instant);
    /// Tells once that the clock fails, so that there is no deadline.
    fn tell_clock_failure(&self, message: Option<&str>);
}

/// The runs whose candidates have a deadline at the moment.
#[derive(Default)]
pub(crate) struct Watch {
    tickets: Mutex<Vec<Weak<dyn Watched>>>,
    started: AtomicBool,
}

impl Watch {
    /// Watches a run until its ticket is dropped.
    pub(crate) fn register<W: Watched + 'static>(&self, ticket: &Arc<W>) {
        let mut tickets = self.tickets.lock();
        // Before it would grow, those of ended runs go, also where no thread looks at them.
        if tickets.len() == tickets.capacity() {
            tickets.retain(|ticket| ticket.strong_count() > 0);
        }
        let ticket: Weak<W> = Arc::downgrade(ticket);
        tickets.push(ticket);
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

/// One run in the background: which behaviour runs now, and until when it may.
pub(crate) struct Ticket {
    setup: OwnedSetup,
    run: u64,
    control: Observation,
    seat: Seat,
    /// Who is told when a candidate is late, besides its future.
    bell: Option<Waker>,
    running: Mutex<Option<Running>>,
    /// What becomes of the candidates of the run when one behaviour is late behind which the others wait. Empty where none do.
    behind: Vec<CandidateResult>,
    gave_up: AtomicBool,
    /// Whether nothing can stop a behaviour of the run, which is called and not polled.
    blocks: bool,
    /// What it has of a thread of the pool.
    hold: Option<Hold>,
    /// The candidate that passed its deadline and cannot be stopped.
    hangs: Mutex<Option<&'static str>>,
    clock_failure_told: AtomicBool,
}

struct Running {
    behavior: &'static str,
    /// `None` where all behaviours of the run go on at once.
    position: Option<usize>,
    started: Instant,
    /// What was observed of it, where it has ended and what it gave is being looked at.
    ended: Option<Observation>,
    /// Who is to be woken when it is late, if it is a future.
    waker: Option<Waker>,
}

impl Ticket {
    pub(crate) fn new(setup: OwnedSetup, run: u64, control: Observation, seat: Seat) -> Self {
        Self {
            setup,
            run,
            control,
            seat,
            bell: None,
            running: Mutex::default(),
            behind: Vec::new(),
            gave_up: AtomicBool::new(false),
            blocks: false,
            hold: None,
            hangs: Mutex::default(),
            clock_failure_told: AtomicBool::new(false),
        }
    }

    /// As [`Ticket::new`], for behaviours that run one after the other on a thread that cannot be taken from one that hangs:
    /// when one is late, the candidates are reported that wait for it, to run or to be compared.
    pub(crate) fn of_all(mut self, candidates: &impl CandidateResults) -> Self {
        let results = (0..candidates.count()).filter_map(|index| candidates.result(index)).cloned();
        let behind = results.map(|result| match result.reason {
            // It was refused, and waits for nothing.
            Some(_) => result,
            // It has come to another end already.
            None if result.outcome != Outcome::Skipped => result,
            None => CandidateResult { outcome: Outcome::Dropped, reason: Some(Reason::BehindLate), ..result },
        });
        self.behind = behind.collect();
        self
    }

    /// As [`Ticket::new`], for behaviours that are called: on a thread of the pool, or of another executor.
    pub(crate) fn called_by(mut self, by: Option<&Hand>) -> Self {
        (self.blocks, self.hold) = (true, by.map(Hand::hold));
        self
    }

    /// Whether the run was reported without an end, since a behaviour was late behind which others waited.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }

    /// As [`Ticket::new`], and tells whoever waits for a candidate that cannot be stopped that it is late.
    pub(crate) fn with_bell(mut self, bell: Waker) -> Self {
        self.bell = Some(bell);
        self
    }

    pub(crate) fn start(&self, behavior: &'static str, position: Option<usize>, started: Instant) {
        self.run(Running { behavior, position, started, ended: None, waker: self.bell.clone() });
    }

    /// As [`Ticket::start`], for a look at what a behaviour gave that has ended.
    #[inline(never)]
    pub(crate) fn start_comparing(&self, ended: &Observation, started: Instant) {
        let Observation { behavior, position, .. } = *ended;
        self.run(Running { behavior, position, started, ended: Some(ended.clone()), waker: None });
    }

    fn run(&self, next: Running) {
        let mut running = self.running.lock();
        // What comes after that has been reported.
        if !self.gave_up() {
            *running = Some(next);
        }
    }

    /// Ends what `start` began; `false` if it was reported as timed out meanwhile.
    #[inline(never)]
    pub(crate) fn finish(&self) -> bool {
        self.running.lock().take().is_some()
    }

    /// Has the task woken when its behaviour is late; `false` if it is late already.
    pub(crate) fn wake_when_late(&self, waker: &Waker) -> bool {
        match &mut *self.running.lock() {
            Some(running) => {
                running.waker = Some(waker.clone());
                true
            }
            None => false,
        }
    }
}

impl Watched for Ticket {
    fn check(&self, now: Instant) {
        let setup = self.setup.borrowed();
        let deadline = setup.definition.deadline();
        let is_late = |running: &mut Running| now.saturating_duration_since(running.started) >= deadline;
        let mut running = self.running.lock();
        let Some(late) = running.take_if(|running| is_late(running)) else { return };
        // While the candidate cannot go on yet: whoever waits until nothing is in the background waits for this, too.
        setup.equipment.background.begin();
        self.gave_up.store(!self.behind.is_empty(), Ordering::Relaxed);
        if self.blocks && late.behavior != CONTROL && self.hangs.lock().replace(late.behavior).is_none() {
            setup.recorder().candidate(late.behavior).hangs();
        }
        drop(running);
        if let Some(hold) = &self.hold {
            hold.hangs();
        }
        self.report(&late, now);
        wake(setup, Some(late.behavior), late.waker);
        setup.equipment.background.end();
    }

    fn tell_clock_failure(&self, message: Option<&str>) {
        if !self.clock_failure_told.swap(true, Ordering::Relaxed) {
            self.setup.borrowed().failed(Operation::Clock, None, message);
        }
    }
}

impl Ticket {
    /// Records and publishes what is late, and what waits for it.
    fn report(&self, late: &Running, now: Instant) {
        let mut candidates = self.behind.clone();
        if late.behavior != CONTROL {
            // One that has ended took as long as it did, however long the look at it takes.
            let observation = late.ended.clone().unwrap_or_else(|| Observation {
                behavior: late.behavior,
                duration: Some(now.saturating_duration_since(late.started)),
                cpu: None,
                position: late.position,
                concurrent: late.position.is_none(),
                panicked: false,
            });
            // A second one of that name was refused, and is another one.
            let is_late = |candidate: &CandidateResult| {
                candidate.name() == late.behavior && candidate.reason == Some(Reason::BehindLate)
            };
            candidates.retain(|candidate| !is_late(candidate));
            let reason = late.ended.is_some().then_some(Reason::LateComparison);
            candidates.push(CandidateResult { observation, outcome: Outcome::TimedOut, reason, sample: None });
        }
        if candidates.is_empty() {
            return;
        }
        let setup = self.setup.borrowed();
        let result = RunResult {
            experiment: setup.definition.name(),
            run: self.run,
            control: &self.control,
            candidates: &candidates,
            context: &NoContext,
            seat: self.seat,
        };
        setup.record_late(&result, now);
        setup.publish(&result);
    }
}

impl Drop for Ticket {
    /// The run has ended, however late.
    fn drop(&mut self) {
        if let Some(candidate) = self.hangs.lock().take() {
            self.setup.borrowed().recorder().candidate(candidate).returned();
        }
    }
}

/// The deadline of a run whose futures are polled in one task: it wakes that task, which stops what has not finished.
pub(crate) struct Alarm {
    setup: OwnedSetup,
    started: Instant,
    waker: Mutex<Option<Waker>>,
    rings: AtomicBool,
    clock_failure_told: AtomicBool,
}

impl Alarm {
    pub(crate) fn new(setup: OwnedSetup, started: Instant) -> Self {
        Self {
            setup,
            started,
            waker: Mutex::default(),
            rings: AtomicBool::new(false),
            clock_failure_told: AtomicBool::new(false),
        }
    }

    /// Has the task woken at the deadline; `false` if that has passed already.
    pub(crate) fn wake_when_late(&self, waker: &Waker) -> bool {
        let mut known = self.waker.lock();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
        // Read under the lock under which it is set: a task that goes to sleep after this is woken.
        !self.rings.load(Ordering::Relaxed)
    }
}

impl Watched for Alarm {
    fn check(&self, now: Instant) {
        let setup = self.setup.borrowed();
        if now.saturating_duration_since(self.started) < setup.definition.deadline() {
            return;
        }
        let waker = {
            let mut waker = self.waker.lock();
            // Once: what is awaited after that has no deadline.
            if self.rings.swap(true, Ordering::Relaxed) {
                return;
            }
            waker.take()
        };
        wake(setup, None, waker);
    }

    fn tell_clock_failure(&self, message: Option<&str>) {
        if !self.clock_failure_told.swap(true, Ordering::Relaxed) {
            self.setup.borrowed().failed(Operation::Clock, None, message);
        }
    }
}

/// A waker is the code of a runtime: its panic must not end the thread that looks at all deadlines.
fn wake(setup: Setup<'_>, candidate: Option<&str>, waker: Option<Waker>) {
    if let Some(waker) = waker
        && let Err(panic) = contain(|| waker.wake())
    {
        setup.failed(Operation::Execute, candidate, panic.message());
    }
}
