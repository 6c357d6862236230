//! Keeping what a run was given when it found something.

use std::io::{self, Write};
use std::sync::atomic::Ordering;

use serde::Serialize;

use super::{JsonLines, JsonLinesError};
use crate::failure::contain;
use crate::lines::{Body, Line};
use crate::observation::RunResult;
use crate::publisher::storm::is_alarming;

/// The input of a run, with what it was about.
#[derive(Serialize)]
struct InputLine<I> {
    experiment: &'static str,
    run: u64,
    /// The candidates that mismatched, panicked or timed out.
    candidates: Vec<&'static str>,
    value: I,
}

impl JsonLines {
    /// Keeps what the call was given when a candidate mismatches, panics or times out, so that a test can
    /// [`replay`](crate::replay) it. Give it to [`Run::after`](crate::Run::after).
    ///
    /// Inputs are user data: `input` says what of them is kept, and is asked only for those that are. Leave out or replace
    /// there what must not be stored. Of each candidate the first five are kept, and then at most ten per second, each of
    /// at most 64 KiB of JSON ([`bytes_per_input`](crate::JsonLinesOptions::bytes_per_input)). One that cannot be put
    /// into JSON is counted in [`lost`](JsonLines::lost), and the hook is told, on this thread.
    ///
    /// ```
    /// use experiment::{JsonLines, JsonLinesOptions, Lab, replay};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("inputs.jsonl");
    /// #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// struct Query { prefix: String, limit: usize, user: String }
    ///
    /// fn search(lab: &Lab, query: &Query, after: impl FnOnce(&experiment::RunResult<'_>)) -> usize {
    ///     lab.experiment("search").control(|| query.limit).candidate("new", || query.limit.min(10)).after(after).run()
    /// }
    ///
    /// // In production:
    /// let lines = JsonLines::open(&path, JsonLinesOptions::default())?;
    /// let query = Query { prefix: "A".into(), limit: 50, user: "ann@example.org".into() };
    /// let redacted = || Query { user: String::new(), ..query.clone() };
    /// search(&Lab::new(), &query, lines.keep_input(redacted));
    /// drop(lines);
    ///
    /// // In a test, until it is mended:
    /// let replayed = replay(&path, "search", |lab, query: Query| {
    ///     search(lab, &query, |_| {});
    /// })?;
    /// assert_eq!((replayed.differing().len(), replayed.agreeing().len()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_input<I: Serialize, F: FnOnce() -> I>(&self, input: F) -> impl FnOnce(&RunResult<'_>) + use<I, F> {
        let lines = self.clone();
        move |result| lines.keep(result, input)
    }

    fn keep<I: Serialize>(&self, result: &RunResult<'_>, input: impl FnOnce() -> I) {
        let experiment = result.experiment();
        let alarming = result.candidates().filter(|candidate| is_alarming(candidate));
        let candidates: Vec<_> = alarming.map(crate::CandidateResult::name).collect();
        // All are asked, so that each counts its own.
        let admitted = candidates.iter().filter(|name| self.0.input_storms.admit(experiment, name).is_some()).count();
        if admitted == 0 {
            return;
        }
        let line = InputLine { experiment, run: result.run(), candidates, value: input() };
        let mut bytes = Capped { bytes: Vec::new(), room: self.0.options.bytes_per_input.get() };
        match serde_json::to_writer(&mut bytes, &Line::new(&self.0.source, Body::Input(line))) {
            // What is refused is counted there.
            Ok(()) => self.write_line(bytes.bytes).unwrap_or_default(),
            Err(error) => {
                self.0.counts.lost.fetch_add(1, Ordering::Relaxed);
                let error = JsonLinesError::Input { experiment: experiment.to_owned(), source: Box::new(error) };
                drop(contain(|| (self.0.options.hook)(&error)));
            }
        }
    }
}

/// Takes so many bytes, and then no more: an input may be of any size.
struct Capped {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.room {
            return Err(io::Error::other(format!("it is longer than {} bytes", self.room)));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
