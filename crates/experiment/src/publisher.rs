//! Where results go besides the report.

mod memory;
#[cfg(feature = "metrics")]
mod metrics;
mod queued;
#[cfg(any(feature = "json", feature = "tracing"))]
pub(crate) mod storm;
#[cfg(feature = "tracing")]
mod tracing;

use std::error::Error;
use std::sync::Arc;

pub use memory::{KeptResult, MemoryPublisher};
#[cfg(feature = "metrics")]
pub use metrics::{MetricsPublisher, describe_metrics};
pub use queued::QueuedPublisher;
#[cfg(feature = "tracing")]
pub use tracing::TracingPublisher;

use crate::observation::RunResult;

/// Receives the result of every run.
///
/// # Contract
/// - `publish` is called once per run in which candidates took part, on the thread that made the call and before it
///   gets its value: it
///   must not block, nor do I/O. Put a publisher that must into a [`QueuedPublisher`]. What runs in the background is published
///   there; a run that the background has no room for, by the caller. A candidate that passes its deadline on a thread is
///   published by itself in that moment, with those that wait behind it, and the rest of its run when it ends.
/// - It is called from many threads at once. Results of one thread arrive in the order of its runs.
/// - Sampled out and switched off calls, and calls without candidates, are not published.
/// - An error or a panic is reported as an internal failure of [`Operation::Publish`](crate::Operation::Publish) and
///   goes no further: the
///   caller gets the control's value, the other publishers get the result, and so does this one the next time.
/// - `flush` returns when everything published before it has gone out. It may block.
/// - Results carry no user values, apart from the [`Sample`](crate::Sample) which the call site asked for.
///
/// [`testing::publisher_conformance`](crate::testing::publisher_conformance) checks an implementation.
///
/// # Implementing
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use experiment::{Lab, Outcome, PublishError, Publisher, RunResult};
///
/// /// Counts what an alert should look at.
/// #[derive(Default)]
/// struct Alarms(AtomicU64);
///
/// impl Publisher for Alarms {
///     fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
///         let alarms = result.candidates().filter(|candidate| candidate.outcome == Outcome::Panicked).count();
///         self.0.fetch_add(alarms as u64, Ordering::Relaxed);
///         Ok(())
///     }
/// }
///
/// let alarms = Arc::new(Alarms::default());
/// let lab = Lab::new().publisher(Arc::clone(&alarms));
/// lab.experiment("users-query").control(|| 1).candidate("new", || std::panic::resume_unwind(Box::new(()))).run();
/// assert_eq!(alarms.0.load(Ordering::Relaxed), 1);
/// ```
///
/// Publishing is what an implementer must say; there is no default for it:
/// ```compile_fail
/// struct SaysNothing;
/// impl experiment::Publisher for SaysNothing {}
/// ```
#[diagnostic::on_unimplemented(note = "implement `Publisher`, or wrap the publisher in `Arc`")]
pub trait Publisher: Send + Sync + 'static {
    /// Takes the result of a run.
    ///
    /// # Errors
    /// [`PublishError`] when the result could not be taken. It is lost then.
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError>;

    /// Waits until everything published so far has gone out.
    ///
    /// # Errors
    /// [`PublishError`] when something did not go out.
    fn flush(&self) -> Result<(), PublishError> {
        Ok(())
    }
}

impl<P: Publisher + ?Sized> Publisher for Arc<P> {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        P::publish(self, result)
    }

    fn flush(&self) -> Result<(), PublishError> {
        P::flush(self)
    }
}

const _: fn(&dyn Publisher) = |_| {}; // stays object-safe

/// Publishes nothing. The report is kept all the same.
///
/// ```
/// let lab = experiment::Lab::new().publisher(experiment::NoPublisher);
/// # let _ = lab;
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has nothing to hold")]
pub struct NoPublisher;

impl Publisher for NoPublisher {
    fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
        Ok(())
    }
}

/// Why a result was not published.
///
/// ```
/// let error = experiment::PublishError::refused("the disk is full");
/// assert_eq!(error.to_string(), "the result could not be published");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The place where results go took no more. The run's result is lost; the next one may pass.
    #[error("the result could not be published")]
    #[non_exhaustive]
    Refused {
        /// What happened there.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl PublishError {
    /// For implementers: the result was refused, and this is why.
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// let error = experiment::PublishError::refused("the queue is full");
    /// assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the queue is full"));
    /// ```
    pub fn refused(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Refused { source: source.into() }
    }
}
