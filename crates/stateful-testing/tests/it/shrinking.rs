//! How small a failing sequence becomes.

use proptest::prelude::{any, proptest};
use stateful_testing::{Failure, Minimality, Origin, check};

use crate::machines::{Numbers, falsified};

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
                menu.offer(1, |g| crate::machines::Push::Push(g.strategy(&(10..1000_u32).prop_map(|n| n / 2 * 2))));
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
