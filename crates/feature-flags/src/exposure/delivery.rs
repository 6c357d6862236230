//! The thread that hands exposures to a sink.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::record::Exposure;
use super::shared::Shared;
use super::sink::ExposureSink;
use crate::handle::Event;

/// The most exposures in a batch.
const BATCH: usize = 1_000;

/// While this lives, exposures are delivered.
pub(super) struct Delivery {
    shared: Arc<Shared>,
    thread: ThreadId,
}

impl Delivery {
    pub(super) fn start(shared: Arc<Shared>, sink: Box<dyn ExposureSink>, pause: Duration) -> io::Result<Self> {
        let courier = Courier { shared: Arc::clone(&shared), sink, pause, batch: Vec::new(), failures: 0 };
        let thread = thread::Builder::new().name("feature-flags-exposures".to_owned()).spawn(move || courier.run())?;
        Ok(Self { shared, thread: thread.thread().id() })
    }
}

/// Waits for what is left to be delivered.
impl Drop for Delivery {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.ends = true;
        self.shared.changed.notify_all();
        // A sink that holds the last clone is dropped by the very thread that would be waited for.
        let deadline = Instant::now().checked_add(self.shared.options.shutdown);
        let Some(deadline) = deadline.filter(|_| thread::current().id() != self.thread) else { return };
        while !state.ended && !self.shared.changed.wait_until(&mut state, deadline).timed_out() {}
    }
}

struct Courier {
    shared: Arc<Shared>,
    sink: Box<dyn ExposureSink>,
    pause: Duration,
    /// Taken out of the queue, and not taken by the sink yet.
    batch: Vec<Exposure>,
    /// In a row.
    failures: u64,
}

impl Courier {
    fn run(mut self) {
        loop {
            let (wish, ends) = self.wait();
            let result = self.deliver_all();
            let delivered = result.is_ok();
            if let Err(error) = result {
                self.failed(&error, ends);
            }
            let mut state = self.shared.state.lock();
            (state.answered, state.all_delivered) = (wish, delivered);
            state.ended = ends;
            self.shared.changed.notify_all();
            drop(state);
            if ends {
                return;
            }
        }
    }

    /// Until it is time, or somebody asks. Half a full queue is reason enough only while the sink takes what it is given.
    fn wait(&self) -> (u64, bool) {
        let deadline = Instant::now().checked_add(self.pause);
        let mut state = self.shared.state.lock();
        while !state.ends && state.asked == state.answered && (self.failures > 0 || !self.shared.is_half_full()) {
            match deadline {
                None => self.shared.changed.wait(&mut state),
                Some(deadline) if self.shared.changed.wait_until(&mut state, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        (state.asked, state.ends)
    }

    /// All that waited when it began: what is recorded meanwhile can come next time.
    fn deliver_all(&mut self) -> Result<(), String> {
        let mut left = self.shared.waiting();
        loop {
            if self.batch.is_empty() {
                self.batch = self.shared.pop(left.min(BATCH));
                left -= self.batch.len().min(left);
            }
            if self.batch.is_empty() {
                return Ok(());
            }
            let (sink, batch) = (&mut self.sink, &self.batch);
            match catch_unwind(AssertUnwindSafe(|| sink.deliver(batch))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(error.to_string()),
                Err(panic) => return Err(format!("the sink panicked: {}", message(&*panic))),
            }
            self.shared.taken.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
            self.batch.clear();
            self.failures = 0;
        }
    }

    fn failed(&mut self, error: &str, ends: bool) {
        self.failures += 1;
        let waiting = self.batch.len() + self.shared.waiting();
        let (kept, lost) = if ends { (0, waiting) } else { (waiting, 0) };
        self.shared.lost.fetch_add(lost as u64, Ordering::Relaxed);
        if ends || self.failures.is_power_of_two() {
            let event = Event::ExposuresNotDelivered { kept, lost, error };
            let _panicked = catch_unwind(AssertUnwindSafe(|| self.shared.options.listener.event(&event)));
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
