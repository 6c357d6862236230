//! The default executor, when candidates hang.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Lab, Outcome, Pool};

const LONG: Duration = Duration::from_mins(1);

/// A behaviour that hangs until the sender is dropped; the receiver is told when it began.
fn hanging() -> (impl FnOnce() -> i32 + Send + 'static, Receiver<()>, Sender<()>) {
    let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
    let behavior = move || {
        tell.send(()).expect("the test waits for it");
        hang.recv().map_or(1, |()| 1)
    };
    (behavior, began, let_go)
}

fn of(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("it is not zero")
}

/// A lab with a clock that is moved by hand, whose candidates may hang again and again.
fn lab(pool: &Arc<Pool>) -> (Lab, ManualClock) {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).breaker(BreakerPolicy::never()).executor(Arc::clone(pool));
    (lab, clock)
}

/// Lets one candidate hang on a thread of the pool until its deadline has passed.
fn hang_past_the_deadline(lab: &Lab, clock: &ManualClock) -> Sender<()> {
    let (hangs, began, let_go) = hanging();
    lab.experiment("hangs").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    began.recv_timeout(LONG).expect("a thread of the pool takes it");
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    let_go
}

fn call(lab: &Lab) {
    assert_eq!(lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background(), 1);
}

#[test]
fn candidates_that_hang_leave_the_background_to_the_others() {
    let pool = Arc::new(Pool::default());
    let (lab, clock) = lab(&pool);
    let hanging: Vec<_> = (0..4).map(|_| hang_past_the_deadline(&lab, &clock)).collect();
    let (told, done) = channel();
    let run = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
    run.after(move |_| told.send(()).unwrap_or_default()).run_in_background();
    done.recv_timeout(LONG).expect("threads that hang were replaced");
    assert_eq!(lab.experiment("hangs").report().candidates[0].count(Outcome::TimedOut), 4);
    drop(hanging);
    lab.settle(LONG).unwrap();
}

#[test]
fn a_switch_thrown_while_all_threads_are_taken_cancels_what_waits() {
    let pool = Arc::new(Pool::new(of(1), of(8)));
    let (lab, _) = lab(&pool);
    let (hangs, began, let_go) = hanging();
    lab.experiment("hangs").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    began.recv().unwrap();
    (0..3).for_each(|_| call(&lab));
    let other = lab.experiment("other");
    other.control(|| 1).candidate("new", || 1).observe(|value| *value).run_in_background();
    assert_eq!(pool.waiting(), 4);
    lab.experiment("x").switch_off();
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Cancelled), 3);
    assert_eq!(pool.waiting(), 1, "the other experiment is on");
    lab.switch_off();
    assert_eq!((pool.waiting(), lab.experiment("other").report().candidates[0].count(Outcome::Cancelled)), (0, 1));
    drop(let_go);
    lab.settle(LONG).unwrap();
}

#[test]
fn a_pool_without_spares_drops_everything_while_its_threads_hang_and_goes_on_after_that() {
    let pool = Arc::new(Pool::new(of(1), of(8)).spares(0));
    let (lab, clock) = lab(&pool);
    let (hangs, began, let_go) = hanging();
    lab.experiment("hangs").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    began.recv_timeout(LONG).unwrap();
    call(&lab);
    assert_eq!(pool.waiting(), 1, "it has time left");
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    assert_eq!(pool.waiting(), 0, "nobody would take what waits");
    call(&lab);
    let dropped = || lab.experiment("x").report().candidates[0].count(Outcome::Dropped);
    assert_eq!((pool.waiting(), dropped()), (0, 2));
    drop(let_go);
    lab.settle(LONG).unwrap();
    // The thread comes back when it has recorded its run, which is what was waited for.
    let ran = || {
        call(&lab);
        lab.settle(LONG).unwrap();
        lab.experiment("x").report().candidates[0].matches() > 0
    };
    assert!((0..10_000_000).any(|_| ran()), "it takes jobs again");
}

#[test]
fn no_more_threads_are_started_than_there_are_spares() {
    let pool = Arc::new(Pool::new(of(2), of(8)).spares(3));
    let (lab, clock) = lab(&pool);
    // Two threads, and a third, fourth and fifth in place of the first three; the last two are not replaced.
    let hanging: Vec<_> = (0..5).map(|_| hang_past_the_deadline(&lab, &clock)).collect();
    call(&lab);
    assert_eq!(lab.experiment("x").report().candidates[0].count(Outcome::Dropped), 1);
    drop(hanging);
    lab.settle(LONG).unwrap();
    assert_eq!(lab.experiment("hangs").report().candidates[0].count(Outcome::TimedOut), 5);
}

#[test]
fn a_lab_whose_pool_hangs_can_go() {
    let (hangs, began, let_go) = hanging();
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let pool = Arc::new(Pool::new(of(1), of(8)).spares(0));
    let (lab, clock) = lab(&pool);
    lab.experiment("hangs").control(|| 1).candidate("new", hangs).observe(|value| *value).run_in_background();
    began.recv_timeout(LONG).unwrap();
    let waits = move || i32::try_from(Arc::strong_count(&held)).unwrap_or(0);
    lab.experiment("x").control(|| 1).candidate("new", waits).observe(|value| *value).run_in_background();
    clock.advance(Duration::from_secs(11));
    lab.check_deadlines();
    drop((lab, pool));
    assert!(watched.upgrade().is_none(), "the queue holds nothing that holds the queue");
    drop(let_go);
}

#[test]
fn no_probe_is_let_through_while_an_earlier_run_hangs() {
    let pool = Arc::new(Pool::default());
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).executor(Arc::clone(&pool));
    let let_go = hang_past_the_deadline(&lab, &clock);
    let report = || lab.experiment("hangs").report();
    assert!(report().candidates[0].breaker_is_open);
    let call = || {
        clock.advance(Duration::from_mins(1));
        lab.experiment("hangs").control(|| 1).candidate("new", || 1).run();
    };
    (0..5).for_each(|_| call());
    assert_eq!(report().candidates[0].count(Outcome::Skipped), 5);
    drop(let_go);
    lab.settle(LONG).unwrap();
    // The ticket of the run goes last.
    assert!((0..10_000_000).any(|_| {
        call();
        report().candidates[0].matches() > 0
    }));
}

#[test]
fn a_comparison_that_hangs_is_reported_at_its_deadline_and_opens_the_breaker() {
    for candidates in [1, 2] {
        let clock = ManualClock::new();
        let lab = Lab::new().clock(clock.clone());
        let ((tell, began), (let_go, hang)) = (channel(), channel::<()>());
        let hang = parking_lot::Mutex::new(hang);
        let hangs = move |_: &i32, _: &i32| tell.send(()).is_ok() && hang.lock().recv().is_err();
        if candidates == 1 {
            let run = lab.experiment("x").control(|| 1).candidate("new", || 1).observe(|value| *value);
            run.compare_with(hangs).run_in_background();
        } else {
            let run = lab.experiment("x").control(|| 1).candidate("new", || 1).candidate("other", || 1);
            run.observe(|value| *value).compare_with(hangs).run_concurrently();
        }
        began.recv_timeout(LONG).unwrap();
        clock.advance(Duration::from_secs(11));
        lab.check_deadlines();
        let outcomes = || {
            let report = lab.experiment("x").report();
            let of = |name| report.candidate(name).map(|candidate| candidate.outcomes.clone()).unwrap_or_default();
            let counted = |name, outcome| of(name).get(&outcome).copied().unwrap_or_default();
            let total: u64 = of("new").values().chain(of("other").values()).sum();
            let timed_out = counted("new", Outcome::TimedOut) + counted("other", Outcome::TimedOut);
            (timed_out, counted("new", Outcome::Dropped) + counted("other", Outcome::Dropped), total)
        };
        let expected = (1, candidates - 1, candidates);
        assert_eq!(outcomes(), expected);
        assert!(lab.experiment("x").report().candidate("new").unwrap().breaker_is_open);
        drop(let_go);
        lab.settle(LONG).unwrap();
        assert_eq!(outcomes(), expected, "what it says in the end comes too late");
        let report = lab.experiment("x").report();
        assert_eq!((report.runs, report.still_running), (1, 0));
        // The candidate took no time on that clock: it is the comparison that did.
        let new = report.candidate("new").unwrap();
        assert_eq!((new.cut_off, new.shortest_time_out), (0, None));
        let latency = new.behavior.latency.as_ref().or(new.behavior.latency_when_concurrent.as_ref()).unwrap();
        assert_eq!((latency.n, latency.p99 < Duration::from_secs(1)), (1, true));
    }
}
