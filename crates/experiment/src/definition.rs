//! What a lab knows about one experiment, and what its runs work with.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::around::let_go;
use crate::breaker::BreakerPolicy;
use crate::clock::ClockSource;
use crate::cohorts::{CohortIndex, Cohorts};
#[cfg(feature = "serde")]
use crate::diff::Worker;
use crate::executor::Executor;
use crate::failure::{FailureHook, Operation, contain};
use crate::key::Salt;
use crate::limits::{Limits, Permit, Usage};
use crate::mismatch::{Raiser, Reaction};
use crate::observation::RunResult;
use crate::order::{Order, Picker};
use crate::pool::Pool;
use crate::publisher::Publisher;
use crate::rate::Rate;
use crate::recorder::Recorder;
use crate::room::Room;
use crate::sampler::{Call, Sampler, Sampling};
use crate::settling::Background;
use crate::standing::{Draw, Standing};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, OnceLock};
use crate::watch::Watch;

/// Says whether the experiment of that name may run candidates.
pub(crate) type Gate = dyn Fn(&'static str) -> bool + Send + Sync;

/// What all experiments of a lab share. Changing a setting makes a copy, so runs in the background keep what they began
/// with.
#[derive(Clone, Default)]
pub(crate) struct Equipment {
    pub(crate) clock: ClockSource,
    pub(crate) order: Order,
    pub(crate) publishers: Vec<Arc<dyn Publisher>>,
    pub(crate) on_failure: FailureHook,
    pub(crate) gate: Option<Arc<Gate>>,
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) raiser: Raiser,
    /// Whether mismatches are raised where an experiment says nothing itself.
    pub(crate) raises: Arc<AtomicBool>,
    pub(crate) breaker: BreakerPolicy,
    pub(crate) limits: Limits,
    /// The default one is made on first use.
    pub(crate) executor: OnceLock<Arc<dyn Executor>>,
    /// For runs of futures in the background.
    pub(crate) room: Room,
    pub(crate) watch: Arc<Watch>,
    pub(crate) background: Arc<Background>,
    /// Whether it was told that panics cannot be contained.
    pub(crate) tells_abort: Arc<AtomicBool>,
    #[cfg(feature = "serde")]
    pub(crate) differ: Arc<Worker>,
    /// Which lab it is, where its reports are written; drawn when the first one is.
    #[cfg(feature = "json")]
    pub(crate) source: Arc<OnceLock<String>>,
    /// The moment from which moments are counted where they are kept as numbers.
    epoch: Arc<OnceLock<Instant>>,
}

/// The number of the first moment: some 146 years.
const EPOCH_NANOS: u64 = 1 << 62;

impl Equipment {
    #[inline]
    pub(crate) fn executor(&self) -> &dyn Executor {
        &**self.executor.get_or_init(|| Arc::new(Pool::default()))
    }

    /// A moment as a number. The first one that is asked for has a century before it: the clock may have been ahead.
    #[inline]
    pub(crate) fn nanos(&self, moment: Instant) -> u64 {
        let epoch = *self.epoch.get_or_init(|| moment);
        let count = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        match moment.checked_duration_since(epoch) {
            Some(after) => EPOCH_NANOS.saturating_add(count(after)),
            None => EPOCH_NANOS.saturating_sub(count(epoch.saturating_duration_since(moment))),
        }
    }
}

/// The state of one experiment.
pub(crate) struct Definition {
    name: &'static str,
    /// Who takes part.
    standing: Standing,
    /// The name, hashed for keys.
    salt: Salt,
    cohorts: Cohorts,
    deadline_nanos: AtomicU64,
    reaction: Mutex<Option<Reaction>>,
    /// Whether `reaction` holds one, so that nobody takes the lock otherwise.
    has_reaction: AtomicBool,
    /// Read only where the standing says that there is one.
    promoted: Mutex<Option<&'static str>>,
    usage: Usage,
    recorder: Recorder,
}

/// How long a candidate may run in the background, unless somebody says otherwise.
const DEADLINE: Duration = Duration::from_secs(10);

impl Definition {
    pub(crate) fn new(name: &'static str, usable: bool, rate: Rate, sampled: bool) -> Self {
        let definition = Self {
            name,
            standing: Standing::new(rate, usable, sampled),
            salt: Salt::of(name),
            cohorts: Cohorts::new(),
            deadline_nanos: AtomicU64::new(0),
            reaction: Mutex::default(),
            has_reaction: AtomicBool::new(false),
            promoted: Mutex::default(),
            usage: Usage::default(),
            recorder: Recorder::new(),
        };
        definition.set_deadline(DEADLINE);
        definition
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.standing.now().is_usable()
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    pub(crate) fn rate(&self) -> Rate {
        self.standing.now().rate()
    }

    pub(crate) fn set_rate(&self, rate: Rate) {
        self.standing.set_rate(rate);
    }

    pub(crate) fn salt(&self) -> Salt {
        self.salt
    }

    pub(crate) fn cohorts(&self) -> &Cohorts {
        &self.cohorts
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_nanos(self.deadline_nanos.load(Ordering::Relaxed))
    }

    pub(crate) fn set_deadline(&self, deadline: Duration) {
        let nanos = u64::try_from(deadline.as_nanos()).unwrap_or(u64::MAX);
        self.deadline_nanos.store(nanos, Ordering::Relaxed);
    }

    pub(crate) fn set_reaction(&self, reaction: Option<Reaction>) {
        *self.reaction.lock() = reaction;
        self.has_reaction.store(reaction.is_some(), Ordering::Relaxed);
    }

    /// The candidate whose value callers get.
    #[inline]
    pub(crate) fn promoted(&self) -> Option<&'static str> {
        if self.standing.now().is_promoted() { *self.promoted.lock() } else { None }
    }

    pub(crate) fn set_promoted(&self, candidate: Option<&'static str>) {
        let mut promoted = self.promoted.lock();
        *promoted = candidate;
        self.standing.set_promoted(candidate.is_some());
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(crate) fn set_switched_off(&self, off: bool) {
        self.standing.set_switched_off(off);
    }
}

/// An experiment together with the equipment of its lab.
#[derive(Clone, Copy)]
pub struct Setup<'lab> {
    pub(crate) equipment: &'lab Arc<Equipment>,
    pub(crate) definition: &'lab Arc<Definition>,
}

/// The same for a run that outlives its call.
#[derive(Clone)]
pub struct OwnedSetup {
    equipment: Arc<Equipment>,
    definition: Arc<Definition>,
}

impl OwnedSetup {
    pub(crate) fn borrowed(&self) -> Setup<'_> {
        Setup { equipment: &self.equipment, definition: &self.definition }
    }
}

/// Both kinds of setup.
pub(crate) trait BorrowSetup {
    fn borrow_setup(&self) -> Setup<'_>;
}

impl BorrowSetup for OwnedSetup {
    fn borrow_setup(&self) -> Setup<'_> {
        self.borrowed()
    }
}

impl BorrowSetup for Setup<'_> {
    fn borrow_setup(&self) -> Setup<'_> {
        *self
    }
}

impl AsRef<Usage> for OwnedSetup {
    fn as_ref(&self) -> &Usage {
        &self.definition.usage
    }
}

impl AsRef<Usage> for Setup<'_> {
    fn as_ref(&self) -> &Usage {
        &self.definition.usage
    }
}

impl fmt::Debug for OwnedSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrowed().fmt(f)
    }
}

impl fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("name", &self.definition.name).finish_non_exhaustive()
    }
}

impl<'lab> Setup<'lab> {
    pub(crate) fn owned(self) -> OwnedSetup {
        OwnedSetup { equipment: Arc::clone(self.equipment), definition: Arc::clone(self.definition) }
    }

    pub(crate) fn recorder(self) -> &'lab Recorder {
        &self.definition.recorder
    }

    pub(crate) fn limits(self) -> &'lab Limits {
        &self.equipment.limits
    }

    pub(crate) fn is_switched_off(self) -> bool {
        self.definition.standing.now().is_switched_off()
    }

    /// As far as one look tells, whether a call takes part. `asks` is whether it says whom it is for.
    #[inline]
    pub(crate) fn draw(self, asks: bool) -> Draw {
        self.definition.standing.now().draw(asks)
    }

    /// What a mismatch does: what the experiment says, else what the lab says.
    #[inline]
    pub(crate) fn reaction(self) -> Reaction {
        let raises = self.equipment.raises.load(Ordering::Relaxed);
        let of_lab = if raises { Reaction::Raise } else { Reaction::Record };
        if self.definition.has_reaction.load(Ordering::Relaxed) {
            self.own_reaction().unwrap_or(of_lab)
        } else {
            of_lab
        }
    }

    #[cold]
    fn own_reaction(self) -> Option<Reaction> {
        *self.definition.reaction.lock()
    }

    /// Whether candidates may run at all.
    #[inline]
    pub(crate) fn is_on(self) -> bool {
        !self.definition.standing.now().is_off()
    }

    /// The place of the cohort of that name. One whose name cannot be used belongs to the rest, and the failure hook is
    /// told.
    pub(crate) fn cohort(self, name: &'static str) -> (CohortIndex, &'static str) {
        let (index, checked) = self.definition.cohorts.enter(name);
        if let Err(error) = checked {
            self.failed(Operation::Cohort, None, Some(&error.to_string()));
        }
        (index, self.definition.cohorts.name(index))
    }

    /// What the sampler says about a call; one that fails keeps it out.
    pub(crate) fn sample(self, call: &Call<'_>) -> Sampling {
        let Some(sampler) = self.equipment.sampler.as_deref() else { return Sampling::AtRate(call.rate) };
        contain(|| sampler.sample(call)).unwrap_or_else(|panic| {
            self.failed(Operation::Sample, None, panic.message());
            Sampling::Out
        })
    }

    /// Whether there is a gate.
    #[inline]
    pub(crate) fn has_gate(self) -> bool {
        self.equipment.gate.is_some()
    }

    /// Whether the gate, if there is one, lets the call pass.
    #[inline]
    pub(crate) fn is_let_in(self) -> bool {
        self.equipment.gate.as_deref().is_none_or(|gate| self.passes(gate))
    }

    /// Asks the gate; one that fails is closed.
    fn passes(self, gate: &Gate) -> bool {
        contain(|| gate(self.definition.name)).unwrap_or_else(|panic| {
            self.failed(Operation::Gate, None, panic.message());
            false
        })
    }

    /// The current moment; `None` if the clock fails, which is told.
    pub(crate) fn now(self) -> Option<Instant> {
        let now = self.equipment.clock.now();
        now.map_err(|panic| self.failed(Operation::Clock, None, panic.message())).ok()
    }

    /// Now, as a number; a clock that fails stands still at the beginning.
    fn now_nanos(self) -> u64 {
        self.now().map_or(0, |now| self.equipment.nanos(now))
    }

    /// The right to run candidates once and to hold so many bytes beyond the call, unless a limit holds the call back.
    #[inline]
    pub(crate) fn permit<U: AsRef<Usage>>(self, usage: U, bytes: usize) -> Option<Permit<U>> {
        let permit = Permit::take(usage, self.limits(), bytes, || self.now_nanos());
        permit.map_err(|held_back| self.recorder().count_held_back(held_back)).ok()
    }

    /// The candidate whose value callers get.
    #[inline]
    pub(crate) fn promoted(self) -> Option<&'static str> {
        self.definition.promoted()
    }

    /// Whether the candidate's breaker lets it run in the run of that number. Nothing stops the one whose value callers get.
    #[inline]
    pub(crate) fn admits(self, candidate: &'static str, run: u64) -> bool {
        !self.recorder().has_tripped() || self.asks_breaker(candidate, run)
    }

    #[cold]
    fn asks_breaker(self, candidate: &'static str, run: u64) -> bool {
        self.recorder().admits(candidate, &self.equipment.breaker, run, || self.now_nanos())
            || self.promoted() == Some(candidate)
    }

    #[inline]
    pub(crate) fn picker(self, run: u64) -> Picker {
        self.equipment.order.picker(run)
    }

    /// Records the result of a run that ended at that moment.
    #[inline]
    pub(crate) fn record(self, result: &RunResult<'_>, ended: Option<Instant>) {
        let now_nanos = || ended.map_or(0, |ended| self.equipment.nanos(ended));
        self.recorder().record(result, &self.equipment.breaker, now_nanos);
        if let Some((cohort, _)) = result.seat.cohort {
            let control = result.control().returned_after();
            self.definition.cohorts.record(cohort, result.seat.weight, self.definition.rate(), control);
        }
    }

    /// Records candidates of a run that goes on.
    pub(crate) fn record_late(self, result: &RunResult<'_>, now: Instant) {
        self.recorder().record_candidates(result, &self.equipment.breaker, || self.equipment.nanos(now));
    }

    /// Counts an internal failure and tells the hook.
    #[cold]
    pub(crate) fn failed(self, operation: Operation, candidate: Option<&str>, message: Option<&str>) {
        self.recorder().count_failure(operation);
        self.equipment.on_failure.call(operation, self.definition.name, candidate, message);
    }

    /// Hands a result to every publisher; one that fails does not keep the others from it.
    #[inline]
    pub(crate) fn publish(self, result: &RunResult<'_>) {
        if !self.equipment.publishers.is_empty() {
            self.publish_to_all(result);
        }
    }

    #[inline(never)]
    fn publish_to_all(self, result: &RunResult<'_>) {
        for publisher in &self.equipment.publishers {
            match contain(|| publisher.publish(result)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    self.failed(Operation::Publish, None, Some(&error.to_string()));
                    // What it holds is the publisher's, and may panic when it goes.
                    let_go(self, error);
                }
                Err(panic) => self.failed(Operation::Publish, None, panic.message()),
            }
        }
    }
}
