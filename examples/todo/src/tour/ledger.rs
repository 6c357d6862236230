//! What the clients were promised: every write is noted before it is sent and again once the service confirmed it, so
//! that the end of the tour can hold the database against it, whoever was killed in between.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::TourError;
use crate::store::Store;

/// A write of a todo that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Promise {
    /// A new todo.
    Add { title: String },
    /// Another title for it.
    Edit { id: i64, title: String },
    /// No todo any more.
    Delete { id: i64 },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// About to be sent.
    Asked(Promise),
    /// Confirmed by the service, for the todo with this id.
    Kept { id: i64 },
}

/// The notes of one client, a file that only grows. One line is one write to the system, so it outlives the process.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
}

impl Ledger {
    /// Goes on with the notes of the client `number` in `folder`.
    pub(super) fn open(folder: &Path, number: usize) -> Result<Self, TourError> {
        let path = folder.join(format!("client-{number}.jsonl"));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self { file: file.map_err(|error| TourError::file(&path, error))? })
    }

    /// Notes what is about to be sent.
    pub(super) fn asked(&mut self, promise: Promise) -> std::io::Result<()> {
        self.note(&Line::Asked(promise))
    }

    /// Notes that the service confirmed the last thing asked, for the todo `id`.
    pub(super) fn kept(&mut self, id: i64) -> std::io::Result<()> {
        self.note(&Line::Kept { id })
    }

    fn note(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())
    }
}

/// What the notes say of one todo: each way it may stand now. More than one only where a write was never answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expected {
    titles: Vec<Option<String>>,
}

/// How the database stands against the notes of all clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Audit {
    /// Todos the clients were promised something about.
    pub(super) checked: usize,
    /// Those that do not stand as promised.
    pub(super) lost: usize,
}

/// Holds `store` against all notes in `folder`.
pub(super) fn audit(folder: &Path, store: &Store) -> Result<Audit, TourError> {
    let mut expected = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| TourError::file(folder, error))? {
        let path = entry.map_err(|error| TourError::file(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            let file = File::open(&path).map_err(|error| TourError::file(&path, error))?;
            // A line cut short by a kill ends the notes of that process; the next one began a line of its own.
            let lines = BufReader::new(file).lines().map_while(Result::ok);
            fold(lines.filter_map(|line| serde_json::from_str(&line).ok()), &mut expected);
        }
    }
    let mut lost = 0;
    for (id, Expected { titles }) in &expected {
        let title = store.todo(*id)?.map(|todo| todo.title.as_str().to_owned());
        lost += usize::from(!titles.contains(&title));
    }
    Ok(Audit { checked: expected.len(), lost })
}

fn fold(lines: impl Iterator<Item = Line>, expected: &mut BTreeMap<i64, Expected>) {
    let mut open: Option<Promise> = None;
    for line in lines {
        match line {
            Line::Asked(promise) => {
                if let Some(unanswered) = open.replace(promise) {
                    maybe(&unanswered, expected);
                }
            }
            Line::Kept { id } => {
                let title = match open.take() {
                    Some(Promise::Add { title } | Promise::Edit { title, .. }) => Some(title),
                    Some(Promise::Delete { .. }) => None,
                    None => continue,
                };
                expected.insert(id, Expected { titles: vec![title] });
            }
        }
    }
    if let Some(unanswered) = open {
        maybe(&unanswered, expected);
    }
}

/// A write that was never answered may have happened or not.
fn maybe(unanswered: &Promise, expected: &mut BTreeMap<i64, Expected>) {
    let (id, title) = match unanswered {
        Promise::Add { .. } => return, // whether it is there or not, nobody was promised anything
        Promise::Edit { id, title } => (id, Some(title.clone())),
        Promise::Delete { id } => (id, None),
    };
    if let Some(known) = expected.get_mut(id) {
        known.titles.push(title);
    }
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Expected, Line, Promise, fold};

    fn folded(lines: Vec<Line>) -> BTreeMap<i64, Expected> {
        let mut expected = BTreeMap::new();
        fold(lines.into_iter(), &mut expected);
        expected
    }

    fn add(title: &str) -> Line {
        Line::Asked(Promise::Add { title: title.to_owned() })
    }

    #[test]
    fn a_confirmed_write_must_stand() {
        let expected = folded(vec![add("a"), Line::Kept { id: 7 }]);
        assert_eq!(expected[&7].titles, [Some("a".to_owned())]);
    }

    #[test]
    fn an_unanswered_delete_may_have_happened_or_not() {
        let delete = Line::Asked(Promise::Delete { id: 7 });
        let expected = folded(vec![add("a"), Line::Kept { id: 7 }, delete]);
        assert_eq!(expected[&7].titles, [Some("a".to_owned()), None]);
    }

    #[test]
    fn nothing_is_promised_about_an_unanswered_add() {
        assert!(folded(vec![add("a"), add("b"), Line::Kept { id: 7 }]).len() == 1);
    }
}
