//! The queue in front of a slow publisher: flushing, refusing, ending.

use std::num::NonZeroUsize;
use std::sync::Arc;

use experiment_under_shuttle::{BreakerPolicy, KeptResult, Lab, MemoryPublisher, Operation, Order, QueuedPublisher};
use shuttle::thread;

use crate::in_many_schedules;

fn of(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("it is not zero")
}

fn queued(room: usize) -> (Lab, Arc<MemoryPublisher>) {
    let memory = Arc::new(MemoryPublisher::new(of(100)));
    let lab = Lab::new().order(Order::ControlFirst).breaker(BreakerPolicy::never());
    (lab.publisher(QueuedPublisher::new(Arc::clone(&memory), of(room), |_| {})), memory)
}

fn calls(lab: &Lab, times: u32) {
    (0..times).for_each(|number| {
        lab.experiment("x").control(|| number).candidate("new", || number).run();
    });
}

/// How many results arrived, each once.
fn arrived(memory: &MemoryPublisher) -> u64 {
    let mut runs: Vec<_> = memory.results().iter().map(|KeptResult { run, .. }| *run).collect();
    runs.sort_unstable();
    assert!(runs.is_sorted_by(|one, other| one < other), "some arrived twice: {runs:?}");
    runs.len() as u64
}

#[test]
fn after_a_flush_everything_that_was_accepted_has_arrived() {
    in_many_schedules(|| {
        let (lab, memory) = queued(2);
        let lab = Arc::new(lab);
        let theirs = Arc::clone(&lab);
        let caller = thread::spawn(move || calls(&theirs, 2));
        calls(&lab, 2);
        caller.join().expect("callers do not panic");
        lab.flush().expect("memory takes it");
        let refused = lab.experiment("x").report().internal_failures.get(&Operation::Publish).copied().unwrap_or(0);
        assert_eq!(arrived(&memory) + refused, 4);
    });
}

#[test]
fn flushing_while_others_publish_ends() {
    in_many_schedules(|| {
        let (lab, memory) = queued(2);
        let lab = Arc::new(lab);
        calls(&lab, 1);
        let theirs = Arc::clone(&lab);
        let caller = thread::spawn(move || calls(&theirs, 3));
        lab.flush().expect("memory takes it");
        assert!(arrived(&memory) >= 1, "what was published before has arrived");
        caller.join().expect("callers do not panic");
    });
}

#[test]
fn a_lab_that_goes_leaves_nothing_in_the_queue() {
    in_many_schedules(|| {
        let (lab, memory) = queued(4);
        calls(&lab, 3);
        drop(lab);
        assert_eq!(arrived(&memory), 3);
    });
}
