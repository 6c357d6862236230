//! What a run does to the system, and when.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use stateful_testing::{Cause, Command, Env, Failed, Failure, Menu, Model, Step, check};

use crate::machines::{Numbers, Push, falsified};

/// Writes down which functions are called, with the model's state.
#[derive(Default)]
struct Logged {
    log: RefCell<Vec<String>>,
    fail_in: &'static str,
}

#[derive(Debug, Clone, Command)]
enum Tick {
    Tick,
}

impl Logged {
    fn step(&self, what: &'static str, state: u32) -> Result<(), Failed> {
        self.log.borrow_mut().push(format!("{what} {state}"));
        if self.fail_in == what { Err(Failed::new("planted")) } else { Ok(()) }
    }
}

impl Model for &Logged {
    type State = u32;
    type Command = Tick;
    type Output = ();
    type System = ();

    fn init(&self) -> u32 {
        0
    }
    fn commands(&self, state: &u32, menu: &mut Menu<'_, Tick>) {
        if *state < 1 {
            menu.offer(1, |_| Tick::Tick);
        }
    }
    fn next(&self, state: &mut u32, _command: &Tick) {
        *state += 1;
    }
    fn setup(&self, state: &u32) -> Result<(), Failed> {
        self.step("setup", *state)
    }
    fn run(&self, _system: &mut (), _command: &Tick, _env: &mut Env) -> Result<(), Failed> {
        self.step("run", 0)
    }
    fn check(&self, step: &Step<'_, Self>) -> Result<(), Failed> {
        assert_eq!(*step.after, step.before + 1);
        self.step("check", *step.before)
    }
    fn invariant(&self, state: &u32, _system: &mut ()) -> Result<(), Failed> {
        self.step("invariant", *state)
    }
    fn teardown(&self, _system: (), state: &u32) -> Result<(), Failed> {
        self.step("teardown", *state)
    }
}

#[test]
fn every_function_sees_the_state_it_should() {
    let model = Logged::default();
    check(&model).seed(0).cases(1).run();
    let expected = ["setup 0", "invariant 0", "run 0", "check 0", "invariant 1", "teardown 1"];
    assert_eq!(*model.log.borrow(), expected);
}

#[test]
fn each_function_that_may_fail_fails_the_test_in_its_own_words() {
    for (fail_in, expected) in [
        ("run", "the system failed: planted"),
        ("check", "planted"),
        ("invariant", "the invariant is broken: planted"),
        ("teardown", "taking the system down failed: planted"),
    ] {
        let model = Logged { fail_in, ..Logged::default() };
        assert_eq!(falsified(&model, 0).cause().to_string(), expected);
        assert!(model.log.borrow().last().unwrap().starts_with("teardown"), "taken down after a failing {fail_in}");
    }
}

#[test]
fn a_terminal_state_ends_a_sequence_quietly() {
    let model = Logged::default();
    let passed = check(&model).seed(0).cases(20).try_run().unwrap();
    assert_eq!(passed.tally().commands(), 20);
}

#[test]
fn a_panic_of_the_system_is_a_failure_with_its_place() {
    let failure = falsified(
        Numbers::with_system(|elements, element| {
            assert!(element < 10, "too much: {element}");
            elements.push(element);
            Ok(elements.len())
        }),
        0,
    );
    assert_eq!(failure.sequence().to_string(), "[push 10]");
    let Cause::Panic { message, place, during, .. } = failure.cause() else { panic!("{}", failure.cause()) };
    assert_eq!((message.as_str(), *during), ("too much: 10", "run"));
    assert!(place.as_ref().unwrap().contains("running.rs"));
}

#[test]
fn a_check_runs_as_many_cases_as_it_should() {
    let passed = check(Numbers::right()).seed(1).cases(17).max_commands(3).try_run().unwrap();
    assert_eq!(passed.cases(), 17);
    assert!(passed.tally().commands() <= 17 * 3);
}

#[test]
fn a_precondition_is_never_broken() {
    let model = Numbers {
        precondition: |state, Push::Push(element)| state.last() != Some(element),
        system: |elements, element| {
            assert_ne!(elements.last(), Some(&element));
            elements.push(element);
            // Fails late, so that shrinking has much to leave out.
            Ok(if elements.len() > 8 { 0 } else { elements.len() })
        },
        ..Numbers::right()
    };
    let failure = falsified(model, 9);
    assert_eq!(failure.sequence().len(), 9);
    assert!(matches!(failure.cause(), Cause::Mismatch { .. }), "{}", failure.cause());
}

#[test]
fn several_failures_are_told_apart_by_what_was_wrong() {
    let model = || {
        Numbers::with_system(|elements, element| {
            assert!(element != 13, "unlucky");
            elements.push(element);
            Ok(if elements.len() > 5 { 0 } else { elements.len() })
        })
    };
    let Err(Failure::Falsified(first)) = check(model()).seed(1).failures(2).try_run() else { panic!("both are found") };
    let stories: BTreeSet<String> =
        std::iter::once(&*first).chain(first.others()).map(|failure| failure.sequence().to_string()).collect();
    let six = "[push 0, push 0, push 0, push 0, push 0, push 0]".to_owned();
    assert_eq!(stories, BTreeSet::from([six, "[push 13]".to_owned()]));
    assert!(first.to_string().contains("--- failure 2 ---"));
}

#[test]
fn a_command_that_takes_too_long_fails() {
    // No command can be done in no time.
    let Err(Failure::Falsified(failure)) = check(Numbers::right()).seed(1).deadline(Duration::ZERO).try_run() else {
        panic!("the first command takes longer")
    };
    assert_eq!(failure.sequence().to_string(), "[push 0]");
    assert!(matches!(failure.cause(), Cause::Deadline { .. }));
    check(Numbers::right()).seed(1).deadline(Duration::MAX).run();
}
