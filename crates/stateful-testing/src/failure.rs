//! What a check that did not pass says.

use std::fmt;

use crate::cause::Cause;
use crate::command::Command;
use crate::execute::Unusable;
use crate::minimality::Minimality;
use crate::sequence::Sequence;
use crate::tally::Tally;
use crate::trace::Trace;

/// Why a check did not pass. Prints as the report that [`Check::run`](crate::Check::run) panics with.
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
        tally: Tally,
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
        /// The seed that does it again.
        seed: u64,
    },
    /// The model made another sequence of the same seed: it looks at something besides its arguments.
    #[non_exhaustive]
    NotDeterministic {
        /// The seed.
        seed: u64,
        /// What it made first, as printed.
        first: String,
        /// What it made then.
        second: String,
    },
    /// A sequence failed once and passed when it was run again, so it cannot be shrunk: the system, or its set-up, depends on
    /// something outside of the sequence.
    #[non_exhaustive]
    Flaky {
        /// What failed.
        sequence: Sequence<C>,
        /// How it failed.
        cause: Cause,
        /// The seed that makes the sequence again.
        seed: u64,
    },
    /// A setting, or a variable of the environment, makes no sense.
    #[non_exhaustive]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it says.
        value: String,
        /// What it should say.
        expected: &'static str,
    },
}

/// A failing sequence, as small as it could be made.
#[derive(Debug)]
pub struct Falsified<C> {
    pub(crate) sequence: Sequence<C>,
    pub(crate) cause: Cause,
    pub(crate) minimality: Minimality,
    pub(crate) seed: u64,
    /// In which case it was found, counted from 1.
    pub(crate) cases: u32,
    pub(crate) cases_planned: u32,
    pub(crate) original: usize,
    pub(crate) runs: u32,
    pub(crate) trace: Trace,
    pub(crate) test: Option<String>,
}

impl<C> Failure<C> {
    pub(crate) fn unusable(unusable: Unusable, seed: u64) -> Self {
        match unusable {
            Unusable::Setup { message } => Self::Setup { message },
            Unusable::Model { function, message, place } => Self::Model { function, message, place, seed },
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

    /// The seed that finds the failure in the first case.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many cases ran until one failed, that one included.
    pub fn cases(&self) -> u32 {
        self.cases
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

impl<C: Command> std::error::Error for Failure<C> {}

impl<C: Command> fmt::Display for Failure<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Falsified(falsified) => falsified.fmt(f),
            Self::NothingGenerated { tally } => {
                writeln!(f, "nothing was tested: no command could be generated in the first state")?;
                write!(f, "{tally}")?;
                write!(f, "let `commands` offer something in the state that `init` gives, and `precondition` allow it")
            }
            Self::Setup { message } => write!(f, "nothing was tested: the system could not be set up: {message}"),
            Self::Model { function, message, place, seed } => {
                write!(f, "the model is wrong: `{function}` panicked: {message}")?;
                if let Some(place) = place {
                    write!(f, " ({place})")?;
                }
                write!(f, "\nreplay with STATEFUL_SEED={seed:#x}")
            }
            Self::NotDeterministic { seed, first, second } => write!(
                f,
                "the model is not deterministic: of the seed {seed:#x} it made\n  {first}\nand then\n  {second}\n\
                 its functions must look at nothing but their arguments"
            ),
            Self::Flaky { sequence, cause, seed } => write!(
                f,
                "the system is not deterministic: it failed once and passed when run again\n  {sequence}\n{cause}\n\
                 replay with STATEFUL_SEED={seed:#x}"
            ),
            Self::Setting { name, value, expected } => write!(f, "{name} is `{value}`, but should be {expected}"),
        }
    }
}

impl<C: Command> fmt::Display for Falsified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the system does not do what the model says")?;
        writeln!(f, "\n  {}\n", self.sequence)?;
        writeln!(f, "{}", self.trace)?;
        writeln!(f, "{}", self.cause)?;
        writeln!(
            f,
            "\n{} command{} ({}); shrunk from {} in {} runs of the system",
            self.sequence.len(),
            if self.sequence.len() == 1 { "" } else { "s" },
            self.minimality,
            self.original,
            self.runs
        )?;
        writeln!(f, "found in case {} of {}", self.cases, self.cases_planned)?;
        write!(f, "replay with STATEFUL_SEED={:#x}", self.seed)?;
        self.test.as_ref().map_or(Ok(()), |test| write!(f, " cargo test {test}"))
    }
}
