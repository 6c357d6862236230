//! A file of flags as a source.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use notify::RecommendedWatcher;
use parking_lot::Mutex;

use super::change::Changes;
use super::contents::Contents;
#[cfg(feature = "edit")]
use super::contract::EditableSource;
use super::contract::{Source, SourceError};
#[cfg(feature = "edit")]
use super::edit::{Edit, EditError};
use super::error::LoadError;
use super::read::{MAX_BYTES, parse_file, read_text};
use super::revision::Revision;
use super::stir::{LOOK_EVERY, Stamp, notifier, settle};
use crate::handle::ContentId;
#[cfg(feature = "edit")]
use crate::model::Flag;

/// A file of flags that is watched, as a source: to be wrapped, or to stand in for a database. An application that has
/// its flags in a file and nowhere else is better served by [`Flags::watch_file`](crate::Flags::watch_file).
///
/// ```
/// use feature_flags::{FileSource, Flags};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.toml");
/// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true\n")?;
/// let flags = Flags::builder().source(FileSource::new(&path)?)?;
/// assert!(flags.enabled("new-search", &()));
/// # Ok(()) }
/// ```
///
/// Revisions count the contents that this process saw, from 1. With the feature `edit` its flags can be put and removed;
/// the rest of the file stays as it is, comments included. Two processes that edit the same file at the same instant may
/// undo each other's edit: flags that many processes edit belong into a database.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    seen: Mutex<Seen>,
    woken: Mutex<Receiver<()>>,
    /// Keeps the channel open where there is no notifier.
    _wake: SyncSender<()>,
    /// None where the system has no watches left: then the file is only looked at.
    _notifier: Option<RecommendedWatcher>,
    #[cfg(feature = "edit")]
    editing: Mutex<()>,
}

/// The file as it was read last.
#[derive(Debug, Default)]
struct Seen {
    revision: Revision,
    content: Option<ContentId>,
    /// `None` if it could not be read: then it is read again, whatever it looks like.
    stamp: Option<Stamp>,
}

impl FileSource {
    /// The file at `path`, which need not be there yet.
    ///
    /// # Errors
    /// If the path is relative and there is no current directory.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let unwatchable = |source| LoadError::Unwatchable { origin: path.display().to_string(), source };
        let path = std::path::absolute(path).map_err(unwatchable)?;
        let (wake, woken) = mpsc::sync_channel(1);
        Ok(Self {
            _notifier: notifier(&path, wake.clone()).ok(),
            path,
            seen: Mutex::default(),
            woken: Mutex::new(woken),
            _wake: wake,
            #[cfg(feature = "edit")]
            editing: Mutex::new(()),
        })
    }

    /// Reads the file if it looks different; what it holds then has the next revision.
    fn read(&self, seen: &mut Seen, anyway: bool) -> Result<Option<String>, LoadError> {
        let stamp = Stamp::of(&self.path);
        if !anyway && stamp.is_some() && stamp == seen.stamp {
            return Ok(None);
        }
        seen.stamp = None;
        let text = read_text(&self.path, MAX_BYTES)?;
        seen.saw(ContentId::of(&text));
        seen.stamp = stamp;
        Ok(Some(text))
    }
}

impl Seen {
    fn saw(&mut self, content: ContentId) {
        if self.content != Some(content) {
            self.revision = self.revision.next();
            self.content = Some(content);
        }
    }
}

impl Source for FileSource {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let mut seen = self.seen.lock();
        let text = self.read(&mut seen, true).map_err(LoadError::into_source_error)?.unwrap_or_default();
        let document = parse_file(&self.path, &text).map_err(LoadError::into_source_error)?;
        Ok(document.into_contents(seen.revision))
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let deadline = Instant::now().checked_add(patience);
        let woken = self.woken.lock();
        loop {
            let mut seen = self.seen.lock();
            self.read(&mut seen, false).map_err(LoadError::into_source_error)?;
            if seen.revision != since {
                return Ok(Changes::Unknown);
            }
            drop(seen);
            let left = deadline.map_or(LOOK_EVERY, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(Changes::None);
            }
            if woken.recv_timeout(left.min(LOOK_EVERY)).is_ok() {
                settle(&woken);
            }
        }
    }
}

#[cfg(feature = "edit")]
impl FileSource {
    /// Edits the file; where somebody else edits it meanwhile, once more.
    fn edit(&self, edit: impl Fn(Edit) -> Result<Option<Edit>, EditError>) -> Result<Revision, SourceError> {
        const ATTEMPTS: u32 = 100;
        let _only_one = self.editing.lock();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let saved = Edit::open(&self.path).and_then(&edit).and_then(|edit| edit.map(Edit::save).transpose());
            match saved {
                Ok(content) => {
                    let mut seen = self.seen.lock();
                    match content {
                        Some(content) => seen.saw(content),
                        None => drop(self.read(&mut seen, true).map_err(LoadError::into_source_error)?),
                    }
                    return Ok(seen.revision);
                }
                Err(EditError::ChangedMeanwhile { .. }) if attempt < ATTEMPTS => {}
                Err(error) => return Err(SourceError::unavailable(error)),
            }
        }
    }
}

#[cfg(feature = "edit")]
impl EditableSource for FileSource {
    fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
        self.edit(|edit| edit.put(&flag).map(Some))
    }

    fn remove(&self, name: &str) -> Result<Revision, SourceError> {
        self.edit(|edit| Ok(if edit.has(name) { Some(edit.remove(name)?) } else { None }))
    }
}
