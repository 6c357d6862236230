//! How many runs of futures the background takes, where runtimes would take any number.

use std::cell::RefCell;
use std::future::ready;
use std::time::Duration;

use experiment::{Lab, Outcome, Task};

use crate::asynchronous::finish;

/// So many more calls are made than there is room for.
const BEYOND: usize = 6;
const ROOM: usize = 1_024;

/// A runtime that never gets round to its tasks.
#[derive(Default)]
struct Runtime(RefCell<Vec<Task>>);

impl Runtime {
    fn spawn(&self, task: Task) {
        self.0.borrow_mut().push(task);
    }

    fn waiting(&self) -> usize {
        self.0.borrow().len()
    }

    fn run_all(&self) {
        self.0.take().into_iter().for_each(finish);
    }
}

/// Makes calls of all experiments of a lab, and looks at what was dropped.
fn overload(lab: &Lab, runtime: &Runtime, call: impl Fn(&Lab)) {
    (0..ROOM + BEYOND).for_each(|_| call(lab));
    assert_eq!(runtime.waiting(), ROOM);
    let dropped = || lab.experiment("x").report().candidates[0].count(Outcome::Dropped);
    assert_eq!(dropped(), BEYOND as u64);
    runtime.run_all();
    lab.settle(Duration::ZERO).unwrap();
    call(lab);
    assert_eq!((runtime.waiting(), dropped()), (1, BEYOND as u64), "there is room again");
    runtime.run_all();
    let report = lab.experiment("x").report();
    assert_eq!(report.candidates[0].matches(), ROOM as u64 + 1);
    assert_eq!((report.runs, report.still_running, report.cancelled_runs), ((ROOM + BEYOND) as u64 + 1, 0, 0));
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn runs_that_follow_in_tasks_are_dropped_beyond_the_room() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    overload(&lab, &runtime, |lab| {
        let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
        assert_eq!(finish(run.run_in_background(|task| runtime.spawn(task))), 1);
    });
}

#[test]
fn runs_beside_the_control_are_dropped_beyond_the_room() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    overload(&lab, &runtime, |lab| {
        let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
        assert_eq!(finish(run.run_concurrently_in_tasks(|task| runtime.spawn(task))), 1);
    });
}

#[test]
fn shadows_are_dropped_beyond_the_room() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    lab.experiment("x").declare_candidate("new").unwrap();
    lab.experiment("x").promote("new").unwrap();
    let call = || {
        let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(7)).observe(|value| *value);
        assert_eq!(finish(run.run_in_background_with_shadow(|task| runtime.spawn(task))), 7);
    };
    (0..ROOM + BEYOND).for_each(|_| call());
    assert_eq!(runtime.waiting(), ROOM);
    let report = lab.experiment("x").report();
    assert_eq!((report.cancelled_runs, report.candidates[0].count(Outcome::Dropped)), (BEYOND as u64, BEYOND as u64));
    runtime.run_all();
    lab.settle(Duration::ZERO).unwrap();
    assert_eq!(lab.experiment("x").report().candidates[0].mismatches(), ROOM as u64);
}
