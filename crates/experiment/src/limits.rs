//! What candidates may cost at most: the runs that would exceed it are held back.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::outcome::HeldBack;
use crate::rate::Rate;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// What the candidates of one experiment may cost. Without limits, only the rate says how many calls take part.
///
/// A call that would exceed a limit runs its control only, and the report counts it as held back: so the share of calls
/// that take part lowers
/// itself until the experiment stays inside.
///
/// Counters have a fixed size per behaviour. What else an experiment holds are the runs in the background: those that wait
/// in the queue, and those under way. [`memory`](Limits::memory) bounds them in bytes, as the queue does in number.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
/// use experiment::{Lab, Limits, Rate};
///
/// let limits = Limits::new()
///     .concurrency(NonZeroUsize::new(8).expect("it is not zero"))
///     .time_share(Rate::percent(20.0)?)
///     .added_latency(Duration::from_millis(2));
/// let lab = Lab::new().limits(limits);
/// # let _ = lab;
/// # Ok::<(), experiment::RateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    concurrency: Option<NonZeroUsize>,
    time_share: Option<Rate>,
    added_latency: Option<Duration>,
    memory: Option<NonZeroUsize>,
}

impl Limits {
    /// No limits.
    pub const fn new() -> Self {
        Self { concurrency: None, time_share: None, added_latency: None, memory: None }
    }

    /// At most so many runs of the experiment at once, those that wait in the background's queue included.
    #[must_use]
    pub const fn concurrency(mut self, runs: NonZeroUsize) -> Self {
        self.concurrency = Some(runs);
        self
    }

    /// At most this share of the time of one core for candidates in the long run, up to the time of the runs that are under
    /// way. What was not used is kept for later up to that of one second, so that any single second may have twice the
    /// share. The time is what the clock says, so a candidate that waits for a database counts too.
    #[must_use]
    pub const fn time_share(mut self, share: Rate) -> Self {
        self.time_share = Some(share);
        self
    }

    /// At most so much time for candidates in the mean of all calls that the rate picks, up to the time of the runs
    /// under way. Only inline
    /// runs add latency.
    #[must_use]
    pub const fn added_latency(mut self, mean: Duration) -> Self {
        self.added_latency = Some(mean);
        self
    }

    /// At most so many bytes for runs in the background and beside the control, waiting or under way.
    ///
    /// A run counts with the size of its closures, of what is [observed](crate::Run::observe) and of all else the call
    /// site gave, as they lie in memory, and with what the call site says that they [hold](crate::Run::holds) on the heap:
    /// the crate cannot know how long a `Vec` is. A call for which there is no room runs its control only.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use experiment::testing::ManualExecutor;
    /// use experiment::{HeldBack, Lab, Limits};
    ///
    /// let memory = NonZeroUsize::new(3 << 20).expect("it is not zero");
    /// let lab = Lab::new().limits(Limits::new().memory(memory)).executor(ManualExecutor::new());
    /// for _ in 0..5 {
    ///     let row = vec![0_u8; 1 << 20];
    ///     let run = lab.experiment("rows").control(|| 1 << 20).candidate("new", move || row.len());
    ///     run.observe(|size| *size).holds(1 << 20).run_in_background();
    /// }
    /// let report = lab.experiment("rows").report();
    /// assert_eq!((report.runs, report.held_back[&HeldBack::Memory]), (2, 3));
    /// ```
    #[must_use]
    pub const fn memory(mut self, bytes: NonZeroUsize) -> Self {
        self.memory = Some(bytes);
        self
    }

    fn are_set(&self) -> bool {
        *self != Self::new()
    }
}

/// What one experiment has used of its limits.
#[derive(Default)]
pub(crate) struct Usage {
    running: AtomicUsize,
    /// The bytes that runs in the background hold.
    held: AtomicUsize,
    credit: Mutex<Credit>,
}

/// Nanoseconds that candidates may still use; below zero after a run that took longer than there was credit for.
#[derive(Default)]
struct Credit {
    time_share: i64,
    added_latency: i64,
    refilled_at: Option<u64>,
}

/// So much unused time is kept for later: that of one second, or of a hundred calls.
const KEPT_SECONDS: u32 = 1;
const KEPT_CALLS: i64 = 100;

/// The right to run candidates once. It counts as running until it is given back or dropped.
pub(crate) struct Permit<U: AsRef<Usage>> {
    usage: U,
    counted: bool,
    bytes: usize,
}

impl<U: AsRef<Usage>> Permit<U> {
    /// Takes a permit for one run that holds so many bytes beyond its call, if the limits leave room for it. Without
    /// limits it costs four comparisons.
    #[inline]
    pub(crate) fn take(
        usage: U,
        limits: &Limits,
        bytes: usize,
        now_nanos: impl FnOnce() -> u64,
    ) -> Result<Self, HeldBack> {
        if !limits.are_set() {
            return Ok(Self { usage, counted: false, bytes: 0 });
        }
        usage.as_ref().reserve(limits, bytes, now_nanos())?;
        Ok(Self { usage, counted: true, bytes })
    }

    /// Whose it is.
    pub(crate) fn usage(&self) -> &U {
        &self.usage
    }

    /// Gives it back before it is dropped.
    pub(crate) fn give_back(&mut self) {
        if std::mem::take(&mut self.counted) {
            let usage = self.usage.as_ref();
            usage.running.fetch_sub(1, Ordering::Relaxed);
            usage.held.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }

    /// Charges what the candidates used. `inline` is whether the caller waited for it.
    pub(crate) fn charge(&self, limits: &Limits, used: Duration, inline: bool) {
        self.charge_apart(limits, used, if inline { used } else { Duration::ZERO });
    }

    /// Charges what the candidates used, and what of it the caller waited for.
    pub(crate) fn charge_apart(&self, limits: &Limits, used: Duration, added: Duration) {
        if limits.time_share.is_some() || (!added.is_zero() && limits.added_latency.is_some()) {
            let mut credit = self.usage.as_ref().credit.lock();
            credit.time_share = credit.time_share.saturating_sub(signed_nanos(used));
            credit.added_latency = credit.added_latency.saturating_sub(signed_nanos(added));
        }
    }
}

impl<U: AsRef<Usage>> Drop for Permit<U> {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Usage {
    #[cold]
    fn reserve(&self, limits: &Limits, bytes: usize, now_nanos: u64) -> Result<(), HeldBack> {
        let running = self.running.fetch_add(1, Ordering::Relaxed);
        let held = self.held.fetch_add(bytes, Ordering::Relaxed);
        let room = if limits.concurrency.is_some_and(|most| running >= most.get()) {
            Err(HeldBack::Concurrency)
        } else if bytes > 0 && limits.memory.is_some_and(|most| held.saturating_add(bytes) > most.get()) {
            Err(HeldBack::Memory)
        } else {
            self.credit.lock().allows(limits, now_nanos)
        };
        if room.is_err() {
            self.running.fetch_sub(1, Ordering::Relaxed);
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        room
    }
}

impl Credit {
    fn allows(&mut self, limits: &Limits, now_nanos: u64) -> Result<(), HeldBack> {
        if let Some(mean) = limits.added_latency {
            let per_call = signed_nanos(mean);
            let most = per_call.saturating_mul(KEPT_CALLS);
            self.added_latency = self.added_latency.saturating_add(per_call).min(most);
            if self.added_latency <= 0 {
                return Err(HeldBack::AddedLatency);
            }
        }
        if let Some(share) = limits.time_share {
            let most = share.of(Duration::from_secs(KEPT_SECONDS.into()));
            let earned = match self.refilled_at.replace(now_nanos) {
                Some(before) => share.of(Duration::from_nanos(now_nanos.saturating_sub(before))),
                None => most,
            };
            self.time_share = self.time_share.saturating_add(signed_nanos(earned)).min(signed_nanos(most));
            if self.time_share <= 0 {
                return Err(HeldBack::TimeShare);
            }
        }
        Ok(())
    }
}

fn signed_nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
