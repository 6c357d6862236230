//! What a runtime is given to spawn.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The candidates of one run, for a runtime to spawn. It finishes when they have, and never panics.
///
/// ```
/// use experiment::{Lab, Outcome};
///
/// let (lab, mut tasks) = (Lab::new(), Vec::new());
/// let call = lab.experiment("x").control_async(async { 1 }).candidate("new", async { 1 }).observe(|value| *value);
/// let mut call = Box::pin(call.run_in_background(|task| tasks.push(task)));
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(call.as_mut().poll(&mut context).is_ready());
/// drop(call);
/// tasks.clear(); // as a runtime does that shuts down
/// assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 1);
/// ```
#[must_use = "dropping a task counts its candidates as cancelled"]
pub struct Task(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Task {
    pub(crate) fn of(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
