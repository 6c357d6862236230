//! One line of a recording. Format 1.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::tape::{Delivered, RecordingEntry};
use crate::clock::{from_milliseconds, to_milliseconds};
use crate::model::{Flag, Segment};
use crate::source::change::Change;
use crate::source::contents::Contents;
use crate::source::read_json;
use crate::source::revision::Revision;
use crate::source::standing::Standing;
use crate::source::stored;
use crate::source::write::sections_to_json;

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Line {
    /// Milliseconds since 1970.
    at: u64,
    #[serde(flatten)]
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Started { recording: u32, source: String },
    Loaded(Box<Stored>),
    Changes { since: u64, changes: Vec<StoredChange> },
    Unknown,
    Failed { malformed: bool, message: String },
}

#[derive(Serialize, Deserialize)]
struct Stored {
    revision: u64,
    /// As texts of JSON, which keep the order of their keys.
    flags: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    segments: BTreeMap<String, StoredSegment>,
    /// As a file has them: `{"format": 1, "layers": .., "holdouts": ..}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sections: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    broken: Vec<StoredProblem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(default)]
    standing: StoredStanding,
}

#[derive(Serialize, Deserialize)]
struct StoredSegment {
    by: Option<String>,
    /// Sixteen hexadecimal digits for each key.
    hashes: String,
}

#[derive(Serialize, Deserialize)]
struct StoredProblem {
    flag: String,
    default: bool,
    message: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum StoredStanding {
    #[default]
    Current,
    Kept {
        taken: u64,
        why: String,
    },
    StandIn {
        source: String,
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredChange {
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    put: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<String>,
}

/// The line for what was delivered at `at`, with its end.
pub(super) fn write(at: SystemTime, delivered: &Delivered) -> String {
    let event = match delivered {
        Delivered::Started(source) => Event::Started { recording: FORMAT, source: source.clone() },
        Delivered::Loaded(contents) => Event::Loaded(Box::new(Stored::of(contents))),
        Delivered::Changes { since, changes } => {
            Event::Changes { since: since.number(), changes: changes.iter().map(StoredChange::of).collect() }
        }
        Delivered::Unknown => Event::Unknown,
        Delivered::Failed { malformed, message } => Event::Failed { malformed: *malformed, message: message.clone() },
    };
    let line = serde_json::to_string(&Line { at: to_milliseconds(at), event });
    let mut line = line.expect("a line has no keys but texts");
    line.push('\n');
    line
}

/// Reads what [`write`] wrote; what is wrong with it, for people.
pub(super) fn read(line: &[u8]) -> Result<RecordingEntry, String> {
    // Looked at first, so that a later version is told from a damaged line.
    let line: &RawValue = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let Line { at, event } = serde_json::from_str(line.get()).map_err(|error| error.to_string())?;
    let delivered = match event {
        Event::Started { recording: FORMAT, source } => Delivered::Started(source),
        Event::Started { recording, .. } => return Err(format!("its format is {recording}, expected {FORMAT}")),
        Event::Loaded(stored) => Delivered::Loaded(Box::new(stored.contents()?)),
        Event::Changes { since, changes } => Delivered::Changes {
            since: Revision::new(since),
            changes: changes.into_iter().map(StoredChange::change).collect::<Result<_, _>>()?,
        },
        Event::Unknown => Delivered::Unknown,
        Event::Failed { malformed, message } => Delivered::Failed { malformed, message },
    };
    Ok(RecordingEntry { at: from_milliseconds(at), delivered })
}

impl Stored {
    fn of(contents: &Contents) -> Self {
        let segments = contents.segments().map(|(name, segment)| {
            let by = segment.path().map(str::to_owned);
            (name.to_owned(), StoredSegment { by, hashes: stored::digits(segment) })
        });
        let broken = contents.broken.iter().map(|(problem, default)| StoredProblem {
            flag: problem.flag().to_owned(),
            default: *default,
            message: problem.message().to_owned(),
        });
        Self {
            revision: contents.revision().number(),
            flags: contents.flags().iter().map(Flag::to_json).collect(),
            segments: segments.collect(),
            sections: sections_to_json(&contents.sections),
            broken: broken.collect(),
            warnings: contents.warnings().to_vec(),
            standing: StoredStanding::of(contents.standing()),
        }
    }

    fn contents(self) -> Result<Contents, String> {
        let mut contents = Contents::new(Revision::new(self.revision));
        for flag in &self.flags {
            contents = contents.with(Flag::from_json(flag).map_err(|error| error.in_one_line())?);
        }
        for (name, StoredSegment { by, hashes }) in self.segments {
            let segment = Segment::from_hashes(stored::hashes(&hashes)?);
            contents = contents.with_segment(name, by.into_iter().fold(segment, Segment::by));
        }
        if let Some(text) = self.sections {
            let document = read_json(&text, None).map_err(|error| error.in_one_line())?;
            contents.sections = (**document.sections()).clone();
        }
        for StoredProblem { flag, default, message } in self.broken {
            contents = contents.with_broken(&flag, default, message);
        }
        contents = self.warnings.into_iter().fold(contents, Contents::with_warning);
        Ok(contents.standing_in(self.standing.standing()))
    }
}

impl StoredStanding {
    fn of(standing: &Standing) -> Self {
        match standing {
            Standing::Current => Self::Current,
            Standing::Kept { taken, why } => Self::Kept { taken: to_milliseconds(*taken), why: why.clone() },
            Standing::StandIn { source, why } => Self::StandIn { source: source.clone(), why: why.clone() },
        }
    }

    fn standing(self) -> Standing {
        match self {
            Self::Current => Standing::Current,
            Self::Kept { taken, why } => Standing::kept(from_milliseconds(taken), why),
            Self::StandIn { source, why } => Standing::stand_in(source, why),
        }
    }
}

impl StoredChange {
    fn of(change: &Change) -> Self {
        let revision = change.revision().number();
        match change {
            Change::Put { flag, .. } => Self { revision, put: Some(flag.to_json()), removed: None },
            Change::Removed { name, .. } => Self { revision, put: None, removed: Some(name.clone()) },
        }
    }

    fn change(self) -> Result<Change, String> {
        let revision = Revision::new(self.revision);
        match (self.put, self.removed) {
            (Some(flag), None) => {
                Ok(Change::put(revision, Flag::from_json(&flag).map_err(|error| error.in_one_line())?))
            }
            (None, Some(name)) => Ok(Change::removed(revision, name)),
            _ => Err("a change either puts or removes".to_owned()),
        }
    }
}
