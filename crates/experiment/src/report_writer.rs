//! Reports as lines of JSON, for any writer.

use std::io::{self, Write};

use crate::lab::Lab;
use crate::lines::{Body, Line};

/// Writes the reports of a lab as lines of JSON, one per experiment.
///
/// Reports count from the start of their lab, so of each lab and experiment only the latest line matters: write as often
/// as you like, and begin a new file, with a new writer or the same, whenever you like. Where the code of a candidate
/// changes, begin a new file or take a new name: reports of several labs are added up.
///
/// ```
/// use experiment::{Lab, ReportLog, ReportWriter};
///
/// let lab = Lab::new();
/// let mut file = Vec::new();
/// let mut writer = ReportWriter::new(&mut file);
/// for _ in 0..3 {
///     lab.experiment("users-query").control(|| 1).candidate("new", || 1).run();
///     writer.write(&lab)?;
/// }
///
/// let mut log = ReportLog::new();
/// log.read("reports.jsonl", &file[..])?;
/// assert_eq!(log.reports()[0].runs, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReportWriter<W> {
    writer: W,
}

impl<W: Write> ReportWriter<W> {
    /// A writer to there.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }

    /// Writes what the lab knows now, and flushes.
    ///
    /// # Errors
    /// Those of the writer. A line that was written in part is skipped by readers.
    pub fn write(&mut self, lab: &Lab) -> io::Result<()> {
        for report in lab.reports() {
            let line = Line::new(lab.source(), Body::Report(report));
            serde_json::to_writer(&mut self.writer, &line)?;
            self.writer.write_all(b"\n")?;
        }
        self.writer.flush()
    }
}
