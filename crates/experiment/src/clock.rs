//! Where durations come from.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::failure::{Panic, contain};

/// Tells the time, so that tests need not wait for it.
///
/// # Contract
/// `now` is called once more than there are behaviours in a run, and twice more where a mismatch is taken apart, on the
/// caller's thread, and must not block. It may go backwards: a
/// negative duration is recorded as zero. If it panics, the duration is recorded as zero and the panic is reported as
/// an
/// internal failure of [`Operation::Clock`](crate::Operation::Clock).
///
/// [`testing::ManualClock`](crate::testing::ManualClock) stands still until it is told to move.
///
/// # Implementing
/// ```
/// use std::time::{Duration, Instant};
/// use experiment::{Clock, Lab};
///
/// /// Rounds down to whole milliseconds, for reports that do not jitter.
/// struct Coarse(Instant);
///
/// impl Clock for Coarse {
///     fn now(&self) -> Instant {
///         let millis = u64::try_from(self.0.elapsed().as_millis()).expect("584 million years of milliseconds fit");
///         self.0 + Duration::from_millis(millis)
///     }
/// }
///
/// let lab = Lab::new().clock(Coarse(Instant::now()));
/// # let _ = lab;
/// ```
#[diagnostic::on_unimplemented(note = "implement `Clock`, or leave it out to use the system's monotonic clock")]
pub trait Clock: Send + Sync + 'static {
    /// The current moment.
    fn now(&self) -> Instant;

    /// How much time the current thread has spent on a processor, counted from any fixed moment; `None` if this clock
    /// does not
    /// know, which is the default. It is asked before and after each behaviour that runs on one thread from beginning
    /// to end, and reading it costs
    /// some 200 to 500 ns on Linux.
    fn thread_cpu(&self) -> Option<Duration> {
        None
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Instant {
        C::now(self)
    }

    fn thread_cpu(&self) -> Option<Duration> {
        C::thread_cpu(self)
    }
}

const _: fn(&dyn Clock) = |_| {}; // stays object-safe

/// The system's clock is called directly: it cannot fail, and the call through a pointer would be seen in the figures.
#[derive(Clone, Default)]
pub(crate) enum ClockSource {
    #[default]
    System,
    Given(Arc<dyn Clock>),
}

impl ClockSource {
    /// The current moment, unless the clock fails.
    pub(crate) fn now(&self) -> Result<Instant, Panic> {
        match self {
            Self::System => Ok(Instant::now()),
            Self::Given(clock) => contain(|| clock.now()),
        }
    }

    /// Starts measuring. A clock that fails at the start is replaced for this run by an instant that never moves.
    #[inline]
    pub(crate) fn start(&self) -> Stopwatch<'_> {
        match self {
            Self::System => Stopwatch::at(self, Instant::now()),
            Self::Given(clock) => match contain(|| clock.now()) {
                Ok(last) => Stopwatch::at(self, last),
                Err(panic) => {
                    Stopwatch { failure: Some(panic), stands_still: true, ..Stopwatch::at(self, Instant::now()) }
                }
            },
        }
    }
}

impl fmt::Debug for ClockSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given",
        })
    }
}

/// Measures behaviours that run one after the other: the end of one is the beginning of the next, so `n` behaviours
/// cost `n + 1` readings.
pub(crate) struct Stopwatch<'c> {
    source: &'c ClockSource,
    last: Instant,
    failure: Option<Panic>,
    /// Whether it could not tell the time, so that all durations are zero from then on.
    stands_still: bool,
}

impl<'c> Stopwatch<'c> {
    #[inline]
    fn at(source: &'c ClockSource, last: Instant) -> Self {
        Self { source, last, failure: None, stands_still: false }
    }

    /// The time since the last lap or the start, never negative.
    #[inline]
    pub(crate) fn lap(&mut self) -> Duration {
        let now = match self.source {
            ClockSource::System => Instant::now(),
            ClockSource::Given(_) if self.stands_still => return Duration::ZERO,
            ClockSource::Given(clock) => match contain(|| clock.now()) {
                Ok(now) => now,
                Err(panic) => {
                    self.stands_still = true;
                    self.failed(panic);
                    return Duration::ZERO;
                }
            },
        };
        let elapsed = now.saturating_duration_since(self.last);
        self.last = now;
        elapsed
    }

    /// The processor time of this thread, where the clock knows it. One that fails is told, and times are measured on.
    #[inline]
    pub(crate) fn thread_cpu(&mut self) -> Option<Duration> {
        let ClockSource::Given(clock) = self.source else { return None };
        contain(|| clock.thread_cpu()).unwrap_or_else(|panic| {
            self.failed(panic);
            None
        })
    }

    #[cold]
    fn failed(&mut self, panic: Panic) {
        self.failure.get_or_insert(panic);
    }

    /// The moment of the last lap.
    pub(crate) fn last(&self) -> Instant {
        self.last
    }

    /// The first panic of the clock in this run.
    pub(crate) fn failure(&self) -> Option<&Panic> {
        self.failure.as_ref()
    }
}
