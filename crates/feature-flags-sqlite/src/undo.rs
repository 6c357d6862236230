//! Undoing changes, also those that others stand on.

use feature_flags::Revision;
use serde_json::{Map, Value};

use crate::author::Author;
use crate::error::StoreError;
use crate::history::{self, HistoryEntry, Subject};
use crate::query;
use crate::section::Section;
use crate::store::SqliteStore;
use crate::write::Changing;

impl SqliteStore {
    /// Undoes one change, which need not be the last: the parts of the flag that it changed become what they were before,
    /// and what others changed since stays. That is a change like any other, and can be undone.
    ///
    /// ```
    /// use feature_flags::{Flag, Rule};
    /// use feature_flags_sqlite::{Author, SqliteStore, StoreError};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.db");
    /// let store = SqliteStore::open(&path)?;
    /// let ada = Author::new("ada");
    /// let at = |share: &str| Ok::<_, Box<dyn std::error::Error>>(Flag::new("a").rule(Rule::new().rollout(share.parse()?)));
    /// store.put(&at("1% by id")?, &ada)?;
    /// let raised = store.put(&at("50% by id")?, &ada)?;
    /// store.put(&at("50% by id")?.owner("web team"), &ada)?;
    /// store.undo(raised, &ada.clone().because("too many errors"))?;
    /// assert_eq!(store.flag("a")?.map(|(flag, _)| flag), Some(at("1% by id")?.owner("web team")));
    ///
    /// let error = store.undo(raised, &ada).unwrap_err();
    /// assert_eq!(error.to_string(), "change 2 of `a` cannot be undone, since changes 3, 4 changed rules later");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::UndoConflict`] if the same parts were changed again since, or the flag was removed or put anew;
    /// [`StoreError::NoSuchChange`].
    pub fn undo(&self, revision: Revision, author: &Author) -> Result<Revision, StoreError> {
        self.change(author, |changing| {
            let entry = history::entry(&changing.transaction, revision)?;
            match entry.subject() {
                Subject::Flag(name) => undo_flag(changing, name, &entry),
                Subject::Segment(name) => undo_segment(changing, name, &entry),
                subject @ (Subject::Layer(_) | Subject::Holdout(_)) => undo_section(changing, subject, &entry),
            }
        })
    }
}

fn undo_flag(changing: &mut Changing<'_>, name: &str, entry: &HistoryEntry) -> Result<Revision, StoreError> {
    let now = query::state(&changing.transaction, name)?.and_then(|(_, body)| body);
    let undone = Some(entry.revision());
    match body_before(changing, entry, now.as_deref())? {
        Some(body) => changing.put(&query::parse(name, &body)?, undone),
        None => changing.remove(name, undone),
    }
}

fn undo_section(changing: &mut Changing<'_>, subject: &Subject, entry: &HistoryEntry) -> Result<Revision, StoreError> {
    let now = changing.section_now(subject)?;
    let undone = Some(entry.revision());
    // As it is written when it is put, so that equal ones are equal texts.
    let body = match body_before(changing, entry, now.as_deref())? {
        Some(body) => Some(Section::parse(subject.clone(), &body)?.to_json()),
        None => None,
    };
    changing.section(subject, body.as_deref(), undone)
}

/// What is now, without what the change did to it.
fn body_before(changing: &Changing<'_>, entry: &HistoryEntry, now: Option<&str>) -> Result<Option<String>, StoreError> {
    match (entry.before(), entry.after(), now) {
        (before, after, now) if after == now => Ok(before.map(str::to_owned)),
        (Some(before), Some(after), Some(now)) => without(before, after, now).map(Some).map_err(|parts| {
            let later = history::later(&changing.transaction, entry);
            later.map_or_else(|error| error, |later| conflict(entry, parts, &later))
        }),
        // It was put anew or removed, and is not any more as that left it.
        _ => {
            let later = history::later(&changing.transaction, entry)?;
            Err(conflict(entry, vec!["it".to_owned()], &later))
        }
    }
}

/// Segments are undone as a whole.
fn undo_segment(changing: &mut Changing<'_>, name: &str, entry: &HistoryEntry) -> Result<Revision, StoreError> {
    let later = history::later(&changing.transaction, entry)?;
    if !later.is_empty() {
        return Err(conflict(entry, vec!["it".to_owned()], &later));
    }
    let before = changing.segment_before(name, Some(entry.revision()))?;
    changing.segment(name, before.as_ref(), Some(entry.revision()))
}

/// `now` with the parts that differ between `after` and `before` as they were before; `Err` names those that are neither.
fn without(before: &str, after: &str, now: &str) -> Result<String, Vec<String>> {
    let parse = |text: &str| serde_json::from_str::<Map<String, Value>>(text).map_err(|_| vec!["it".to_owned()]);
    let (before, after, mut now) = (parse(before)?, parse(after)?, parse(now)?);
    let mut again = Vec::new();
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let (was, became) = (before.get(key), after.get(key));
        match now.get(key) {
            _ if was == became => {}
            is if is != became => again.push(key.clone()),
            _ => drop(match was {
                Some(was) => now.insert(key.clone(), was.clone()),
                None => now.remove(key),
            }),
        }
    }
    if again.is_empty() { Ok(Value::Object(now).to_string()) } else { Err(again) }
}

fn conflict(entry: &HistoryEntry, parts: Vec<String>, later: &[HistoryEntry]) -> StoreError {
    StoreError::UndoConflict {
        revision: entry.revision(),
        subject: entry.subject().name().to_owned(),
        parts,
        later: later.iter().map(HistoryEntry::revision).collect(),
    }
}
