//! Trying all sequences.

use stateful_testing::{Command, Env, Failed, Failure, Menu, Minimality, Model, Origin, check};

use crate::machines::Numbers;

/// A switch with three positions; the system breaks when it is turned from `breaks_at` on.
struct Switch {
    breaks_at: Option<u8>,
}

#[derive(Debug, Clone, Command)]
enum Turn {
    On,
    Off,
}

impl Model for Switch {
    type State = u8;
    type Command = Turn;
    type Output = bool;
    type System = u8;

    fn init(&self) -> u8 {
        0
    }
    fn commands(&self, position: &u8, menu: &mut Menu<'_, Turn>) {
        if *position < 2 {
            menu.offer(1, |_| Turn::On);
        }
        if *position > 0 {
            menu.offer(1, |_| Turn::Off);
        }
    }
    fn next(&self, position: &mut u8, command: &Turn) -> bool {
        match command {
            Turn::On => *position += 1,
            Turn::Off => *position -= 1,
        }
        true
    }
    fn setup(&self, _position: &u8) -> Result<u8, Failed> {
        Ok(0)
    }
    fn run(&self, position: &mut u8, command: &Turn, _env: &mut Env) -> Result<bool, Failed> {
        let whole = self.breaks_at != Some(*position) || matches!(command, Turn::On);
        self.next(position, command);
        Ok(whole)
    }
}

#[test]
fn a_system_that_is_right_gets_a_certificate() {
    let passed = check(Switch { breaks_at: None }).exhaustive(5).try_run().unwrap();
    let certificate = passed.certificate().unwrap();
    assert_eq!((certificate.states, certificate.sequences), (3, 4));
    assert!(certificate.all_arguments && certificate.all_states);
    assert_eq!(
        certificate.to_string(),
        "all sequences of up to 5 commands were tried: 4 runs through 3 states of the model, \
         every argument with all its values; the model has no other states"
    );
}

#[test]
fn a_depth_that_does_not_reach_all_states_is_said() {
    let passed = check(Switch { breaks_at: Some(2) }).exhaustive(1).try_run().unwrap();
    assert!(!passed.certificate().unwrap().all_states);
}

#[test]
fn the_failure_found_is_proved_minimal() {
    let Err(Failure::Falsified(failure)) = check(Switch { breaks_at: Some(2) }).exhaustive(9).try_run() else {
        panic!("turning off twice is found")
    };
    assert_eq!(failure.sequence().to_string(), "[on, on, off]");
    assert_eq!(failure.minimality(), Minimality::Minimal);
    assert!(matches!(failure.origin(), Origin::Exhaustive { .. }));
    assert!(failure.to_string().contains("minimal: every shorter sequence was tried"));
}

#[test]
fn arguments_with_too_many_values_are_no_proof() {
    let passed = check(Numbers::right()).exhaustive(2).try_run().unwrap();
    let certificate = passed.certificate().unwrap();
    assert!(!certificate.all_arguments && !certificate.all_states);
    assert!(certificate.to_string().contains("arguments with their simplest values"));
}

#[test]
fn nothing_to_try_is_no_pass() {
    let nothing = Numbers { offer: |_, _| {}, ..Numbers::right() };
    assert!(matches!(check(nothing).exhaustive(3).try_run(), Err(Failure::NothingGenerated { .. })));
}
