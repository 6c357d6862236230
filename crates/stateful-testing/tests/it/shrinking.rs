//! How small a failing sequence becomes.

use proptest::prelude::{any, proptest};
use stateful_testing::{Command, Env, Failed, Failure, Menu, Minimality, Model, Origin, check};

use crate::machines::{Numbers, Push, falsified};

#[test]
fn a_number_ends_at_the_border() {
    for seed in 0..20 {
        let model = Numbers::with_system(|elements, element| {
            elements.push(element);
            Ok(if element >= 57 { 0 } else { elements.len() })
        });
        assert_eq!(falsified(model, seed).sequence().to_string(), "[push 57]");
    }
}

#[test]
fn what_depends_on_the_number_of_commands_keeps_so_many() {
    let model = Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if elements.len() == 4 { 0 } else { elements.len() })
    });
    let failure = falsified(model, 1);
    assert_eq!(failure.sequence().to_string(), "[push 0, push 0, push 0, push 0]");
    assert_eq!(failure.minimality(), Minimality::TwoMinimal);
}

#[test]
fn equal_numbers_are_lowered_together() {
    for seed in 0..20 {
        let model = Numbers::with_system(|elements, element| {
            let twice = element > 3 && elements.contains(&element);
            elements.push(element);
            Ok(if twice { 0 } else { elements.len() })
        });
        assert_eq!(falsified(model, seed).sequence().to_string(), "[push 4, push 4]");
    }
}

#[test]
fn the_budget_is_kept_and_said() {
    let model = Numbers::with_system(|elements, element| {
        elements.push(element);
        Ok(if elements.len() == 9 { 0 } else { elements.len() })
    });
    let Err(Failure::Falsified(failure)) = check(model).seed(1).budget(3).try_run() else {
        panic!("found within 256 cases")
    };
    assert!(failure.shrink_runs() <= 3);
    assert_eq!(failure.minimality(), Minimality::Unproved);
    assert!(failure.to_string().contains("not proved minimal"));
}

proptest! {
    // A system whose every run is slow: 60 runs have to do.
    #[test]
    fn sixty_runs_make_fifty_commands_one_minimal(seed in any::<u64>(), needed in proptest::collection::btree_set(0..100_u32, 1..5)) {
        thread_local!(static NEEDED: std::cell::RefCell<Vec<u32>> = const { std::cell::RefCell::new(Vec::new()) });
        NEEDED.set(needed.into_iter().collect());
        let model = Numbers::with_system(|elements, element| {
            elements.push(element);
            let all = NEEDED.with_borrow(|needed| needed.iter().all(|needed| elements.contains(needed)));
            Ok(if all { 0 } else { elements.len() })
        });
        let found = check(model).seed(seed | 0xff).cases(1000).max_commands(50).budget(60).try_run();
        if let Err(Failure::Falsified(failure)) = found {
            assert!(failure.shrink_runs() <= 60);
            assert!(failure.minimality() >= Minimality::OneMinimal, "{failure}");
        }
    }

    #[test]
    fn what_is_reported_fails_when_its_seed_is_replayed(seed in any::<u64>()) {
        let model = || Numbers::with_system(|elements, element| {
            let wrong = elements.iter().any(|other| other + element == 100);
            elements.push(element);
            Ok(if wrong { 0 } else { elements.len() })
        });
        if let Err(Failure::Falsified(failure)) = check(model()).seed(seed).try_run() {
            let again = falsified(model(), failure.seed().unwrap());
            assert!(matches!(again.origin(), Origin::Case { number: 1, .. }));
            assert_eq!(again.sequence(), failure.sequence());
            assert_eq!(again.sequence().to_string(), "[push 1, push 99]");
        }
    }
}

#[cfg(feature = "proptest")]
#[test]
fn arguments_of_strategies_shrink_within_their_limits() {
    use proptest::strategy::Strategy;

    let failure = falsified(
        Numbers {
            offer: |_, menu| {
                menu.offer(1, |g| Push::Push(g.strategy(&(10..1000_u32).prop_map(|n| n / 2 * 2))));
            },
            ..Numbers::with_system(|elements, element| {
                elements.push(element);
                Ok(if element > 300 { 0 } else { elements.len() })
            })
        },
        4,
    );
    assert_eq!(failure.sequence().to_string(), "[push 302]");
}

#[test]
fn arguments_that_do_not_matter_are_told_from_those_that_do() {
    let model = || {
        Numbers::with_system(|elements, element| {
            elements.push(element);
            Ok(if elements.len() > 1 && element >= 57 { 0 } else { elements.len() })
        })
    };
    let Err(Failure::Falsified(failure)) = check(model()).seed(1).explain().try_run() else { panic!("found at once") };
    assert_eq!(failure.sequence().to_string(), "[push 0, push 57]");
    assert_eq!(failure.free_arguments(), [0]);
    assert!(falsified(model(), 1).free_arguments().is_empty());
}

#[derive(Debug, Clone, Command)]
enum Transfer {
    Send { from: String, amount: u32, memo: String },
}

/// Sends what is too much; from whom and with which words does not matter.
struct Transfers;

impl Model for Transfers {
    type State = ();
    type Command = Transfer;
    type Output = bool;
    type System = ();

    fn init(&self) {}
    fn commands(&self, _state: &(), menu: &mut Menu<'_, Transfer>) {
        menu.offer(1, |g| Transfer::Send { from: g.text(1..=3), amount: g.int(0..100), memo: g.text(1..=3) });
    }
    fn next(&self, _state: &mut (), _command: &Transfer) -> bool {
        true
    }
    fn setup(&self, _state: &()) -> Result<(), Failed> {
        Ok(())
    }
    fn run(&self, _system: &mut (), command: &Transfer, _env: &mut Env) -> Result<bool, Failed> {
        let Transfer::Send { amount, .. } = command;
        Ok(*amount < 57)
    }
}

#[test]
fn single_arguments_that_do_not_matter_are_told_from_those_beside_them() {
    let Err(Failure::Falsified(failure)) = check(Transfers).seed(1).explain().try_run() else {
        panic!("found at once")
    };
    assert!(failure.free_arguments().is_empty());
    assert_eq!(failure.free_single_arguments(), [(0, 0), (0, 2)]);
    assert!(failure.to_string().contains("argument 3 of command 1 does not matter"), "{failure}");
}

/// Counts how often each sequence runs.
#[derive(Default)]
struct Counting {
    runs: std::cell::RefCell<std::collections::BTreeMap<String, u32>>,
}

impl Model for &Counting {
    type State = Vec<u32>;
    type Command = Push;
    type Output = bool;
    type System = Vec<u32>;

    fn init(&self) -> Vec<u32> {
        Vec::new()
    }
    fn commands(&self, _state: &Vec<u32>, menu: &mut Menu<'_, Push>) {
        menu.offer(1, |g| Push::Push(g.int(0..100)));
    }
    fn next(&self, state: &mut Vec<u32>, Push::Push(element): &Push) -> bool {
        state.push(*element);
        true
    }
    fn setup(&self, _state: &Vec<u32>) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, Push::Push(element): &Push, _env: &mut Env) -> Result<bool, Failed> {
        system.push(*element);
        // Three numbers, each larger than the one before, the last above 60.
        let rising = system.windows(3).any(|three| three[0] < three[1] && three[1] < three[2] && three[2] > 60);
        Ok(!rising)
    }
    fn teardown(&self, system: Vec<u32>, _state: &Vec<u32>) -> Result<(), Failed> {
        *self.runs.borrow_mut().entry(format!("{system:?}")).or_default() += 1;
        Ok(())
    }
}

#[test]
fn what_passed_once_is_not_run_again() {
    for seed in 0..20 {
        let counting = Counting::default();
        let failure = falsified(&counting, seed);
        assert_eq!(failure.sequence().to_string(), "[push 0, push 1, push 61]");
        let runs = counting.runs.borrow();
        // Sequences that fail are cut after the failure, so some begin alike; that one is confirmed in the end.
        let again: Vec<_> = runs.iter().filter(|(story, count)| **count > 2 && !story.ends_with("61]")).collect();
        assert!(again.is_empty(), "{again:?}");
    }
}

#[test]
fn every_seed_ends_in_the_same_normal_form() {
    let stories: std::collections::BTreeSet<String> =
        (0..50).map(|seed| falsified(&Counting::default(), seed).sequence().to_string()).collect();
    assert_eq!(stories.len(), 1, "{stories:?}");
}

#[test]
fn a_report_says_that_no_two_commands_can_go_and_says_less_where_the_budget_ends() {
    assert_eq!(falsified(&Counting::default(), 3).minimality(), Minimality::TwoMinimal);
    let Err(Failure::Falsified(failure)) = check(&Counting::default()).seed(3).cases(2000).budget(2).try_run() else {
        panic!("it is wrong")
    };
    assert_eq!(failure.minimality(), Minimality::Unproved);
}
