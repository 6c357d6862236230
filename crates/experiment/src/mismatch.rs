//! For tests: a mismatch that fails them, in words.

use std::fmt;
use std::sync::Arc;

use crate::name::CONTROL_AGAIN;
use crate::observation::{CandidateResult, RunResult};
use crate::outcome::{Outcome, Reason};

/// What a mismatch, a panic of a candidate, or a comparison that fails, does to the call.
///
/// ```
/// use experiment::{Lab, Reaction};
///
/// let lab = Lab::new().reaction(Reaction::Raise);
/// lab.experiment("known to differ").set_reaction(Some(Reaction::Record));
/// assert_eq!(lab.experiment("known to differ").control(|| 1).candidate("new", || 2).run(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reaction {
    /// It is recorded and published, and the caller gets the control's value.
    #[default]
    Record,
    /// It is recorded and published, and then the call panics with the [`Mismatch`] in words: for tests only. Runs in
    /// the background record all
    /// the same.
    Raise,
}

/// A run in which a candidate's outcome was a mismatch or a panic, or in which the comparison itself failed.
///
/// ```
/// use experiment::{Lab, Reaction};
///
/// let lab = Lab::new().reaction(Reaction::Raise).raise_with(|mismatch| {
///     assert_eq!(mismatch.to_string(), "experiment x mismatched\n  control: 1\n  new: 2");
/// });
/// lab.experiment("x").control(|| 1).candidate("new", || 2).describe_debug().run();
/// ```
#[derive(Clone, Copy)]
pub struct Mismatch<'a> {
    result: RunResult<'a>,
}

impl<'a> Mismatch<'a> {
    /// The mismatch in a result, if there is one.
    pub(crate) fn in_result(result: RunResult<'a>) -> Option<Self> {
        result.candidates().any(counts).then_some(Self { result })
    }

    /// The name of the experiment.
    pub fn experiment(&self) -> &'static str {
        self.result.experiment()
    }

    /// The very result that was published.
    pub fn result(&self) -> &RunResult<'a> {
        &self.result
    }
}

/// A comparison that always fails would otherwise let every test pass.
fn counts(candidate: &CandidateResult) -> bool {
    let is_bad = matches!(candidate.outcome, Outcome::Mismatch | Outcome::Panicked);
    candidate.name() != CONTROL_AGAIN && (is_bad || candidate.reason == Some(Reason::ComparisonFailed))
}

impl fmt::Display for Mismatch<'_> {
    /// A line with the name of the experiment, then each behaviour with its result, as far as the call site gave words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "experiment {} mismatched", self.experiment())?;
        for candidate in self.result.candidates().filter(|candidate| counts(candidate)) {
            if let Some(reason) = candidate.reason {
                write!(f, "\n  {} could not be compared: {reason}", candidate.name())?;
                continue;
            }
            let sample = candidate.sample.as_deref();
            let words = |words: Option<&String>| words.map_or("no words were given for it".to_owned(), Clone::clone);
            let difference = sample.and_then(|sample| sample.difference.as_ref());
            // Where only the differences are known, they say it all.
            if difference.is_none()
                || sample.is_some_and(|sample| sample.control.is_some() || sample.candidate.is_some())
            {
                write!(f, "\n  control: {}", words(sample.and_then(|sample| sample.control.as_ref())))?;
                write!(f, "\n  {}: {}", candidate.name(), words(sample.and_then(|sample| sample.candidate.as_ref())))?;
            } else {
                write!(f, "\n  {} differs from the control", candidate.name())?;
            }
            match difference {
                Some(lines) if lines.contains('\n') => {
                    f.write_str("\n  differences:")?;
                    lines.lines().try_for_each(|line| write!(f, "\n    {line}"))?;
                }
                Some(line) => write!(f, "\n  difference: {line}")?,
                None => {}
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mismatch").field("result", &self.result).finish()
    }
}

/// How a mismatch is raised: the one function of the application whose panic reaches the caller.
#[derive(Clone)]
pub(crate) struct Raiser(Arc<Raise>);

type Raise = dyn Fn(&Mismatch<'_>) + Send + Sync;

impl Raiser {
    pub(crate) fn new(raise: impl Fn(&Mismatch<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(raise))
    }

    pub(crate) fn raise(&self, mismatch: &Mismatch<'_>) {
        (self.0)(mismatch);
    }
}

impl Default for Raiser {
    fn default() -> Self {
        Self::new(|mismatch| panic!("{mismatch}"))
    }
}
