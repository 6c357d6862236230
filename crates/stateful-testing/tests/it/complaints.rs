//! What users of other tools have complained of: each has a regression test here, or one elsewhere that is named here.

use std::fs;
use std::path::Path;

use stateful_testing::{Command, Env, Failed, Menu, Model, StoppedBy, check};

use crate::machines::{Numbers, falsified};

/// The issue, and where its test is.
const TESTS: &[(&str, &str, &str)] = &[
    ("proptest#488: the check sees the state before", "running", "every_function_sees_the_state_it_should"),
    ("proptest#402: statistics of what was generated", "coverage", "counts_add_up"),
    ("proptest#446: terminal states", "running", "a_terminal_state_ends_a_sequence_quietly"),
    (
        "proptest#481: say which precondition stops shrinking",
        "complaints",
        "proptest_481_says_what_stops_a_shorter_sequence",
    ),
    ("proptest#387: what never ran goes first", "complaints", "proptest_387_what_comes_after_the_failure_goes"),
    ("proptest#418: passing input is not reported", "shrinking", "what_is_reported_fails_when_its_seed_is_replayed"),
    ("proptest#482: the first state is the right one", "running", "every_function_sees_the_state_it_should"),
    (
        "proptest#310: one rejected argument does not stop the others",
        "complaints",
        "proptest_310_goes_on_after_a_rejected_argument",
    ),
    ("proptest#653: the sequence is kept", "regressions", "a_failure_is_kept_once_and_run_first"),
    ("proptest#439: the seed is printed", "environment", "the_seed_comes_from_the_environment"),
    ("proptest#441: one run replays just the failing case", "environment", "a_single_sequence_can_be_replayed"),
    ("proptest#595: taking down sees the model's state", "running", "every_function_sees_the_state_it_should"),
    ("proptest-stateful#7: asynchronous systems", "asynchronous", "an_asynchronous_system_is_run_and_shrunk"),
    ("hegel-rust#122: weights, and commands of a state", "complaints", "hegel_122_weights_are_kept"),
    ("hegel-rust#254: a step is left out whole", "references", "dependents_go_along_and_numbers_start_at_one"),
    ("hypothesis#4107: asynchronous commands", "asynchronous", "an_asynchronous_system_is_run_and_shrunk"),
    ("hypothesis#2523: shrinking ends", "shrinking", "the_budget_is_kept_and_said"),
    ("hypothesis#1785: statistics", "coverage", "tables_show_what_followed_what_and_in_which_class"),
    ("fast-check#192: commands can be replayed", "environment", "a_single_sequence_can_be_replayed"),
    (
        "fast-check#250: another command comes instead of a rejected one",
        "complaints",
        "fast_check_250_a_rejected_command_is_replaced",
    ),
    (
        "quickcheck-state-machine#302: references survive shrinking",
        "references",
        "dependents_go_along_and_numbers_start_at_one",
    ),
    ("proper#286: no symbol reaches the system", "references", "what_was_never_bound_never_reaches_the_system"),
    ("proper#282: arguments are shrunk", "shrinking", "a_number_ends_at_the_border"),
    ("proper#186: shrinking does not end in silence", "shrinking", "the_budget_is_kept_and_said"),
    ("FsCheck#206: preconditions hold while shrinking", "running", "a_precondition_is_never_broken"),
    ("stateful-check#8: the failure can be had as code", "reports", "a_failure_can_be_pasted_as_a_test"),
];

#[test]
fn every_complaint_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let missing: Vec<_> = TESTS
        .iter()
        .filter(|(_, file, test)| {
            let source = fs::read_to_string(folder.join(file).with_extension("rs")).unwrap_or_default();
            !source.contains(&format!("#[test]\nfn {test}()")) && !source.contains(&format!("#[test]\n    fn {test}("))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A door that may be opened only when it is unlocked; pushing it open breaks it.
struct Door {
    by_precondition: bool,
}

#[derive(Debug, Clone, Command)]
enum DoorCommand {
    Unlock,
    Wait,
    Open,
}

impl Model for Door {
    type State = bool;
    type Command = DoorCommand;
    type Output = ();
    type System = ();

    fn init(&self) -> bool {
        false
    }
    fn commands(&self, unlocked: &bool, menu: &mut Menu<'_, DoorCommand>) {
        menu.offer(1, |_| DoorCommand::Unlock);
        menu.offer(1, |_| DoorCommand::Wait);
        if self.by_precondition || *unlocked {
            menu.offer(1, |_| DoorCommand::Open);
        }
    }
    fn precondition(&self, unlocked: &bool, command: &DoorCommand) -> bool {
        *unlocked || !matches!(command, DoorCommand::Open)
    }
    fn next(&self, unlocked: &mut bool, command: &DoorCommand) {
        *unlocked |= matches!(command, DoorCommand::Unlock);
    }
    fn setup(&self, _unlocked: &bool) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), command: &DoorCommand, _env: &mut Env) -> Result<(), Failed> {
        if matches!(command, DoorCommand::Open) { Err(Failed::new("off its hinges")) } else { Ok(()) }
    }
}

#[test]
fn proptest_481_says_what_stops_a_shorter_sequence() {
    for (by_precondition, by, said) in [
        (true, StoppedBy::Precondition, "without command 1, the precondition refuses command 2 (`open`)\n"),
        (false, StoppedBy::NotOffered, "without command 1, the model does not offer command 2 (`open`)\n"),
    ] {
        let failure = falsified(Door { by_precondition }, 1);
        assert_eq!(failure.sequence().to_string(), "[unlock, open]");
        let [stop] = failure.stops() else { panic!("{:?}", failure.stops()) };
        assert_eq!((stop.without, stop.stopped, stop.by), (0, 1, by));
        assert!(failure.to_string().contains(said), "{failure}");
    }
}

#[test]
fn proptest_387_what_comes_after_the_failure_goes() {
    // The first push fails: all that was generated behind it is no part of the failure, and costs no run.
    let model = Numbers::with_system(|_, _| Ok(99));
    let failure = falsified(model, 5);
    assert_eq!((failure.sequence().to_string().as_str(), failure.original_len()), ("[push 0]", 1));
}

#[test]
fn proptest_310_goes_on_after_a_rejected_argument() {
    // Odd numbers are refused, so that half of what is lower is not allowed.
    let model = Numbers {
        precondition: |_, crate::machines::Push::Push(element)| element % 2 == 0,
        ..Numbers::with_system(|elements, element| {
            elements.push(element);
            Ok(if element >= 31 { 0 } else { elements.len() })
        })
    };
    assert_eq!(falsified(model, 3).sequence().to_string(), "[push 32]");
}

#[test]
fn hegel_122_weights_are_kept() {
    let model = Numbers {
        offer: |state, menu| {
            menu.offer(9, |_| crate::machines::Push::Push(u32::try_from(state.len()).expect("few")));
            menu.offer(1, |_| crate::machines::Push::Push(1000));
        },
        ..Numbers::right()
    };
    let counted = std::cell::Cell::new((0_u32, 0_u32));
    for seed in 0..20 {
        let text = check(&Counting { model: &model, counted: &counted }).seed(seed).cases(50).try_run();
        assert!(text.is_ok());
    }
    let (heavy, light) = counted.get();
    let share = f64::from(heavy) / f64::from(heavy + light);
    assert!((0.87..0.93).contains(&share), "{share}");
}

/// Counts what another model lets run.
struct Counting<'a> {
    model: &'a Numbers,
    counted: &'a std::cell::Cell<(u32, u32)>,
}

impl Model for &Counting<'_> {
    type State = Vec<u32>;
    type Command = crate::machines::Push;
    type Output = usize;
    type System = Vec<u32>;

    fn init(&self) -> Vec<u32> {
        self.model.init()
    }
    fn commands(&self, state: &Vec<u32>, menu: &mut Menu<'_, crate::machines::Push>) {
        self.model.commands(state, menu);
    }
    fn next(&self, state: &mut Vec<u32>, command: &crate::machines::Push) -> usize {
        self.model.next(state, command)
    }
    fn setup(&self, state: &Vec<u32>) -> Result<Vec<u32>, Failed> {
        self.model.setup(state)
    }
    fn run(&self, system: &mut Vec<u32>, command: &crate::machines::Push, env: &mut Env) -> Result<usize, Failed> {
        let crate::machines::Push::Push(element) = command;
        let (heavy, light) = self.counted.get();
        self.counted.set(if *element == 1000 { (heavy, light + 1) } else { (heavy + 1, light) });
        self.model.run(system, command, env)
    }
}

#[test]
fn fast_check_250_a_rejected_command_is_replaced() {
    // Opening is refused until the door is unlocked: the sequences are as long as if it had never been offered.
    let commands = |by_precondition| {
        let failure = check(Door { by_precondition }).seed(2).cases(1).max_commands(1).try_run();
        failure.map(|passed| passed.tally().commands()).expect("one command cannot open the door")
    };
    assert_eq!((commands(true), commands(false)), (1, 1));
}
