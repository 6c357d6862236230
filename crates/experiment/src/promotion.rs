//! The reverse experiment: a candidate gives the caller its value, and the old code is the one that is compared.

use std::future::poll_fn;
use std::marker::PhantomData;

use crate::around::{Apart, let_go};
use crate::candidates::{Calls, Candidates, Futures, Runnable};
use crate::definition::Setup;
use crate::failure::Panic;

/// A candidate that returns what the control returns.
#[derive(Debug, Clone, Copy)]
pub struct Same;

/// A candidate that may return another type.
#[derive(Debug, Clone, Copy)]
pub struct Other;

/// Whether what a candidate returns can be given to the caller.
pub trait Kinship<U, T> {
    /// Whether it can.
    const SAME: bool;

    /// The value for the caller, or back where it cannot be that.
    ///
    /// # Errors
    /// The value itself, where it is of another type.
    fn give(value: U) -> Result<T, U>;
}

impl<T> Kinship<T, T> for Same {
    const SAME: bool = true;

    fn give(value: T) -> Result<T, T> {
        Ok(value)
    }
}

impl<U, T> Kinship<U, T> for Other {
    const SAME: bool = false;

    fn give(value: U) -> Result<T, U> {
        Err(value)
    }
}

/// A list of candidates of which one may give the caller its value.
pub trait Surrender<T> {
    /// Whether there is a candidate of that name that has not run yet, was not refused, and returns what the control does.
    fn offers(&self, name: &str) -> bool;

    /// Drops all but the candidate of that name; `false` if there is none that returns what the control does, and then
    /// all are dropped.
    fn keep_only(&mut self, name: &str, setup: Setup<'_>) -> bool;

    /// Takes out what the candidate of that name returned; `None` if it did not run, or returns another type than the
    /// control.
    fn surrender(&mut self, name: &str) -> Option<Result<T, Panic>>;
}

/// Runs the one behaviour of a call that runs, and drops first what else the call holds.
#[inline(never)]
pub(crate) fn run_apart<T, V, H, L>(
    setup: Setup<'_>,
    apart: Apart,
    control: impl FnOnce() -> T,
    candidates: L,
    how: H,
) -> T
where
    L: Candidates<V, H, Prepared: Calls + Surrender<T>>,
{
    match apart {
        Apart::Control => {
            let_go(setup, candidates);
            let_go(setup, how);
            control()
        }
        Apart::Promoted(name) => {
            let_go(setup, how);
            alone(setup, control, candidates.prepare(), name)
        }
    }
}

/// As [`run_apart`], for futures.
pub(crate) async fn await_apart<T, V, H, L>(
    setup: Setup<'_>,
    apart: Apart,
    control: impl Future<Output = T>,
    candidates: L,
    how: H,
) -> T
where
    L: Candidates<V, H, Prepared: Futures + Surrender<T>>,
{
    match apart {
        Apart::Control => {
            let_go(setup, candidates);
            let_go(setup, how);
            control.await
        }
        Apart::Promoted(name) => {
            let_go(setup, how);
            await_alone(setup, control, candidates.prepare(), name).await
        }
    }
}

const KEPT: &str = "the candidate of that name was kept, and has run";

/// Calls the promoted candidate and nothing else; the control, where the call has no such candidate.
#[cold]
fn alone<T>(setup: Setup<'_>, control: impl FnOnce() -> T, mut candidates: impl Calls + Surrender<T>, name: &str) -> T {
    if !candidates.keep_only(name, setup) {
        return control();
    }
    let_go(setup, control);
    candidates.call_alone();
    candidates.surrender(name).expect(KEPT).unwrap_or_else(|panic| panic.resume())
}

/// As [`alone`], for futures.
async fn await_alone<T, V, H>(
    setup: Setup<'_>,
    control: impl Future<Output = T>,
    candidates: impl Runnable<V, H> + Futures + Surrender<T>,
    name: &str,
) -> T {
    let mut kept = Discarding { setup, candidates, shows: PhantomData };
    if !kept.candidates.keep_only(name, setup) {
        return control.await;
    }
    let_go(setup, control);
    poll_fn(|context| kept.candidates.poll_alone(setup, context)).await;
    kept.candidates.surrender(name).expect(KEPT).unwrap_or_else(|panic| panic.resume())
}

/// Candidates that are let go when this is dropped, also with the future that waits for them.
struct Discarding<'s, V, H, L: Runnable<V, H>> {
    setup: Setup<'s>,
    candidates: L,
    shows: PhantomData<fn() -> (V, H)>,
}

impl<V, H, L: Runnable<V, H>> Drop for Discarding<'_, V, H, L> {
    fn drop(&mut self) {
        self.candidates.discard(self.setup);
    }
}

/// Why a candidate cannot be promoted.
///
/// ```
/// use experiment::{Lab, PromoteError};
///
/// let lab = Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 1).run();
/// let refused = lab.experiment("x").promote("nwe").expect_err("it is typed wrong");
/// assert_eq!(refused.to_string(), r#""x" has no candidate "nwe", and knows ["new"]"#);
/// assert!(matches!(refused, PromoteError::UnknownCandidate { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromoteError {
    /// No call has had a candidate of that name so far, and none was declared. At the start of a process, say with
    /// [`declare_candidate`](crate::Experiment::declare_candidate) which there will be.
    #[error("{experiment:?} has no candidate {candidate:?}, and knows {known:?}")]
    #[non_exhaustive]
    UnknownCandidate {
        /// The name of the experiment.
        experiment: &'static str,
        /// The name that is not known.
        candidate: String,
        /// Those that are.
        known: Vec<&'static str>,
    },
}
