//! Candidates that are chosen at run time.

use std::cell::Cell;

use experiment::testing::ManualExecutor;
use experiment::{CandidateList, Lab, NameError, Order, Outcome};

type Boxed<'a> = Box<dyn FnOnce() -> usize + 'a>;

#[test]
fn each_runs_once_beside_those_of_the_call() {
    let lab = Lab::new();
    let ran = Cell::new(0);
    let count = |value: usize| {
        ran.set(ran.get() + 1);
        value
    };
    let mut list: CandidateList<Boxed<'_>> = CandidateList::new();
    for (name, value) in [("one", 1), ("two", 2), ("three", 3)] {
        list.push(name, Box::new(move || count(value))).expect("the names differ");
    }
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("before", || count(1))
        .candidates(list)
        .candidate("after", || count(1))
        .run();
    assert_eq!((value, ran.get()), (1, 5));
    let report = lab.experiment("x").report();
    let matches: Vec<_> = report.candidates.iter().map(|new| (new.behavior.name.as_str(), new.matches())).collect();
    assert_eq!(matches, [("before", 1), ("one", 1), ("two", 0), ("three", 0), ("after", 1)]);
}

#[test]
fn a_name_that_cannot_be_used_is_an_error_and_the_list_stays_as_it_is() {
    let mut list: CandidateList<fn() -> u32> = CandidateList::new();
    list.push("new", || 1).unwrap();
    assert!(matches!(list.push("", || 2), Err(NameError::Empty { .. })));
    assert!(matches!(list.push("control", || 2), Err(NameError::Reserved { .. })));
    assert!(matches!(list.push("new", || 2), Err(NameError::Duplicate { name: "new", .. })));
    let long = "x".repeat(65).leak();
    assert!(matches!(list.push(long, || 2), Err(NameError::TooLong { bytes: 65, .. })));
    assert_eq!((list.len(), list.names().collect::<Vec<_>>()), (1, vec!["new"]));
}

#[test]
fn a_name_that_the_call_uses_too_is_skipped() {
    let lab = Lab::new();
    let mut list: CandidateList<fn() -> u32> = CandidateList::new();
    list.push("new", || unreachable!("the name is taken")).unwrap();
    list.push("fancy", || 1).unwrap();
    lab.experiment("x").control(|| 1).candidate("new", || 1).candidates(list).run();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[0].count(Outcome::Skipped)), (1, 1));
    assert_eq!(report.candidate("fancy").unwrap().matches(), 1);
}

#[test]
fn an_empty_list_is_no_candidate() {
    let lab = Lab::new();
    let list: CandidateList<fn() -> u32> = CandidateList::new();
    let run = lab.experiment("x").control(|| 1).candidates(list);
    assert_eq!(run.run_if(|| unreachable!("there is nobody to ask for")).run(), 1);
    assert_eq!(lab.experiment("x").report().runs, 0);
}

#[test]
fn every_place_in_the_order_is_taken_by_every_listed_candidate() {
    let lab = Lab::new().order(Order::Seeded(1));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let mut list: CandidateList<fn() -> u32> = CandidateList::new();
        list.push("one", || 1).unwrap();
        list.push("two", || 1).unwrap();
        let run = lab.experiment("x").control(|| 1).candidates(list).candidate("three", || 1);
        run.after(|result| {
            for candidate in result.candidates() {
                seen.insert((candidate.name(), candidate.observation.position));
            }
        })
        .run();
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn a_listed_candidate_may_return_another_type() {
    let lab = Lab::new();
    let mut list: CandidateList<fn() -> &'static str> = CandidateList::new();
    list.push("borrowed", || "Ann").unwrap();
    assert_eq!(lab.experiment("x").control(|| String::from("Ann")).candidates_of(list).run(), "Ann");
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn a_listed_candidate_that_panics_spares_the_others() {
    let lab = Lab::new();
    let mut list: CandidateList<Boxed<'_>> = CandidateList::new();
    list.push("bad", Box::new(|| std::panic::resume_unwind(Box::new(0)))).unwrap();
    list.push("good", Box::new(|| 1)).unwrap();
    assert_eq!(lab.experiment("x").control(|| 1).candidates(list).run(), 1);
    let report = lab.experiment("x").report();
    let counts =
        [report.candidate("bad").unwrap().count(Outcome::Panicked), report.candidate("good").unwrap().matches()];
    assert_eq!(counts, [1, 1]);
}

#[test]
fn lists_follow_in_the_background() {
    let executor = ManualExecutor::new();
    let lab = Lab::new().executor(executor.clone());
    let mut list: CandidateList<Box<dyn FnOnce() -> u32 + Send>> = CandidateList::new();
    list.push("one", Box::new(|| 1)).unwrap();
    list.push("two", Box::new(|| 2)).unwrap();
    lab.experiment("x").control(|| 1).candidates(list).observe(|value| *value).run_in_background();
    executor.run_all();
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[1].mismatches()), (1, 1));
}
