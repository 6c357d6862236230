//! Stops running a candidate that does harm, and tries it again later.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::outcome::Outcome;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// When a candidate is no longer run, and for how long.
///
/// Each candidate of each experiment has a breaker of its own. It opens when one kind of bad run happened too often
/// among the latest
/// runs; while it is open the candidate is skipped. After the pause a few runs are let through as probes: if all of
/// them are good, the
/// breaker closes, and otherwise the pause starts again. Runs that began before it opened count for neither. While a run hangs
/// that is past its deadline and cannot be stopped, no probe is let through: it might hang, too.
///
/// The default opens on 10 panics among 100 runs and on 1 time-out, pauses for 30 seconds, and asks for 3 good probes.
/// Mismatches do not
/// open it: they are what one wants to see.
///
/// ```
/// use std::time::Duration;
/// use experiment::{BreakerPolicy, Lab, Threshold};
///
/// let policy = BreakerPolicy::default()
///     .mismatches(Threshold::new(50, 100)?)
///     .slower_than(4.0, Threshold::new(90, 100)?)
///     .pause(Duration::from_mins(1));
/// let lab = Lab::new().breaker(policy);
/// # let _ = lab;
/// # Ok::<(), experiment::ThresholdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerPolicy {
    panics: Option<Threshold>,
    time_outs: Option<Threshold>,
    mismatches: Option<Threshold>,
    slowness: Option<(f64, Threshold)>,
    pause: Duration,
    probes: NonZeroU32,
}

/// So many good runs close a breaker, unless somebody says otherwise.
const PROBES: NonZeroU32 = NonZeroU32::new(3).expect("3 is not 0");

impl BreakerPolicy {
    /// A policy under which nothing opens a breaker.
    pub const fn never() -> Self {
        Self {
            panics: None,
            time_outs: None,
            mismatches: None,
            slowness: None,
            pause: Duration::from_secs(30),
            probes: PROBES,
        }
    }

    /// Opens on panics.
    #[must_use]
    pub const fn panics(mut self, threshold: Threshold) -> Self {
        self.panics = Some(threshold);
        self
    }

    /// Opens on time-outs. Candidates have a deadline in the background and beside the control; those that follow each other on
    /// the caller's thread or in its task have none.
    #[must_use]
    pub const fn time_outs(mut self, threshold: Threshold) -> Self {
        self.time_outs = Some(threshold);
        self
    }

    /// Opens on mismatches. Ignored differences do not count.
    #[must_use]
    pub const fn mismatches(mut self, threshold: Threshold) -> Self {
        self.mismatches = Some(threshold);
        self
    }

    /// Opens on runs in which the candidate took more than `factor` times as long as the control. A factor that is not
    /// a number is
    /// never exceeded.
    #[must_use]
    pub const fn slower_than(mut self, factor: f64, threshold: Threshold) -> Self {
        self.slowness = Some((factor, threshold));
        self
    }

    /// How long an open breaker skips its candidate before it is probed.
    #[must_use]
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How many good runs close the breaker again.
    #[must_use]
    pub const fn probes(mut self, probes: NonZeroU32) -> Self {
        self.probes = probes;
        self
    }
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        let threshold = |events, of| Threshold { events, of };
        Self::never().panics(threshold(10, 100)).time_outs(threshold(1, 100))
    }
}

/// So many bad ones among so many of the latest runs.
///
/// ```
/// use experiment::Threshold;
///
/// let every_tenth = Threshold::new(10, 100)?;
/// assert!(Threshold::new(0, 100).is_err());
/// # let _ = every_tenth;
/// # Ok::<(), experiment::ThresholdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    events: u32,
    of: u32,
}

/// The most events a threshold can count: their places are kept.
const MOST_EVENTS: u32 = 1_000;

impl Threshold {
    /// `events` among the latest `of` runs, with `1 <= events <= of` and `events <= 1000`.
    ///
    /// The places of the events are kept, 8 bytes each: thresholds of more than a hundred take up to 32 KB for all four of
    /// a candidate, beyond the 64 KB that it takes otherwise.
    ///
    /// # Errors
    /// [`ThresholdError`] outside these ranges: such a threshold would always or never be reached.
    pub const fn new(events: u32, of: u32) -> Result<Self, ThresholdError> {
        if events == 0 || events > of || events > MOST_EVENTS {
            return Err(ThresholdError::OutOfRange { events, of });
        }
        Ok(Self { events, of })
    }
}

/// Why two numbers are no threshold.
///
/// ```
/// let error = experiment::Threshold::new(3, 2).expect_err("three of two is too many");
/// assert_eq!(error.to_string(), "a threshold needs 1 to 1000 events among at least as many runs, and this is 3 of 2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// The number of events is 0, above 1000, or above the number of runs.
    #[error("a threshold needs 1 to 1000 events among at least as many runs, and this is {events} of {of}")]
    #[non_exhaustive]
    OutOfRange {
        /// The events.
        events: u32,
        /// The runs.
        of: u32,
    },
}

/// The state of one candidate's breaker.
#[derive(Default)]
pub(crate) struct Breaker {
    /// Whether the state is anything but closed, so that a closed breaker costs one load.
    tripped: AtomicBool,
    inside: Mutex<Inside>,
    /// How many runs have passed their deadline and cannot be stopped.
    hanging: AtomicU32,
}

#[derive(Default)]
struct Inside {
    state: State,
    /// The number of the latest run when it opened last: runs up to that one say nothing of the candidate since.
    opened_after: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    Counting(Box<Counts>),
    Open {
        until_nanos: u64,
    },
    HalfOpen {
        since_nanos: u64,
        started: u32,
        good: u32,
        /// The runs of the probes that are under way. All other runs that end now began before it opened, or are probes of
        /// an earlier attempt.
        under_way: Vec<u64>,
    },
}

/// The runs in which each kind of event happened lately.
#[derive(Default)]
struct Counts {
    panics: VecDeque<u64>,
    time_outs: VecDeque<u64>,
    mismatches: VecDeque<u64>,
    slow: VecDeque<u64>,
}

/// One finished run of a candidate, as its breaker sees it.
#[derive(Clone, Copy)]
pub(crate) struct Finished {
    pub(crate) run: u64,
    pub(crate) outcome: Outcome,
    pub(crate) control: Option<Duration>,
    pub(crate) candidate: Option<Duration>,
}

impl Breaker {
    /// Whether the candidate may run now, in the run of that number. A half-open breaker counts this as the start of a probe.
    #[inline]
    pub(crate) fn admits(&self, policy: &BreakerPolicy, run: u64, now_nanos: impl FnOnce() -> u64) -> bool {
        !self.tripped.load(Ordering::Relaxed) || self.admits_probe(policy, run, now_nanos())
    }

    #[cold]
    fn admits_probe(&self, policy: &BreakerPolicy, run: u64, now_nanos: u64) -> bool {
        let state = &mut self.inside.lock().state;
        // A clock that was ahead and came back must not lengthen a pause.
        match &mut *state {
            State::Open { until_nanos } => {
                *until_nanos = (*until_nanos).min(now_nanos.saturating_add(nanos(policy.pause)));
            }
            State::HalfOpen { since_nanos, .. } => *since_nanos = (*since_nanos).min(now_nanos),
            State::Closed | State::Counting(_) => {}
        }
        match &mut *state {
            State::Closed | State::Counting(_) => true,
            // Each probe that hangs in turn would take one thread more, until none is left.
            _ if self.hanging.load(Ordering::Relaxed) > 0 => false,
            State::Open { until_nanos } if now_nanos < *until_nanos => false,
            State::HalfOpen { started, since_nanos, .. }
                // Probes that never came back, such as dropped ones, must not keep it half open for ever.
                if *started >= policy.probes.get() && now_nanos < since_nanos.saturating_add(nanos(policy.pause)) =>
            {
                false
            }
            State::HalfOpen { started, under_way, .. } if *started < policy.probes.get() => {
                *started += 1;
                under_way.push(run);
                true
            }
            State::Open { .. } | State::HalfOpen { .. } => {
                *state = State::HalfOpen { since_nanos: now_nanos, started: 1, good: 0, under_way: vec![run] };
                true
            }
        }
    }

    /// Takes note of a finished run; `true` if it opened the breaker. `latest` is the number of the latest run that has begun.
    #[inline]
    pub(crate) fn note(
        &self,
        policy: &BreakerPolicy,
        finished: Finished,
        latest: impl FnOnce() -> u64,
        now_nanos: impl FnOnce() -> u64,
    ) -> bool {
        let is_good = finished.outcome == Outcome::Match && !policy.is_slow(finished);
        if is_good && !self.tripped.load(Ordering::Relaxed) {
            return false;
        }
        self.note_slowly(policy, finished, latest(), now_nanos())
    }

    #[cold]
    fn note_slowly(&self, policy: &BreakerPolicy, finished: Finished, latest: u64, now_nanos: u64) -> bool {
        let Inside { state, opened_after } = &mut *self.inside.lock();
        let opens = match &mut *state {
            State::Closed | State::Counting(_) if finished.run <= *opened_after => false,
            State::Closed => {
                let mut counts = Box::<Counts>::default();
                let opens = policy.counts(&mut counts, finished);
                *state = State::Counting(counts);
                opens
            }
            State::Counting(counts) => policy.counts(counts, finished),
            State::Open { .. } => false,
            State::HalfOpen { good, under_way, .. } => {
                let Some(probe) = under_way.iter().position(|run| *run == finished.run) else { return false };
                under_way.swap_remove(probe);
                let is_bad = policy.is_bad(finished);
                *good += u32::from(!is_bad);
                if *good >= policy.probes.get() {
                    *state = State::Closed;
                    self.tripped.store(false, Ordering::Relaxed);
                }
                is_bad
            }
        };
        if opens {
            *state = State::Open { until_nanos: now_nanos.saturating_add(nanos(policy.pause)) };
            *opened_after = latest;
            self.tripped.store(true, Ordering::Relaxed);
        }
        opens
    }

    pub(crate) fn hangs(&self) {
        self.hanging.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn returned(&self) {
        self.hanging.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.tripped.load(Ordering::Relaxed)
    }
}

impl BreakerPolicy {
    fn is_slow(&self, finished: Finished) -> bool {
        match (self.slowness, finished.control, finished.candidate) {
            (Some((factor, _)), Some(control), Some(candidate)) => {
                candidate.as_secs_f64() > control.as_secs_f64() * factor
            }
            _ => false,
        }
    }

    fn is_bad(&self, finished: Finished) -> bool {
        self.kinds(finished).into_iter().any(|threshold| threshold.is_some())
    }

    /// The thresholds that a run counts against: panics, time-outs, mismatches, slowness.
    fn kinds(&self, finished: Finished) -> [Option<Threshold>; 4] {
        let if_outcome = |outcome, threshold: Option<Threshold>| threshold.filter(|_| finished.outcome == outcome);
        [
            if_outcome(Outcome::Panicked, self.panics),
            if_outcome(Outcome::TimedOut, self.time_outs),
            if_outcome(Outcome::Mismatch, self.mismatches),
            self.slowness.map(|(_, threshold)| threshold).filter(|_| self.is_slow(finished)),
        ]
    }

    /// Counts a run; `true` if a threshold is reached.
    fn counts(&self, counts: &mut Counts, finished: Finished) -> bool {
        let Counts { panics, time_outs, mismatches, slow } = counts;
        let places = [panics, time_outs, mismatches, slow].into_iter().zip(self.kinds(finished));
        let reached = places.filter_map(|(places, threshold)| Some((places, threshold?)));
        // Every kind is counted, so no `any`, which stops at the first.
        reached.fold(false, |opens, (places, threshold)| threshold.is_reached(places, finished.run) || opens)
    }
}

impl Threshold {
    /// Adds an event to the latest ones; whether there are enough of them within the latest runs.
    fn is_reached(self, places: &mut VecDeque<u64>, run: u64) -> bool {
        places.push_back(run);
        if places.len() > self.events as usize {
            places.pop_front();
        }
        let oldest = places.front().copied().unwrap_or(run);
        places.len() == self.events as usize && run.saturating_sub(oldest) < u64::from(self.of)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
