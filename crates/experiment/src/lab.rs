//! The handle an application owns.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::BreakerPolicy;
use crate::clock::{Clock, ClockSource};
use crate::definition::{Definition, Equipment, Setup};
use crate::executor::Executor;
use crate::experiment::Experiment;
use crate::failure::{FailureHook, InternalFailure, Operation, contain};
use crate::limits::Limits;
use crate::mismatch::{Mismatch, Raiser, Reaction};
use crate::name::{self, NameError};
use crate::order::Order;
use crate::publisher::{PublishError, Publisher};
use crate::rate::Rate;
use crate::report::Report;
use crate::sampler::Sampler;
use crate::settling::Unsettled;
use crate::sync::atomic::Ordering;
use crate::sync::{Mutex, OnceLock};
use crate::table::Table;

/// Owns experiments: what they are called, where results go, which order behaviours run in, and what was found out.
///
/// Set it up first, then share it (by reference, in an `Arc`, or in the state of a web framework) and call
/// [`experiment`](Lab::experiment) wherever old and new code meet.
///
/// ```
/// use experiment::{Lab, Order, Rate};
///
/// let lab = Lab::new().order(Order::Random).default_rate(Rate::percent(10.0)?);
///
/// let db = vec!["Ann", "Bob"];
/// let users = lab
///     .experiment("users-query")
///     .control(|| db.len())
///     .candidate("new", || db.iter().count())
///     .candidate("fancy", || db.len())
///     .run();
/// assert_eq!(users, 2);
///
/// println!("{}", lab.experiment("users-query").report());
/// # Ok::<(), experiment::RateError>(())
/// ```
pub struct Lab {
    equipment: Arc<Equipment>,
    default_rate: Rate,
    definitions: Table<Arc<Definition>, 64>,
    /// Whether candidates are kept from running everywhere. Each experiment knows it too, for its calls; held while they are
    /// told.
    switched_off: Mutex<bool>,
}

/// What the failure hook is told in builds in which a panic ends the process.
const ABORTS: &str =
    "this program is built with panic = \"abort\": a panic of a candidate ends it, as no panic can be contained";

impl Lab {
    /// A lab that runs every candidate on every call, in random order, and publishes nothing; the reports are kept in
    /// memory of fixed size.
    pub fn new() -> Self {
        Self {
            equipment: Arc::default(),
            default_rate: Rate::default(),
            definitions: Table::new(),
            switched_off: Mutex::new(false),
        }
    }

    /// Adds a publisher. Several are called in the order in which they were added.
    #[must_use]
    pub fn publisher(mut self, publisher: impl Publisher) -> Self {
        self.equipment().publishers.push(Arc::new(publisher));
        self
    }

    /// Takes the time from `clock` instead of the system.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        let equipment = self.equipment();
        equipment.clock = ClockSource::Given(Arc::new(clock));
        // Runs in the background keep theirs, with the clock they began with.
        equipment.watch = Arc::default();
        self
    }

    /// Sets the order in which behaviours run.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.equipment().order = order;
        self
    }

    /// Sets the share of calls that take part in experiments which say nothing themselves.
    #[must_use]
    pub fn default_rate(mut self, rate: Rate) -> Self {
        self.default_rate = rate;
        self
    }

    /// Asks `gate` for the name of the experiment in every call that the rate picks: a feature flag, say. A gate that
    /// panics is closed.
    ///
    /// ```
    /// let flags = std::collections::BTreeMap::from([("users-query", true)]);
    /// let lab = experiment::Lab::new().enabled_by(move |name| flags.get(name).copied().unwrap_or(false));
    /// assert_eq!(lab.experiment("other").control(|| 1).candidate("new", || unreachable!("no such flag")).run(), 1);
    /// ```
    #[must_use]
    pub fn enabled_by(mut self, gate: impl Fn(&'static str) -> bool + Send + Sync + 'static) -> Self {
        self.equipment().gate = Some(Arc::new(gate));
        self
    }

    /// Lets `sampler` decide which calls take part, instead of the rates.
    #[must_use]
    pub fn sampler(mut self, sampler: impl Sampler) -> Self {
        self.equipment().sampler = Some(Arc::new(sampler));
        self.definitions.iter().for_each(|(_, definition)| definition.standing().set_sampled());
        self
    }

    /// Calls `hook` whenever the experiment itself failed: a comparator, a publisher, a clock. It is called on the
    /// thread of the run, so it
    /// must not block; its own panics go nowhere.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use experiment::Lab;
    ///
    /// let failures = Arc::new(AtomicU32::new(0));
    /// let counted = Arc::clone(&failures);
    /// let lab = Lab::new().on_failure(move |failure| {
    ///     eprintln!("experiment {} failed in {}", failure.experiment(), failure.operation());
    ///     counted.fetch_add(1, Ordering::Relaxed);
    /// });
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).compare_with(|_, _| std::panic::resume_unwind(Box::new(()))).run();
    /// assert_eq!(failures.load(Ordering::Relaxed), 1);
    /// ```
    #[must_use]
    pub fn on_failure(mut self, hook: impl Fn(&InternalFailure<'_>) + Send + Sync + 'static) -> Self {
        self.equipment().on_failure = FailureHook::new(hook);
        self
    }

    /// Sets what a mismatch does where an experiment says nothing itself. Anything but [`Reaction::Record`] is for
    /// tests.
    ///
    /// ```should_panic
    /// use experiment::{Lab, Reaction};
    ///
    /// let lab = Lab::new().reaction(Reaction::Raise);
    /// lab.experiment("x").control(|| 1).candidate("new", || 2).describe_debug().run();
    /// ```
    #[must_use]
    pub fn reaction(self, reaction: Reaction) -> Self {
        self.set_reaction(reaction);
        self
    }

    /// Changes what a mismatch does where an experiment says nothing itself, from the next run of any thread on.
    pub fn set_reaction(&self, reaction: Reaction) {
        self.equipment.raises.store(reaction == Reaction::Raise, Ordering::Relaxed);
    }

    /// Raises mismatches with `raise` instead of a panic that has the mismatch in words: it should panic in turn, with
    /// a payload of the
    /// application's own type. If it returns, the caller gets the control's value.
    ///
    /// ```
    /// use experiment::{Lab, Reaction};
    ///
    /// struct Differs(String);
    /// let raise = |mismatch: &experiment::Mismatch<'_>| std::panic::resume_unwind(Box::new(Differs(mismatch.experiment().to_owned())));
    /// let lab = Lab::new().reaction(Reaction::Raise).raise_with(raise);
    /// let call = || lab.experiment("x").control(|| 1).candidate("new", || 2).run();
    /// let raised = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).expect_err("they differ");
    /// assert_eq!(raised.downcast_ref::<Differs>().map(|Differs(name)| name.as_str()), Some("x"));
    /// ```
    #[must_use]
    pub fn raise_with(mut self, raise: impl Fn(&Mismatch<'_>) + Send + Sync + 'static) -> Self {
        self.equipment().raiser = Raiser::new(raise);
        self
    }

    /// Sets when a candidate is no longer run, and for how long.
    #[must_use]
    pub fn breaker(mut self, policy: BreakerPolicy) -> Self {
        self.equipment().breaker = policy;
        self
    }

    /// Sets what the candidates of each experiment may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.equipment().limits = limits;
        self
    }

    /// Runs candidates in the background on `executor` instead of a [`Pool`](crate::Pool) of the lab's own.
    #[must_use]
    pub fn executor(mut self, executor: impl Executor) -> Self {
        self.equipment().executor = OnceLock::from(Arc::new(executor) as Arc<dyn Executor>);
        self
    }

    /// Lets at most so many runs of futures be in the background at once, of all experiments together: those whose candidates
    /// follow in tasks of their own or go on beside the control. It is 1,024 at first, as a [`Pool`](crate::Pool) lets as many
    /// jobs wait.
    ///
    /// A runtime takes any number of tasks, and each holds what its candidates captured. What there is no room for is recorded as
    /// [`Dropped`](crate::Outcome::Dropped), and the caller gets its value. [`Limits::concurrency`] bounds each experiment by
    /// itself, and holds the call back instead.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use experiment::{Lab, Outcome};
    ///
    /// let (lab, mut tasks) = (Lab::new().room_for_futures(NonZeroUsize::MIN), Vec::new());
    /// for _ in 0..3 {
    ///     let call = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 1 }).observe(|value| *value);
    ///     let mut call = Box::pin(call.run_in_background(|task| tasks.push(task)));
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(call.as_mut().poll(&mut context).is_ready());
    /// }
    /// assert_eq!(tasks.len(), 1);
    /// assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 2);
    /// ```
    #[must_use]
    pub fn room_for_futures(mut self, runs: NonZeroUsize) -> Self {
        self.equipment().room.runs = runs;
        self
    }

    /// The experiment called `name`, made on first use. Costs a hash of the name and no lock.
    ///
    /// A name that cannot be used gives an experiment that runs its control only and tells the failure hook once;
    /// [`define`](Lab::define) gives the error instead.
    #[inline]
    pub fn experiment(&self, name: &'static str) -> Experiment<'_> {
        self.handle(self.definitions.get_at_once(name).unwrap_or_else(|| self.enter(name)))
    }

    /// As [`experiment`](Lab::experiment), for names that should be checked at the start of the application.
    ///
    /// # Errors
    /// [`NameError`] when the name is empty, longer than 64 bytes, or `control`.
    pub fn define(&self, name: &'static str) -> Result<Experiment<'_>, NameError> {
        name::check(name)?;
        Ok(self.experiment(name))
    }

    /// The experiment called `name`, if it was used or defined: for control panels, where names come from outside.
    ///
    /// ```
    /// let lab = experiment::Lab::new();
    /// lab.experiment("users-query").control(|| 1).candidate("new", || 1).run();
    ///
    /// let from_a_form = String::from("users-query");
    /// lab.find(&from_a_form).expect("it was used").switch_off();
    /// assert!(lab.find("user-query").is_none(), "typed wrong");
    /// ```
    pub fn find(&self, name: &str) -> Option<Experiment<'_>> {
        self.definitions.get(name).filter(|definition| definition.is_usable()).map(|definition| self.handle(definition))
    }

    /// All experiments used or defined so far, by name.
    pub fn experiments(&self) -> Vec<Experiment<'_>> {
        let usable = self.definitions.iter().filter(|(_, definition)| definition.is_usable());
        let mut experiments: Vec<_> = usable.map(|(_, definition)| self.handle(definition)).collect();
        experiments.sort_by_key(Experiment::name);
        experiments
    }

    /// Which lab it is among all that write reports.
    #[cfg(feature = "json")]
    pub(crate) fn source(&self) -> &str {
        self.equipment.source.get_or_init(crate::lines::new_source)
    }

    /// The reports of all experiments, by name.
    pub fn reports(&self) -> Vec<Report> {
        self.experiments().iter().map(Experiment::report).collect()
    }

    /// Stops running candidates everywhere, from the next call of any thread on. Those that wait in the queue of a
    /// [`Pool`](crate::Pool) are cancelled right here.
    pub fn switch_off(&self) {
        self.switch(true);
    }

    /// Undoes [`switch_off`](Lab::switch_off); experiments switched off by themselves stay off.
    pub fn switch_on(&self) {
        self.switch(false);
    }

    /// Waits until everything published so far has gone out, at every publisher, and every mismatch taken apart so far
    /// is counted.
    ///
    /// # Errors
    /// The first publisher's error; the others are flushed all the same. A publisher that panics counts as failed.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use experiment::{Lab, MemoryPublisher, QueuedPublisher};
    ///
    /// let size = NonZeroUsize::new(100).expect("it is not zero");
    /// let lab = Lab::new().publisher(QueuedPublisher::new(MemoryPublisher::new(size), size, |_| {}));
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    /// lab.flush()?; // at the end of the process
    /// # Ok::<(), experiment::PublishError>(())
    /// ```
    pub fn flush(&self) -> Result<(), PublishError> {
        #[cfg(feature = "serde")]
        self.equipment.differ.flush();
        let results: Vec<_> = self.equipment.publishers.iter().map(|publisher| contain(|| publisher.flush())).collect();
        results
            .into_iter()
            .try_for_each(|result| result.unwrap_or_else(|_| Err(PublishError::refused("the publisher panicked"))))
    }

    /// Waits until no run is in the background, for tests and for the end of a process.
    ///
    /// # Errors
    /// [`Unsettled`] when runs are left after `timeout`, because calls go on, the pool is behind, or a candidate hangs.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lab = experiment::Lab::new();
    /// lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    /// lab.settle(Duration::from_secs(10))?;
    /// assert_eq!(lab.experiment("x").report().still_running, 0);
    /// # Ok::<(), experiment::Unsettled>(())
    /// ```
    pub fn settle(&self, timeout: Duration) -> Result<(), Unsettled> {
        self.equipment.background.settle(timeout)
    }

    /// Reports every candidate in the background that is past its deadline now. A thread of the lab does that 50 times
    /// a second; call it in tests
    /// that move the clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use std::sync::mpsc::channel;
    /// use experiment::testing::ManualClock;
    /// use experiment::{Lab, Outcome};
    ///
    /// let clock = ManualClock::new();
    /// let lab = Lab::new().clock(clock.clone());
    /// let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
    /// let hangs = move || {
    ///     tell.send(()).expect("it is waited for");
    ///     hang.recv().map_or(1, |()| 1)
    /// };
    /// lab.experiment("x").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    /// began.recv()?;
    ///
    /// clock.advance(lab.experiment("x").deadline());
    /// lab.check_deadlines();
    /// assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::TimedOut), 1);
    /// # drop(let_go);
    /// # lab.settle(Duration::from_secs(10))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_deadlines(&self) {
        self.equipment.watch.look(&self.equipment.clock);
    }

    /// The experiment called `name`, which is made if there is none.
    #[inline(never)]
    fn enter(&self, name: &'static str) -> &Arc<Definition> {
        let mut is_new = false;
        let definition = self.definitions.get_or_insert_with(name, || {
            is_new = true;
            self.new_definition(name)
        });
        if is_new {
            self.welcome(definition);
        }
        definition
    }

    fn switch(&self, off: bool) {
        let mut switched_off = self.switched_off.lock();
        *switched_off = off;
        self.definitions.iter().for_each(|(_, definition)| definition.standing().set_lab_off(off));
        // What is cancelled is published, and a publisher may use the lab.
        drop(switched_off);
        // All experiments share the executor; one of them is needed to tell of by name should it fail.
        if off && let Some((_, definition)) = self.definitions.iter().next() {
            self.handle(definition).purge();
        }
    }

    /// Sees to an experiment that was just entered. Not before: the hook may ask for an experiment in turn, and would wait
    /// for the place that is being filled.
    #[cold]
    fn welcome(&self, definition: &Arc<Definition>) {
        // A switch thrown after it was made, and before it was entered, has missed it.
        definition.standing().set_lab_off(*self.switched_off.lock());
        let setup = Setup { equipment: &self.equipment, definition };
        if let Err(error) = name::check(definition.name()) {
            setup.failed(Operation::Name, None, Some(&error.to_string()));
        }
        // Here, since this is off the path of calls, and before the first candidate runs.
        if cfg!(panic = "abort") && !self.equipment.tells_abort.swap(true, Ordering::Relaxed) {
            setup.failed(Operation::Contain, None, Some(ABORTS));
        }
    }

    fn equipment(&mut self) -> &mut Equipment {
        Arc::make_mut(&mut self.equipment)
    }

    fn handle<'lab>(&'lab self, definition: &'lab Arc<Definition>) -> Experiment<'lab> {
        Experiment::new(Setup { equipment: &self.equipment, definition })
    }

    fn new_definition(&self, name: &'static str) -> Arc<Definition> {
        let (usable, sampled) = (name::check(name).is_ok(), self.equipment.sampler.is_some());
        let definition = Definition::new(name, usable, self.default_rate, sampled);
        definition.standing().set_lab_off(*self.switched_off.lock());
        Arc::new(definition)
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Lab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab")
            .field("experiments", &self.experiments())
            .field("order", &self.equipment.order)
            .field("clock", &self.equipment.clock)
            .field("on_failure", &self.equipment.on_failure)
            .field("default_rate", &self.default_rate)
            .finish_non_exhaustive()
    }
}
