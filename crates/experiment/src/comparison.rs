//! How two results are compared: what is looked at, what counts as the same, which differences do not count.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

use crate::how::Case;

/// Decides whether the results of control and candidate are the same.
///
/// Closures `Fn(&A, &B) -> bool` are comparators. Without one, [`Equality`] is used.
///
/// # Contract
/// `same` is called once per candidate and run, with the control's result first, on the caller's thread when the run is
/// inline. It must
/// not change what it compares, nor block. If it panics, the candidate's outcome is
/// [`Dropped`](crate::Outcome::Dropped), the failure is reported, and the caller notices nothing.
///
/// # Implementing
/// A comparator may join two types, so that a candidate need not return what the control returns:
/// ```
/// use experiment::{Comparator, Lab};
///
/// struct Old { id: u32 }
/// struct New { key: String }
///
/// struct SameUser;
/// impl Comparator<Old, New> for SameUser {
///     fn same(&self, control: &Old, candidate: &New) -> bool {
///         candidate.key.parse() == Ok(control.id)
///     }
/// }
///
/// let lab = Lab::new();
/// let user = lab
///     .experiment("user")
///     .control(|| Old { id: 7 })
///     .candidate_of("new", || New { key: "7".to_owned() })
///     .compare_by(SameUser)
///     .run();
/// assert_eq!(user.id, 7);
/// assert_eq!(lab.experiment("user").report().candidates[0].matches(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "results of type `{A}` and `{B}` cannot be compared by `{Self}`",
    note = "implement `PartialEq` for them, or say how to compare: `.compare_with(|control, candidate| ..)`"
)]
pub trait Comparator<A: ?Sized, B: ?Sized> {
    /// Whether the two are the same.
    fn same(&self, control: &A, candidate: &B) -> bool;

    /// As [`same`](Comparator::same), for comparators that cannot always tell: `None` makes the outcome
    /// [`Dropped`](crate::Outcome::Dropped), and is reported as a failure. This is what a run calls.
    #[inline]
    fn judge(&self, control: &A, candidate: &B) -> Option<bool> {
        Some(self.same(control, candidate))
    }
}

impl<A: ?Sized, B: ?Sized, G: Fn(&A, &B) -> bool> Comparator<A, B> for G {
    fn same(&self, control: &A, candidate: &B) -> bool {
        self(control, candidate)
    }
}

/// Compares with `PartialEq`; what is used when nothing else was said.
///
/// ```
/// use experiment::{Comparator, Equality};
///
/// assert!(Equality.same("a", "a"));
/// assert!(!Equality.same(&Some(1), &None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has nothing to hold")]
pub struct Equality;

impl<A: PartialEq<B> + ?Sized, B: ?Sized> Comparator<A, B> for Equality {
    fn same(&self, control: &A, candidate: &B) -> bool {
        control == candidate
    }
}

/// Compares `Ok` with `PartialEq` and `Err` with a closure.
#[derive(Debug, Clone, Copy)]
pub struct ErrorsBy<G>(pub(crate) G);

impl<T: PartialEq, E, G: Fn(&E, &E) -> bool> Comparator<Result<T, E>, Result<T, E>> for ErrorsBy<G> {
    fn same(&self, control: &Result<T, E>, candidate: &Result<T, E>) -> bool {
        match (control, candidate) {
            (Ok(control), Ok(candidate)) => control == candidate,
            (Err(control), Err(candidate)) => (self.0)(control, candidate),
            _ => false,
        }
    }
}

/// What of a result is compared.
pub trait Projection<T> {
    /// What is seen.
    type Out;
    /// Either a borrow of the result or a value made from it.
    type Seen<'a>: Borrow<Self::Out>
    where
        T: 'a;

    /// Looks at a result.
    fn see<'a>(&self, value: &'a T) -> Self::Seen<'a>;
}

/// The whole result is compared.
#[derive(Debug, Clone, Copy)]
pub struct Whole;

impl<T> Projection<T> for Whole {
    type Out = T;
    type Seen<'a>
        = &'a T
    where
        T: 'a;

    #[inline]
    fn see<'a>(&self, value: &'a T) -> &'a T {
        value
    }
}

/// What a closure makes of the result is compared.
pub struct Observing<G, V> {
    pub(crate) project: G,
    pub(crate) seen: PhantomData<fn() -> V>,
}

impl<G, V> fmt::Debug for Observing<G, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observing").finish_non_exhaustive()
    }
}

impl<T, V, G: Fn(&T) -> V> Projection<T> for Observing<G, V> {
    type Out = V;
    type Seen<'a>
        = V
    where
        T: 'a;

    #[inline]
    fn see(&self, value: &T) -> V {
        (self.project)(value)
    }
}

/// What is done about a difference: rules that may excuse it are tried in the order in which they were given, and one
/// that is not
/// excused may be taken apart.
pub trait Rules<A: ?Sized, B: ?Sized> {
    /// Asks the rules one after the other until one says yes. `ask` runs each, so that a rule that panics is a no and
    /// the
    /// next one still gets its turn.
    fn excuse(&self, control: &A, candidate: &B, ask: &mut dyn FnMut(&dyn Fn() -> bool) -> bool) -> bool;

    /// Finds out where the two differ, if the call site asked for that; in words, where the mismatch is about to be
    /// raised. Never panics.
    fn take_apart(&self, _: &A, _: &B, _: &Case<'_>) -> Option<String> {
        None
    }
}

/// No difference is excused.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl<A: ?Sized, B: ?Sized> Rules<A, B> for NoRules {
    fn excuse(&self, _: &A, _: &B, _: &mut dyn FnMut(&dyn Fn() -> bool) -> bool) -> bool {
        false
    }
}

/// One rule more.
#[derive(Debug, Clone, Copy)]
pub struct AndRule<R, G> {
    pub(crate) earlier: R,
    pub(crate) rule: G,
}

impl<A: ?Sized, B: ?Sized, R: Rules<A, B>, G: Fn(&A, &B) -> bool> Rules<A, B> for AndRule<R, G> {
    fn excuse(&self, control: &A, candidate: &B, ask: &mut dyn FnMut(&dyn Fn() -> bool) -> bool) -> bool {
        self.earlier.excuse(control, candidate, ask) || ask(&|| (self.rule)(control, candidate))
    }

    fn take_apart(&self, control: &A, candidate: &B, case: &Case<'_>) -> Option<String> {
        self.earlier.take_apart(control, candidate, case)
    }
}
