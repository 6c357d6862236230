//! Running one sequence against the system.

use std::cell::Cell;
use std::time::Instant;

use crate::cause::Cause;
use crate::command::Command;
use crate::env::Env;
use crate::failed::Failed;
use crate::model::{Model, Step};
use crate::panics;
use crate::reference::{RefId, Role};
use crate::watchdog::Watch;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// It failed after so many commands, the failing one included; 0 if the very first state was wrong.
    Failed {
        commands: usize,
        cause: Cause,
    },
    /// It says nothing about the sequence: there was no system, or the model itself is wrong.
    Unusable(Unusable),
}

/// Why a run says nothing.
#[derive(Debug, Clone)]
pub(crate) enum Unusable {
    Setup { message: String },
    Model { function: &'static str, message: String, place: Option<String> },
}

/// What is told about a run while it goes on.
pub(crate) trait Observer<M: Model> {
    fn started(&mut self, state: &M::State);
    fn stepping(&mut self, command: &M::Command, expected: &M::Output, after: &M::State);
    fn stepped(&mut self, output: &M::Output);
    /// As `stepped`, for an output that is in another process.
    fn stepped_as(&mut self, output: String);
}

/// Observes nothing.
pub(crate) struct Unobserved;

impl<M: Model> Observer<M> for Unobserved {
    fn started(&mut self, _state: &M::State) {}
    fn stepping(&mut self, _command: &M::Command, _expected: &M::Output, _after: &M::State) {}
    fn stepped(&mut self, _output: &M::Output) {}
    fn stepped_as(&mut self, _output: String) {}
}

/// Runs `commands`, from setting the system up to taking it down.
pub(crate) fn execute<'c, M: Model>(
    model: &M,
    watch: &Watch,
    commands: impl Iterator<Item = &'c M::Command>,
    env: &mut Env,
    observer: &mut impl Observer<M>,
) -> Outcome
where
    M::Command: 'c,
{
    env.clear();
    let doing = Cell::new(Doing::Init);
    let mut done = 0;
    // Outside of what is caught: taking the system down needs both, however the run ends.
    let mut system: Option<M::System> = None;
    let mut after = None;
    let ran = panics::catch(|| {
        let mut before = model.init();
        let after = after.insert(model.init());
        observer.started(after);
        doing.set(Doing::Setup);
        match model.setup(after) {
            Ok(fresh) => system = Some(fresh),
            Err(failed) => return Err(Stop::NoSystem(failed)),
        }
        doing.set(Doing::Invariant);
        model.invariant(after, system.as_mut().expect(SET_UP)).map_err(|failed| Stop::broken(&failed))?;
        for command in commands {
            done += 1;
            if let Some(reference) = first_unbound(command, env) {
                return Err(Stop::Broke(Cause::unbound(reference, command.name())));
            }
            doing.set(Doing::Next);
            let expected = model.next(after, command);
            let is_fault = command.is_fault();
            doing.set(if is_fault { Doing::Fault } else { Doing::Run });
            observer.stepping(command, &expected, after);
            let started = watch.deadline.map(|deadline| (deadline, Instant::now()));
            watch.started(command.kind(), done);
            let ran = if is_fault {
                // A fault takes the system; if it fails or panics there is none to take down.
                let hit = system.take().expect(SET_UP);
                model.fault(hit, after, command, env).map(|opened| {
                    system = Some(opened);
                    None
                })
            } else {
                model.run(system.as_mut().expect(SET_UP), command, env).map(Some)
            };
            watch.ended();
            let output = ran.map_err(|failed| Stop::Broke(Cause::error(&failed)))?;
            // What a fault gives is what the model says it gives.
            observer.stepped(output.as_ref().unwrap_or(&expected));
            if let Some((deadline, took)) = started.map(|(deadline, started)| (deadline, started.elapsed()))
                && took > deadline
            {
                return Err(Stop::Broke(Cause::Deadline { deadline }));
            }
            if let Some(output) = &output {
                doing.set(Doing::Check);
                let step = Step { before: &before, after, command, expected: &expected, output, env };
                model.check(&step).map_err(|failed| Stop::Broke(Cause::check(failed)))?;
            }
            doing.set(Doing::Invariant);
            model.invariant(after, system.as_mut().expect(SET_UP)).map_err(|failed| Stop::broken(&failed))?;
            // The state before is moved on by a second call: that is cheaper than a copy of the whole state.
            doing.set(Doing::Next);
            model.next(&mut before, command);
        }
        Ok(())
    });
    if ran.is_err() {
        watch.ended_by_a_panic();
    }
    let last = doing.get();
    let taken_down = system.zip(after).map(|(system, state)| take_down(model, system, &state));
    match (ran, taken_down) {
        (Err(caught), _) => match last {
            Doing::Setup => Outcome::Unusable(Unusable::Setup { message: caught.message }),
            Doing::Init | Doing::Next => {
                let (message, place) = (caught.message, caught.place);
                Outcome::Unusable(Unusable::Model { function: last.function(), message, place })
            }
            Doing::Run | Doing::Fault | Doing::Check | Doing::Invariant => {
                Outcome::Failed { commands: done, cause: Cause::panic(caught, last.function()) }
            }
        },
        (Ok(Err(Stop::NoSystem(failed))), _) => Outcome::Unusable(Unusable::Setup { message: failed.to_string() }),
        (Ok(Err(Stop::Broke(cause))), _) | (Ok(Ok(())), Some(Err(cause))) => Outcome::Failed { commands: done, cause },
        (Ok(Ok(())), Some(Ok(())) | None) => Outcome::Passed,
    }
}

/// Why there is a system.
const SET_UP: &str = "it was set up, and a fault that does not give one back ends the run";

enum Stop {
    NoSystem(Failed),
    Broke(Cause),
}

impl Stop {
    fn broken(failed: &Failed) -> Self {
        Self::Broke(Cause::invariant(failed))
    }
}

/// Which function of the model is running, so that a panic is put down to the right one.
#[derive(Debug, Clone, Copy)]
enum Doing {
    Init,
    Setup,
    Next,
    Run,
    Fault,
    Check,
    Invariant,
}

impl Doing {
    fn function(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Setup => "setup",
            Self::Next => "next",
            Self::Run => "run",
            Self::Fault => "fault",
            Self::Check => "check",
            Self::Invariant => "invariant",
        }
    }
}

/// Takes the system down, whatever happened; what goes wrong there counts only if nothing did before.
fn take_down<M: Model>(model: &M, system: M::System, state: &M::State) -> Result<(), Cause> {
    match panics::catch(|| model.teardown(system, state)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failed)) => Err(Cause::teardown(&failed)),
        Err(caught) => Err(Cause::panic(caught, "teardown")),
    }
}

fn first_unbound(command: &impl Command, env: &Env) -> Option<RefId> {
    let mut unbound = None;
    command.references(&mut |id, role| {
        if role != Role::Defines && unbound.is_none() && !env.is_bound(id) {
            unbound = Some(id);
        }
    });
    unbound
}
