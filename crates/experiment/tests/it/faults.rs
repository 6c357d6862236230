//! Whatever fails, whenever: the caller gets the control's own value, error or panic, on time, and each failure of the
//! experiment itself reaches the hook with its name.
//!
//! Commands plan faults at extension points and run calls; `stateful-testing` makes sequences of them and shrinks one that goes
//! wrong. Only values, errors and panics that the control itself was planned to give may come back, or the candidate that is
//! promoted.

mod calls;
mod points;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use experiment::Order;
use stateful_testing::{Command, Env, Failed, Menu, Model};

use calls::Mode;
use points::{Fault, Point};
use world::World;

#[derive(Debug, Clone, Command)]
pub(crate) enum Action {
    /// From now on this fails in this way.
    Plan(Point, Fault),
    /// From now on it does not.
    Mend(Point),
    /// One call: how, whether by a comparator of errors only, and whether the candidate's value differs.
    Run(Mode, bool, bool),
    /// A new lab with another order, and with deadlines, breakers and limits that take effect or not.
    Restart(u8, bool),
}

/// What a call gave back; the number is that of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Got {
    Nothing,
    Value(u32),
    Error(u32),
    Panic(u32),
    /// A panic of neither the control nor the candidate.
    Foreign,
    /// It gave up before there was anything.
    Gone,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Planned {
    faults: BTreeMap<Point, Fault>,
    calls: u32,
}

impl Planned {
    /// What the caller gets: what the behaviour gives whose value is its own, and nothing else.
    fn given(&self, mode: Mode, differs: bool) -> Got {
        if mode.is_gone() {
            return Got::Gone;
        }
        let fails = |point| matches!(self.faults.get(&point), Some(Fault::Panic | Fault::Error));
        // Where the gate or the condition says no, nothing but the old code runs.
        let is_candidates = mode.promotes() && !fails(Point::Gate) && !fails(Point::Condition);
        let (point, number) = if is_candidates {
            (Point::Candidate, calls::candidates_number(self.calls, differs))
        } else {
            (Point::Control, self.calls)
        };
        match self.faults.get(&point) {
            Some(Fault::Panic) => Got::Panic(number),
            Some(Fault::Error) => Got::Error(number),
            Some(Fault::Delay) | None => Got::Value(number),
        }
    }
}

pub(crate) struct Faults;

impl Model for Faults {
    type State = Planned;
    type Command = Action;
    type Output = Got;
    type System = Arc<World>;

    fn init(&self) -> Planned {
        Planned::default()
    }

    fn commands(&self, state: &Planned, menu: &mut Menu<'_, Action>) {
        menu.offer(4, |g| Action::Plan(g.pick(Point::ALL), g.pick(Fault::ALL)));
        menu.offer(6, |g| Action::Run(g.pick(Mode::ALL), g.bool(), g.bool()));
        menu.offer(1, |g| Action::Restart(g.int(0..=3), g.bool()));
        if !state.faults.is_empty() {
            menu.offer(1, |g| Action::Mend(g.pick(state.faults.keys().copied().collect::<Vec<_>>())));
        }
    }

    fn next(&self, state: &mut Planned, command: &Action) -> Got {
        match command {
            Action::Plan(point, fault) => drop(state.faults.insert(*point, *fault)),
            Action::Mend(point) => drop(state.faults.remove(point)),
            Action::Restart(..) => {}
            Action::Run(mode, _, differs) => {
                state.calls += 1;
                return state.given(*mode, *differs);
            }
        }
        Got::Nothing
    }

    fn setup(&self, _: &Planned) -> Result<Arc<World>, Failed> {
        Ok(World::new(Order::Random))
    }

    fn run(&self, world: &mut Arc<World>, command: &Action, _: &mut Env) -> Result<Got, Failed> {
        match command {
            Action::Plan(point, fault) => world.plan(*point, Some(*fault)),
            Action::Mend(point) => world.plan(*point, None),
            Action::Restart(order, is_strict) => {
                let orders = [Order::Random, Order::Seeded(3), Order::ControlFirst, Order::ControlLast];
                *world = world.restarted(orders[usize::from(*order)], *is_strict);
            }
            Action::Run(mode, errors_only, differs) => {
                let got = calls::run(world, *mode, *errors_only, *differs);
                world.settle()?;
                world.on_time()?;
                world.all_told()?;
                world.accounted()?;
                return Ok(got);
            }
        }
        Ok(Got::Nothing)
    }

    fn class(&self, state: &Planned) -> &'static str {
        match state.faults.len() {
            0 => "sound",
            1 => "one fault",
            _ => "many faults",
        }
    }
}

#[test]
fn the_control_wins_over_every_fault_and_each_is_told() {
    let cases = std::env::var("FAULT_CASES").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    stateful_testing::check(Faults).cases(cases).max_commands(25).run();
}

/// Found by the one above.
#[test]
fn a_promoted_candidate_that_is_dropped_while_it_runs_alone_harms_nobody() {
    stateful_testing::check(Faults).run_sequence([
        Action::Plan(Point::DropCandidate, Fault::Panic),
        Action::Plan(Point::Cohort, Fault::Panic),
        Action::Run(Mode::AsyncShadowGone, false, false),
    ]);
}

/// Each fault by itself, in each mode: what chance would take long to find.
#[test]
fn the_control_wins_over_each_fault_alone() {
    for point in Point::ALL {
        for fault in Fault::ALL {
            for mode in Mode::ALL {
                for (errors_only, differs, is_strict) in
                    [(false, false, false), (false, true, true), (true, true, false)]
                {
                    let run = Action::Run(mode, errors_only, differs);
                    let commands = [Action::Restart(0, is_strict), Action::Plan(point, fault), run.clone(), run];
                    stateful_testing::check(Faults).run_sequence(commands);
                }
            }
        }
    }
}
