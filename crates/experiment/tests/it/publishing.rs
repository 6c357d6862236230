//! Where results go.

use std::num::NonZeroUsize;
use std::sync::Arc;

use experiment::{Lab, MemoryPublisher, NoPublisher, Order, Outcome, Reason, testing};

fn memory(capacity: usize) -> Arc<MemoryPublisher> {
    Arc::new(MemoryPublisher::new(NonZeroUsize::new(capacity).expect("tests ask for room")))
}

#[test]
fn a_result_tells_names_outcomes_positions_and_the_number_of_the_run() {
    let results = memory(10);
    let lab = Lab::new().publisher(Arc::clone(&results)).order(Order::ControlLast);
    for _ in 0..2 {
        lab.experiment("x").control(|| 1).candidate("same", || 1).candidate("other", || 2).candidate("", || 3).run();
    }
    let result = &results.results()[1];
    assert_eq!((result.experiment, result.run), ("x", 2));
    assert_eq!((result.control.behavior, result.control.position), ("control", Some(2)));
    let seen: Vec<_> = result.candidates.iter().map(|c| (c.name(), c.outcome, c.observation.position)).collect();
    let expected =
        [("same", Outcome::Match, Some(0)), ("other", Outcome::Mismatch, Some(1)), ("", Outcome::Skipped, None)];
    assert_eq!(seen, expected);
    assert_eq!(result.candidates[2].reason, Some(Reason::InvalidName));
}

#[test]
fn the_memory_publisher_forgets_the_oldest_and_counts_them() {
    let results = memory(3);
    let lab = Lab::new().publisher(Arc::clone(&results));
    for _ in 0..5 {
        lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    }
    assert_eq!(results.results().iter().map(|result| result.run).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!(results.forgotten(), 2);
}

#[test]
fn a_control_alone_is_not_published() {
    let results = memory(3);
    Lab::new().publisher(Arc::clone(&results)).experiment("x").control(|| 1).run();
    assert!(results.results().is_empty());
}

#[test]
fn the_memory_publisher_keeps_the_contract() {
    testing::publisher_conformance(|| {
        let results = memory(400);
        let counted = Arc::clone(&results);
        (results, move || counted.results().iter().map(|result| result.candidates.len()).sum())
    });
}

#[test]
#[should_panic(expected = "ten runs with two candidates each were published")]
fn the_conformance_suite_finds_a_publisher_that_loses_results() {
    testing::publisher_conformance(|| (NoPublisher, || 0));
}

#[test]
fn a_queued_publisher_that_is_flushed_on_its_own_thread_does_not_wait_for_itself() {
    use std::sync::OnceLock;
    use std::sync::mpsc::{Sender, channel};

    use experiment::{PublishError, Publisher, QueuedPublisher, RunResult};

    struct Flushes(Arc<OnceLock<Arc<Lab>>>, Sender<()>);
    impl Publisher for Flushes {
        fn publish(&self, _: &RunResult<'_>) -> Result<(), PublishError> {
            let flushed = self.0.get().expect("it is set before the first call").flush();
            self.1.send(()).map_err(PublishError::refused)?;
            flushed
        }
    }
    let (lab, (tell, told)) = (Arc::new(OnceLock::new()), channel());
    let size = NonZeroUsize::new(10).unwrap();
    let queued = QueuedPublisher::new(Flushes(Arc::clone(&lab), tell), size, |error| panic!("{error}"));
    let lab = lab.get_or_init(|| Arc::new(Lab::new().publisher(queued)));
    lab.experiment("x").control(|| 1).candidate("new", || 1).run();
    assert_eq!(told.recv_timeout(std::time::Duration::from_mins(1)), Ok(()));
}
