//! Serves a file as it is edited.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::document::Document;
use super::error::LoadError;
use super::read::read_file;
use crate::handle::Core;

/// An edit is read once nothing has happened for so long: editors write in several steps, and half a file may be
/// well-formed.
const QUIET: Duration = Duration::from_millis(30);
/// A file that never comes to rest is read at least this often.
const AT_LATEST: Duration = Duration::from_millis(500);
/// Network file systems report nothing, so the file is looked at as well.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Watches `path` for as long as `core` lives; `below` are the flags from code that the file may replace.
pub(crate) fn watch(path: &Path, below: Document, core: &Arc<Core>) -> Result<(), LoadError> {
    let unwatchable = |source| LoadError::Unwatchable { origin: path.display().to_string(), source };
    let path = std::path::absolute(path).map_err(unwatchable)?;
    let (wake, woken) = mpsc::sync_channel(1);
    let notifier = notifier(&path, wake.clone()).ok();
    let watched = Watched { stamp: Stamp::of(&path), path: path.clone(), below, core: Arc::downgrade(core) };
    thread::Builder::new().name("feature-flags".to_owned()).spawn(move || watched.run(&woken)).map_err(unwatchable)?;
    core.keep(Box::new(Keep { _notifier: notifier, _wake: wake }));
    Ok(())
}

/// While this lives, the file is watched: the thread ends when its channel has no senders.
struct Keep {
    /// None where the system has no watches left: then the file is only looked at.
    _notifier: Option<RecommendedWatcher>,
    _wake: SyncSender<()>,
}

/// Wakes the thread when something happens to the file. The directory is watched, since an editor that replaces the
/// file by renaming would take a watch on the file away with it.
fn notifier(path: &Path, wake: SyncSender<()>) -> notify::Result<RecommendedWatcher> {
    let directory = path.parent().unwrap_or_else(|| Path::new("/")).to_owned();
    let name = path.file_name().map(ToOwned::to_owned);
    let is_ours = move |changed: &PathBuf| {
        let changed = changed.file_name();
        // Kubernetes turns a link called `..data` to a new directory.
        changed == name.as_deref() || changed.is_some_and(|name| name.as_encoded_bytes().starts_with(b".."))
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let relevant = event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(&is_ours));
        if relevant {
            // A full channel means that the thread is about to look anyway.
            let _already_woken = wake.try_send(());
        }
    })?;
    watcher.watch(&directory, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

struct Watched {
    path: PathBuf,
    below: Document,
    /// What the file looked like when it was last read.
    stamp: Option<Stamp>,
    core: Weak<Core>,
}

/// Whether a file is still the same, without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
        })
    }
}

impl Watched {
    fn run(mut self, woken: &Receiver<()>) {
        // The file may have been edited between the first reading and the watch.
        let mut told = self.is_edited();
        loop {
            if told {
                settle(woken);
            }
            let Some(core) = self.core.upgrade() else { return };
            self.look(&core, told);
            #[cfg(feature = "metrics")]
            core.report_metrics();
            // Held for a moment only: the last handle may go while this thread sleeps.
            drop(core);
            told = match woken.recv_timeout(LOOK_EVERY) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return,
            };
        }
    }

    /// Reads the file if something happened to it.
    fn look(&mut self, core: &Core, told: bool) {
        let stamp = Stamp::of(&self.path);
        if !told && stamp == self.stamp {
            // A file that cannot be read stays an error until it can.
            if stamp.is_some() && core.is_fresh() {
                core.confirm();
            }
            return;
        }
        self.stamp = stamp;
        match read_file(&self.path) {
            Ok(document) if core.serves(document.content()) => core.confirm(),
            Ok(document) => core.load(document.over(&self.below)),
            Err(LoadError::Unreadable { source, .. }) if told && source.kind() == io::ErrorKind::NotFound => {
                // Between the two steps of a replacement there is no file; if it stays away, the next look says so.
                self.stamp = Some(Stamp::missing());
            }
            Err(error) => core.source_failed(&error),
        }
    }

    fn is_edited(&self) -> bool {
        Stamp::of(&self.path) != self.stamp
    }
}

impl Stamp {
    /// Like no file.
    fn missing() -> Self {
        Self {
            modified: None,
            length: u64::MAX,
            #[cfg(unix)]
            inode: 0,
        }
    }
}

/// Waits until nothing happens for a while.
fn settle(woken: &Receiver<()>) {
    let deadline = Instant::now() + AT_LATEST;
    while woken.recv_timeout(QUIET).is_ok() && Instant::now() < deadline {}
}
