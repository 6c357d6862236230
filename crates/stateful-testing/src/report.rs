//! What a failure prints: the report of a test.

use std::error::Error;
use std::fmt;

use crate::command::Command;
use crate::failure::{Failure, Falsified, Origin};

impl<C: Command> fmt::Display for Failure<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Falsified(falsified) => falsified.fmt(f),
            Self::NothingGenerated { tally } => {
                writeln!(f, "nothing was tested: no command could be generated in the first state")?;
                write!(f, "{tally}")?;
                write!(f, "let `commands` offer something in the state that `init` gives, and `precondition` allow it")
            }
            Self::Vacuous { cover, at_least, count, tally } => {
                writeln!(f, "too little was tested: {cover} came up {count} times, and {at_least} are required")?;
                write!(f, "{tally}")
            }
            Self::Setup { message } => write!(f, "nothing was tested: the system could not be set up: {message}"),
            Self::Model { function, message, place, seed } => {
                write!(f, "the model is wrong: `{function}` panicked: {message}")?;
                if let Some(place) = place {
                    write!(f, " ({place})")?;
                }
                seed.map_or(Ok(()), |seed| write!(f, "\nreplay with STATEFUL_SEED={seed:#x}"))
            }
            Self::NotDeterministic { difference, seed } => {
                writeln!(f, "the model is not deterministic: {difference}")?;
                write!(f, "its functions must look at nothing but their arguments")?;
                seed.map_or(Ok(()), |seed| write!(f, "\nreplay with STATEFUL_SEED={seed:#x}"))
            }
            Self::Flaky { sequence, cause, seed } => {
                writeln!(f, "the system is not deterministic: it failed once and passed when run again")?;
                write!(f, "  {sequence}\n{cause}")?;
                seed.map_or(Ok(()), |seed| write!(f, "\nreplay with STATEFUL_SEED={seed:#x}"))
            }
            Self::Refused { sequence, place } => write!(
                f,
                "the model does not allow command {place} of {sequence}: its precondition refuses it, or it uses a reference that \
                 no command before it defines"
            ),
            // The chain is written out: a test prints only this.
            Self::Regressions { path, source } => {
                write!(f, "the regressions in {} cannot be used: {source}", path.display())?;
                source.source().map_or(Ok(()), |cause| write!(f, ": {cause}"))
            }
            Self::Setting { name, value, expected } => write!(f, "{name} is `{value}`: {expected}"),
        }
    }
}

impl<C: Command> fmt::Display for Falsified<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the system does not do what the model says")?;
        writeln!(f, "\n  {}\n", self.sequence)?;
        writeln!(f, "{}", self.trace)?;
        writeln!(f, "{}", self.cause)?;
        let (count, plural) = (self.sequence.len(), if self.sequence.len() == 1 { "" } else { "s" });
        if self.origin != Origin::Written {
            let Self { minimality, original, runs, .. } = self;
            writeln!(
                f,
                "\n{count} command{plural} ({minimality}); shrunk from {original} in {runs} runs of the system"
            )?;
        }
        for at in &self.free.commands {
            writeln!(f, "what command {} is given does not matter: other values fail as well", at + 1)?;
        }
        for (at, argument) in &self.free.arguments {
            let (at, argument) = (at + 1, argument + 1);
            writeln!(f, "argument {argument} of command {at} does not matter: other values fail as well")?;
        }
        for (at, stop) in self.stops.iter().enumerate() {
            // The first one that is stopped tells why; others follow from it.
            if at == 0 || self.stops[at - 1].without != stop.without {
                writeln!(f, "{stop}")?;
            }
        }
        if let Some(stale) = &self.stale_offer {
            writeln!(f, "the model should be mended too: {stale}")?;
        }
        writeln!(f, "{}", self.origin)?;
        match &self.kept {
            Some(Ok(path)) => writeln!(f, "kept in {}", path.display())?,
            Some(Err(problem)) => writeln!(f, "could not be kept in {problem}")?,
            None => {}
        }
        let test = self.test.as_ref().map(|test| format!(" cargo test {test}")).unwrap_or_default();
        if let Some(seed) = self.origin.seed() {
            writeln!(f, "replay with STATEFUL_SEED={seed:#x}{test}")?;
        }
        if let Some(replay) = &self.replay {
            writeln!(f, "just this sequence: STATEFUL_REPLAY='{replay}'{test}")?;
        }
        write!(f, "or as a test:\n\n{}", self.to_test())?;
        for (at, other) in self.others.iter().enumerate() {
            write!(f, "\n--- failure {} ---\n{other}", at + 2)?;
        }
        Ok(())
    }
}
