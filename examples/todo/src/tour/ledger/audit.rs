//! Holding the database against the notes of all clients.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::note::{Note, Promise};
use crate::store::Store;
use crate::tour::TourError;

/// How the database stands against the notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tour) struct Audit {
    /// Todos and users the clients were promised something about.
    pub(in crate::tour) checked: usize,
    /// Those that do not stand as promised.
    pub(in crate::tour) lost: usize,
    /// Requests that were not answered with success.
    pub(in crate::tour) failed: usize,
    /// How the first of them went.
    pub(in crate::tour) first_failure: Option<String>,
}

/// Holds `store` against all notes in `folder`.
///
/// # Errors
///
/// [`TourError::Tampered`] for a line that cannot be read, but for the last one of a process that was killed.
pub(in crate::tour) fn audit(folder: &Path, store: &Store) -> Result<Audit, TourError> {
    let mut book = Book::default();
    for entry in fs::read_dir(folder).map_err(|error| TourError::file(folder, error))? {
        let path = entry.map_err(|error| TourError::file(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            let text = fs::read(&path).map_err(|error| TourError::file(&path, error))?;
            let notes = read(&text).map_err(|source| TourError::Tampered { path: path.clone(), source })?;
            book.add(notes);
        }
    }
    let mut lost = 0;
    for (thing, allowed) in &book.expected {
        let found = match *thing {
            Thing::Todo(id) => store.todo(id)?.map(|todo| todo.title.as_str().to_owned()),
            Thing::User(id) => store.user(id)?.map(|user| user.name),
        };
        lost += usize::from(!allowed.contains(&found));
    }
    let Book { expected, mut failures } = book;
    let (checked, failed) = (expected.len(), failures.len());
    let first_failure = (failed > 0).then(|| failures.swap_remove(0));
    Ok(Audit { checked, lost, failed, first_failure })
}

/// The notes of one file.
fn read(text: &[u8]) -> Result<Vec<Note>, Box<dyn std::error::Error + Send + Sync>> {
    let mut notes = Vec::new();
    let mut unreadable = None;
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(note) => {
                if let Some(cut) = unreadable.take()
                    && !matches!(note, Note::Started { .. })
                {
                    return Err(cut);
                }
                notes.push(note);
            }
            // A line that was cut by a kill is the last one of its process.
            Err(error) => match unreadable {
                None => unreadable = Some(format!("line {}: {error}", index + 1).into()),
                Some(cut) => return Err(cut),
            },
        }
    }
    Ok(notes)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Todo(i64),
    User(i64),
}

/// What all notes say together.
#[derive(Debug, Default)]
struct Book {
    /// Each way a thing may stand now, `None` for "gone": more than one only where a write was never answered.
    expected: BTreeMap<Thing, Vec<Option<String>>>,
    failures: Vec<String>,
}

impl Book {
    fn add(&mut self, notes: Vec<Note>) {
        let mut open = None;
        for note in notes {
            match note {
                Note::Asked(promise) => self.leave_open(open.replace(promise)),
                Note::Started { .. } => self.leave_open(open.take()),
                Note::Failed { how } => {
                    self.failures.push(how);
                    self.leave_open(open.take());
                }
                Note::Kept { id } => {
                    let (thing, text) = match open.take() {
                        Some(Promise::Add { title } | Promise::Edit { title, .. }) => (Thing::Todo(id), Some(title)),
                        Some(Promise::Delete { .. }) => (Thing::Todo(id), None),
                        Some(Promise::Join { name } | Promise::Rename { name, .. }) => (Thing::User(id), Some(name)),
                        None => continue,
                    };
                    self.expected.insert(thing, vec![text]);
                }
            }
        }
        self.leave_open(open);
    }

    /// A write that was never answered may have happened or not.
    fn leave_open(&mut self, unanswered: Option<Promise>) {
        let (thing, text) = match unanswered {
            // Whether it is there or not, nobody was promised anything.
            None | Some(Promise::Add { .. } | Promise::Join { .. }) => return,
            Some(Promise::Edit { id, title }) => (Thing::Todo(id), Some(title)),
            Some(Promise::Delete { id }) => (Thing::Todo(id), None),
            Some(Promise::Rename { id, name }) => (Thing::User(id), Some(name)),
        };
        if let Some(allowed) = self.expected.get_mut(&thing) {
            allowed.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Book, Thing, read};

    const ADD: &str = r#"{"asked":{"add":{"title":"a"}}}"#;
    const KEPT: &str = r#"{"kept":{"id":7}}"#;

    fn book(lines: &[&str]) -> Book {
        let mut book = Book::default();
        book.add(read(lines.join("\n").as_bytes()).unwrap());
        book
    }

    #[test]
    fn a_confirmed_write_must_stand() {
        assert_eq!(book(&[ADD, KEPT]).expected[&Thing::Todo(7)], [Some("a".to_owned())]);
    }

    #[test]
    fn an_unanswered_delete_may_have_happened_or_not() {
        let book = book(&[ADD, KEPT, r#"{"asked":{"delete":{"id":7}}}"#]);
        assert_eq!(book.expected[&Thing::Todo(7)], [Some("a".to_owned()), None]);
    }

    #[test]
    fn nothing_is_promised_about_an_unanswered_add() {
        assert!(book(&[ADD]).expected.is_empty());
    }

    #[test]
    fn a_new_start_does_not_confirm_what_the_killed_one_asked() {
        let book = book(&[ADD, r#"{"started":{"start":2}}"#, KEPT]);
        assert!(book.expected.is_empty());
    }

    #[test]
    fn a_line_cut_by_a_kill_is_passed_over() {
        let book = book(&[ADD, KEPT, r#"{"asked":{"del"#, r#"{"started":{"start":2}}"#, ADD]);
        assert_eq!(book.expected.len(), 1);
    }

    #[test]
    fn any_other_line_that_cannot_be_read_is_an_error_with_its_number() {
        let error = read([ADD, "?", KEPT].join("\n").as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }

    #[test]
    fn failures_are_counted() {
        assert_eq!(book(&[ADD, r#"{"failed":{"how":"500"}}"#]).failures, ["500"]);
    }
}
