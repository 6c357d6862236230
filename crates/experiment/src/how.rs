//! Everything a call site said about comparing, and the judgement that follows from it.

use std::borrow::Borrow;
#[cfg(feature = "serde")]
use std::cell::OnceCell;
use std::fmt;
use std::time::Instant;

use crate::comparison::{Comparator, Projection, Rules};
use crate::definition::Setup;
use crate::description::{Describe, Explain, Sample};
#[cfg(feature = "serde")]
use crate::diff::Pairing;
use crate::failure::{Operation, Panic, contain, discard};
use crate::mismatch::Reaction;
use crate::outcome::{Outcome, Reason};

/// Projection, comparator, ignore rules, and the two ways to put a mismatch into words.
#[derive(Debug, Clone, Copy)]
pub struct How<P, C, I, D, E> {
    pub(crate) projection: P,
    pub(crate) comparator: C,
    pub(crate) rules: I,
    pub(crate) describe: D,
    pub(crate) explain: E,
}

/// What the control shows to the comparison.
pub enum Shown<'a, V> {
    /// Its result, or what was projected from it.
    Value(&'a V),
    /// It panicked.
    Panicked,
    /// It returned, but the projection panicked.
    Hidden,
}

impl<V> fmt::Debug for Shown<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(..)",
            Self::Panicked => "Panicked",
            Self::Hidden => "Hidden",
        })
    }
}

/// Whose results are being judged, and who is told when judging fails.
pub struct Case<'a> {
    pub(crate) setup: Setup<'a>,
    pub(crate) candidate: &'static str,
    pub(crate) run: u64,
    pub(crate) now: Instant,
    /// Where the mismatches of a run in which the control ran twice are kept together.
    #[cfg(feature = "serde")]
    pub(crate) pairing: Option<&'a OnceCell<Box<Pairing>>>,
}

/// What came of comparing.
#[derive(Debug)]
pub struct Judgement {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<Reason>,
    /// Boxed, since there hardly ever is one and results are moved often.
    pub(crate) sample: Option<Box<Sample>>,
}

impl<P, C, I, D, E> How<P, C, I, D, E> {
    /// Judges a candidate's result or panic against what the control shows. Never panics.
    #[inline]
    pub(crate) fn judge<V, U>(
        &self,
        control: &Shown<'_, V>,
        candidate: Result<&U, &Panic>,
        case: &Case<'_>,
    ) -> Judgement
    where
        P: Projection<U>,
        C: Comparator<V, P::Out>,
        I: Rules<V, P::Out>,
        D: Describe<V> + Describe<P::Out>,
        E: Explain<V, P::Out>,
    {
        let value = match candidate {
            Ok(value) => value,
            Err(panic) => return judge_panic(panic, <D as Describe<V>>::SPEAKS, case),
        };
        let seen = match contain(|| self.projection.see(value)) {
            Ok(seen) => seen,
            Err(panic) => return case.lost(Operation::Observe, &panic),
        };
        let judgement = match control {
            Shown::Value(control) => self.judge_values::<V, P::Out>(control, seen.borrow(), case),
            Shown::Panicked => self.judge_against_panic::<V, P::Out>(seen.borrow(), case),
            Shown::Hidden => Judgement::new(Outcome::Dropped).because(Reason::ComparisonFailed),
        };
        if let Err(panic) = discard(seen) {
            case.failed(Operation::Drop, &panic);
        }
        judgement
    }

    /// As [`How::judge`], for a candidate of which the comparison was shown what it sees already.
    pub(crate) fn judge_seen<V>(&self, control: &Shown<'_, V>, candidate: &Shown<'_, V>, case: &Case<'_>) -> Judgement
    where
        C: Comparator<V, V>,
        I: Rules<V, V>,
        D: Describe<V>,
        E: Explain<V, V>,
    {
        match (control, candidate) {
            // What it said has gone to the caller.
            (_, Shown::Panicked) => Judgement::new(Outcome::Panicked),
            (_, Shown::Hidden) | (Shown::Hidden, _) => {
                Judgement::without_comparison(Outcome::Dropped, Some(Reason::ComparisonFailed))
            }
            (Shown::Value(control), Shown::Value(candidate)) => self.judge_values::<V, V>(control, candidate, case),
            (Shown::Panicked, Shown::Value(candidate)) => self.judge_against_panic::<V, V>(candidate, case),
        }
    }

    #[inline]
    fn judge_values<V, W>(&self, control: &V, candidate: &W, case: &Case<'_>) -> Judgement
    where
        C: Comparator<V, W>,
        I: Rules<V, W>,
        D: Describe<V> + Describe<W>,
        E: Explain<V, W>,
    {
        match contain(|| self.comparator.judge(control, candidate)) {
            Ok(Some(true)) => Judgement::new(Outcome::Match),
            Ok(Some(false)) => self.judge_difference(control, candidate, case),
            Ok(None) => {
                case.setup.failed(Operation::Compare, Some(case.candidate), None);
                Judgement::new(Outcome::Dropped).because(Reason::ComparisonFailed)
            }
            Err(panic) => case.lost(Operation::Compare, &panic),
        }
    }

    #[cold]
    fn judge_difference<V, W>(&self, control: &V, candidate: &W, case: &Case<'_>) -> Judgement
    where
        I: Rules<V, W>,
        D: Describe<V> + Describe<W>,
        E: Explain<V, W>,
    {
        let excused = self.rules.excuse(control, candidate, &mut |rule| match contain(rule) {
            Ok(excused) => excused,
            Err(panic) => {
                case.failed(Operation::Ignore, &panic);
                false
            }
        });
        if excused {
            return Judgement::new(Outcome::Ignored);
        }
        let differences = self.rules.take_apart(control, candidate, case);
        let speaks = <D as Describe<V>>::SPEAKS || E::SPEAKS || differences.is_some();
        let sample = case.sample(speaks, || Sample {
            control: case.words(|| self.describe.describe(control)),
            candidate: case.words(|| self.describe.describe(candidate)),
            difference: case.words(|| self.explain.explain(control, candidate)).or(differences),
            ..Sample::default()
        });
        Judgement { sample, ..Judgement::new(Outcome::Mismatch) }
    }

    #[cold]
    fn judge_against_panic<V, W>(&self, candidate: &W, case: &Case<'_>) -> Judgement
    where
        D: Describe<V> + Describe<W>,
    {
        let sample = case.sample(<D as Describe<V>>::SPEAKS, || Sample {
            control: Some("panicked".to_owned()),
            candidate: case.words(|| self.describe.describe(candidate)),
            ..Sample::default()
        });
        Judgement { sample, ..Judgement::new(Outcome::Mismatch) }
    }
}

/// The text of a panic may quote user values, so it is kept only where the call site lets results be described.
#[cold]
fn judge_panic(panic: &Panic, speaks: bool, case: &Case<'_>) -> Judgement {
    let sample = case.sample(speaks, || Sample {
        candidate: Some(match panic.message() {
            Some(message) => format!("panicked: {message}"),
            None => "panicked".to_owned(),
        }),
        ..Sample::default()
    });
    Judgement { sample, ..Judgement::new(Outcome::Panicked) }
}

impl Judgement {
    fn new(outcome: Outcome) -> Self {
        Self { outcome, reason: None, sample: None }
    }

    pub(crate) fn without_comparison(outcome: Outcome, reason: Option<Reason>) -> Self {
        Self { reason, ..Self::new(outcome) }
    }

    fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("candidate", &self.candidate).field("run", &self.run).finish_non_exhaustive()
    }
}

impl Case<'_> {
    fn failed(&self, operation: Operation, panic: &Panic) {
        self.setup.failed(operation, Some(self.candidate), panic.message());
    }

    #[cold]
    fn lost(&self, operation: Operation, panic: &Panic) -> Judgement {
        self.failed(operation, panic);
        Judgement::new(Outcome::Dropped).because(Reason::ComparisonFailed)
    }

    /// Makes a sample where the call site has words and the recorder has room for one more.
    fn sample(&self, speaks: bool, make: impl FnOnce() -> Sample) -> Option<Box<Sample>> {
        let wanted = speaks
            && (self.setup.reaction() == Reaction::Raise
                || self.setup.recorder().candidate(self.candidate).wants_sample(self.setup.equipment.nanos(self.now)));
        wanted
            .then(make)
            .filter(|sample| !sample.is_empty())
            .map(|sample| Box::new(Sample { run: self.run, times: 1, ..sample }))
    }

    fn words(&self, speak: impl FnOnce() -> Option<String>) -> Option<String> {
        contain(speak).unwrap_or_else(|panic| {
            self.failed(Operation::Describe, &panic);
            None
        })
    }
}
