//! What a check that did not pass says.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use crate::cause::Cause;
use crate::command::Command;
use crate::execute::Unusable;
use crate::exhaustive::Certificate;
use crate::minimality::Minimality;
use crate::panics::Caught;
use crate::regressions::RegressionsError;
use crate::requirement::Cover;
use crate::sequence::Sequence;
use crate::shrink::Free;
use crate::stop::Stop;
use crate::tally::Tally;
use crate::trace::Trace;

/// Why a check did not pass. Prints as the report that [`Check::run`](crate::Check::run) panics with.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, check};
///
/// match check(Counter::stuck_at(150)).try_run() {
///     Err(Failure::Falsified(failure)) => assert_eq!(failure.sequence().len(), 2),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure<C> {
    /// A sequence was found in which the system does not do what the model says.
    Falsified(Box<Falsified<C>>),
    /// No command could be generated, so nothing was tested: [`commands`](crate::Model::commands) offers nothing in the first state,
    /// or [`precondition`](crate::Model::precondition) refuses all of it.
    #[non_exhaustive]
    NothingGenerated {
        /// What was refused.
        tally: Box<Tally>,
    },
    /// Something that [`Check::require`](crate::Check::require) asks for did not come up often enough.
    #[non_exhaustive]
    Vacuous {
        /// What is required.
        cover: Cover,
        /// How often it has to come up.
        at_least: u64,
        /// How often it did.
        count: u64,
        /// What was generated instead.
        tally: Box<Tally>,
    },
    /// The system could not be set up, so nothing was tested.
    #[non_exhaustive]
    Setup {
        /// What [`setup`](crate::Model::setup) said.
        message: String,
    },
    /// A function of the model that must not fail panicked: the model has to be mended first.
    #[non_exhaustive]
    Model {
        /// The function.
        function: &'static str,
        /// What the panic said.
        message: String,
        /// Where, as `file:line:column`, if it is known.
        place: Option<String>,
        /// The seed that does it again, if chance had a part in it.
        seed: Option<u64>,
    },
    /// The model did not do the same when it was asked twice: it looks at something besides its arguments. The system is not to blame.
    #[non_exhaustive]
    NotDeterministic {
        /// What differed.
        difference: String,
        /// The seed that does it again, if chance had a part in it.
        seed: Option<u64>,
    },
    /// A sequence failed once and passed when it was run again, so it cannot be shrunk: the system, or its set-up, depends on
    /// something outside of the sequence.
    #[non_exhaustive]
    Flaky {
        /// What failed.
        sequence: Sequence<C>,
        /// How it failed.
        cause: Cause,
        /// The seed that makes the sequence again, if chance made it.
        seed: Option<u64>,
    },
    /// The model does not allow a sequence that was written by hand.
    #[non_exhaustive]
    Refused {
        /// The sequence.
        sequence: Sequence<C>,
        /// Which command is refused, from 1.
        place: usize,
    },
    /// The file of regressions cannot be used.
    #[non_exhaustive]
    Regressions {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RegressionsError,
    },
    /// A setting, or a variable of the environment, makes no sense.
    #[non_exhaustive]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it should say, or what is wrong with it.
        expected: String,
    },
}

/// A failing sequence, as small as it could be made.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// assert_eq!(failure.sequence().to_string(), "[add 51, add 100]");
/// assert_eq!(failure.cause().to_string(), "expected 151, got 150");
/// assert!(failure.original_len() >= 2 && failure.shrink_runs() <= 1000);
/// ```
#[derive(Debug)]
pub struct Falsified<C> {
    pub(crate) sequence: Sequence<C>,
    pub(crate) cause: Cause,
    pub(crate) minimality: Minimality,
    pub(crate) origin: Origin,
    pub(crate) original: usize,
    pub(crate) runs: u32,
    pub(crate) trace: Trace,
    pub(crate) replay: Option<String>,
    /// Where the sequence was kept, or why it could not be.
    pub(crate) kept: Option<Result<PathBuf, String>>,
    /// The type of the model.
    pub(crate) model: &'static str,
    pub(crate) test: Option<String>,
    /// The places, from 0, of the commands whose arguments do not matter.
    pub(crate) free: Free,
    pub(crate) stops: Vec<Stop>,
    /// What the model offers though its reference is gone.
    pub(crate) stale_offer: Option<String>,
    pub(crate) others: Vec<Falsified<C>>,
}

/// How a failing sequence was found.
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failure, Origin, check};
///
/// let Err(Failure::Falsified(failure)) = check(Counter::stuck_at(150)).try_run() else { panic!("it gets stuck") };
/// assert!(matches!(failure.origin(), Origin::Case { of: 256, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Among random sequences.
    #[non_exhaustive]
    Case {
        /// In which case, from 1.
        number: u32,
        /// How many cases would have been tried.
        of: u32,
        /// The seed that finds it in the first case.
        seed: u64,
    },
    /// Among all sequences, short ones first.
    #[non_exhaustive]
    Exhaustive {
        /// What had been tried until then.
        certificate: Certificate,
    },
    /// In the file of regressions.
    #[non_exhaustive]
    Regression {
        /// The file.
        path: PathBuf,
        /// The line of the entry, from 1.
        line: usize,
    },
    /// It was given in `STATEFUL_REPLAY`.
    Replay,
    /// It was made of bytes, for [`Check::try_bytes`](crate::Check::try_bytes).
    Bytes,
    /// It was written by hand, for [`Check::run_sequence`](crate::Check::run_sequence).
    Written,
}

impl Origin {
    pub(crate) fn seed(&self) -> Option<u64> {
        if let Self::Case { seed, .. } = self { Some(*seed) } else { None }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case { number, of, .. } => write!(f, "found in case {number} of {of}"),
            Self::Exhaustive { certificate } => {
                write!(f, "found as sequence {} of all, short ones first", certificate.sequences)
            }
            Self::Regression { path, line } => write!(f, "failed before: {}, line {line}", path.display()),
            Self::Replay => f.write_str("given in STATEFUL_REPLAY"),
            Self::Bytes => f.write_str("made of the bytes of a fuzzer"),
            Self::Written => f.write_str("written by hand, so it was not shrunk"),
        }
    }
}

impl<C> Failure<C> {
    pub(crate) fn setting(name: &'static str, value: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Setting { name, value: value.into(), expected: expected.into() }
    }

    pub(crate) fn unusable(unusable: Unusable, seed: Option<u64>) -> Self {
        match unusable {
            Unusable::Setup { message } => Self::Setup { message },
            Unusable::Model { function, message, place } => Self::Model { function, message, place, seed },
        }
    }

    /// A panic of the model while a sequence was made.
    pub(crate) fn in_model(seed: Option<u64>) -> impl FnOnce(Caught) -> Self {
        move |Caught { message, place }| Self::Model {
            function: "init, commands, precondition or next",
            message,
            place,
            seed,
        }
    }
}

impl<C> Falsified<C> {
    /// The sequence; it fails whenever it is run.
    pub fn sequence(&self) -> &Sequence<C> {
        &self.sequence
    }

    /// What is wrong when its last command has run.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What was proved about its size.
    pub fn minimality(&self) -> Minimality {
        self.minimality
    }

    /// How it was found.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The seed that finds the failure in the first case, if it was found by chance.
    pub fn seed(&self) -> Option<u64> {
        self.origin.seed()
    }

    /// The text for `STATEFUL_REPLAY` that runs just this sequence; `None` for one that was written by hand.
    pub fn replay(&self) -> Option<&str> {
        self.replay.as_deref()
    }

    /// The places, from 0, of the commands whose arguments do not matter, whatever all of them are: up to three other values of each failed as well. Empty
    /// without [`Check::explain`](crate::Check::explain).
    pub fn free_arguments(&self) -> &[usize] {
        &self.free.commands
    }

    /// The places, from 0, of commands of which some arguments matter, each with the place of one that does not: up to three other values of it
    /// failed as well. Empty without [`Check::explain`](crate::Check::explain), and where a command does not
    /// [print its arguments one by one](Command::printed_arguments).
    pub fn free_single_arguments(&self) -> &[(usize, usize)] {
        &self.free.arguments
    }

    /// Which commands cannot come any more when another one is left out, and what stops them.
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// What the model offers on the way though the reference in it is not defined any more; such a command is never run.
    pub fn stale_offer(&self) -> Option<&str> {
        self.stale_offer.as_deref()
    }

    /// Other failures, where [`Check::failures`](crate::Check::failures) asks for more than one.
    pub fn others(&self) -> &[Self] {
        &self.others
    }

    /// How many commands the sequence had, up to the failure, before it was shrunk.
    pub fn original_len(&self) -> usize {
        self.original
    }

    /// How often the system was run to shrink the sequence and to make sure that it fails.
    pub fn shrink_runs(&self) -> u32 {
        self.runs
    }

    /// What happened when the sequence ran last, step by step.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

impl<C: Command> Error for Failure<C> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Self::Regressions { source, .. } = self { Some(source) } else { None }
    }
}
