//! What all clones of a recorder of exposures share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crossbeam_queue::ArrayQueue;
use parking_lot::{Condvar, Mutex};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::options::{ExposureOptions, Form};
use super::record::{Exposure, SubjectKey};
use super::seen::Seen;
use crate::bucket::with_key;
use crate::evaluate::Reason;
use crate::handle::{EvaluationDetails, HookContext};

/// Keys beyond this length are not recorded, so that the size of the queue bounds its memory.
const LONGEST_KEY: usize = 256;

pub(super) struct Shared {
    pub(super) options: ExposureOptions,
    seen: Seen,
    queue: ArrayQueue<Exposure>,
    recorded: AtomicU64,
    dropped: AtomicU64,
    without_key: AtomicU64,
    pub(super) taken: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

/// What the thread that delivers and those who wait for it tell each other.
#[derive(Default)]
pub(super) struct State {
    /// Nobody records any more.
    pub(super) ends: bool,
    /// Somebody wants everything delivered now.
    pub(super) asked: u64,
    /// The last wish that was looked after, and whether all was delivered.
    pub(super) answered: u64,
    pub(super) all_delivered: bool,
    /// The thread has ended.
    pub(super) ended: bool,
}

/// How many exposures there were, since the recorder was made.
///
/// ```
/// use feature_flags::{ExposureOptions, Exposures, SubjectKeys};
///
/// let counts = Exposures::new(ExposureOptions::new(SubjectKeys::plain())).counts();
/// assert_eq!((counts.recorded, counts.dropped, counts.lost), (0, 0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExposureCounts {
    /// New ones, put into the queue.
    pub recorded: u64,
    /// Evaluations whose exposure was new while the queue was full. The same exposure counts each time it comes.
    pub dropped: u64,
    /// Evaluations for a subject without a key, or with one of more than 256 bytes.
    pub without_key: u64,
    /// Taken out of the queue by [`Exposures::take`](crate::Exposures::take), or taken by the sink.
    pub delivered: u64,
    /// Not taken by the sink until the end.
    pub lost: u64,
}

impl Shared {
    pub(super) fn new(options: ExposureOptions) -> Self {
        Self {
            seen: Seen::new(options.seen),
            queue: ArrayQueue::new(options.queue),
            options,
            recorded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            without_key: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(super) fn record(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        if details.reason() == Reason::Override || !self.options.tracked.has(call.flag(), details) {
            return;
        }
        let key = match &self.options.subject {
            Some(path) => call.context().attribute(path),
            None => call.context().key(),
        };
        let recorded = key.and_then(|key| {
            with_key(key, |key| {
                let fits = key.len() <= LONGEST_KEY;
                if fits {
                    self.record_key(key, call.flag(), details);
                }
                fits
            })
        });
        if recorded != Some(true) {
            self.without_key.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn record_key(&self, key: &[u8], flag: &str, details: &EvaluationDetails<'_>) {
        let at = self.options.clock.now();
        let window = self.window(at);
        let variant = details.variant_or_switch();
        let of_flag = xxh3_64_with_seed(flag.as_bytes(), window);
        let of_variant = xxh3_64_with_seed(variant.as_bytes(), of_flag ^ u64::from(details.enabled()));
        let hash = xxh3_64_with_seed(key, of_variant);
        let Some(place) = self.seen.insert(hash, window) else { return };
        // Looked at first, so that nothing is allocated for what cannot be kept.
        let kept = !self.queue.is_full() && self.queue.push(self.exposure(key, flag, variant, details, at)).is_ok();
        if !kept {
            self.seen.take_back(&place);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.recorded.fetch_add(1, Ordering::Relaxed);
        // Not only when it becomes half full: a wake-up is lost if the thread looked just before.
        if self.is_half_full() {
            self.changed.notify_all();
        }
    }

    /// Allocates for the names and for a key that is kept as it is.
    fn exposure(
        &self,
        key: &[u8],
        flag: &str,
        variant: &str,
        details: &EvaluationDetails<'_>,
        at: SystemTime,
    ) -> Exposure {
        let subject = match self.options.keys.0 {
            Form::Plain => SubjectKey::Plain(String::from_utf8_lossy(key).into_owned()),
            Form::Hashed(salt) => SubjectKey::of_bytes(salt, key),
        };
        Exposure {
            flag: flag.to_owned(),
            variant: variant.to_owned(),
            enabled: details.enabled(),
            subject,
            reason: details.reason(),
            at,
            snapshot: details.snapshot(),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "its low bits tell windows apart as well")]
    fn window(&self, at: SystemTime) -> u64 {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (since.as_nanos() / self.options.window.as_nanos()) as u64
    }

    /// At most `most` of those that wait, the oldest first.
    pub(super) fn pop(&self, most: usize) -> Vec<Exposure> {
        std::iter::from_fn(|| self.queue.pop()).take(most).collect()
    }

    pub(super) fn is_half_full(&self) -> bool {
        self.queue.len() >= self.queue.capacity().div_ceil(2)
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn counts(&self) -> ExposureCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ExposureCounts {
            recorded: read(&self.recorded),
            dropped: read(&self.dropped),
            without_key: read(&self.without_key),
            delivered: read(&self.taken),
            lost: read(&self.lost),
        }
    }
}
