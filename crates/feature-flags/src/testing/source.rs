//! A source that a test changes while the application runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::handle::Core;
use crate::{Builder, Change, Changes, Contents, EditableSource, Flag, Flags, Revision, Source, SourceError};

/// Far longer than serving a change takes: a test that waits so long fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A source for tests of what happens while flags change: each change is served when the call that makes it is back, by all
/// handles that [`flags`](Self::flags) and [`attach`](Self::attach) gave out. Its clones are the same source.
///
/// ```
/// use feature_flags::testing::TestSource;
///
/// let source = TestSource::new();
/// let flags = source.flags();
/// assert!(!flags.enabled("new-search", &()));
/// source.on("new-search");
/// assert!(flags.enabled("new-search", &()));
///
/// source.fail("the cable is out");
/// assert!(!flags.status().readiness().is_ready());
/// assert!(flags.enabled("new-search", &()), "what was served is served on");
/// source.recover();
/// assert!(flags.status().readiness().is_ready());
/// ```
#[derive(Clone, Default)]
pub struct TestSource {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    /// What is behind the handles that were given out.
    served_by: Mutex<Vec<Weak<Core>>>,
}

#[derive(Default)]
struct State {
    revision: Revision,
    flags: BTreeMap<String, Flag>,
    /// All of them: a test makes few.
    changes: Vec<Change>,
    /// Why it does not answer.
    failing: Option<String>,
}

impl TestSource {
    /// Without any flag.
    pub fn new() -> Self {
        Self::default()
    }

    /// A handle on its flags.
    ///
    /// # Panics
    /// If it is [failing](Self::fail), or no thread can be started.
    pub fn flags(&self) -> Flags {
        self.attach(Flags::builder())
    }

    /// A handle on its flags, with what `builder` brings along: groups, a clock, a listener.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule};
    /// use feature_flags::testing::TestSource;
    ///
    /// # #[derive(feature_flags::Context)] struct User { staff: bool }
    /// let source = TestSource::new();
    /// let flags = source.attach(Flags::builder().group("staff", |user: &User| user.staff));
    /// source.put(Flag::new("new-search").rule(Rule::new().when(r#"group("staff")"#.parse()?)));
    /// assert!(flags.enabled("new-search", &User { staff: true }));
    /// source.off("new-search");
    /// assert!(!flags.enabled("new-search", &User { staff: true }));
    /// source.remove("new-search");
    /// assert_eq!(flags.status().flags(), 0);
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    ///
    /// # Panics
    /// Those of [`flags`](Self::flags).
    pub fn attach(&self, builder: Builder) -> Flags {
        let flags = builder.source(self.clone()).expect("it does not fail, and a thread can be started");
        self.inner.served_by.lock().push(flags.downgrade());
        flags
    }

    /// Turns a flag on for all.
    ///
    /// # Panics
    /// If a handle does not serve it within 20 seconds.
    pub fn on(&self, name: &str) {
        self.put(Flag::new(name).enabled(true));
    }

    /// Turns a flag off for all.
    ///
    /// # Panics
    /// If a handle does not serve it within 20 seconds.
    pub fn off(&self, name: &str) {
        self.put(Flag::new(name).enabled(false));
    }

    /// Puts a flag, in place of one of the same name.
    ///
    /// # Panics
    /// If a handle does not serve it within 20 seconds.
    pub fn put(&self, flag: Flag) {
        let revision = self.change(flag.name().to_owned(), Some(flag));
        self.wait(|core| core.wait_for_revision(revision, PATIENCE), "the change is served");
    }

    /// Removes a flag.
    ///
    /// # Panics
    /// If a handle serves it still after 20 seconds.
    pub fn remove(&self, name: &str) {
        let revision = self.change(name.to_owned(), None);
        self.wait(|core| core.wait_for_revision(revision, PATIENCE), "the change is served");
    }

    /// Does not answer any more, because of `why`; back when every handle noticed.
    ///
    /// # Panics
    /// If a handle does not notice within 20 seconds.
    pub fn fail(&self, why: &str) {
        self.set_failing(Some(why.to_owned()));
        self.wait(|core| core.wait_for_failure(true, PATIENCE), "the failure is noticed");
    }

    /// Answers again; back when every handle noticed. Handles leave a source that fails alone for a while, at first a tenth of
    /// a second.
    ///
    /// # Panics
    /// If a handle does not notice within 20 seconds.
    pub fn recover(&self) {
        self.set_failing(None);
        self.wait(|core| core.wait_for_failure(false, PATIENCE), "the source is asked again");
    }

    fn set_failing(&self, failing: Option<String>) {
        self.inner.state.lock().failing = failing;
        self.inner.changed.notify_all();
    }

    /// What is there already just so is no change.
    fn change(&self, name: String, flag: Option<Flag>) -> Revision {
        let mut state = self.inner.state.lock();
        let State { revision, flags, changes, .. } = &mut *state;
        if flags.get(&name) == flag.as_ref() {
            return *revision;
        }
        *revision = revision.next();
        if let Some(flag) = flag {
            flags.insert(name, flag.clone());
            changes.push(Change::put(*revision, flag));
        } else {
            flags.remove(&name);
            changes.push(Change::removed(*revision, name));
        }
        self.inner.changed.notify_all();
        *revision
    }

    fn wait(&self, is_there: impl Fn(&Core) -> bool, what: &str) {
        let served_by = self.inner.served_by.lock().clone();
        for core in served_by.iter().filter_map(Weak::upgrade) {
            assert!(is_there(&core), "within {} seconds {what}", PATIENCE.as_secs());
        }
    }
}

impl State {
    fn check(&self) -> Result<(), SourceError> {
        self.failing.as_ref().map_or(Ok(()), |why| Err(SourceError::unavailable(why.clone())))
    }
}

impl Source for TestSource {
    fn name(&self) -> String {
        "the test".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let state = self.inner.state.lock();
        state.check()?;
        Ok(state.flags.values().cloned().fold(Contents::new(state.revision), Contents::with))
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        let deadline = Instant::now().checked_add(patience);
        let mut state = self.inner.state.lock();
        while state.failing.is_none() && state.revision == since {
            match deadline {
                None => self.inner.changed.wait(&mut state),
                Some(deadline) if self.inner.changed.wait_until(&mut state, deadline).timed_out() => break,
                Some(_) => {}
            }
        }
        state.check()?;
        if since > state.revision {
            return Ok(Changes::Unknown);
        }
        let mut last: BTreeMap<&str, &Change> = BTreeMap::new();
        for change in state.changes.iter().filter(|change| change.revision() > since) {
            last.insert(change.name(), change);
        }
        Ok(if last.is_empty() { Changes::None } else { Changes::Some(last.into_values().cloned().collect()) })
    }
}

/// For the suites, and for tools that know nothing else; these do not wait.
impl EditableSource for TestSource {
    fn put(&self, flag: Flag) -> Result<Revision, SourceError> {
        self.inner.state.lock().check()?;
        Ok(self.change(flag.name().to_owned(), Some(flag)))
    }

    fn remove(&self, name: &str) -> Result<Revision, SourceError> {
        self.inner.state.lock().check()?;
        Ok(self.change(name.to_owned(), None))
    }
}

impl fmt::Debug for TestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.inner.state.lock();
        f.debug_struct("TestSource")
            .field("revision", &state.revision)
            .field("flags", &state.flags.len())
            .field("failing", &state.failing)
            .finish_non_exhaustive()
    }
}
