//! Behaviours that other ports made worth a test.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use experiment::{ContextValue, Lab, Limits, Order, Outcome, PublishError, Publisher, Rate, RunResult};
use parking_lot::Mutex;

use super::bench::{Bench, fail};
use crate::asynchronous::finish;

#[test]
fn scientist_x1_the_payload_of_a_panic_is_the_controls_own() {
    #[derive(Debug, PartialEq)]
    struct Own(u8);
    let run = || Bench::new().x().control(|| -> u8 { resume_unwind(Box::new(Own(7))) }).candidate("new", fail).run();
    assert_eq!(*catch_unwind(AssertUnwindSafe(run)).unwrap_err().downcast::<Own>().unwrap(), Own(7));
}

#[test]
fn scientist_x2_result_types_may_differ() {
    let bench = Bench::new();
    assert_eq!(bench.x().control(|| "a".to_owned()).candidate_of("borrowed", || "a").run(), "a");
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_x3_a_candidate_runs_on_another_thread_while_the_control_stays() {
    let bench = Bench::new();
    let (tell, told) = channel();
    let call = bench.x().control(|| thread::current().id()).candidate("new", move || {
        tell.send(thread::current().id()).unwrap();
        thread::current().id()
    });
    assert_eq!(call.observe(|_| ()).run_in_background(), thread::current().id());
    assert_ne!(told.recv().unwrap(), thread::current().id());
}

#[test]
fn scientist_x4_behaviours_share_what_the_call_has() {
    // Go hands a context to each behaviour; closures borrow what they need of the caller, which need not be `Send`.
    let asked = Cell::new(0);
    let left_until = |deadline: Duration| {
        asked.set(asked.get() + 1);
        deadline.saturating_sub(Duration::from_secs(asked.get()))
    };
    let deadline = Duration::from_secs(5);
    let bench = Bench::with(Lab::new().order(Order::ControlFirst));
    let left = bench.x().control(|| left_until(deadline)).candidate("new", || left_until(deadline)).run();
    assert_eq!((left, asked.get()), (Duration::from_secs(4), 2));
    assert_eq!(bench.count(Outcome::Mismatch), 1, "the candidate met the context that the control had left");
}

#[test]
fn scientist_x5_force_and_ignore_beat_sampling() {
    // Forced: an experiment of its own rate. Ignored: the condition of the call, or the switch.
    let bench = Bench::with(Lab::new().default_rate(Rate::NEVER));
    bench.x().set_rate(Rate::ALWAYS);
    bench.x().control(|| 1).candidate("new", || 1).run();
    bench.x().control(|| 1).candidate("new", || unreachable!()).run_if(|| false).run();
    assert_eq!(bench.x().report().runs, 1);
}

#[test]
fn scientist_x6_arguments_are_in_the_published_result() {
    let seen = RefCell::new(Vec::new());
    let arguments = vec![1_u8, 2];
    let keep = |result: &RunResult<'_>| {
        let value = result.context().next().and_then(|(_, value)| value.downcast_ref::<Vec<u8>>());
        seen.borrow_mut().extend(value.cloned());
    };
    let call = Bench::new();
    call.x()
        .control(|| 1)
        .candidate("new", || 1)
        .context("arguments", ContextValue::other(&arguments))
        .after(keep)
        .run();
    assert_eq!(seen.into_inner(), [[1, 2]]);
}

#[test]
fn scientist_x7_the_candidate_runs_first_where_asked() {
    let order = RefCell::new(String::new());
    let note = |letter| order.borrow_mut().push(letter);
    let lab = Lab::new().order(Order::ControlLast);
    lab.experiment("x").control(|| note('c')).candidate("new", || note('n')).run();
    assert_eq!(order.into_inner(), "nc");
}

#[test]
fn scientist_x8_failures_to_publish_do_not_lose_the_next_result() {
    struct Every7th(Arc<Mutex<u64>>);
    impl Publisher for Every7th {
        fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
            if result.run() % 7 != 0 {
                return Err(PublishError::refused("not yet"));
            }
            *self.0.lock() += 1;
            Ok(())
        }
    }
    let published = Arc::default();
    let lab = Lab::new().publisher(Every7th(Arc::clone(&published)));
    for _ in 0..70 {
        lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    }
    assert_eq!(*published.lock(), 10);
}

#[test]
fn scientist_x9_the_caller_returns_while_the_candidate_goes_on() {
    let bench = Bench::new();
    let (let_go, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let call = bench.x().control(|| 1).candidate("hangs", move || hang.lock().recv().map_or(1, |()| 1));
    assert_eq!(call.observe(|value| *value).run_in_background(), 1);
    // Here the candidate cannot have ended, however long it takes this test to come here.
    assert!(bench.lab.settle(Duration::ZERO).is_err());
    drop(let_go);
    bench.lab.settle(Duration::from_mins(1)).unwrap();
    assert_eq!(bench.count(Outcome::Match), 1);
}

#[test]
fn scientist_x10_dropping_the_run_leaks_no_permit_and_stops_nothing_else() {
    let bench = Bench::with(
        Lab::new().order(Order::ControlFirst).limits(Limits::new().concurrency(std::num::NonZeroUsize::MIN)),
    );
    let other = Cell::new(0);
    {
        let mut run = pin!(bench.x().control_async(pending::<u8>()).candidate("new", ready(1)).run());
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let elsewhere =
            bench.lab.experiment("elsewhere").control_async(async { other.set(1) }).candidate("new", ready(()));
        finish(elsewhere.run());
    }
    assert_eq!(other.get(), 1);
    assert_eq!(finish(bench.x().control_async(ready(1)).candidate("new", ready(1)).run()), 1);
    assert_eq!((bench.count(Outcome::Cancelled), bench.count(Outcome::Match)), (1, 1));
}
