//! Serves a source as it changes.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::change::{Change, Changes};
use super::contract::Source;
use super::document::Document;
use super::error::LoadError;
use super::revision::Revision;
use crate::handle::Core;

/// How long a source is asked to wait; the thread ends at most so long after the last handle.
const PATIENCE: Duration = Duration::from_millis(500);
/// After an error the source is left alone for so long, then twice as long, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Reads everything that a source holds.
pub(crate) fn load(source: &dyn Source) -> Result<Document, LoadError> {
    match source.load() {
        Ok(contents) => Ok(Document::of(source.name(), contents)),
        Err(error) => Err(LoadError::Source { origin: source.name(), source: error }),
    }
}

/// Follows `source` from `revision` on, or from when it can be loaded, for as long as `core` lives; `below` are the
/// flags from code.
pub(crate) fn follow(
    source: Box<dyn Source>,
    revision: Option<Revision>,
    below: Document,
    core: &Arc<Core>,
) -> Result<(), LoadError> {
    let origin = source.name();
    let (keep, stop) = mpsc::channel();
    let follower = Follower {
        source,
        revision,
        below,
        core: Arc::downgrade(core),
        #[cfg(feature = "metrics")]
        reported: None,
        stop,
    };
    let thread = thread::Builder::new().name("feature-flags".to_owned()).spawn(move || follower.run());
    let _detached = thread.map_err(|error| LoadError::Unwatchable { origin, source: error })?;
    core.keep(Box::new(Keep { _stop: keep }));
    Ok(())
}

/// While this lives, the source is followed.
struct Keep {
    _stop: mpsc::Sender<()>,
}

struct Follower {
    source: Box<dyn Source>,
    /// `None` until it was loaded.
    revision: Option<Revision>,
    below: Document,
    core: Weak<Core>,
    /// When metrics were brought up to date: that looks at all counts, so that it is not done for each of many changes.
    #[cfg(feature = "metrics")]
    reported: Option<Instant>,
    /// Disconnected when the last handle is gone.
    stop: Receiver<()>,
}

impl Follower {
    fn run(mut self) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let asked = Instant::now();
            let answer = self.revision.map_or(Ok(Changes::Unknown), |since| self.source.changes(since, PATIENCE));
            let Some(core) = self.core.upgrade() else { return };
            let rest = match self.serve(&core, answer) {
                // A source may answer early; it is not asked more often for that.
                Ok(false) => PATIENCE.saturating_sub(asked.elapsed()),
                Ok(true) => Duration::ZERO,
                Err(error) => {
                    core.source_failed(&error);
                    let longer = (pause * 2).min(LONGEST_PAUSE);
                    std::mem::replace(&mut pause, longer)
                }
            };
            if core.is_fresh() {
                pause = SHORTEST_PAUSE;
            }
            #[cfg(feature = "metrics")]
            if self.reported.is_none_or(|reported| reported.elapsed() >= PATIENCE) {
                core.report_metrics();
                self.reported = Some(Instant::now());
            }
            // Held for a moment only: the last handle may go while this thread waits.
            drop(core);
            if self.stop.recv_timeout(rest) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Whether something changed.
    fn serve(&mut self, core: &Core, answer: Result<Changes, super::SourceError>) -> Result<bool, LoadError> {
        match answer {
            Ok(Changes::None) => {
                core.confirm();
                Ok(false)
            }
            Ok(Changes::Some(changes)) => {
                let newest = changes.iter().map(Change::revision).max();
                core.apply(changes, &self.below);
                let moved = newest > self.revision;
                self.revision = self.revision.max(newest);
                Ok(moved)
            }
            Ok(Changes::Unknown) => {
                let document = load(&*self.source)?;
                let moved = Some(document.revision()) > self.revision;
                self.revision = Some(document.revision());
                core.load(document.over(&self.below));
                Ok(moved)
            }
            Err(error) => Err(LoadError::Source { origin: self.source.name(), source: error }),
        }
    }
}
