//! The control's value comes back, and candidates run beside it.

use std::cell::Cell;
use std::rc::Rc;

use experiment::{Lab, Outcome};

#[test]
fn the_controls_value_is_returned_whatever_candidates_return() {
    let lab = Lab::new();
    let value = lab.experiment("x").control(|| 1).candidate("new", || 2).candidate("fancy", || 3).run();
    assert_eq!(value, 1);
}

#[test]
fn every_candidate_runs_once() {
    let (new, fancy) = (Cell::new(0), Cell::new(0));
    let count = |cell: &Cell<i32>| cell.set(cell.get() + 1);
    Lab::new()
        .experiment("x")
        .control(|| ())
        .candidate("new", || count(&new))
        .candidate("fancy", || count(&fancy))
        .run();
    assert_eq!((new.get(), fancy.get()), (1, 1));
}

#[test]
fn behaviours_may_borrow_and_move_and_need_not_be_send() {
    let rows = [String::from("Ann")];
    let shared = Rc::new(5);
    let owned = String::from("Ann");
    let lab = Lab::new();
    let name: &str = lab
        .experiment("x")
        .control(|| rows[0].as_str())
        .candidate("moved", move || if *shared == 5 { "Ann" } else { "Bob" })
        .candidate_of("owned", move || owned)
        .run();
    assert_eq!(name, "Ann");
    assert!(lab.experiment("x").report().candidates.iter().all(|candidate| candidate.matches() == 1));
}

#[test]
fn a_control_without_candidates_is_called_and_nothing_is_recorded() {
    let lab = Lab::new();
    assert_eq!(lab.experiment("x").control(|| 7).run(), 7);
    assert_eq!(lab.experiment("x").report().runs, 0);
}

#[test]
fn an_error_of_the_control_is_a_value_like_any_other() {
    let lab = Lab::new();
    let control = || Err::<u8, _>("no such user");
    assert_eq!(lab.experiment("x").control(control).candidate("new", control).run(), Err("no such user"));
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn a_candidate_with_the_name_of_an_earlier_one_is_skipped() {
    let lab = Lab::new();
    let value = lab
        .experiment("x")
        .control(|| 1)
        .candidate("new", || 1)
        .candidate("new", || unreachable!("it has no name of its own"))
        .run();
    assert_eq!(value, 1);
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[0].count(Outcome::Skipped)), (1, 1));
}

#[test]
fn candidates_without_a_usable_name_are_skipped() {
    let lab = Lab::new();
    let long = "x".repeat(65).leak();
    let skipped = Cell::new(0);
    for name in ["", "control", long] {
        let run = lab.experiment("x").control(|| 1).candidate(name, || unreachable!("it has no name"));
        let is_skipped = |candidate: &experiment::CandidateResult| candidate.outcome == Outcome::Skipped;
        run.after(|result| skipped.set(skipped.get() + result.candidates().filter(|one| is_skipped(one)).count()))
            .run();
    }
    assert_eq!(skipped.get(), 3);
    assert!(lab.experiment("x").report().candidates.is_empty(), "nobody can look for them under such names");
}

#[test]
fn experiments_may_run_inside_experiments() {
    let lab = Lab::new();
    let inner = |value| lab.experiment("inner").control(move || value).candidate("new", move || value).run();
    let value = lab.experiment("outer").control(|| inner(1)).candidate("new", || inner(2)).run();
    assert_eq!(value, 1);
    assert_eq!(lab.experiment("inner").report().runs, 2);
}
