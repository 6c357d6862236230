//! Takes a publisher off the caller's path.

use std::fmt;
use std::num::NonZeroUsize;

use super::{KeptResult, PublishError, Publisher};
use crate::failure::contain;
use crate::hopper::{Hopper, Work};
use crate::observation::RunResult;

/// Publishes on a thread of its own, behind a bounded queue, so that the publisher inside may block and do I/O.
///
/// Handing a result over costs a copy of it and one push; results that find the queue full are refused, and so counted
/// as internal failures.
/// The copy has no context, which may borrow from the call. Failures of the publisher inside go to the function given
/// for them, once each.
/// Dropping it publishes what waits, and waits for that.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use experiment::{Lab, MemoryPublisher, QueuedPublisher};
///
/// let size = NonZeroUsize::new(1_000).expect("it is not zero");
/// let memory = Arc::new(MemoryPublisher::new(size));
/// let lab = Lab::new().publisher(QueuedPublisher::new(Arc::clone(&memory), size, |error| eprintln!("{error}")));
/// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
///
/// lab.flush()?;
/// assert_eq!(memory.results().len(), 1);
/// # Ok::<(), experiment::PublishError>(())
/// ```
pub struct QueuedPublisher {
    hopper: Hopper<KeptResult>,
}

impl QueuedPublisher {
    /// Publishes with `inner`, with room for `capacity` waiting results, and tells `on_error` what fails.
    pub fn new(
        inner: impl Publisher,
        capacity: NonZeroUsize,
        on_error: impl Fn(&PublishError) + Send + 'static,
    ) -> Self {
        Self { hopper: Hopper::new("experiment-publisher", capacity, Publishing { inner, on_error }) }
    }

    /// How many results wait.
    pub fn waiting(&self) -> usize {
        self.hopper.waiting()
    }
}

impl Publisher for QueuedPublisher {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        self.hopper.push(KeptResult::of(result)).map_err(|(refusal, _)| PublishError::refused(refusal))
    }

    /// Waits until every result taken before it has been given to the publisher inside, whether or not that failed.
    fn flush(&self) -> Result<(), PublishError> {
        self.hopper.flush();
        Ok(())
    }
}

/// What the thread does.
struct Publishing<P, E> {
    inner: P,
    on_error: E,
}

impl<P: Publisher, E: Fn(&PublishError) + Send + 'static> Work<KeptResult> for Publishing<P, E> {
    fn take(&mut self, result: KeptResult) {
        let published = contain(|| result.with_result(|result| self.inner.publish(result)));
        let published = published.unwrap_or_else(|_| Err(PublishError::refused("the publisher panicked")));
        if let Err(error) = published {
            drop(contain(|| (self.on_error)(&error)));
            // What it holds is the publisher's, and may panic when it goes.
            drop(contain(move || drop(error)));
        }
    }
}

impl fmt::Debug for QueuedPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueuedPublisher").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
