//! Running a check.

use std::thread;

use crate::cause::Cause;
use crate::env::Env;
use crate::environment::Environment;
use crate::execute::{Outcome, Unobserved, execute};
use crate::failure::{Failure, Falsified};
use crate::generate::{CaseMaker, CaseSeed};
use crate::model::Model;
use crate::panics;
use crate::script::{Script, realize};
use crate::sequence::Sequence;
use crate::shrink::{Shrinker, shrink};
use crate::tally::Tally;
use crate::trace::Trace;

/// Prepares a check of the system against `model`.
///
/// See [`Model`] for a whole example.
pub fn check<M: Model>(model: M) -> Check<M> {
    Check { model, seed: None, cases: None, max_commands: 50, budget: None }
}

/// A check that can be configured and then run.
///
/// What is set here can be overridden from outside: `STATEFUL_SEED`, `STATEFUL_CASES` and `STATEFUL_BUDGET`.
#[derive(Debug, Clone)]
#[must_use = "a check does nothing until it is run"]
pub struct Check<M> {
    model: M,
    seed: Option<u64>,
    cases: Option<u32>,
    max_commands: usize,
    budget: Option<u32>,
}

/// What a check that passed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    cases: u32,
    tally: Tally,
}

impl Passed {
    /// How many sequences ran.
    pub fn cases(&self) -> u32 {
        self.cases
    }

    /// Which commands they were made of.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl<M: Model> Check<M> {
    /// Makes the check do the same every time. Without it each run has a seed of its own, which a failure prints.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many sequences are tried, 256 by default. 0 is refused: a check that tries nothing has not passed.
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = Some(cases);
        self
    }

    /// How many commands a sequence has at most, 50 by default. 0 is refused.
    pub fn max_commands(mut self, commands: usize) -> Self {
        self.max_commands = commands;
        self
    }

    /// How many runs of the system may be spent on shrinking, 1,000 by default. 0 is refused: the sequence has to be run once
    /// more at least, to see that it fails again.
    pub fn budget(mut self, runs: u32) -> Self {
        self.budget = Some(runs);
        self
    }

    /// Runs the check.
    ///
    /// # Panics
    /// If it does not pass, with the report: this is how a `#[test]` fails.
    #[track_caller]
    pub fn run(&self) {
        if let Err(failure) = self.try_run() {
            panic!("{failure}");
        }
    }

    /// Runs the check and returns what came out.
    ///
    /// # Errors
    /// If it did not pass. The report is what the error prints; a failing sequence can be taken out of it.
    pub fn try_run(&self) -> Result<Passed, Failure<M::Command>> {
        let plan = self.plan()?;
        let mut tally = Tally::new(<M::Command as crate::Command>::NAMES);
        let mut maker = CaseMaker::new();
        let mut env = Env::default();
        for case in 0..plan.cases {
            let seed = CaseSeed::nth(plan.seed, u64::from(case));
            self.make(&mut maker, seed, false, &mut tally)?;
            if maker.entries.is_empty() {
                continue;
            }
            let commands = maker.entries.iter().map(|entry| &entry.command);
            match execute(&self.model, commands, &mut env, &mut Unobserved) {
                Outcome::Passed => {}
                Outcome::Unusable(unusable) => return Err(Failure::unusable(unusable, seed.0)),
                Outcome::Failed { commands, cause } => {
                    return Err(self.falsified(&plan, maker, case, seed, commands, cause));
                }
            }
        }
        if tally.commands() == 0 {
            return Err(Failure::NothingGenerated { tally });
        }
        Ok(Passed { cases: plan.cases, tally })
    }

    fn plan(&self) -> Result<Settings, Failure<M::Command>> {
        let environment = Environment::read()?;
        let plan = Settings {
            seed: environment.seed.or(self.seed).unwrap_or_else(crate::environment::random_seed),
            cases: environment.cases.or(self.cases).unwrap_or(256),
            budget: environment.budget.or(self.budget).unwrap_or(1000),
        };
        for (name, value) in [("cases", plan.cases), ("budget", plan.budget)] {
            if value == 0 {
                return Err(Failure::Setting { name, value: "0".to_owned(), expected: "at least 1" });
            }
        }
        if self.max_commands == 0 {
            return Err(Failure::Setting { name: "max_commands", value: "0".to_owned(), expected: "at least 1" });
        }
        Ok(plan)
    }

    fn make(
        &self,
        maker: &mut CaseMaker<M::Command>,
        seed: CaseSeed,
        recording: bool,
        tally: &mut Tally,
    ) -> Result<(), Failure<M::Command>> {
        panics::catch(|| maker.make(&self.model, seed, self.max_commands, recording, tally)).map_err(|caught| {
            let (message, place) = (caught.message, caught.place);
            Failure::Model { function: "init, commands, precondition or next", message, place, seed: seed.0 }
        })
    }

    /// Shrinks what the maker made and tells about it.
    fn falsified(
        &self,
        plan: &Settings,
        mut maker: CaseMaker<M::Command>,
        case: u32,
        seed: CaseSeed,
        original: usize,
        cause: Cause,
    ) -> Failure<M::Command> {
        let first = Script { entries: std::mem::take(&mut maker.entries) };
        // Choices are recorded only now: cases that pass need none.
        if let Err(failure) = self.make(&mut maker, seed, true, &mut Tally::new(<M::Command as crate::Command>::NAMES))
        {
            return failure;
        }
        let mut script = Script { entries: maker.entries };
        if script.fingerprint() != first.fingerprint() {
            let (first, second) = (first.sequence().to_string(), script.sequence().to_string());
            return Failure::NotDeterministic { seed: seed.0, first, second };
        }
        script.entries.truncate(original);

        let shrunk = shrink(Shrinker::new(&self.model, script, cause, plan.budget - 1));
        let Some((sequence, cause, trace)) = self.confirm(&shrunk.script) else {
            return Failure::Flaky { sequence: shrunk.script.sequence(), cause: shrunk.cause, seed: seed.0 };
        };
        Failure::Falsified(Box::new(Falsified {
            sequence,
            cause,
            minimality: shrunk.minimality,
            seed: seed.0,
            cases: case + 1,
            cases_planned: plan.cases,
            original,
            runs: shrunk.runs + 1,
            trace,
            test: thread::current().name().filter(|name| *name != "main").map(str::to_owned),
        }))
    }

    /// Runs the sequence that will be reported once more, if possible with its references numbered from 1; `None` if it passes.
    fn confirm(&self, script: &Script<M::Command>) -> Option<Confirmed<M>> {
        let run = |script: &Script<M::Command>| {
            let mut trace = Trace::default();
            let outcome = execute(&self.model, script.commands(), &mut Env::default(), &mut trace);
            let Outcome::Failed { cause, .. } = outcome else { return None };
            let sequence = script.sequence();
            trace.name(&sequence);
            Some((sequence, cause, trace))
        };
        // A model may see more in a reference than its identity; then the numbers stay as they are.
        let renumbered = panics::catch(|| realize(&self.model, script.renumbered())).ok();
        renumbered.and_then(|renumbered| run(&renumbered)).or_else(|| run(script))
    }
}

type Confirmed<M> = (Sequence<<M as Model>::Command>, Cause, Trace);

/// What this run does, after the environment has had its say.
struct Settings {
    seed: u64,
    cases: u32,
    budget: u32,
}
