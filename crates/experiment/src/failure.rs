//! Keeping panics away from the caller, and telling about them.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

/// The step of a run in which the experiment itself failed, as opposed to a behaviour.
///
/// ```
/// use experiment::{Lab, Operation};
///
/// let lab = Lab::new();
/// lab.experiment("x").control(|| 1).candidate("", || 1).run();
/// assert_eq!(lab.experiment("x").report().internal_failures[&Operation::Name], 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Operation {
    /// A name was empty, too long or used twice.
    Name,
    /// The gate given with [`Lab::enabled_by`](crate::Lab::enabled_by).
    Gate,
    /// What says which cohort a call belongs to, or the name it gave.
    Cohort,
    /// The sampler given with [`Lab::sampler`](crate::Lab::sampler).
    Sample,
    /// The condition given with `run_if`.
    RunIf,
    /// The hook given with `before`.
    Before,
    /// The hook given with `after`.
    After,
    /// Reading the clock.
    Clock,
    /// The projection given with `observe`.
    Observe,
    /// The comparator.
    Compare,
    /// A rule given with `ignore`.
    Ignore,
    /// The function that puts a result or a difference into words.
    Describe,
    /// Dropping a candidate, its result or its panic's payload.
    Drop,
    /// A publisher.
    Publish,
    /// Handing a run over to the executor of the background.
    Execute,
    /// Containing panics, which cannot be done in a program that was built with `panic = "abort"`: a candidate that panics
    /// ends it. Told once for each lab.
    Contain,
}

impl Operation {
    /// All operations, in the order of their declaration.
    pub const ALL: [Self; 16] = [
        Self::Name,
        Self::Gate,
        Self::Cohort,
        Self::Sample,
        Self::RunIf,
        Self::Before,
        Self::After,
        Self::Clock,
        Self::Observe,
        Self::Compare,
        Self::Ignore,
        Self::Describe,
        Self::Drop,
        Self::Publish,
        Self::Execute,
        Self::Contain,
    ];

    /// The operation in stored reports: lowercase with underscores. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Gate => "gate",
            Self::Cohort => "cohort",
            Self::Sample => "sample",
            Self::RunIf => "run_if",
            Self::Before => "before",
            Self::After => "after",
            Self::Clock => "clock",
            Self::Observe => "observe",
            Self::Compare => "compare",
            Self::Ignore => "ignore",
            Self::Describe => "describe",
            Self::Drop => "drop",
            Self::Publish => "publish",
            Self::Execute => "execute",
            Self::Contain => "contain",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure of the experiment itself, which never reaches the caller of `run`: it goes to the hook given with
/// [`Lab::on_failure`](crate::Lab::on_failure) and is counted in the report.
///
/// ```
/// use experiment::{Lab, Operation};
///
/// let lab = Lab::new().on_failure(|failure| {
///     assert_eq!((failure.operation(), failure.experiment(), failure.candidate()), (Operation::Name, "x", Some("")));
/// });
/// lab.experiment("x").control(|| 1).candidate("", || 1).run();
/// ```
pub struct InternalFailure<'a> {
    operation: Operation,
    experiment: &'a str,
    candidate: Option<&'a str>,
    message: Option<&'a str>,
}

impl<'a> InternalFailure<'a> {
    /// The step that failed.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The name of the experiment.
    pub fn experiment(&self) -> &'a str {
        self.experiment
    }

    /// The candidate that was being handled, where the failure belongs to one.
    pub fn candidate(&self) -> Option<&'a str> {
        self.candidate
    }

    /// What the panic or the error said. It was written by the code that failed and may hold user values: think before
    /// logging it. `Debug` leaves it out.
    pub fn message(&self) -> Option<&'a str> {
        self.message
    }
}

impl fmt::Debug for InternalFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InternalFailure")
            .field("operation", &self.operation)
            .field("experiment", &self.experiment)
            .field("candidate", &self.candidate)
            .finish_non_exhaustive()
    }
}

/// The application's hook for internal failures.
#[derive(Clone, Default)]
pub(crate) struct FailureHook(Option<Arc<Hook>>);

type Hook = dyn Fn(&InternalFailure<'_>) + Send + Sync;

impl FailureHook {
    pub(crate) fn new(hook: impl Fn(&InternalFailure<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Calls the hook. A hook that panics has nobody left to be told, so its panic ends here.
    pub(crate) fn call(&self, operation: Operation, experiment: &str, candidate: Option<&str>, message: Option<&str>) {
        if let Some(hook) = &self.0 {
            drop(contain(|| hook(&InternalFailure { operation, experiment, candidate, message })));
        }
    }
}

impl fmt::Debug for FailureHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FailureHook").field(&self.0.is_some()).finish()
    }
}

/// Runs code that is not ours, turning a panic into a value.
///
/// Unwind safety is asserted: what the closure touched is either consumed by it or only ever dropped afterwards.
pub(crate) fn contain<R>(work: impl FnOnce() -> R) -> Result<R, Panic> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panic(Some(payload)))
}

/// Drops a value of the user's whose `Drop` may panic; `Err` if it did.
pub(crate) fn discard<T>(value: T) -> Result<(), Panic> {
    if !mem::needs_drop::<T>() {
        return Ok(());
    }
    contain(|| drop(value))
}

/// The payload of a contained panic.
pub struct Panic(Option<Box<dyn Any + Send>>);

/// What it says may be a user's.
impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Panic(..)")
    }
}

impl Panic {
    /// The text of the panic, where it is one.
    pub(crate) fn message(&self) -> Option<&str> {
        let payload = self.0.as_deref()?;
        payload.downcast_ref::<&'static str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
    }

    /// Goes on unwinding with the very same payload, without running the panic hook a second time.
    pub(crate) fn resume(mut self) -> ! {
        match self.0.take() {
            Some(payload) => panic::resume_unwind(payload),
            None => unreachable!("the payload is taken only here and in `drop`"),
        }
    }
}

impl Drop for Panic {
    /// A payload may itself panic when it is dropped, and the payload of that panic too. Leaking the second one ends
    /// it.
    fn drop(&mut self) {
        if let Some(payload) = self.0.take()
            && let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)))
        {
            mem::forget(second);
        }
    }
}
