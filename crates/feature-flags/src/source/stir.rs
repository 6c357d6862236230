//! Tells when a file may have been edited.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// An edit is read once nothing has happened for so long: editors write in several steps, and half a file may be
/// well-formed.
const QUIET: Duration = Duration::from_millis(30);
/// A file that never comes to rest is read at least this often.
const AT_LATEST: Duration = Duration::from_millis(500);
/// Network file systems report nothing, so the file is looked at as well.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Wakes the thread when something happens to the file. The directory is watched, since an editor that replaces the
/// file by renaming would take a watch on the file away with it.
pub(super) fn notifier(path: &Path, wake: SyncSender<()>) -> notify::Result<RecommendedWatcher> {
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

/// Whether a file is still the same, without reading it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
        })
    }
}

impl Stamp {
    /// Like no file.
    pub(super) fn missing() -> Self {
        Self {
            modified: None,
            length: u64::MAX,
            #[cfg(unix)]
            inode: 0,
        }
    }
}

/// Waits until nothing happens for a while.
pub(super) fn settle(woken: &Receiver<()>) {
    let deadline = Instant::now() + AT_LATEST;
    while woken.recv_timeout(QUIET).is_ok() && Instant::now() < deadline {}
}
