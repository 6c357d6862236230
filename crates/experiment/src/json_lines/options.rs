//! What a file of lines holds, and how large it may grow.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::sync::Arc;

use super::error::JsonLinesError;

/// What a file of lines holds, and how large it may grow: [`JsonLines::open`](super::JsonLines::open).
///
/// ```
/// use std::num::{NonZeroU32, NonZeroU64};
/// use experiment::JsonLinesOptions;
///
/// let megabyte = NonZeroU64::new(1 << 20).expect("it is not zero");
/// let options = JsonLinesOptions::default()
///     .bytes_per_file(megabyte)
///     .files(NonZeroU32::MIN)               // never more than a megabyte in all
///     .with_context(["tenant"])
///     .on_failure(|error| eprintln!("{error}"));
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct JsonLinesOptions {
    pub(super) bytes_per_file: NonZeroU64,
    pub(super) files: NonZeroU32,
    pub(super) queue: NonZeroUsize,
    pub(super) bytes_per_input: NonZeroUsize,
    pub(super) every_run: bool,
    pub(super) samples: bool,
    pub(super) context: Vec<&'static str>,
    pub(super) hook: Arc<FailureHook>,
}

/// Is told why lines are lost.
pub(super) type FailureHook = dyn Fn(&JsonLinesError) + Send + Sync;

impl JsonLinesOptions {
    /// How many bytes a file may have before it is moved aside: 16 MiB unless said otherwise. A line that is longer is
    /// lost and counted; the report of an experiment takes up to some hundred kilobytes.
    #[must_use]
    pub fn bytes_per_file(self, bytes: NonZeroU64) -> Self {
        Self { bytes_per_file: bytes, ..self }
    }

    /// How many files are kept, the one that is written among them: 5 unless said otherwise. The oldest is removed when
    /// one more is moved aside.
    #[must_use]
    pub fn files(self, files: NonZeroU32) -> Self {
        Self { files, ..self }
    }

    /// How many runs, reports and inputs may wait to be written: 1,000 unless said otherwise. Reports and inputs together
    /// take at most 16 MiB.
    #[must_use]
    pub fn queue(self, entries: NonZeroUsize) -> Self {
        Self { queue: entries, ..self }
    }

    /// How many bytes of JSON an input may have that is [kept](super::JsonLines::keep_input): 64 KiB unless said otherwise.
    /// A longer one is lost and counted.
    #[must_use]
    pub fn bytes_per_input(self, bytes: NonZeroUsize) -> Self {
        Self { bytes_per_input: bytes, ..self }
    }

    /// Writes every run that took part, matches too: some hundred bytes for each.
    #[must_use]
    pub fn every_run(self) -> Self {
        Self { every_run: true, ..self }
    }

    /// Adds the words that call sites give to mismatches with `describe_with`, `describe_debug` or `explain_with`.
    /// Without it no value of a result is in the line of a run.
    #[must_use]
    pub fn with_samples(self) -> Self {
        Self { samples: true, ..self }
    }

    /// Adds the entries of the call's context with these keys; texts are cut after 200 characters. Values of types of the
    /// application ([`ContextValue::Other`](crate::ContextValue::Other)) are left out.
    #[must_use]
    pub fn with_context(self, keys: impl IntoIterator<Item = &'static str>) -> Self {
        Self { context: keys.into_iter().collect(), ..self }
    }

    /// Calls `hook` when lines are lost, on the thread that writes: at the first failure, and while it lasts at the
    /// second, fourth, eighth and so on. Its panics go nowhere.
    #[must_use]
    pub fn on_failure(self, hook: impl Fn(&JsonLinesError) + Send + Sync + 'static) -> Self {
        Self { hook: Arc::new(hook), ..self }
    }
}

impl Default for JsonLinesOptions {
    /// Five files of 16 MiB, a queue of 1,000, alarming runs only, no values, and nobody told.
    fn default() -> Self {
        let not_zero = "the numbers below are not zero";
        Self {
            bytes_per_file: NonZeroU64::new(16 << 20).expect(not_zero),
            files: NonZeroU32::new(5).expect(not_zero),
            queue: NonZeroUsize::new(1_000).expect(not_zero),
            bytes_per_input: NonZeroUsize::new(64 << 10).expect(not_zero),
            every_run: false,
            samples: false,
            context: Vec::new(),
            hook: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for JsonLinesOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLinesOptions")
            .field("bytes_per_file", &self.bytes_per_file)
            .field("files", &self.files)
            .field("queue", &self.queue)
            .field("every_run", &self.every_run)
            .field("samples", &self.samples)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
