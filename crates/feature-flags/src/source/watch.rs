//! Serves a file as it is edited.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread;

use notify::RecommendedWatcher;

use super::document::Document;
use super::error::LoadError;
use super::read::read_file;
use super::stir::{LOOK_EVERY, Stamp, notifier, settle};
use crate::handle::Core;

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

struct Watched {
    path: PathBuf,
    below: Document,
    /// What the file looked like when it was last read.
    stamp: Option<Stamp>,
    core: Weak<Core>,
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
