//! The recorder of exposures.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::delivery::Delivery;
use super::options::ExposureOptions;
use super::record::Exposure;
use super::shared::{ExposureCounts, Shared};
use super::sink::ExposureSink;
use crate::handle::{EvaluationDetails, Hook, HookContext};

/// Records which subjects were shown which variants, for analysis: a [`Hook`] that hears of every evaluation, by whatever
/// method, and keeps each flag, variant and subject once per window.
///
/// The application takes them with [`take`](Self::take), or a sink of its own is given them on a thread that
/// [`deliver`](Self::deliver) starts; without that call there is none. Memory is bounded: 8 bytes for each exposure that is
/// remembered, and the queue. An evaluation whose exposure is not new allocates nothing and takes no lock; it reads the clock
/// and hashes flag, variant and key. One that is new copies the names, and the key where it is kept as it is: two or three
/// small allocations.
///
/// What is served by an override, or as a default because something is wrong, is no exposure.
///
/// ```
/// use feature_flags::{ExposureOptions, Exposures, Flags, MapContext, SubjectKeys, Tracked};
///
/// let exposures = Exposures::new(ExposureOptions::new(SubjectKeys::plain()).track(Tracked::Marked));
/// let flags = Flags::builder().hook(exposures.clone()).toml(r#"
///     format = 1
///     [flags.new-checkout]
///     rollout = "50% by user.id"
///     meta = { exposures = true }
/// "#)?;
/// let user = MapContext::new().kind("user").with("id", 42);
/// let enabled = flags.enabled("new-checkout", &user);
/// assert_eq!(flags.enabled("new-checkout", &user), enabled);
///
/// let taken = exposures.take(100);
/// assert_eq!(taken.len(), 1, "the second call was no news");
/// assert_eq!((taken[0].subject.to_string().as_str(), taken[0].enabled), ("42", enabled));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Clone)]
pub struct Exposures {
    shared: Arc<Shared>,
    /// Where a thread delivers: it ends with the last clone.
    delivery: Option<Arc<Delivery>>,
}

impl Exposures {
    /// A recorder that the application takes exposures from.
    pub fn new(options: ExposureOptions) -> Self {
        Self { shared: Arc::new(Shared::new(options)), delivery: None }
    }

    /// A recorder whose exposures are handed to `sink` every `pause`, and earlier when the queue is half full, on a thread of
    /// its own. When the last clone goes, and with it the handles that it is registered with, the rest is delivered first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{ExposureOptions, Exposures, Flag, Flags, MemorySink, SubjectKeys};
    ///
    /// let sink = MemorySink::new();
    /// let options = ExposureOptions::new(SubjectKeys::hashed("a secret salt"));
    /// let exposures = Exposures::deliver(options, sink.clone(), Duration::from_secs(10))?;
    /// let flags = Flags::builder().flag(Flag::new("new-checkout").enabled(true)).hook(exposures.clone()).build();
    /// assert!(flags.enabled("new-checkout", &("key", "user-1")) && exposures.flush(Duration::from_secs(5)));
    /// assert_eq!(sink.exposures()[0].variant, "on");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn deliver(options: ExposureOptions, sink: impl ExposureSink, pause: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(options));
        let delivery = Delivery::start(Arc::clone(&shared), Box::new(sink), pause)?;
        Ok(Self { shared, delivery: Some(Arc::new(delivery)) })
    }

    /// Takes at most `most` exposures out of the queue, the oldest first. Where a sink is delivered to, it does not get those.
    pub fn take(&self, most: usize) -> Vec<Exposure> {
        let taken = self.shared.pop(most);
        self.shared.taken.fetch_add(taken.len() as u64, Ordering::Relaxed);
        taken
    }

    /// Has everything that was recorded so far delivered, waiting at most `timeout`; says whether the sink took it all. Without a
    /// sink, whether nothing waits to be taken.
    pub fn flush(&self, timeout: Duration) -> bool {
        if self.delivery.is_none() {
            return self.shared.waiting() == 0;
        }
        // A wait that ends beyond all time is one without an end.
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.shared.state.lock();
        state.asked += 1;
        let wish = state.asked;
        self.shared.changed.notify_all();
        while state.answered < wish && !state.ended {
            match deadline {
                None => self.shared.changed.wait(&mut state),
                Some(deadline) if self.shared.changed.wait_until(&mut state, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        state.answered >= wish && state.all_delivered
    }

    /// How many there were, and what became of them.
    pub fn counts(&self) -> ExposureCounts {
        self.shared.counts()
    }
}

impl Hook for Exposures {
    fn after(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        self.shared.record(call, details);
    }

    fn name(&self) -> &'static str {
        "exposures"
    }
}

impl fmt::Debug for Exposures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exposures")
            .field("options", &self.shared.options)
            .field("counts", &self.counts())
            .field("delivers", &self.delivery.is_some())
            .finish()
    }
}
