//! The handle an application owns.

use std::sync::Arc;
use std::time::Duration;

use experiment::{Lab, NameError, Operation, Outcome, PublishError, Publisher, RunResult};
use parking_lot::Mutex;

#[test]
fn a_name_that_cannot_be_used_is_an_error_of_define() {
    let lab = Lab::new();
    assert!(matches!(lab.define(""), Err(NameError::Empty { .. })));
    assert!(matches!(lab.define("control"), Err(NameError::Reserved { .. })));
    assert!(matches!(lab.define("x".repeat(65).leak()), Err(NameError::TooLong { bytes: 65, .. })));
    assert_eq!(lab.define("users-query").map(|experiment| experiment.name()), Ok("users-query"));
}

#[test]
fn a_name_that_cannot_be_used_runs_the_control_only_and_is_told_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&told);
    let lab = Lab::new().on_failure(move |failure| keep.lock().push(failure.operation()));
    for _ in 0..3 {
        assert_eq!(lab.experiment("").control(|| 1).candidate("new", || unreachable!("it has no name")).run(), 1);
    }
    assert_eq!(*told.lock(), [Operation::Name]);
    assert!(lab.experiments().is_empty());
    assert!(lab.find("").is_none());
}

#[test]
fn experiments_are_found_and_listed_by_name() {
    let lab = Lab::new();
    for name in ["b", "c", "a"] {
        lab.experiment(name).control(|| 1).candidate("new", || 1).run();
    }
    let names = |lab: &Lab| lab.experiments().iter().map(experiment::Experiment::name).collect::<Vec<_>>();
    assert_eq!(names(&lab), ["a", "b", "c"]);
    assert_eq!(lab.reports().iter().map(|report| report.runs).collect::<Vec<_>>(), [1, 1, 1]);
    assert!(lab.find(&String::from("b")).is_some());
    assert!(lab.find("d").is_none());
}

#[test]
fn labs_do_not_share_anything() {
    let (one, other) = (Lab::new(), Lab::new());
    one.experiment("x").control(|| 1).candidate("new", || 1).run();
    other.switch_off();
    assert_eq!((one.reports().len(), other.reports().len()), (1, 0));
    assert!(!one.experiment("x").is_switched_off());
}

#[test]
fn a_lab_is_shared_between_threads() {
    let lab = Arc::new(Lab::new());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let lab = Arc::clone(&lab);
            std::thread::spawn(move || {
                for call in 0..1_000 {
                    lab.experiment("x").control(|| call).candidate("new", || call).run();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.candidates[0].matches()), (4_000, 4_000));
    assert_eq!(report.control.latency.map(|latency| latency.n), Some(4_000));
}

#[test]
fn settings_may_follow_the_first_run() {
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    let lab = lab.order(experiment::Order::ControlFirst);
    assert_eq!(lab.experiment("x").report().runs, 1);
}

#[test]
fn the_switch_of_the_lab_holds_for_experiments_that_are_there_and_that_come() {
    let lab = Lab::new();
    let ran = |name| {
        let before = lab.experiment(name).report().runs;
        lab.experiment(name).control(|| 1).candidate("new", || 1).run();
        lab.experiment(name).report().runs > before
    };
    assert!(ran("old"));
    lab.switch_off();
    assert_eq!((ran("old"), ran("new"), lab.experiment("new").is_switched_off()), (false, false, true));
    // Their own switches are theirs.
    lab.experiment("old").switch_off();
    lab.switch_on();
    assert_eq!((ran("old"), ran("new")), (false, true));
    lab.experiment("old").switch_on();
    assert!(ran("old"));
}

#[test]
fn an_experiment_that_is_entered_while_the_switch_is_thrown_is_off_in_the_end() {
    let names: Vec<&'static str> = (0..200).map(|number| &*format!("x{number}").leak()).collect();
    let lab = Lab::new();
    std::thread::scope(|scope| {
        scope.spawn(|| names.iter().for_each(|name| assert_eq!(lab.experiment(name).name(), *name)));
        scope.spawn(|| lab.switch_off());
    });
    assert!(names.iter().all(|name| lab.experiment(name).is_switched_off()));
}

#[test]
fn a_sampler_is_asked_by_experiments_that_were_there_before_it() {
    struct Nobody;
    impl experiment::Sampler for Nobody {
        fn sample(&self, _: &experiment::Call<'_>) -> experiment::Sampling {
            experiment::Sampling::Out
        }
    }
    let lab = Lab::new();
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    let lab = lab.sampler(Nobody);
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    assert_eq!(lab.experiment("x").report().runs, 1);
}

#[test]
fn the_hook_may_use_the_lab_whose_failure_it_is_told() {
    static LAB: std::sync::OnceLock<Lab> = std::sync::OnceLock::new();
    let lab = LAB.get_or_init(|| {
        Lab::new().on_failure(|failure| {
            let lab = LAB.get().expect("it is there before the first failure");
            // The very experiment that failed, and as many others as there are places for names.
            lab.experiment("").control(|| 1).candidate("new", || unreachable!("it has no name")).run();
            for name in 0..200 {
                let name: &'static str = format!("{}-{name}", failure.operation()).leak();
                lab.experiment(name).control(|| 1).candidate("new", || 1).run();
            }
        })
    });
    assert_eq!(lab.experiment("").control(|| 1).candidate("new", || unreachable!("it has no name")).run(), 1);
    assert_eq!(lab.experiments().len(), 200);
}

#[test]
fn a_clock_that_is_set_later_holds_for_deadlines_too() {
    use std::sync::mpsc::channel;
    let lab = Lab::new();
    // The thread that looks at deadlines starts with the first run.
    lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    lab.settle(Duration::from_mins(1)).unwrap();
    let clock = experiment::testing::ManualClock::new();
    let (timed_out, told) = channel();
    let lab = lab.clock(clock.clone()).publisher(Tells(timed_out));
    let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
    let hangs = move || {
        tell.send(()).unwrap();
        hang.recv().map_or(1, |()| 1)
    };
    lab.experiment("x").set_deadline(Duration::from_mins(30));
    lab.experiment("x").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    began.recv().unwrap();
    clock.advance(Duration::from_hours(1));
    assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok(Outcome::TimedOut));
    drop(let_go);
    lab.settle(Duration::from_mins(1)).unwrap();
}

struct Tells(std::sync::mpsc::Sender<Outcome>);

impl Publisher for Tells {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        result.candidates().for_each(|candidate| self.0.send(candidate.outcome).unwrap_or_default());
        Ok(())
    }
}
