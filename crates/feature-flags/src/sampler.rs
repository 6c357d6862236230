//! The contexts seen last.

mod line;
mod ring;

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use self::ring::Ring;
use crate::bucket::with_key;
use crate::context::{Context, MapContext};
use crate::handle::{EvaluationDetails, Hook, HookContext};

/// Keeps the contexts that flags were evaluated for last, with their key and the attributes that you name: what an edit would
/// do to them is then seen before it is made, by [`Preview`](crate::Preview) and `cutover flags preview`.
///
/// It is a [`Hook`] that you register, with attributes that you choose, since it holds on to what people are like: keep what it
/// writes where such things are kept. Memory is bounded by the number of contexts; texts beyond 256 bytes and lists beyond 64
/// elements are left out. A context whose key is there already takes its place. An evaluation that is sampled takes a lock, if it
/// is free, and copies the attributes; one that is not costs an addition.
///
/// ```
/// use feature_flags::{ContextSampler, Flag, Flags, MapContext};
///
/// let sampler = ContextSampler::new(10_000, ["user.country", "app_version"]);
/// let flags = Flags::builder().flag(Flag::new("new-search")).hook(sampler.clone()).build();
/// let user = MapContext::new().kind("user").with("id", 42).with("country", "DE").with("email", "ada@example.com");
/// assert!(!flags.enabled("new-search", &user));
///
/// let mut lines = Vec::new();
/// sampler.write(&mut lines)?;
/// assert_eq!(String::from_utf8_lossy(&lines), "{\"key\":42,\"user\":{\"country\":\"DE\"}}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct ContextSampler {
    shared: Arc<Shared>,
}

struct Shared {
    paths: Vec<String>,
    /// One of so many evaluations.
    one_in: u64,
    calls: AtomicU64,
    missed: AtomicU64,
    ring: Mutex<Ring>,
}

impl ContextSampler {
    /// Keeps the last `most` contexts, at least one, with their key and these attributes.
    pub fn new<P: Into<String>>(most: usize, paths: impl IntoIterator<Item = P>) -> Self {
        Self::one_in(1, most, paths)
    }

    /// The same, looking at one in `calls` evaluations only.
    ///
    /// ```
    /// use feature_flags::{ContextSampler, Flags, MapContext};
    ///
    /// let sampler = ContextSampler::one_in(10, 1_000, ["country"]);
    /// let flags = Flags::builder().hook(sampler.clone()).build();
    /// for id in 0..100 {
    ///     flags.enabled("new-search", &MapContext::new().with("id", id));
    /// }
    /// assert_eq!(sampler.contexts().len(), 10);
    /// ```
    pub fn one_in<P: Into<String>>(calls: u64, most: usize, paths: impl IntoIterator<Item = P>) -> Self {
        let shared = Shared {
            paths: paths.into_iter().map(Into::into).collect(),
            one_in: calls.max(1),
            calls: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            ring: Mutex::new(Ring::new(most)),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The contexts, the one seen first at the front.
    pub fn contexts(&self) -> Vec<MapContext> {
        self.shared.ring.lock().contexts()
    }

    /// How many evaluations were not looked at because another thread was at it.
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }

    /// Writes the contexts, one line of JSON each.
    ///
    /// # Errors
    /// If `to` does not take them.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        for context in self.contexts() {
            writeln!(to, "{}", line::of(&context))?;
        }
        to.flush()
    }

    fn sample(&self, context: &dyn Context) {
        let Shared { paths, one_in, calls, missed, ring } = &*self.shared;
        if !calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(*one_in) {
            return;
        }
        // Evaluating never waits.
        let Some(mut ring) = ring.try_lock() else {
            missed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let key = context.key().filter(|key| line::is_small(*key));
        let identity = key.and_then(|key| with_key(key, xxh3_64));
        let with_key = key.into_iter().fold(MapContext::new(), |kept, key| kept.with_value("key", key));
        let kept = paths.iter().fold(with_key, |kept, path| match context.attribute(path) {
            Some(value) if line::is_small(value) => kept.with_value(path, value),
            _ => kept,
        });
        let parts = paths.iter().filter_map(|path| path.split_once('.')).map(|(part, _)| part);
        ring.put(identity, parts.fold(kept, MapContext::part_of));
    }
}

impl Hook for ContextSampler {
    fn finally(&self, call: &HookContext<'_>, _details: &EvaluationDetails<'_>) {
        self.sample(call.context());
    }

    fn name(&self) -> &'static str {
        "context sampler"
    }
}

/// The paths, never the values.
impl fmt::Debug for ContextSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextSampler").field("paths", &self.shared.paths).finish_non_exhaustive()
    }
}
