//! What the clients were promised: every write is noted before it is sent and again once the service confirmed it, so
//! that the end of the tour can hold the database against it, whoever was killed in between.

mod audit;
mod note;

pub(super) use audit::{Audit, audit};
pub(super) use note::Promise;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::TourError;
use note::Note;

/// The notes of one client, a file that only grows. One line is one write to the system, so it outlives the process.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
}

impl Ledger {
    /// Goes on with the notes of the client `number` in `folder`, on a line of its own: the last one may be cut.
    pub(super) fn open(folder: &Path, number: usize, start: u32) -> Result<Self, TourError> {
        let path = folder.join(format!("client-{number}.jsonl"));
        let open = || -> std::io::Result<Self> {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(b"\n")?;
            let mut ledger = Self { file };
            ledger.note(&Note::Started { start })?;
            Ok(ledger)
        };
        open().map_err(|error| TourError::file(&path, error))
    }

    /// Notes what is about to be sent.
    pub(super) fn asked(&mut self, promise: Promise) -> std::io::Result<()> {
        self.note(&Note::Asked(promise))
    }

    /// Notes that the service confirmed the last thing asked, for the todo or user `id`.
    pub(super) fn kept(&mut self, id: i64) -> std::io::Result<()> {
        self.note(&Note::Kept { id })
    }

    /// Notes that a request did not succeed.
    pub(super) fn failed(&mut self, how: String) -> std::io::Result<()> {
        self.note(&Note::Failed { how })
    }

    fn note(&mut self, note: &Note) -> std::io::Result<()> {
        let mut text = serde_json::to_string(note)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}
