//! Sources that stand in for each other.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::change::{Change, Changes};
use super::contents::Contents;
use super::contract::{Source, SourceError};
use super::revision::Revision;
use super::standing::Standing;
use crate::clock::{Clock, SystemClock};

/// Several sources, the first of which that answers is served; the status tells which stands in, and why.
///
/// ```
/// use feature_flags::{EmbeddedSource, FailoverSource, FileSource, Flags};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spare = EmbeddedSource::new("format = 1\n[flags]\nnew-search = true");
/// let source = FailoverSource::new(FileSource::new("no/such/flags.toml")?).or(spare);
/// let flags = Flags::builder().source(source)?;
/// assert!(flags.enabled("new-search", &()));
/// assert!(flags.status().readiness().to_string().ends_with("embedded flags stands in"));
/// # Ok(()) }
/// ```
///
/// One that failed is asked again when it has been left alone for a while, and served again once it has answered several
/// times in a row ([`healthy_after`](Self::healthy_after)), so that one that comes and goes does not make flags do so too.
/// Whoever is served next has revisions of its own: they are numbered anew, and loaded whole.
pub struct FailoverSource {
    sources: Vec<Box<dyn Source>>,
    answers: u32,
    pause: Duration,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Which is served.
    current: usize,
    /// What was last told as a revision.
    told: Revision,
    /// What the one that is served said at that time.
    inner: Revision,
    /// Why the first is not served.
    why: String,
    /// How often the better one has answered since it failed last.
    answered: u32,
    looked: Option<SystemTime>,
}

impl FailoverSource {
    /// This source, as long as it answers.
    pub fn new(first: impl Source) -> Self {
        Self {
            sources: vec![Box::new(first)],
            answers: 3,
            pause: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
            state: Mutex::default(),
        }
    }

    /// And this one where none before it does.
    #[must_use]
    pub fn or(mut self, next: impl Source) -> Self {
        self.sources.push(Box::new(next));
        self
    }

    /// A source that failed is served again after so many answers in a row, at least one; it is asked for them with such
    /// a pause between. 3 and a second unless set.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{EmbeddedSource, FailoverSource, FileSource, SystemClock};
    ///
    /// let source = FailoverSource::new(FileSource::new("flags.toml")?)
    ///     .or(EmbeddedSource::new("format = 1"))
    ///     .healthy_after(5, Duration::from_secs(10))
    ///     .clock(SystemClock);
    /// # drop(source);
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    #[must_use]
    pub fn healthy_after(mut self, answers: u32, pause: Duration) -> Self {
        (self.answers, self.pause) = (answers.max(1), pause);
        self
    }

    /// Measures the pause with `clock` instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Loads from the first that answers, of those from `first` on.
    fn load_from(&self, state: &mut State, first: usize) -> Result<Contents, SourceError> {
        let mut failed = None;
        for (index, source) in self.sources.iter().enumerate().skip(first) {
            match source.load() {
                Ok(contents) => return Ok(state.serve(index, source.name(), contents)),
                Err(error) => {
                    if index == 0 {
                        state.why = error.in_one_line(&source.name());
                        state.answered = 0;
                        state.looked = Some(self.clock.now());
                    }
                    failed = failed.or(Some(error));
                }
            }
        }
        Err(failed.unwrap_or_else(|| SourceError::unavailable("there is no source left")))
    }

    /// Whether a source before the current one has answered often enough. It is asked at most once per pause.
    fn is_better_one_back(&self, state: &mut State) -> bool {
        if state.current == 0 {
            return false;
        }
        let now = self.clock.now();
        let rested = state.looked.is_none_or(|looked| now.duration_since(looked).unwrap_or_default() >= self.pause);
        if !rested {
            return false;
        }
        state.looked = Some(now);
        let answers = self.sources[..state.current].iter().any(|source| source.load().is_ok());
        state.answered = if answers { state.answered + 1 } else { 0 };
        state.answered >= self.answers
    }
}

impl State {
    /// Numbers what one source holds by what was told of all of them.
    fn serve(&mut self, index: usize, name: String, contents: Contents) -> Contents {
        let inner = contents.revision();
        if index != self.current || self.told == Revision::ZERO {
            self.told = self.told.next();
        } else {
            self.told = self.advance(inner);
        }
        (self.current, self.inner) = (index, inner);
        if index == 0 {
            self.answered = 0;
            return contents.renumbered(self.told);
        }
        contents.renumbered(self.told).standing_in(Standing::stand_in(name, self.why.as_str()))
    }

    /// The number of a revision of the source that is served.
    fn advance(&self, inner: Revision) -> Revision {
        match inner.number().checked_sub(self.inner.number()) {
            Some(further) => Revision::new(self.told.number().saturating_add(further)),
            // It was replaced.
            None => self.told.next(),
        }
    }
}

impl Source for FailoverSource {
    fn name(&self) -> String {
        self.sources.iter().map(|source| source.name()).collect::<Vec<_>>().join(" or ")
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let mut state = self.state.lock();
        let is_waiting = state.current > 0 && state.answered < self.answers;
        let first = if is_waiting { state.current } else { 0 };
        let loaded = self.load_from(&mut state, first);
        // Where the one that stands in fails too, nothing is to be lost by an early return.
        if loaded.is_err() && first > 0 { self.load_from(&mut state, 0) } else { loaded }
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let mut state = self.state.lock();
        if state.told != since || self.is_better_one_back(&mut state) {
            return Ok(Changes::Unknown);
        }
        let (current, inner) = (state.current, state.inner);
        let wait = if current == 0 { patience } else { patience.min(self.pause) };
        drop(state);
        let changes = self.sources[current].changes(inner, wait);
        let mut state = self.state.lock();
        match changes {
            Ok(Changes::Some(changes)) if state.inner == inner && state.current == current => {
                let newest = changes.iter().map(Change::revision).max().unwrap_or(inner);
                let changes = changes.into_iter().map(|change| {
                    let revision = state.advance(change.revision());
                    change.renumbered(revision)
                });
                let changes = changes.collect();
                (state.told, state.inner) = (state.advance(newest), newest);
                Ok(Changes::Some(changes))
            }
            Ok(Changes::Some(_)) => Ok(Changes::Unknown),
            Ok(other) => Ok(other),
            Err(error) if self.sources.len() == 1 => Err(error),
            Err(error) => {
                if current == 0 {
                    state.why = error.in_one_line(&self.sources[0].name());
                    state.answered = 0;
                    state.looked = Some(self.clock.now());
                }
                // Whoever is next answers when all is loaded anew; if nobody is, what is served stays.
                let _loaded_again_by_the_caller = self.load_from(&mut state, usize::from(current == 0))?;
                Ok(Changes::Unknown)
            }
        }
    }
}

impl fmt::Debug for FailoverSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailoverSource").field("sources", &self.name()).finish_non_exhaustive()
    }
}
