//! A lab all of whose extension points fail as planned, and what came of it.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use experiment::{
    BreakerPolicy, Call, Clock, Executor, Job, Lab, Limits, Operation, Order, PublishError, Publisher, Rate, RunResult,
    Sampler, Sampling, Threshold,
};
use stateful_testing::Failed;

use super::points::{Fault, Point};

pub(crate) struct World {
    lab: Lab,
    pub(super) state: Arc<State>,
}

/// What the extension points share. They are in the lab, so they hold this and not the world.
pub(crate) struct State {
    plan: Mutex<BTreeMap<Point, Fault>>,
    /// The failures that happened, and those of which the hook was told.
    happened: Mutex<Vec<Operation>>,
    told: Mutex<Vec<Operation>>,
    now: Mutex<Instant>,
    calls: AtomicU32,
    caller: ThreadId,
    /// Whether what runs in the background has to wait for the caller to have its value.
    held: Mutex<bool>,
    released: Condvar,
    /// Whether somebody waited so long that the caller must have waited for it.
    waited_in_vain: Mutex<bool>,
}

/// Nobody waits so long unless the caller waits for who is waiting for it.
const FOR_EVER: Duration = Duration::from_secs(10);

pub(crate) struct Planted;

/// No test panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn new(order: Order) -> Arc<Self> {
        Self::with(order, false, BTreeMap::new(), 0)
    }

    /// Another lab with the same plan. In a strict one, deadlines, breakers and limits take effect; else every run reaches every
    /// point.
    pub(crate) fn restarted(&self, order: Order, is_strict: bool) -> Arc<Self> {
        Self::with(order, is_strict, lock(&self.state.plan).clone(), self.state.calls.load(Ordering::Relaxed))
    }

    fn with(order: Order, is_strict: bool, plan: BTreeMap<Point, Fault>, calls: u32) -> Arc<Self> {
        let state = Arc::new(State {
            plan: Mutex::new(plan),
            happened: Mutex::default(),
            told: Mutex::default(),
            now: Mutex::new(Instant::now()),
            calls: AtomicU32::new(calls),
            caller: thread::current().id(),
            held: Mutex::new(false),
            released: Condvar::new(),
            waited_in_vain: Mutex::new(false),
        });
        let of = || Arc::clone(&state);
        let (hook, gate) = (of(), of());
        let lab = Lab::new()
            .order(order)
            .breaker(if is_strict { strict_breaker() } else { BreakerPolicy::never() })
            .limits(if is_strict { strict_limits() } else { Limits::new() })
            .clock(Faulty(of()))
            .publisher(Faulty(of()))
            .sampler(Faulty(of()))
            .executor(Thread::new(of()))
            .enabled_by(move |_| gate.visit(Point::Gate).is_ok())
            .on_failure(move |failure| {
                lock(&hook.told).push(failure.operation());
                drop(hook.visit(Point::Hook));
            });
        // Longer than a run takes whose clock moves on by a step with each look, unless something is slow.
        lab.experiment("x").set_deadline(if is_strict { Duration::from_secs(5) } else { Duration::MAX });
        Arc::new(Self { lab, state })
    }

    pub(crate) fn lab(&self) -> &Lab {
        &self.lab
    }

    pub(crate) fn plan(&self, point: Point, fault: Option<Fault>) {
        let mut plan = lock(&self.state.plan);
        match fault {
            Some(fault) => drop(plan.insert(point, fault)),
            None => drop(plan.remove(&point)),
        }
    }

    /// Begins a call, and gives its number.
    pub(super) fn begin(&self, in_background: bool) -> u32 {
        *lock(&self.state.held) = in_background;
        self.state.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The caller has its value.
    pub(super) fn release(&self) {
        *lock(&self.state.held) = false;
        self.state.released.notify_all();
    }

    /// Waits for what is in the background.
    pub(crate) fn settle(&self) -> Result<(), Failed> {
        self.lab
            .settle(FOR_EVER * 2)
            .map_err(|unsettled| Failed::new(format!("although all were released, {unsettled}")))?;
        drop(self.lab.flush());
        Ok(())
    }

    /// Each run has exactly one outcome for each of its candidates, however it ended, and none goes on.
    pub(crate) fn accounted(&self) -> Result<(), Failed> {
        let report = self.lab.experiment("x").report();
        let candidates = report.candidates.iter().chain(&report.control_again);
        let outcomes = candidates.map(|candidate| candidate.outcomes.values().sum::<u64>());
        if report.still_running > 0 || outcomes.clone().any(|outcomes| outcomes != report.runs) {
            let outcomes: Vec<_> = outcomes.collect();
            return Err(Failed::new(format!("of {} runs, the candidates have {outcomes:?} outcomes", report.runs)));
        }
        Ok(())
    }

    pub(crate) fn on_time(&self) -> Result<(), Failed> {
        if *lock(&self.state.waited_in_vain) {
            return Err(Failed::new("the caller waited for what is in the background"));
        }
        Ok(())
    }

    /// Each failure of the experiment itself reached the hook. A clock that fails more than once in a run is told once.
    pub(crate) fn all_told(&self) -> Result<(), Failed> {
        let taken = |list: &Mutex<Vec<Operation>>| {
            let mut list = std::mem::take(&mut *lock(list));
            list.sort_unstable();
            let clock = list.contains(&Operation::Clock);
            list.retain(|operation| *operation != Operation::Clock);
            (list, clock)
        };
        let (happened, told) = (taken(&self.state.happened), taken(&self.state.told));
        if happened == told {
            return Ok(());
        }
        Err(Failed::new(format!("what failed, and whether the clock did: {happened:?}; what was told: {told:?}")))
    }
}

/// One that opens soon, and lets probes through after a few looks at the clock.
fn strict_breaker() -> BreakerPolicy {
    let twice = Threshold::new(2, 10).expect("two of ten are possible");
    let policy = BreakerPolicy::never().panics(twice).time_outs(twice).mismatches(twice);
    policy.pause(Duration::from_secs(2)).probes(NonZeroU32::MIN)
}

/// Those that a call or two use up.
fn strict_limits() -> Limits {
    let of = |number| NonZeroUsize::new(number).expect("it is not zero");
    let share = Rate::percent(50.0).expect("it is a share");
    Limits::new().concurrency(of(1)).time_share(share).added_latency(Duration::from_millis(500)).memory(of(64 << 10))
}

impl State {
    pub(super) fn planned(&self, point: Point) -> Option<Fault> {
        lock(&self.plan).get(&point).copied()
    }

    /// Does what is planned for the point.
    pub(super) fn visit(&self, point: Point) -> Result<(), Planted> {
        // The thread that looks at deadlines comes when it likes, also between two calls.
        if thread::current().name() == Some("experiment-watch") {
            return Ok(());
        }
        let Some(fault) = self.planned(point) else { return Ok(()) };
        if let Some(operation) = point.operation(fault) {
            lock(&self.happened).push(operation);
        }
        match fault {
            Fault::Panic => resume_unwind(Box::new(Planted)),
            Fault::Error => Err(Planted),
            Fault::Delay => {
                self.delay();
                Ok(())
            }
        }
    }

    fn delay(&self) {
        if thread::current().id() == self.caller {
            *lock(&self.now) += Duration::from_hours(1);
            return;
        }
        let waiting = lock(&self.held);
        let waited = self.released.wait_timeout_while(waiting, FOR_EVER, |held| *held);
        if waited.is_ok_and(|(_, timeout)| timeout.timed_out()) {
            *lock(&self.waited_in_vain) = true;
        }
    }
}

/// Each extension point that is a trait.
struct Faulty(Arc<State>);

impl Clock for Faulty {
    fn now(&self) -> Instant {
        let backwards = self.0.visit(Point::Clock).is_err();
        let mut now = lock(&self.0.now);
        if backwards {
            *now = now.checked_sub(Duration::from_secs(1)).unwrap_or(*now);
        } else {
            *now += Duration::from_millis(150);
        }
        *now
    }

    fn thread_cpu(&self) -> Option<Duration> {
        self.0.visit(Point::ProcessorClock).is_ok().then_some(Duration::ZERO)
    }
}

impl Publisher for Faulty {
    fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
        self.0.visit(Point::Publisher).map_err(|Planted| PublishError::refused("planted"))
    }
}

impl Sampler for Faulty {
    fn sample(&self, call: &Call<'_>) -> Sampling {
        match self.0.visit(Point::Sampler) {
            Ok(()) => Sampling::AtRate(call.rate()),
            Err(Planted) => Sampling::Out,
        }
    }
}

/// An executor with one thread.
struct Thread {
    state: Arc<State>,
    jobs: Option<Sender<Job>>,
    worker: Option<JoinHandle<()>>,
}

impl Thread {
    fn new(state: Arc<State>) -> Self {
        let (jobs, waiting) = channel::<Job>();
        let worker = thread::spawn(move || waiting.into_iter().for_each(Job::run));
        Self { state, jobs: Some(jobs), worker: Some(worker) }
    }
}

impl Executor for Thread {
    fn execute(&self, job: Job) {
        // An error loses the job, as an executor does that has no room.
        if self.state.visit(Point::Executor).is_ok() {
            self.jobs.as_ref().expect("it is taken when the lab goes").send(job).expect("the thread outlives the lab");
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(worker) = self.worker.take()
            && worker.thread().id() != thread::current().id()
        {
            worker.join().expect("jobs never panic");
        }
    }
}

/// For results, which may outlive the world.
pub(super) fn weakly(world: &World) -> Weak<State> {
    Arc::downgrade(&world.state)
}
