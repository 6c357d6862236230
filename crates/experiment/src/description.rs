//! Putting a mismatch into words, only where the application said how: results may hold what must not be stored.

use std::fmt::Debug;

/// A mismatch, or a panic, put into words by the application's own functions.
///
/// All parts are `None` unless the call site asked for them with
/// [`describe_with`](crate::Run::describe_with), [`describe_debug`](crate::Run::describe_debug) or
/// [`explain_with`](crate::Run::explain_with).
///
/// ```
/// let lab = experiment::Lab::new();
/// lab.experiment("x").control(|| 1).candidate("new", || 2).describe_with(|value| format!("<{value}>")).run();
///
/// let sample = &lab.experiment("x").report().candidates[0].samples[0];
/// assert_eq!((sample.run, sample.control.as_deref(), sample.candidate.as_deref()), (1, Some("<1>"), Some("<2>")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Sample {
    /// The run in which it happened first: the first one of the experiment is 1.
    pub run: u64,
    /// How many of the mismatches that were put into words had the very same ones, this one included.
    pub times: u64,
    /// The control's result.
    pub control: Option<String>,
    /// The candidate's result.
    pub candidate: Option<String>,
    /// What differs.
    pub difference: Option<String>,
}

impl Sample {
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.control == other.control && self.candidate == other.candidate && self.difference == other.difference
    }

    /// Shortens each part to so many bytes.
    pub(crate) fn cut(&mut self, bytes: usize) {
        const CUT: &str = " …";
        for part in [&mut self.control, &mut self.candidate, &mut self.difference].into_iter().flatten() {
            if part.len() > bytes {
                part.truncate(part.floor_char_boundary(bytes - CUT.len()));
                part.push_str(CUT);
                part.shrink_to_fit();
            }
        }
    }

    /// The bytes of its words.
    pub(crate) fn bytes(&self) -> usize {
        let parts = [&self.control, &self.candidate, &self.difference];
        parts.into_iter().flatten().map(String::len).sum()
    }

    /// Whether there are any words in it.
    pub fn is_empty(&self) -> bool {
        self.control.is_none() && self.candidate.is_none() && self.difference.is_none()
    }
}

/// Puts one result into words.
pub trait Describe<A: ?Sized> {
    /// Whether anything is ever said.
    const SPEAKS: bool;
    /// The words.
    fn describe(&self, value: &A) -> Option<String>;
}

/// Says nothing: the default.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl<A: ?Sized> Describe<A> for Silent {
    const SPEAKS: bool = false;

    fn describe(&self, _: &A) -> Option<String> {
        None
    }
}

/// Uses `Debug`.
#[derive(Debug, Clone, Copy)]
pub struct Debugged;

impl<A: Debug + ?Sized> Describe<A> for Debugged {
    const SPEAKS: bool = true;

    fn describe(&self, value: &A) -> Option<String> {
        Some(format!("{value:?}"))
    }
}

/// Uses a closure.
#[derive(Debug, Clone, Copy)]
pub struct Described<G>(pub(crate) G);

impl<A: ?Sized, G: Fn(&A) -> String> Describe<A> for Described<G> {
    const SPEAKS: bool = true;

    fn describe(&self, value: &A) -> Option<String> {
        Some((self.0)(value))
    }
}

/// Puts the difference between two results into words.
pub trait Explain<A: ?Sized, B: ?Sized> {
    /// Whether anything is ever said.
    const SPEAKS: bool;
    /// The words.
    fn explain(&self, control: &A, candidate: &B) -> Option<String>;
}

impl<A: ?Sized, B: ?Sized> Explain<A, B> for Silent {
    const SPEAKS: bool = false;

    fn explain(&self, _: &A, _: &B) -> Option<String> {
        None
    }
}

/// Uses a closure over both results.
#[derive(Debug, Clone, Copy)]
pub struct Explained<G>(pub(crate) G);

impl<A: ?Sized, B: ?Sized, G: Fn(&A, &B) -> String> Explain<A, B> for Explained<G> {
    const SPEAKS: bool = true;

    fn explain(&self, control: &A, candidate: &B) -> Option<String> {
        Some((self.0)(control, candidate))
    }
}
