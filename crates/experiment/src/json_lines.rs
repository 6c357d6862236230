//! A rotating file of lines of JSON: reports, and runs that somebody should look at.

mod error;
mod inputs;
mod options;
mod rotating;
mod run_line;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

pub use error::JsonLinesError;
pub use options::JsonLinesOptions;
pub(crate) use rotating::files_of;

use error::LinesLost;
use rotating::RotatingFile;
use run_line::RunLine;
use writer::{Counts, Entry, Writer};

use crate::hopper::{Hopper, Refusal};
use crate::lab::Lab;
use crate::lines::{Body, Line, new_source};
use crate::observation::RunResult;
use crate::publisher::storm::{Storms, is_alarming};
use crate::publisher::{PublishError, Publisher};

/// A file of lines of JSON that is written by a thread of its own, is moved aside when it is full, and outlives being
/// killed at any moment. Clones share it.
///
/// As a [`Publisher`] it writes runs in which a candidate mismatched, panicked or timed out: of each candidate the first
/// five, and then at most ten per second, without values. [`write_reports`](JsonLines::write_reports) writes what a lab
/// knows; [`ReportLog::read_file`](crate::ReportLog::read_file) and `cutover experiment report` read it again.
///
/// # What may be lost, and who is told
/// Nothing here waits for the disk but [`flush`](Publisher::flush). Lines that find the queue full are refused, which
/// counts as an internal failure of [`Operation::Publish`](crate::Operation::Publish). When the disk is full or the right
/// to write is gone, lines are lost and counted ([`lost`](JsonLines::lost)), the hook of the
/// [options](JsonLinesOptions::on_failure) is told, and the next lines are tried again. A line that was cut off is taken
/// out when the file is opened again. Lines are handed to the system one batch after the other, and are on the disk after
/// a flush.
///
/// Dropping the last clone writes what waits.
///
/// ```
/// use experiment::{JsonLines, JsonLinesOptions, Lab, ReportLog};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("experiments.jsonl");
///
/// let options = JsonLinesOptions::default().on_failure(|error| eprintln!("{error}"));
/// let lines = JsonLines::open(&path, options)?;
/// let lab = Lab::new().publisher(lines.clone());
/// lab.experiment("users-query").control(|| 1).candidate("new", || 2).run();
///
/// lines.write_reports(&lab)?; // every minute, say, and at the end
/// lab.flush()?;
///
/// let mut log = ReportLog::new();
/// log.read_file(&path)?;
/// assert_eq!(log.reports()[0].candidates[0].mismatches(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct JsonLines(Arc<Inner>);

struct Inner {
    hopper: Hopper<Entry>,
    options: JsonLinesOptions,
    source: String,
    storms: Storms,
    input_storms: Storms,
    counts: Arc<Counts>,
    /// How many of the lost lines a flush has told.
    told: AtomicU64,
}

/// How many bytes of reports and inputs wait at most, apart from a single one that is larger.
const MOST_BYTES: usize = 16 << 20;

impl JsonLines {
    /// Opens the file at `path`, makes it where there is none, and takes out a last line that was cut off. A file
    /// `path.lock` beside it keeps others from writing it; those that were moved aside are `path.1`, the latest, to
    /// `path.N`.
    ///
    /// # Errors
    /// [`JsonLinesError::Open`] where that cannot be done, and [`JsonLinesError::InUse`] where somebody else writes it.
    pub fn open(path: impl Into<PathBuf>, options: JsonLinesOptions) -> Result<Self, JsonLinesError> {
        let file = RotatingFile::open(path.into(), options.bytes_per_file.get(), options.files.get())?;
        let (counts, source) = (Arc::default(), new_source());
        let writer = Writer::new(file, &source, Arc::clone(&options.hook), Arc::clone(&counts));
        let hopper = Hopper::new("experiment-lines", options.queue, writer);
        let (storms, input_storms, told) = (Storms::new(), Storms::new(), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { hopper, options, source, storms, input_storms, counts, told })))
    }

    /// Writes what `lab` knows now, a line per experiment. Reports count from the start of their lab, so only the latest
    /// of a lab matters: write as often as you like.
    ///
    /// Putting the reports into JSON, tens of microseconds for each experiment, is done on this thread, the writing is not.
    ///
    /// # Errors
    /// [`PublishError`] where the queue is full.
    pub fn write_reports(&self, lab: &Lab) -> Result<(), PublishError> {
        let write = |report| self.write(&Line::new(lab.source(), Body::Report(report)));
        lab.reports().iter().try_for_each(write)
    }

    /// How many lines did not get into the file since it was opened: refused, too long, or not taken by the disk.
    pub fn lost(&self) -> u64 {
        self.0.counts.lost.load(Ordering::Relaxed)
    }

    /// How many runs, reports and inputs wait to be written.
    pub fn waiting(&self) -> usize {
        self.0.hopper.waiting()
    }

    fn write<B: Serialize>(&self, line: &Line<'_, B>) -> Result<(), PublishError> {
        self.write_line(serde_json::to_vec(line).map_err(PublishError::refused)?)
    }

    /// Queues a line that has no end yet.
    fn write_line(&self, mut line: Vec<u8>) -> Result<(), PublishError> {
        line.push(b'\n');
        let (most, bytes) = (MOST_BYTES, line.len());
        let add = |before: usize| (before == 0 || before.saturating_add(bytes) <= most).then_some(before + bytes);
        let taken = self.0.counts.waiting_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        if taken.is_err() {
            self.0.counts.lost.fetch_add(1, Ordering::Relaxed);
            return Err(PublishError::refused("too many bytes wait to be written"));
        }
        self.push(Entry::Line(line)).inspect_err(|_| {
            self.0.counts.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        })
    }

    fn push(&self, entry: Entry) -> Result<(), PublishError> {
        self.0.hopper.push(entry).map_err(|(refusal, _)| {
            self.0.counts.lost.fetch_add(1, Ordering::Relaxed);
            PublishError::refused(refusal)
        })
    }

    /// How many runs were passed over before this one; `None` if it is not written.
    fn admit(&self, result: &RunResult<'_>) -> Option<u64> {
        if self.0.options.every_run {
            return Some(0);
        }
        let alarming = result.candidates().filter(|candidate| is_alarming(candidate));
        let admitted = alarming.filter_map(|candidate| self.0.storms.admit(result.experiment(), candidate.name()));
        admitted.fold(None, |sum, passed_over| Some(sum.unwrap_or(0) + passed_over))
    }
}

impl Publisher for JsonLines {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        let Some(passed_over) = self.admit(result) else { return Ok(()) };
        let JsonLinesOptions { samples, context, .. } = &self.0.options;
        self.push(Entry::Run(Box::new(RunLine::of(result, passed_over, *samples, context))))
    }

    /// Waits until every line taken before is on the disk.
    fn flush(&self) -> Result<(), PublishError> {
        // A queue that is full has room when it has been worked off.
        while self.0.hopper.push(Entry::Sync).is_err_and(|(refusal, _)| refusal == Refusal::Full) {
            self.0.hopper.flush();
        }
        self.0.hopper.flush();
        if self.0.counts.is_unsynced.swap(false, Ordering::Relaxed) {
            return Err(PublishError::refused("the disk did not confirm what was written"));
        }
        let lost = self.lost();
        match lost.saturating_sub(self.0.told.swap(lost, Ordering::Relaxed)) {
            0 => Ok(()),
            lost => Err(PublishError::refused(LinesLost { lost })),
        }
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("waiting", &self.waiting())
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
