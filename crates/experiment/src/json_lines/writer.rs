//! What the thread of a file of lines does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::error::JsonLinesError;
use super::options::FailureHook;
use super::rotating::RotatingFile;
use super::run_line::RunLine;
use crate::failure::contain;
use crate::hopper::Work;
use crate::lines::{Body, Line};

/// What waits to be written.
pub(super) enum Entry {
    /// A run, which becomes a line on the thread.
    Run(Box<RunLine>),
    /// A line with its end.
    Line(Vec<u8>),
    /// Everything before shall be on the disk.
    Sync,
}

/// What the thread and its callers share.
#[derive(Default)]
pub(super) struct Counts {
    /// How many bytes of lines wait.
    pub(super) waiting_bytes: AtomicUsize,
    /// How many lines did not get into the file since it was opened.
    pub(super) lost: AtomicU64,
    /// Whether something could not be brought to the disk since the last flush.
    pub(super) is_unsynced: AtomicBool,
}

/// Collects lines while there are more, and writes them at once.
pub(super) struct Writer {
    file: RotatingFile,
    source: String,
    hook: Arc<FailureHook>,
    counts: Arc<Counts>,
    lines: Vec<u8>,
    /// How many writes failed since the last that did not.
    failures: u64,
}

/// Lines are written when there are so many bytes of them, whether or not more wait.
const BATCH_BYTES: usize = 1 << 20;

impl Writer {
    pub(super) fn new(file: RotatingFile, source: &str, hook: Arc<FailureHook>, counts: Arc<Counts>) -> Self {
        Self { file, source: source.to_owned(), hook, counts, lines: Vec::new(), failures: 0 }
    }

    fn write(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        let written = self.file.write(&self.lines);
        self.lines.clear();
        self.lines.shrink_to(BATCH_BYTES);
        let Err(error) = written else {
            self.failures = 0;
            return;
        };
        self.counts.lost.fetch_add(error.lost(), Ordering::Relaxed);
        self.failures += 1;
        if self.failures.is_power_of_two() {
            self.tell(&error);
        }
    }

    fn tell(&self, error: &JsonLinesError) {
        // A hook that panics has nobody left to be told.
        drop(contain(|| (self.hook)(error)));
    }
}

impl Work<Entry> for Writer {
    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Run(run) => {
                let before = self.lines.len();
                let line = Line::new(&self.source, Body::Run(&*run));
                if serde_json::to_writer(&mut self.lines, &line).is_ok() {
                    self.lines.push(b'\n');
                } else {
                    self.lines.truncate(before);
                    self.counts.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            Entry::Line(line) => {
                self.lines.extend_from_slice(&line);
                self.counts.waiting_bytes.fetch_sub(line.len(), Ordering::Relaxed);
            }
            Entry::Sync => {
                self.write();
                if let Err(error) = self.file.sync() {
                    self.counts.is_unsynced.store(true, Ordering::Relaxed);
                    self.tell(&error);
                }
            }
        }
        if self.lines.len() >= BATCH_BYTES {
            self.write();
        }
    }

    fn rest(&mut self) {
        self.write();
    }
}
