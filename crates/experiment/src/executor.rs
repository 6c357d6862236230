//! Who runs candidates in the background.

use std::fmt;
use std::sync::Arc;

use crate::failure::contain;
use crate::pool::Hand;

/// Runs jobs somewhere else than on the caller's thread.
///
/// The default is a [`Pool`](crate::Pool). Implement it to use threads the application has already.
///
/// # Contract
/// `execute` is called on the thread of the call, before it gets its value: it must neither block nor run the job right
/// there. Jobs may run in
/// any order, on any thread, at any time. An executor that has no room drops the job, which counts its candidates as
/// [`Dropped`](crate::Outcome::Dropped); so does every other way to lose a job. Jobs never panic.
///
/// # Implementing
/// ```
/// use std::sync::mpsc::{Sender, channel};
/// use experiment::{Executor, Job, Lab};
///
/// struct Thread(Sender<Job>);
///
/// impl Executor for Thread {
///     fn execute(&self, job: Job) {
///         // A closed channel gives the job back inside the error, where it is dropped and so counted.
///         drop(self.0.send(job));
///     }
/// }
///
/// let (sender, jobs) = channel::<Job>();
/// let thread = std::thread::spawn(move || jobs.into_iter().for_each(Job::run));
/// let lab = Lab::new().executor(Thread(sender));
/// let two = lab.experiment("x").control(|| 2).candidate("new", || 2).observe(|value| *value).run_in_background();
/// assert_eq!(two, 2);
/// # drop(lab);
/// # thread.join().expect("jobs never panic");
/// ```
#[diagnostic::on_unimplemented(note = "implement `Executor`, or use the default, `Pool`")]
pub trait Executor: Send + Sync + 'static {
    /// Takes a job to run later, or drops it.
    fn execute(&self, job: Job);

    /// As [`execute`](Executor::execute), for a job that should begin now, beside the control: an executor whose threads
    /// sleep wakes one. [`Run::run_concurrently`](crate::Run::run_concurrently) asks for that.
    fn execute_now(&self, job: Job) {
        self.execute(job);
    }

    /// Called after a switch was thrown, by whoever threw it: an executor with a queue of its own takes out the jobs that are
    /// [called off](Job::is_called_off) and runs them, which is soon done and counts their candidates as
    /// [`Cancelled`](crate::Outcome::Cancelled). Without that, they are cancelled when their turn comes.
    fn purge(&self) {}
}

impl<X: Executor + ?Sized> Executor for Arc<X> {
    fn execute(&self, job: Job) {
        X::execute(self, job);
    }

    fn execute_now(&self, job: Job) {
        X::execute_now(self, job);
    }

    fn purge(&self) {
        X::purge(self);
    }
}

const _: fn(&dyn Executor) = |_| {}; // stays object-safe

/// The candidates of one run, waiting for a thread.
///
/// ```
/// use experiment::testing::ManualExecutor;
/// use experiment::{Lab, Outcome};
///
/// let executor = ManualExecutor::new();
/// let lab = Lab::new().executor(executor.clone());
/// lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
/// executor.lose_all(); // drops the jobs
/// assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
/// ```
#[must_use = "dropping a job counts its candidates as dropped"]
pub struct Job(Option<Box<dyn Work>>);

/// What a job does, and what it does when nobody does it.
pub(crate) trait Work: Send {
    /// Does it; on a thread of the pool, that is told when it hangs.
    fn work(self: Box<Self>, by: Option<&Hand>);
    fn abandon(self: Box<Self>);
    /// Whether a switch was thrown while it waited.
    fn is_called_off(&self) -> bool;
}

impl Job {
    pub(crate) fn new(work: impl Work + 'static) -> Self {
        Self(Some(Box::new(work)))
    }

    /// Runs the candidates, compares, records and publishes. Takes as long as the candidates; never panics.
    pub fn run(self) {
        self.run_by(None);
    }

    pub(crate) fn run_by(mut self, by: Option<&Hand>) {
        if let Some(work) = self.0.take() {
            // What can fail inside is contained where its name is known; this is the last line.
            drop(contain(|| work.work(by)));
        }
    }

    /// Whether candidates were switched off while it waited. It still has to be run, which runs none of them, or dropped.
    pub fn is_called_off(&self) -> bool {
        self.0.as_ref().is_some_and(|work| work.is_called_off())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            drop(contain(|| work.abandon()));
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").finish_non_exhaustive()
    }
}
