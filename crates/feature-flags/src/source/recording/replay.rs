//! A source that delivers what another one did.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::tape::{Delivered, Recording};
use crate::clock::{Clock, SystemClock};
use crate::source::change::{Change, Changes};
use crate::source::contents::Contents;
use crate::source::contract::{Source, SourceError};
use crate::source::revision::Revision;

/// How often the clock is looked at while there is nothing to deliver.
const LOOK: Duration = Duration::from_millis(2);

/// Delivers what a [`Recording`] holds, when its time has come by the clock: the same flags at the same instant, errors and
/// outages included, as often as one likes. Give [`Flags`](crate::Flags) the same clock, so that ramps and schedules stand where they stood.
///
/// Time goes forward only; to begin anew, make another one of a clone of the recording.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use feature_flags::testing::fixed_conformance;
/// use feature_flags::{EditableSource, MemorySource, RecordedSource, Recording, ReplaySource, Source};
///
/// fixed_conformance(|flags| {
///     # let directory = tempfile::tempdir().expect("a directory");
///     # let path = directory.path().join("flags.recording");
///     let source = MemorySource::new();
///     flags.into_iter().for_each(|flag| drop(source.put(flag)));
///     RecordedSource::new(source, &path).load().expect("memory works");
///     ReplaySource::new(Recording::read(&path).expect("it was written"))
/// });
/// # }
/// ```
pub struct ReplaySource {
    recording: Recording,
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The entry that comes next.
    next: usize,
    contents: Option<Contents>,
    /// The last thing delivered, if it was an error.
    failed: Option<(bool, String)>,
}

/// What one entry means to whoever follows.
enum Step {
    Nothing,
    LoadAnew,
    Changes(Revision, Vec<Change>),
    Failed,
}

impl ReplaySource {
    /// What `recording` holds.
    pub fn new(recording: Recording) -> Self {
        Self { recording, clock: Box::new(SystemClock), state: Mutex::default() }
    }

    /// Goes by `clock` instead of the machine's, for which everything is long past.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use feature_flags::{Clock, EditableSource, Flag, MemorySource, RecordedSource, Recording, ReplaySource, Source};
    ///
    /// struct Fixed(SystemTime);
    ///
    /// impl Clock for Fixed {
    ///     fn now(&self) -> SystemTime {
    ///         self.0
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.recording");
    /// let source = MemorySource::new();
    /// source.put(Flag::new("new-search"))?;
    /// RecordedSource::new(source, &path).load()?;
    /// let recording = Recording::read(&path)?;
    /// let end = recording.entries().last().ok_or("something was delivered")?.at;
    /// let replay = ReplaySource::new(recording).clock(Fixed(end));
    /// assert_eq!(replay.load()?.flags(), [Flag::new("new-search")]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Whether everything was delivered.
    pub fn is_over(&self) -> bool {
        self.state.lock().next >= self.recording.entries.len()
    }

    /// The next entry, if its time has come.
    fn step(&self, state: &mut State, now: SystemTime) -> Option<Step> {
        let entry = self.recording.entries.get(state.next).filter(|entry| entry.at <= now)?;
        state.next += 1;
        if let Delivered::Failed { malformed, message } = &entry.delivered {
            state.failed = Some((*malformed, message.clone()));
            return Some(Step::Failed);
        }
        if matches!(entry.delivered, Delivered::Started(_)) {
            return Some(Step::Nothing);
        }
        state.failed = None;
        Some(match &entry.delivered {
            Delivered::Loaded(contents) => {
                let is_news = state.contents.as_ref().is_none_or(|known| known.revision() != contents.revision());
                state.contents = Some((**contents).clone());
                if is_news { Step::LoadAnew } else { Step::Nothing }
            }
            Delivered::Changes { since, changes } => {
                if let Some(contents) = &mut state.contents {
                    contents.apply(changes);
                }
                Step::Changes(*since, changes.clone())
            }
            _ => Step::LoadAnew,
        })
    }
}

impl State {
    fn error(&self) -> Option<SourceError> {
        let (malformed, message) = self.failed.as_ref()?;
        Some(if *malformed {
            SourceError::malformed(message.as_str())
        } else {
            SourceError::unavailable(message.as_str())
        })
    }
}

impl Source for ReplaySource {
    fn name(&self) -> String {
        let started = self.recording.entries.iter().find_map(|entry| match &entry.delivered {
            Delivered::Started(source) => Some(source.as_str()),
            _ => None,
        });
        format!("replay of {}", started.unwrap_or("a source"))
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        while self.step(&mut state, now).is_some() {}
        match (state.error(), &state.contents) {
            (Some(error), _) => Err(error),
            (None, Some(contents)) => Ok(contents.clone()),
            (None, None) => Err(SourceError::unavailable("the recording has nothing so early")),
        }
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let begun = Instant::now();
        loop {
            let now = self.clock.now();
            let mut state = self.state.lock();
            if state.contents.as_ref().is_none_or(|contents| contents.revision() != since) {
                return Ok(Changes::Unknown);
            }
            match self.step(&mut state, now) {
                Some(Step::Nothing) => continue,
                Some(Step::Changes(from, changes)) if from == since => return Ok(Changes::Some(changes)),
                Some(Step::LoadAnew | Step::Changes(..)) => return Ok(Changes::Unknown),
                Some(Step::Failed) => return state.error().map_or(Ok(Changes::Unknown), Err),
                None => {}
            }
            drop(state);
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(Changes::None);
            }
            thread::sleep(left.min(LOOK));
        }
    }
}

impl fmt::Debug for ReplaySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.recording.entries.len();
        f.debug_struct("ReplaySource").field("entries", &entries).finish_non_exhaustive()
    }
}
