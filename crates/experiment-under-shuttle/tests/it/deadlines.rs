//! A candidate that ends in the moment at which somebody finds it late.

use std::sync::Arc;
use std::time::Duration;

use experiment_under_shuttle::testing::{ManualClock, ManualExecutor};
use experiment_under_shuttle::{BreakerPolicy, Lab, Order, Outcome};
use shuttle::thread;

use crate::in_many_schedules;

#[test]
fn it_is_timed_out_or_compared_and_never_both() {
    in_many_schedules(|| {
        let (clock, executor) = (ManualClock::new(), ManualExecutor::new());
        let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
        let lab = Arc::new(lab.clock(clock.clone()).executor(executor.clone()));
        lab.experiment("x").set_deadline(Duration::from_secs(1));
        let call = lab.experiment("x").control(|| 1).candidate("new", || {
            thread::yield_now();
            1
        });
        assert_eq!(call.observe(|value| *value).run_in_background(), 1);
        let theirs = Arc::clone(&lab);
        let watching = thread::spawn(move || {
            clock.advance(Duration::from_secs(2));
            theirs.check_deadlines();
        });
        executor.run_all();
        watching.join().expect("nobody panics");
        lab.settle(Duration::from_secs(3_600)).expect("time stands still");
        let report = lab.experiment("x").report();
        let new = &report.candidates[0];
        assert_eq!(new.matches() + new.count(Outcome::TimedOut), 1, "{:?}", new.outcomes);
    });
}
