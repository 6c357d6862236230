//! Futures in tasks of their own; the runtime is a list of them that the test polls.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{Lab, Outcome, Task};

#[derive(Default)]
struct Runtime(RefCell<Vec<Pin<Box<Task>>>>);

impl Runtime {
    fn spawn(&self, task: Task) {
        self.0.borrow_mut().push(Box::pin(task));
    }

    fn waiting(&self) -> usize {
        self.0.borrow().len()
    }

    /// Polls every task once, and keeps those that are not ready. Gives how many are left.
    fn poll(&self) -> usize {
        let mut tasks = self.0.take();
        tasks.retain_mut(|task| task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let mut all = self.0.borrow_mut();
        all.append(&mut tasks);
        all.len()
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn through(gate: Arc<AtomicBool>) -> u32 {
    poll_fn(|_| if gate.load(Ordering::Relaxed) { Poll::Ready(7) } else { Poll::Pending }).await
}

fn gate() -> [Arc<AtomicBool>; 2] {
    let gate = Arc::new(AtomicBool::new(false));
    [Arc::clone(&gate), gate]
}

#[test]
fn each_candidate_has_a_task_that_begins_before_the_control_ends() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    let rows = [1, 2, 3];
    let [open, closed] = gate();
    let control = async {
        through(closed).await;
        rows.len()
    };
    let run = lab.experiment("x").control_async(control).candidate("new", ready(3)).candidate("fancy", ready(4));
    let mut run = pin!(run.observe(|value| *value).run_concurrently_in_tasks(|task| runtime.spawn(task)));
    assert!(poll(run.as_mut()).is_pending());
    assert_eq!((runtime.waiting(), runtime.poll()), (2, 0), "both end before the control does");
    open.store(true, Ordering::Relaxed);
    assert_eq!(poll(run.as_mut()), Poll::Ready(3));
    assert!(lab.experiment("x").report().candidates.is_empty(), "the caller compares nothing");
    assert_eq!((runtime.waiting(), runtime.poll()), (1, 0));
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[1].mismatches()), (1, 1));
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn the_caller_has_its_value_while_a_candidate_goes_on() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    let [open, closed] = gate();
    let run = lab.experiment("x").control_async(ready(7)).candidate("new", through(closed)).observe(|value| *value);
    let mut run = pin!(run.run_concurrently_in_tasks(|task| runtime.spawn(task)));
    assert_eq!((poll(run.as_mut()), runtime.poll()), (Poll::Ready(7), 1));
    open.store(true, Ordering::Relaxed);
    assert_eq!(runtime.poll(), 0);
    assert_eq!(lab.experiment("x").report().candidates[0].matches(), 1);
}

#[test]
fn a_candidate_past_its_deadline_is_reported_stopped_and_not_waited_for() {
    let clock = ManualClock::new();
    let (lab, runtime) = (Lab::new().clock(clock.clone()), Runtime::default());
    let run = lab.experiment("x").control_async(ready(7)).candidate("hangs", pending()).candidate("new", ready(7));
    let mut run = pin!(run.observe(|value| *value).run_concurrently_in_tasks(|task| runtime.spawn(task)));
    assert_eq!((poll(run.as_mut()), runtime.poll()), (Poll::Ready(7), 1));
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    assert_eq!(lab.experiment("x").report().candidate("hangs").unwrap().count(Outcome::TimedOut), 1);
    assert_eq!(runtime.poll(), 0, "it is stopped");
    let report = lab.experiment("x").report();
    assert_eq!(report.candidate("hangs").unwrap().outcomes.values().sum::<u64>(), 1);
    assert_eq!(report.candidate("new").unwrap().matches(), 1);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn dropping_the_callers_future_stops_the_control_only() {
    let (lab, runtime) = (Lab::new(), Runtime::default());
    let [open, closed] = gate();
    {
        let run = lab.experiment("x").control_async(pending::<u32>()).candidate("new", through(closed));
        let run = run.observe(|value| *value).run_concurrently_in_tasks(|task| runtime.spawn(task));
        assert!(poll(pin!(run)).is_pending());
    }
    assert_eq!(runtime.poll(), 1, "the candidate goes on");
    open.store(true, Ordering::Relaxed);
    assert_eq!(runtime.poll(), 0);
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.cancelled_runs, report.still_running), (1, 1, 0));
    assert_eq!(report.candidates[0].count(Outcome::Cancelled), 1);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn tasks_that_the_runtime_drops_are_cancelled_and_the_others_compared() {
    let lab = Lab::new();
    let runtime = Runtime::default();
    let run = lab.experiment("x").control_async(ready(7)).candidate("new", ready(7)).candidate("fancy", ready(7));
    let spawn = |task| if runtime.waiting() == 0 { runtime.spawn(task) } else { drop(task) };
    assert_eq!(poll(pin!(run.observe(|value| *value).run_concurrently_in_tasks(spawn))), Poll::Ready(7));
    assert_eq!(runtime.poll(), 0);
    let report = lab.experiment("x").report();
    assert_eq!((report.candidates[0].matches(), report.candidates[1].count(Outcome::Cancelled)), (1, 1));
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn panics_are_contained_or_passed_on_also_those_of_spawning() {
    let lab = Lab::new();
    let runtime = Runtime::default();
    let call = |control: bool| {
        let control = async move { if control { resume_unwind(Box::new(17)) } else { 1 } };
        let run = lab.experiment("x").control_async(control).candidate("new", async { resume_unwind(Box::new(0)) });
        poll(pin!(run.observe(|value| *value).run_concurrently_in_tasks(|task| runtime.spawn(task))))
    };
    assert_eq!(call(false), Poll::Ready(1));
    let payload = catch_unwind(AssertUnwindSafe(|| call(true))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&17));
    assert_eq!(runtime.poll(), 0);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Panicked), 2);
    let run = lab.experiment("y").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
    let run = run.run_concurrently_in_tasks(|_| resume_unwind(Box::new("planted")));
    assert_eq!(poll(pin!(run)), Poll::Ready(1));
    assert_eq!(lab.experiment("y").report().candidates[0].count(Outcome::Cancelled), 1);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_run_of_send_futures_is_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (lab, runtime) = (Lab::new(), std::sync::Mutex::new(Vec::new()));
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1)).observe(|value| *value);
    let run = is_send(run.run_concurrently_in_tasks(|task| runtime.lock().unwrap().push(task)));
    assert_eq!(poll(pin!(run)), Poll::Ready(1));
    let run = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1));
    assert_eq!(poll(pin!(is_send(run.run_concurrently()))), Poll::Ready(1));
}
