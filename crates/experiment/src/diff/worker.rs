//! The lab's one thread on which trees are compared, and the bounded queue in front of it.

use std::fmt;
use std::sync::Arc;

use super::aggregate::DifferenceRecord;
use super::mark::Marked;
use super::rules::Rules;
use super::tree::Tree;
use super::walk;
use crate::failure::contain;
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::mpsc::{Receiver, SyncSender, sync_channel};
use crate::sync::thread::{Builder, JoinHandle};

/// Compares trees. Its thread is started when the first mismatch is taken apart, and ends with the lab.
#[derive(Default)]
pub(crate) struct Worker {
    /// `None` inside if the thread could not be started.
    running: OnceLock<Option<Running>>,
    load: Arc<Load>,
}

struct Running {
    queue: SyncSender<Message>,
    thread: JoinHandle<()>,
}

/// What thread and callers share.
#[derive(Default)]
struct Load {
    /// The bytes of the trees that wait or are being compared.
    bytes: AtomicUsize,
    is_stopping: AtomicBool,
}

enum Message {
    Compare(Box<Job>),
    /// Everything sent earlier has been done when this is answered.
    Flush(SyncSender<()>),
}

/// Mismatches of one run to compare.
pub(super) struct Job {
    pub(super) run: u64,
    pub(super) parts: Vec<Part>,
    /// The candidates of a run in which the control ran twice, each beside the control's second run.
    pub(super) pairs: Vec<Pair>,
}

/// Two trees to compare, and where the differences are counted.
pub(super) struct Part {
    pub(super) control: Tree,
    pub(super) candidate: Tree,
    pub(super) rules: Rules,
    pub(super) record: Arc<DifferenceRecord>,
}

/// Two comparisons of the same run, as places in its parts; `None` where nothing differed.
pub(super) struct Pair {
    pub(super) record: Arc<DifferenceRecord>,
    pub(super) candidate: Option<usize>,
    pub(super) again: Option<usize>,
}

/// How many jobs wait at most.
const LONGEST_QUEUE: usize = 64;

/// How many bytes of trees wait at most, apart from a single job that is larger.
const MOST_BYTES: usize = 16 << 20;

impl Worker {
    /// Queues a job without waiting. It is dropped and counted when there is no room.
    pub(super) fn submit(&self, job: Job) {
        let losing = job.losing();
        let bytes = job.size();
        let is_queued = self.load.take(bytes) && {
            let is_sent =
                self.running().is_some_and(|running| running.queue.try_send(Message::Compare(Box::new(job))).is_ok());
            if !is_sent {
                self.load.give_back(bytes);
            }
            is_sent
        };
        if !is_queued {
            losing.count();
        }
    }

    /// Waits until everything submitted so far has been compared.
    pub(crate) fn flush(&self) {
        let Some(Some(running)) = self.running.get() else { return };
        let (done, answer) = sync_channel(1);
        if running.queue.send(Message::Flush(done)).is_ok() {
            // An error means that the thread is gone: nothing is left to wait for.
            answer.recv().unwrap_or_default();
        }
    }

    fn running(&self) -> Option<&Running> {
        let start = || {
            let (queue, jobs) = sync_channel(LONGEST_QUEUE);
            let load = Arc::clone(&self.load);
            let thread = Builder::new().name("experiment-diff".to_owned()).spawn(move || work(&jobs, &load));
            thread.ok().map(|thread| Running { queue, thread })
        };
        self.running.get_or_init(start).as_ref()
    }
}

impl Drop for Worker {
    /// Waits for the thread, which soon gives up what it is at: it asks every few thousand steps.
    fn drop(&mut self) {
        if let Some(Some(Running { queue, thread })) = self.running.take() {
            self.load.is_stopping.store(true, Ordering::Relaxed);
            drop(queue);
            // A panic in the thread was contained and counted; there is nobody to pass another one to.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("bytes", &self.load.bytes).finish_non_exhaustive()
    }
}

impl Load {
    fn take(&self, bytes: usize) -> bool {
        let add = |before: usize| {
            let after = before.saturating_add(bytes);
            (before == 0 || after <= MOST_BYTES).then_some(after)
        };
        self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Job {
    fn size(&self) -> usize {
        self.parts.iter().map(|part| part.control.size() + part.candidate.size()).sum()
    }

    fn compare(&self, stop: &dyn Fn() -> bool) {
        let marked: Vec<_> = self.parts.iter().map(Part::marked).collect();
        let compared: Vec<_> =
            marked.iter().map(|(control, candidate)| walk::compare(control, candidate, stop)).collect();
        if stop() {
            return;
        }
        // Before the parts are counted: the run that finds a path is not among those that judge it.
        for Pair { record, candidate, again } in &self.pairs {
            let side = |place: &Option<usize>| place.map(|place| &compared[place]);
            record.add_pair(side(candidate), side(again));
        }
        for (part, compared) in self.parts.iter().zip(&compared) {
            part.record.add(self.run, compared);
        }
    }

    /// Who is to be told if it is lost.
    fn losing(&self) -> Losing {
        Losing {
            parts: self.parts.iter().map(|part| Arc::clone(&part.record)).collect(),
            pairs: self.pairs.iter().map(|pair| Arc::clone(&pair.record)).collect(),
        }
    }
}

impl Part {
    fn marked(&self) -> (Marked<'_>, Marked<'_>) {
        let rules = self.rules.rule_set();
        (Marked::of(&self.control, rules), Marked::of(&self.candidate, rules))
    }
}

/// The records of a job.
struct Losing {
    parts: Vec<Arc<DifferenceRecord>>,
    pairs: Vec<Arc<DifferenceRecord>>,
}

impl Losing {
    fn count(&self) {
        self.parts.iter().for_each(|record| record.count_dropped());
        self.pairs.iter().for_each(|record| record.count_unpaired());
    }
}

fn work(jobs: &Receiver<Message>, load: &Load) {
    for message in jobs {
        match message {
            Message::Compare(job) => {
                let is_stopping = || load.is_stopping.load(Ordering::Relaxed);
                if is_stopping() || contain(|| job.compare(&is_stopping)).is_err() {
                    job.losing().count();
                }
                load.give_back(job.size());
            }
            // Whoever asked may have given up waiting.
            Message::Flush(done) => done.send(()).unwrap_or_default(),
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use crate::diff::limits::Limits;

    fn job(record: &Arc<DifferenceRecord>, candidate: u32) -> Job {
        let tree = |value: u32| Tree::of(&value, Limits::DEFAULT).expect("numbers can be serialised");
        let rules = Rules::new();
        assert!(record.admits(0) || record.report().is_some());
        let part = Part { control: tree(1), candidate: tree(candidate), rules, record: Arc::clone(record) };
        Job { run: 1, parts: vec![part], pairs: Vec::new() }
    }

    #[test]
    fn a_full_queue_drops_jobs_counts_them_and_never_waits() {
        let (queue, jobs) = sync_channel(1);
        let running = OnceLock::from(Some(Running { queue, thread: std::thread::spawn(|| {}) }));
        let worker = Worker { running, load: Arc::default() };
        let record = Arc::default();
        (0..3).for_each(|_| worker.submit(job(&record, 2)));
        assert_eq!(record.report().map(|report| report.dropped), Some(2));
        assert_eq!(worker.load.bytes.load(Ordering::Relaxed), job(&record, 2).size());
        drop(jobs);
    }

    #[test]
    fn trees_that_wait_take_sixteen_megabytes_at_most_or_are_a_single_one() {
        let load = Load::default();
        assert!(load.take(MOST_BYTES + 1));
        assert!(!load.take(1));
        load.give_back(MOST_BYTES + 1);
        assert!(load.take(MOST_BYTES) && !load.take(1));
    }

    #[test]
    fn the_thread_starts_with_the_first_job_and_ends_with_the_worker() {
        let worker = Worker::default();
        worker.flush();
        assert!(worker.running.get().is_none());
        let record = Arc::default();
        worker.submit(job(&record, 2));
        worker.flush();
        assert_eq!(record.report().map(|report| report.compared), Some(1));
        let load = Arc::clone(&worker.load);
        assert_eq!(load.bytes.load(Ordering::Relaxed), 0);
        drop(worker);
        assert_eq!(Arc::strong_count(&load), 1, "the thread has let go of what it shared");
    }

    #[test]
    fn a_comparison_that_is_told_to_stop_counts_nothing() {
        let record = Arc::default();
        job(&record, 2).compare(&|| true);
        assert_eq!(record.report().map(|report| report.compared), Some(0));
    }
}
