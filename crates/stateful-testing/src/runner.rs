//! Runs a check: regressions first, then one sequence, all, or random ones.

use std::collections::HashSet;

use crate::cause::Cause;
use crate::check::Passed;
use crate::child::{self, Isolation, Part};
use crate::command::{Command, Printed};
use crate::env::Env;
use crate::execute::{Outcome, Unobserved, execute};
use crate::exhaustive;
use crate::failure::{Failure, Falsified, Origin};
use crate::generate::{CaseMaker, CaseSeed};
use crate::minimality::Minimality;
use crate::model::Model;
use crate::panics;
use crate::progress;
use crate::regressions::{self, RegressionsError};
use crate::replay;
use crate::runs::Runs;
use crate::scope::Scope;
use crate::script::{Draft, Entry, Script, realize};
use crate::search::{Guide, Search};
use crate::self_check;
use crate::sequence::Sequence;
use crate::settings::Settings;
use crate::shrink::{Free, Shrinker, free_arguments, shrink};
use crate::stop::stops;
use crate::tally::Tally;
use crate::trace::Trace;

pub(crate) struct Runner<'m, M: Model> {
    model: &'m M,
    settings: Settings,
    /// The means to run sequences; the shrinker has it while it shrinks.
    system: Option<Runs<'m, M>>,
    tally: Tally,
    notices: Vec<String>,
}

type Checked<M, T> = Result<T, Failure<<M as Model>::Command>>;

impl<'m, M: Model> Runner<'m, M> {
    pub(crate) fn new(model: &'m M, settings: Settings) -> Self {
        let tally = Tally::new(<M::Command as Command>::NAMES);
        let system = Some(Runs::new(model, &settings));
        Self { model, settings, system, tally, notices: Vec::new() }
    }

    pub(crate) fn run(mut self) -> Checked<M, Passed> {
        match self.settings.isolation.as_ref().map(Isolation::part) {
            Some(Part::Child) => child::serve(self.model, self.settings.deadline.map(|(deadline, _)| deadline)),
            Some(Part::Elsewhere) => return Ok(self.passed(0, None)),
            Some(Part::Parent) | None => {}
        }
        if let Some(drafts) = self.settings.replay.take() {
            self.replay(drafts)?;
            return Ok(self.passed(1, None));
        }
        self.regressions()?;
        if let Some(depth) = self.settings.exhaustive {
            return self.exhaustive(depth);
        }
        let cases = self.random()?;
        if self.tally.commands() == 0 {
            return Err(Failure::NothingGenerated { tally: Box::new(self.tally) });
        }
        self.requirements()?;
        Ok(self.passed(cases, None))
    }

    /// Whether all came up that has to.
    fn requirements(&self) -> Checked<M, ()> {
        for (cover, at_least) in &self.settings.required {
            let (cover, at_least, tally) = (cover.clone(), *at_least, Box::new(self.tally.clone()));
            let count = cover.count(&tally).unwrap_or(0);
            if count < at_least {
                return Err(Failure::Vacuous { cover, at_least, count, tally });
            }
        }
        Ok(())
    }

    /// Runs commands that somebody wrote down.
    pub(crate) fn run_sequence(mut self, commands: Vec<M::Command>) -> Checked<M, Passed> {
        let refused = panics::catch(|| first_refused(self.model, &commands)).map_err(Failure::in_model(None))?;
        if let Some(at) = refused {
            let (sequence, place) = (Sequence::from(commands), at + 1);
            return Err(Failure::Refused { sequence, place });
        }
        for command in &commands {
            self.tally.accepted(command.kind(), None, "");
        }
        let watch = self.system().watch().clone();
        match execute(self.model, &watch, commands.iter(), &mut Env::default(), &mut Unobserved) {
            Outcome::Passed if commands.is_empty() => Err(Failure::NothingGenerated { tally: Box::new(self.tally) }),
            Outcome::Passed => Ok(self.passed(0, None)),
            Outcome::Unusable(unusable) => Err(Failure::unusable(unusable, None)),
            Outcome::Failed { commands: failing, cause } => {
                let entries = commands.into_iter().take(failing).map(Entry::written);
                let script = Script { entries: entries.collect() };
                let Some(confirmed) = self.run_again(&script, false) else {
                    return Err(Failure::Flaky { sequence: script.sequence(), cause, seed: None });
                };
                let report = self.report(confirmed, Minimality::Unproved, Origin::Written, script.len(), 1);
                Err(Failure::Falsified(Box::new(report)))
            }
        }
    }

    /// Runs the sequence that the bytes of a fuzzer decide on.
    pub(crate) fn run_bytes(mut self, bytes: &[u8]) -> Checked<M, Passed> {
        let mut maker = CaseMaker::new(self.settings.limits());
        let tally = &mut self.tally;
        panics::catch(|| maker.make_of_bytes(self.model, bytes, tally)).map_err(Failure::in_model(None))?;
        if maker.entries.is_empty() {
            return Err(Failure::NothingGenerated { tally: Box::new(self.tally) });
        }
        let counted = self.tally.clone();
        self.script(Script { entries: maker.entries }, Origin::Bytes)?;
        self.tally = counted;
        Ok(self.passed(1, None))
    }

    fn passed(self, cases: u32, certificate: Option<exhaustive::Certificate>) -> Passed {
        Passed { cases, tally: self.tally, certificate, notices: self.notices }
    }

    /// Runs the one sequence that the environment asks for.
    fn replay(&mut self, drafts: Vec<Draft>) -> Checked<M, ()> {
        let asked = drafts.len();
        let script = self.realize(drafts)?;
        if script.len() < asked {
            let value =
                format!("{asked} commands, of which the model can make {}: {}", script.len(), script.sequence());
            return Err(Failure::setting("STATEFUL_REPLAY", value, "should fit the model"));
        }
        self.script(script, Origin::Replay)
    }

    /// Runs the sequences that failed before.
    fn regressions(&mut self) -> Checked<M, ()> {
        let Some(path) = self.settings.regressions.clone() else { return Ok(()) };
        let wrong = |source| Failure::Regressions { path: path.clone(), source };
        for regression in regressions::read(&path).map_err(wrong)? {
            let line = regression.line;
            let drafts = replay::read::<M::Command>(&regression.replay).map_err(|unreadable| {
                wrong(RegressionsError::Entry { line, problem: format!("{}: `{}`", unreadable.why, unreadable.part) })
            })?;
            let asked = drafts.len();
            let script = self.realize(drafts)?;
            let (story, now) = (regression.story, regressions::one_line(&script.sequence().to_string()));
            if script.len() < asked {
                return Err(wrong(RegressionsError::Stale { line, story, now }));
            }
            if story != now {
                self.notices
                    .push(format!("{}, line {line}: {story} reads {now} now, and ran like that", path.display()));
            }
            self.script(script, Origin::Regression { path: path.clone(), line })?;
        }
        Ok(())
    }

    /// Tries all sequences.
    fn exhaustive(mut self, depth: usize) -> Checked<M, Passed> {
        let (model, tally) = (self.model, &mut self.tally);
        let system = self.system.as_mut().expect(HERE);
        let searched = panics::catch(|| {
            exhaustive::search(model, depth, |script| {
                if let Some(last) = script.entries.last() {
                    let before = script.entries.iter().rev().nth(1).map(|entry| entry.command.kind());
                    tally.accepted(last.command.kind(), before, "");
                }
                match system.run(&script.entries) {
                    Outcome::Passed => None,
                    other => Some((script, other)),
                }
            })
        });
        let (certificate, found) = searched.map_err(Failure::in_model(None))?;
        match found {
            None if self.tally.commands() == 0 => Err(Failure::NothingGenerated { tally: Box::new(self.tally) }),
            None => Ok(self.passed(0, Some(certificate))),
            Some((_, Outcome::Unusable(unusable))) => Err(Failure::unusable(unusable, None)),
            Some((script, Outcome::Failed { cause, .. })) => {
                let mut falsified = self.falsified(script, cause, Origin::Exhaustive { certificate })?;
                if falsified.sequence.len() == certificate.depth && certificate.all_arguments {
                    falsified.minimality = Minimality::Minimal;
                }
                Err(Failure::Falsified(Box::new(falsified)))
            }
            Some((_, Outcome::Passed)) => unreachable!("a sequence that passed is not returned"),
        }
    }

    /// Tries random sequences; returns how many.
    fn random(&mut self) -> Checked<M, u32> {
        let mut maker = CaseMaker::new(self.settings.limits());
        let mut guide = Guide::new::<M::Command>();
        let mut found: Option<Box<Falsified<M::Command>>> = None;
        let (mut kinds, mut stories) = (HashSet::new(), HashSet::new());
        let mut cases = 0;
        let recording = self.system().needs_choices();
        let of = self.settings.shard.cases(self.settings.cases).count();
        let mut progress = progress::on_terminal(of);
        for case in 0..self.settings.cases {
            if let Some(progress) = &mut progress {
                progress.tick(cases, &self.tally);
            }
            let mut seed = CaseSeed::nth(self.settings.seed, u64::from(case));
            let is_mine = self.settings.shard.has(case);
            if self.settings.search == Search::Adaptive {
                if let Some(focus) = guide.focus(case, seed.0) {
                    seed = seed.after(focus);
                }
            } else if !is_mine {
                continue;
            }
            // What the others of a split search make is made here too, since later cases go by it; it is neither run nor counted.
            let counted = (!is_mine).then(|| self.tally.clone());
            self.make(&mut maker, seed, recording && is_mine)?;
            guide.note(maker.entries.iter().map(|entry| entry.command.kind()));
            if let Some(counted) = counted {
                self.tally = counted;
                continue;
            }
            cases += 1;
            if maker.entries.is_empty() {
                continue;
            }
            self.system().watch().case(seed.0);
            let (failing, cause) = match self.system().run(&maker.entries) {
                Outcome::Passed => continue,
                Outcome::Unusable(unusable) => return Err(Failure::unusable(unusable, Some(seed.0))),
                Outcome::Failed { commands, cause } => (commands, cause),
            };
            let command = failing.checked_sub(1).map(|last| maker.entries[last].command.kind());
            if !kinds.insert((cause.kind(), command)) {
                continue;
            }
            let script = self.record(&mut maker, seed, failing)?;
            let origin = Origin::Case { number: case + 1, of: self.settings.cases, seed: seed.0 };
            let falsified = self.falsified(script, cause, origin)?;
            // Two ways to fail may turn out to be one when they are shrunk.
            if stories.insert(falsified.sequence.to_string()) {
                match &mut found {
                    None => found = Some(Box::new(falsified)),
                    Some(first) => first.others.push(falsified),
                }
            }
            if stories.len() >= self.settings.failures {
                break;
            }
        }
        found.map_or(Ok(cases), |found| Err(Failure::Falsified(found)))
    }

    /// Runs a script that was made elsewhere.
    fn script(&mut self, mut script: Script<M::Command>, origin: Origin) -> Checked<M, ()> {
        for command in script.commands() {
            self.tally.accepted(command.kind(), None, "");
        }
        match self.system().run(&script.entries) {
            Outcome::Passed => Ok(()),
            Outcome::Unusable(unusable) => Err(Failure::unusable(unusable, None)),
            Outcome::Failed { commands, cause } => {
                script.entries.truncate(commands);
                Err(Failure::Falsified(Box::new(self.falsified(script, cause, origin)?)))
            }
        }
    }

    fn realize(&self, drafts: Vec<Draft>) -> Checked<M, Script<M::Command>> {
        panics::catch(|| realize(self.model, drafts)).map_err(Failure::in_model(None))
    }

    fn make(&mut self, maker: &mut CaseMaker<M::Command>, seed: CaseSeed, recording: bool) -> Checked<M, ()> {
        let tally = &mut self.tally;
        panics::catch(|| maker.make(self.model, seed, recording, tally)).map_err(Failure::in_model(Some(seed.0)))
    }

    /// Makes the sequence once more with its choices, which cases that pass do not need.
    fn record(
        &mut self,
        maker: &mut CaseMaker<M::Command>,
        seed: CaseSeed,
        failing: usize,
    ) -> Checked<M, Script<M::Command>> {
        let first = Script { entries: std::mem::take(&mut maker.entries) };
        let counted = self.tally.clone();
        self.make(maker, seed, true)?;
        self.tally = counted;
        let mut script = Script { entries: std::mem::take(&mut maker.entries) };
        if script.fingerprint() != first.fingerprint() {
            let difference = format!("of one seed it made\n  {}\nand then\n  {}", first.sequence(), script.sequence());
            return Err(Failure::NotDeterministic { difference, seed: Some(seed.0) });
        }
        script.entries.truncate(failing);
        Ok(script)
    }

    /// Shrinks a script that fails, keeps it for later runs, and puts together what is told about it.
    fn falsified(
        &mut self,
        script: Script<M::Command>,
        cause: Cause,
        origin: Origin,
    ) -> Checked<M, Falsified<M::Command>> {
        let inconsistency = panics::catch(|| self_check::inconsistency(self.model, script.commands()));
        if let Some(difference) = inconsistency.map_err(Failure::in_model(origin.seed()))? {
            return Err(Failure::NotDeterministic { difference, seed: origin.seed() });
        }
        let original = script.len();
        let system = self.system.take().expect(HERE);
        let shrunk = shrink(Shrinker::new(system, script, cause, self.settings.budget - 1));
        self.system = Some(shrunk.system);
        let Some(confirmed) = self.confirm(&shrunk.script) else {
            let sequence = shrunk.script.sequence();
            return Err(Failure::Flaky { sequence, cause: shrunk.cause, seed: origin.seed() });
        };
        let mut report = self.report(confirmed, shrunk.minimality, origin, original, shrunk.runs + 1);
        // Shorter sequences may lead where the model panics; then nothing is told about them.
        report.stops = panics::catch(|| stops(self.model, &shrunk.script)).unwrap_or_default();
        for stop in &mut report.stops {
            // With the names that references have in the report.
            stop.command = Printed(&report.sequence.commands()[stop.stopped]).to_string();
        }
        let stale = panics::catch(|| self_check::stale_offer(self.model, report.sequence.commands().iter()));
        report.stale_offer = stale.unwrap_or_default();
        if self.settings.explain {
            report.free = free_arguments(self.system(), &shrunk.script);
        }
        Ok(report)
    }

    fn report(
        &self,
        confirmed: Confirmed<M::Command>,
        minimality: Minimality,
        origin: Origin,
        original: usize,
        runs: u32,
    ) -> Falsified<M::Command> {
        let Confirmed { sequence, cause, trace, replay } = confirmed;
        let kept = self.settings.regressions.as_ref().zip(replay.as_ref()).map(|(path, replay)| {
            let added = regressions::add(path, &sequence.to_string(), replay);
            added.map(|()| path.clone()).map_err(|error| format!("{}: {error}", path.display()))
        });
        let (model, test) = (std::any::type_name::<M>(), self.settings.test.clone());
        let (free, stops, others) = (Free::default(), Vec::new(), Vec::new());
        Falsified {
            sequence,
            cause,
            minimality,
            origin,
            original,
            runs,
            trace,
            replay,
            kept,
            model,
            test,
            free,
            stops,
            stale_offer: None,
            others,
        }
    }

    /// Runs the sequence that will be reported once more, if possible with its references numbered from 1; `None` if it passes.
    fn confirm(&mut self, script: &Script<M::Command>) -> Option<Confirmed<M::Command>> {
        // A model may see more in a reference than its identity; then the numbers stay as they are.
        let renumbered = panics::catch(|| realize(self.model, script.renumbered())).ok();
        renumbered.and_then(|renumbered| self.run_again(&renumbered, true)).or_else(|| self.run_again(script, true))
    }

    /// Runs a script and tells step by step how it fails; `None` if it passes. One that was written by hand has no choices to make it
    /// again from, so it runs here.
    fn run_again(&mut self, script: &Script<M::Command>, has_choices: bool) -> Option<Confirmed<M::Command>> {
        let (outcome, mut trace) = if has_choices {
            self.system().trace(&script.entries)
        } else {
            let mut trace = Trace::default();
            let watch = self.system().watch().clone();
            (execute(self.model, &watch, script.commands(), &mut Env::default(), &mut trace), trace)
        };
        let Outcome::Failed { cause, .. } = outcome else { return None };
        let sequence = script.sequence();
        trace.name(&sequence);
        let replay = has_choices.then(|| replay::write(&script.entries));
        Some(Confirmed { sequence, cause, trace, replay })
    }

    fn system(&mut self) -> &mut Runs<'m, M> {
        self.system.as_mut().expect(HERE)
    }
}

/// Why the system is where it is looked for.
const HERE: &str = "the shrinker gives it back";

/// The place of the first command that the model does not allow, from 0.
fn first_refused<M: Model>(model: &M, commands: &[M::Command]) -> Option<usize> {
    let mut state = model.init();
    let mut scope = Scope::default();
    commands.iter().position(|command| {
        let allowed = scope.admits(command) && model.precondition(&state, command);
        if allowed {
            scope.enter(command);
            model.next(&mut state, command);
        }
        !allowed
    })
}

/// A sequence that has failed once more.
struct Confirmed<C> {
    sequence: Sequence<C>,
    cause: Cause,
    trace: Trace,
    /// The text that makes it again; `None` for one that was written by hand.
    replay: Option<String>,
}
