//! Behaviours that pass their deadline on a thread that others of their run wait for: all of the run is accounted for then.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{Lab, MemoryPublisher, Order, Outcome, Reason, Report};

const LONG: Duration = Duration::from_mins(1);

/// A lab whose clock is moved by hand, with a deadline of five seconds.
struct Bench {
    lab: Lab,
    clock: ManualClock,
    results: Arc<MemoryPublisher>,
}

impl Bench {
    fn new(order: Order) -> Self {
        let (clock, size) = (ManualClock::new(), NonZeroUsize::new(100).expect("it is not zero"));
        let results = Arc::new(MemoryPublisher::new(size));
        let lab = Lab::new().clock(clock.clone()).order(order).publisher(Arc::clone(&results));
        lab.experiment("x").set_deadline(Duration::from_secs(5));
        Self { lab, clock, results }
    }

    /// As [`Bench::new`], with the candidate `new` promoted.
    fn promoted(order: Order) -> Self {
        let bench = Self::new(order);
        bench.lab.experiment("x").declare_candidate("new").expect("it is a good name");
        bench.lab.experiment("x").promote("new").expect("it was declared");
        bench
    }

    fn pass_the_deadline(&self) {
        self.clock.advance(Duration::from_secs(6));
        self.lab.check_deadlines();
    }

    fn report(&self) -> Report {
        self.lab.experiment("x").report()
    }

    /// What was published of each candidate, in this order.
    fn published(&self) -> Vec<(&'static str, Outcome, Option<Reason>)> {
        let results = self.results.results();
        let candidates = results.iter().flat_map(|result| &result.candidates);
        let mut published: Vec<_> = candidates.map(|one| (one.name(), one.outcome, one.reason)).collect();
        published.sort_by_key(|(name, ..)| *name);
        published
    }
}

/// A behaviour that hangs until the sender is dropped; the receiver is told when it began.
fn hanging() -> (impl FnOnce() -> i32 + Send + 'static, Receiver<()>, Sender<()>) {
    let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
    let behavior = move || {
        tell.send(()).expect("the test waits for it");
        hang.recv().map_or(1, |()| 1)
    };
    (behavior, began, let_go)
}

const BEHIND: Option<Reason> = Some(Reason::BehindLate);

#[test]
fn candidates_behind_a_late_one_are_dropped_at_its_deadline_whether_they_ran_or_not() {
    // In either place of the order, since the order among candidates is drawn.
    for seed in 0..8 {
        let bench = Bench::new(Order::Seeded(seed));
        let (hangs, began, let_go) = hanging();
        let call = bench.lab.experiment("x").control(|| 1).candidate("hangs", hangs);
        let call = call.candidate("waits", || 1).candidate("waits", || 1).observe(|value| *value);
        assert_eq!(call.run_in_background(), 1);
        began.recv().unwrap();
        bench.lab.check_deadlines();
        assert!(bench.published().is_empty(), "it has time left");

        bench.pass_the_deadline();
        bench.lab.check_deadlines();
        let expected = [
            ("hangs", Outcome::TimedOut, None),
            ("waits", Outcome::Dropped, BEHIND),
            ("waits", Outcome::Skipped, Some(Reason::InvalidName)),
        ];
        assert_eq!(bench.published(), expected);
        assert_eq!(bench.report().still_running, 1, "it keeps its thread");

        drop(let_go);
        bench.lab.settle(LONG).unwrap();
        assert_eq!(bench.published(), expected, "what comes of it later is not counted again");
        let report = bench.report();
        assert_eq!((report.runs, report.still_running, report.cancelled_runs), (1, 0, 0));
        assert!(!report.candidate("waits").unwrap().breaker_is_open, "it did nothing wrong");
    }
}

#[test]
fn old_code_that_hangs_as_a_shadow_is_reported_at_its_deadline() {
    let bench = Bench::promoted(Order::ControlFirst);
    let (hangs, began, let_go) = hanging();
    let call = bench.lab.experiment("x").control(hangs).candidate("new", || 7).candidate("fancy", || 1);
    assert_eq!(call.observe(|value| *value).run_in_background_with_shadow(), 7);
    began.recv().unwrap();
    bench.pass_the_deadline();
    let expected = [("fancy", Outcome::Dropped, BEHIND), ("new", Outcome::Dropped, BEHIND)];
    assert_eq!(bench.published(), expected);

    drop(let_go);
    bench.lab.settle(LONG).unwrap();
    assert_eq!(bench.published(), expected);
    let report = bench.report();
    assert_eq!((report.runs, report.still_running, report.cancelled_runs), (1, 0, 0));
    assert_eq!(report.control.latency.map(|latency| latency.n), Some(1), "it ended after all");
}

#[test]
fn a_candidate_beside_the_shadow_has_a_deadline_too() {
    for (order, cancelled) in [(Order::ControlFirst, 0), (Order::ControlLast, 1)] {
        let bench = Bench::promoted(order);
        let (hangs, began, let_go) = hanging();
        let call = bench.lab.experiment("x").control(|| 1).candidate("new", || 7).candidate("hangs", hangs);
        assert_eq!(call.observe(|value| *value).run_in_background_with_shadow(), 7);
        began.recv().unwrap();
        bench.pass_the_deadline();
        let expected = [("hangs", Outcome::TimedOut, None), ("new", Outcome::Dropped, BEHIND)];
        assert_eq!(bench.published(), expected);
        assert!(bench.report().candidate("hangs").unwrap().breaker_is_open);

        drop(let_go);
        bench.lab.settle(LONG).unwrap();
        assert_eq!(bench.published(), expected);
        let report = bench.report();
        assert_eq!((report.runs, report.still_running, report.cancelled_runs), (1, 0, cancelled));
    }
}

#[test]
fn old_code_that_is_never_ready_is_stopped_at_its_deadline() {
    let bench = Bench::promoted(Order::ControlFirst);
    let (mut tasks, mut context) = (Vec::new(), Context::from_waker(Waker::noop()));
    let call = bench.lab.experiment("x").control_async(std::future::pending()).candidate("new", async { 7 });
    let call = call.candidate("fancy", async { 1 }).observe(|value| *value);
    let mut call = Box::pin(call.run_in_background_with_shadow(|task| tasks.push(task)));
    assert_eq!(call.as_mut().poll(&mut context), Poll::Ready(7));
    drop(call);
    let mut task = pin!(tasks.pop().unwrap());
    assert!(task.as_mut().poll(&mut context).is_pending());
    bench.pass_the_deadline();
    assert!(task.poll(&mut context).is_ready(), "it was stopped");
    assert_eq!(bench.published(), [("fancy", Outcome::Dropped, BEHIND), ("new", Outcome::Dropped, BEHIND)]);
    let report = bench.report();
    assert_eq!((report.runs, report.still_running, report.cancelled_runs), (1, 0, 1));
    bench.lab.settle(Duration::ZERO).unwrap();
}
