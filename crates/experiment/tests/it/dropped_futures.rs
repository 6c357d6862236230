//! The future of a run is dropped before it has ended: its candidates are accounted for, and nothing of them reaches the caller.

use std::future::{pending, ready};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use experiment::{Lab, Limits, MemoryPublisher, Operation, Order, Outcome, Task};

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What a candidate or a hook captured, whose `Drop` panics.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        resume_unwind(Box::new("planted"));
    }
}

/// A lab that runs the control first, and what it published.
fn lab() -> (Lab, Arc<MemoryPublisher>) {
    let results = Arc::new(MemoryPublisher::new(NonZeroUsize::new(10).unwrap()));
    (Lab::new().order(Order::ControlFirst).publisher(Arc::clone(&results)), results)
}

#[test]
fn candidates_that_were_to_follow_in_the_background_are_cancelled_and_published() {
    let (lab, results) = lab();
    let run =
        lab.experiment("x").control_async(pending::<u8>()).candidate("new", ready(1)).candidate("fancy", ready(1));
    let run = run.observe(|value| *value).run_in_background(|_| unreachable!("the control never ends"));
    assert!(poll_once(run).is_pending());
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.cancelled_runs, report.still_running), (1, 1, 0));
    let cancelled: Vec<_> = report.candidates.iter().map(|candidate| candidate.count(Outcome::Cancelled)).collect();
    assert_eq!(cancelled, [1, 1]);
    assert_eq!(results.results().len(), 1);
    lab.settle(Duration::ZERO).unwrap();
}

/// Candidates, comparators and hooks that were given to a call, whose future is polled once and dropped. Each breaks when it is
/// dropped, and none of that reaches the caller.
macro_rules! dropped {
    ($lab:expr, $name:literal, |$call:ident| $run:expr) => {{
        let [candidate, hook, how] = [Fragile, Fragile, Fragile];
        let candidate = async move {
            let _held = candidate;
            pending::<u8>().await
        };
        let $call =
            $lab.experiment($name).control_async(pending::<u8>()).candidate("new", candidate).observe(move |value| {
                let _held = &how;
                *value
            });
        let $call = $call.after(move |_| drop(hook));
        assert!(poll_once($run).is_pending());
        let failures = $lab.experiment($name).report().internal_failures;
        assert_eq!(failures.get(&Operation::Drop), Some(&3), $name);
        assert_eq!($lab.experiment($name).report().candidates[0].count(Outcome::Cancelled), 1, $name);
    }};
}

#[test]
fn what_panics_when_it_is_dropped_is_contained_and_told() {
    let (lab, _) = lab();
    let no_task = |_: Task| unreachable!("the control never ends");
    dropped!(lab, "inline", |call| call.run());
    dropped!(lab, "joined", |call| call.run_concurrently());
    dropped!(lab, "background", |call| call.run_in_background(no_task));
    dropped!(lab, "tasks", |call| call.run_concurrently_in_tasks(drop));
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn tasks_that_a_runtime_drops_contain_what_panics_then() {
    let (lab, _) = lab();
    for was_polled in [false, true] {
        let [candidate, hook, how] = [Fragile, Fragile, Fragile];
        let candidate = async move {
            let _held = candidate;
            pending::<u8>().await
        };
        let call = lab.experiment("x").control_async(ready(1)).candidate("new", candidate).observe(move |value| {
            let _held = &how;
            *value
        });
        let run = call.after(move |_| drop(hook)).run_in_background(|task| {
            if was_polled {
                assert!(poll_once(task).is_pending());
            }
        });
        assert_eq!(poll_once(run), Poll::Ready(1));
    }
    let report = lab.experiment("x").report();
    assert_eq!(report.internal_failures.get(&Operation::Drop), Some(&6));
    assert_eq!(report.candidates[0].count(Outcome::Cancelled), 2);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_shadow_that_is_dropped_contains_what_panics_then() {
    let (lab, _) = lab();
    lab.experiment("x").declare_candidate("new").unwrap();
    lab.experiment("x").promote("new").unwrap();
    for (promoted_ends, was_polled) in [(false, false), (true, false), (true, true)] {
        let [control, hook, how] = [Fragile, Fragile, Fragile];
        let control = async move {
            let _held = control;
            pending::<u8>().await
        };
        let candidate = async move { if promoted_ends { 7 } else { pending().await } };
        let call = lab.experiment("x").control_async(control).candidate("new", candidate).observe(move |value| {
            let _held = &how;
            *value
        });
        let run = call.after(move |_| drop(hook)).run_in_background_with_shadow(|task| {
            if was_polled {
                assert!(poll_once(task).is_pending());
            }
        });
        assert_eq!(poll_once(run), if promoted_ends { Poll::Ready(7) } else { Poll::Pending });
    }
    let report = lab.experiment("x").report();
    assert_eq!(report.internal_failures.get(&Operation::Drop), Some(&9));
    assert_eq!((report.runs, report.cancelled_runs), (3, 3));
    assert_eq!(report.candidates[0].count(Outcome::Cancelled), 3);
    lab.settle(Duration::ZERO).unwrap();
}

#[test]
fn a_dropped_run_gives_its_permit_back_before_it_leaves_the_background() {
    // What is dropped last is looked at by whoever settles: the hook is dropped while the run still has its permit.
    let lab = Arc::new(Lab::new().limits(Limits::new().concurrency(NonZeroUsize::MIN)));
    lab.experiment("x").declare_candidate("new").unwrap();
    for promoted in [false, true] {
        if promoted {
            lab.experiment("x").promote("new").unwrap();
        }
        for was_polled in [false, true] {
            let call = lab.experiment("x").control_async(ready(1)).candidate("new", ready(1));
            let call = call.candidate("other", pending()).observe(|value| *value);
            let call = call.run_in_background_with_shadow(|task| {
                if was_polled {
                    assert!(poll_once(task).is_pending());
                }
            });
            assert_eq!(poll_once(call), Poll::Ready(1));
            lab.settle(Duration::ZERO).unwrap();
        }
    }
    let report = lab.experiment("x").report();
    assert_eq!((report.runs, report.held_back.len()), (4, 0));
}
