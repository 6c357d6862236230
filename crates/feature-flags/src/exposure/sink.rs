//! Where exposures go.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::record::Exposure;

/// Where exposures are delivered: a file, a queue, an analytics service.
///
/// # Contract
/// - Called on the thread that [`Exposures::deliver`](crate::Exposures::deliver) starts, never on one that evaluates flags, so it may block.
/// - A batch has at least one exposure and at most a thousand, in the order in which they were seen.
/// - After an error or a panic, the same batch comes again after the pause, until it is taken: a sink that took a part of it
///   sees that part twice. At the end there is one attempt more, and what is not taken then is lost, and told.
///
/// # Implementing
/// ```
/// use std::error::Error;
/// use std::io::Write;
/// use feature_flags::{Exposure, ExposureSink};
///
/// struct Lines<W>(W);
///
/// impl<W: Write + Send + 'static> ExposureSink for Lines<W> {
///     fn deliver(&mut self, batch: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>> {
///         for Exposure { flag, variant, subject, .. } in batch {
///             writeln!(self.0, "{flag},{variant},{subject}")?;
///         }
///         Ok(self.0.flush()?)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(note = "implement `ExposureSink`, or use `MemorySink` in tests")]
pub trait ExposureSink: Send + 'static {
    /// Takes a batch.
    ///
    /// # Errors
    /// If it was not taken. It comes again.
    fn deliver(&mut self, batch: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>>;
}

const _: fn(&mut dyn ExposureSink) = |_| {}; // stays object-safe

/// Keeps exposures in memory, without a bound: for tests.
///
/// ```
/// use feature_flags::{ExposureSink, MemorySink};
///
/// let sink = MemorySink::new();
/// sink.clone().deliver(&[]).expect("it has room");
/// assert!(sink.exposures().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct MemorySink {
    taken: Arc<Mutex<Vec<Exposure>>>,
}

impl MemorySink {
    /// An empty one; clones share what they take.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was delivered so far.
    pub fn exposures(&self) -> Vec<Exposure> {
        self.taken.lock().clone()
    }
}

impl ExposureSink for MemorySink {
    fn deliver(&mut self, batch: &[Exposure]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.taken.lock().extend_from_slice(batch);
        Ok(())
    }
}

impl fmt::Debug for MemorySink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySink").field("taken", &self.taken.lock().len()).finish()
    }
}
