//! The handle itself.

use std::borrow::Cow;
use std::fmt;
#[cfg(feature = "toml")]
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::aside::Aside;
use super::builder::Builder;
use super::core::Core;
use super::overrides::{Forced, Overrides};
use super::snapshot::{ContentId, Snapshot};
use super::status::Status;
use super::usage::Usage;
use crate::code::Function;
use crate::compile::Block;
use crate::context::Context;
use crate::evaluate::{Decision, Evaluation, Outcome, Reason, Switched};
use crate::explain::{self, Explanation};
use crate::lint::Lint;
#[cfg(feature = "toml")]
use crate::source::LoadError;
use crate::source::Revision;

/// All flags of an application.
///
/// Cloning is cheap, and clones share everything; a watched file is watched until the last clone is gone. Reading a
/// flag takes no lock and allocates nothing, whatever happens to the flags meanwhile; only the first read of each thread
/// registers it, and the last thread to leave an old snapshot frees it.
///
/// ```
/// use feature_flags::{Context, Flags};
///
/// #[derive(Context)]
/// struct User {
///     #[context(key)]
///     id: u64,
///     country: String,
///     staff: bool,
/// }
///
/// let flags = Flags::from_toml(r#"
///     format = 1
///
///     [flags.new-search]
///     when = 'staff or country in ["US", "CA"]'
/// "#)?;
///
/// let user = User { id: 42, country: "DE".into(), staff: false };
/// assert!(!flags.enabled("new-search", &user));
/// println!("{}", flags.explain("new-search", &user));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Clone)]
pub struct Flags {
    pub(super) core: Arc<Core>,
    pub(super) aside: Option<Arc<Aside>>,
}

impl Flags {
    /// Starts with what the application brings along: functions, groups, a clock, a listener.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Flags of a text in the format of `flags.toml`, such as one that `include_str!` embeds.
    ///
    /// # Errors
    /// If the text is no TOML, has no `format` or one that this version does not know. A flag that is wrong by itself
    /// is no error: it serves its default and is listed by [`status`](Self::status).
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, LoadError> {
        Self::builder().toml(text)
    }

    /// Flags of bytes in the format of `flags.toml`, such as those that `include_bytes!` embeds.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// let flags = Flags::from_bytes(b"format = 1\n[flags]\nnew-search = true")?;
    /// assert!(flags.enabled("new-search", &()));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// If they are no text in UTF-8, and those of [`from_toml`](Self::from_toml).
    #[cfg(feature = "toml")]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_toml(crate::source::decode(bytes, None)?)
    }

    /// Flags of a text in JSON: the same model as `flags.toml`, key by key.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// let flags = Flags::from_json(r#"{ "format": 1, "flags": { "new-search": { "when": "staff" }, "dark-mode": true } }"#)?;
    /// assert!(flags.enabled("dark-mode", &()) && flags.enabled("new-search", &("staff", true)));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// If the text is no JSON, has no `format` or one that this version does not know. A flag that is wrong by itself
    /// is no error: it serves its default and is listed by [`status`](Self::status).
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        Self::builder().json(text)
    }

    /// Flags of a file, read once: JSON where its name ends in `.json` (feature `json`), TOML otherwise.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true\n")?;
    /// assert!(Flags::from_file(&path)?.enabled("new-search", &()));
    /// assert!(Flags::from_file("no/such/flags.toml").is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, and those of [`from_toml`](Self::from_toml).
    #[cfg(feature = "toml")]
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::builder().file(path)
    }

    /// Flags of a file that is watched: edits are served within a moment of their last byte.
    ///
    /// An edit that is malformed changes nothing: the last good flags are served on, the listener hears of it, and
    /// [`status`](Self::status) shows it. The same holds for a single flag that an edit makes wrong: it alone is served as it
    /// was, until the process ends. Files replaced by renaming, as editors do, or behind a symbolic link, as
    /// Kubernetes does, are followed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{ContentId, Flags};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = false\n")?;
    /// let flags = Flags::watch_file(&path)?;
    /// let edited = "format = 1\n[flags]\nnew-search = true\n";
    /// std::fs::write(&path, edited)?;
    /// assert!(flags.wait_for_content(ContentId::of(edited), Duration::from_secs(20)));
    /// assert!(flags.enabled("new-search", &()));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`from_file`](Self::from_file), and if no thread can be started.
    #[cfg(feature = "watch")]
    pub fn watch_file(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::builder().watch_file(path)
    }

    /// Whether the flag called `name` is on for `context`.
    ///
    /// A flag that does not exist is off. A few tens of nanoseconds; takes no lock and allocates nothing, except when a
    /// name turns out not to exist for the first time. Never panics.
    #[inline]
    pub fn enabled(&self, name: &str, context: &dyn Context) -> bool {
        if self.aside.is_some() {
            return self.enabled_aside(name, context);
        }
        if let Some(forced) = self.forced(name) {
            return forced.enabled;
        }
        self.core.served.read(|snapshot, thread| {
            let Some(place) = snapshot.table().find_in(name) else {
                self.core.unknown(name, snapshot);
                return false;
            };
            self.is_on(snapshot, place, context, thread)
        })
    }

    /// The same as [`enabled`](Self::enabled), with the reason and the snapshot that decided.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Reason, Rule};
    ///
    /// let rule = Rule::new().when(r#"country == "US""#.parse()?);
    /// let flags = Flags::builder().flag(Flag::new("new-search").rule(rule)).build();
    /// let decision = flags.decide("new-search", &("country", "US"));
    /// assert_eq!((decision.enabled(), decision.reason()), (true, Reason::Rule { number: 1 }));
    /// assert_eq!(flags.decide("new-search", &("country", "DE")).reason(), Reason::NoRule);
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[inline]
    pub fn decide(&self, name: &str, context: &dyn Context) -> Decision {
        if let Some(hooks) = self.hooks() {
            return self.hooked(hooks, name, context, |details| details.decision());
        }
        let forced = self.forced(name).map(|forced| forced.enabled);
        self.core.served.read(|snapshot, thread| {
            let (enabled, reason) = match (forced, snapshot.table().find_in(name)) {
                (Some(enabled), _) => (enabled, Reason::Override),
                (None, Some(place)) => {
                    let outcome = self.outcome(snapshot, place, context, thread);
                    (outcome.enabled, outcome.reason)
                }
                (None, None) => {
                    self.core.unknown(name, snapshot);
                    (false, Reason::Unknown)
                }
            };
            Decision { enabled, reason, snapshot: snapshot.id() }
        })
    }

    /// Why the flag is on or off for `context`, from the same evaluation.
    ///
    /// For people and tools: it allocates, is not counted as a use of the flag, and holds the attributes that the rules
    /// looked at, so it belongs on a screen rather than in a log.
    pub fn explain(&self, name: &str, context: &dyn Context) -> Explanation {
        let snapshot = self.core.served.load();
        match self.forced(name) {
            Some(forced) => Explanation::overridden(name, forced.enabled, snapshot.id()),
            None => explain::explain(&snapshot, name, context, &self.core.around),
        }
    }

    /// A handle on the same flags that answers with `overrides` first: whatever gets this handle sees them, and nothing
    /// else does. What this handle overrides already stays so unless overridden anew.
    ///
    /// ```
    /// use feature_flags::{Flags, Overrides};
    ///
    /// let flags = Flags::builder().build();
    /// let for_ada = flags.overriding(Overrides::new().on("new-search"));
    /// let and_dark = for_ada.overriding(Overrides::new().on("dark-mode"));
    /// assert!(and_dark.enabled("new-search", &()) && and_dark.enabled("dark-mode", &()));
    /// assert!(!flags.enabled("new-search", &()));
    /// ```
    #[must_use]
    pub fn overriding(&self, overrides: Overrides) -> Self {
        let aside = match self.aside.as_deref().cloned() {
            Some(outer) => Aside { overrides: outer.overrides.and(&overrides), ..outer },
            None => Aside { overrides, ..Aside::default() },
        };
        Self { core: Arc::clone(&self.core), aside: Some(Arc::new(aside)) }
    }

    /// A handle on the same flags that is this to scopes.
    #[cfg(feature = "testing")]
    pub(crate) fn bound(&self, to: crate::testing::Bound) -> Self {
        let aside = self.aside.as_deref().cloned().unwrap_or_default();
        Self { core: Arc::clone(&self.core), aside: Some(Arc::new(Aside { bound: Some(to), ..aside })) }
    }

    /// What is behind it, without keeping it alive.
    #[cfg(feature = "testing")]
    pub(crate) fn downgrade(&self) -> std::sync::Weak<Core> {
        Arc::downgrade(&self.core)
    }

    /// Defines a flag that is a Rust function over the application's own type.
    ///
    /// For contexts that do not hold a `C` it is off. A flag of the same name in a file wins, so that it can be turned
    /// off without a deployment. Makes a snapshot anew: at start, prefer [`Builder::define`].
    ///
    /// ```
    /// use feature_flags::{Context, Flags};
    ///
    /// #[derive(Context)]
    /// struct User { staff: bool }
    ///
    /// let flags = Flags::builder().build();
    /// flags.define("foo", |user: &User| user.staff);
    /// assert!(flags.enabled("foo", &User { staff: true }));
    /// ```
    pub fn define<C: 'static>(&self, name: &str, function: impl Fn(&C) -> bool + Send + Sync + 'static) {
        self.core.change_code(|registry| registry.define(name, Function::new(function)));
    }

    /// Defines a group over the application's own type, which rules name as `group("staff")`.
    ///
    /// One group can have a function for each of several types; contexts of other types are neither in it nor out of
    /// it. The function may ask for flags itself, as those of [`define`](Self::define) may: at most 16 functions one inside
    /// the other, so that two that ask for each other end. Makes a snapshot anew: at start, prefer [`Builder::group`].
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, MapContext, Rule};
    ///
    /// let rule = Rule::new().when(r#"group("staff")"#.parse()?);
    /// let flags = Flags::builder().flag(Flag::new("new-search").rule(rule)).build();
    /// # #[derive(feature_flags::Context)] struct User { staff: bool }
    /// flags.group("staff", |user: &User| user.staff);
    /// assert!(flags.enabled("new-search", &User { staff: true }));
    /// assert!(!flags.enabled("new-search", &MapContext::new()), "nobody knows");
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    pub fn group<C: 'static>(&self, name: &str, function: impl Fn(&C) -> bool + Send + Sync + 'static) {
        self.core.change_code(|registry| registry.group(name, Function::new(function)));
    }

    /// What is served, how fresh it is, and what is wrong.
    pub fn status(&self) -> Status {
        self.core.status()
    }

    /// What looks wrong in flags that are well-formed: rules that no context reaches, names that lead nowhere, flags that
    /// should be gone, and more; see [`LintKind`](crate::LintKind).
    pub fn lint(&self) -> Vec<Lint> {
        self.core.lint()
    }

    /// Waits until flags made of `content` are served, at most `timeout`; says whether they are.
    ///
    /// A ramp that edits a file goes on when its edit is live.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{ContentId, Flags};
    ///
    /// let text = "format = 1\n[flags]\nnew-search = true";
    /// let flags = Flags::from_toml(text)?;
    /// assert!(flags.wait_for_content(ContentId::of(text), Duration::ZERO));
    /// assert!(!flags.wait_for_content(ContentId::of("format = 1"), Duration::ZERO));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    pub fn wait_for_content(&self, content: ContentId, timeout: Duration) -> bool {
        self.core.wait(timeout, |progress| progress.snapshot.content() == content)
    }

    /// Waits until a change of the source is served, or a later one, at most `timeout`; says whether it is.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use feature_flags::{EditableSource, Flag, Flags, MemorySource};
    ///
    /// let source = Arc::new(MemorySource::new());
    /// let flags = Flags::builder().source(Arc::clone(&source))?;
    /// let revision = source.put(Flag::new("new-search"))?;
    /// assert!(flags.wait_for_revision(revision, Duration::from_secs(5)));
    /// assert!(!flags.wait_for_revision(revision.next(), Duration::ZERO), "there is no such change yet");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_for_revision(&self, revision: Revision, timeout: Duration) -> bool {
        self.core.wait_for_revision(revision, timeout)
    }

    /// Waits until what the source holds is served, at most `timeout`; says whether it is. What another source or an
    /// earlier process has to say in its place does not count.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{FileSource, Flags};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// let flags = Flags::builder().source_when_up(FileSource::new(&path)?)?;
    /// assert!(!flags.wait_until_ready(Duration::ZERO));
    /// std::fs::write(&path, "format = 1\n")?;
    /// assert!(flags.wait_until_ready(Duration::from_secs(20)));
    /// # Ok(()) }
    /// ```
    pub fn wait_until_ready(&self, timeout: Duration) -> bool {
        self.core.wait(timeout, |progress| progress.readiness().is_ready())
    }

    /// Waits until the source cannot be read or holds something malformed, at most `timeout`; says whether it is so.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{FileSource, Flags};
    ///
    /// let flags = Flags::builder().source_when_up(FileSource::new("no/such/flags.toml")?)?;
    /// assert!(flags.wait_for_source_error(Duration::ZERO));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    pub fn wait_for_source_error(&self, timeout: Duration) -> bool {
        self.core.wait(timeout, |progress| progress.last_error.is_some())
    }

    /// How often each flag said what, for which reason, since this handle was made.
    pub fn usage(&self) -> Vec<Usage> {
        self.core.with_totals(super::usage::Totals::usage)
    }

    /// Brings the counters and gauges of the `metrics` facade up to date.
    ///
    /// Evaluations are counted apart, at a nanosecond each, and handed over here. A watched file does this every
    /// second; call it before a scrape where nothing is watched.
    #[cfg(feature = "metrics")]
    pub fn report_metrics(&self) {
        self.core.report_metrics();
    }

    /// What all clones share.
    #[cfg(feature = "care")]
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// What overrides say: those of the handle, or with the feature `testing` those of its scope and of the current one.
    #[inline]
    pub(super) fn forced(&self, name: &str) -> Option<Cow<'_, Forced>> {
        let by_handle = self.aside.as_ref().and_then(|aside| aside.overrides.get(name));
        #[cfg(feature = "testing")]
        if by_handle.is_none() {
            return crate::testing::forced(name, self.aside.as_ref().and_then(|aside| aside.bound.as_ref()))
                .map(Cow::Owned);
        }
        by_handle.map(Cow::Borrowed)
    }

    /// Evaluates the flag at a place of a block, and counts it.
    pub(super) fn outcome(
        &self,
        snapshot: &Snapshot,
        (block, index): (&Block, usize),
        context: &dyn Context,
        thread: Option<usize>,
    ) -> Outcome {
        let outcome = Evaluation::new(snapshot, context, &self.core.around).decide_in(block, index, &mut ());
        block.counts().add(outcome.cell, thread);
        outcome
    }

    /// The same for those who ask for no more than whether it is on: what a flag that is the same for all takes then, is a
    /// look at its record and an addition.
    #[allow(clippy::inline_always, reason = "of flags that are the same for all, callers need a fraction of it")]
    #[inline(always)]
    pub(super) fn is_on(
        &self,
        snapshot: &Snapshot,
        (block, index): (&Block, usize),
        context: &dyn Context,
        thread: Option<usize>,
    ) -> bool {
        let record = block.record(index);
        let Switched { enabled, cell } = match Outcome::without_context(record) {
            Some(outcome) => outcome.switched(),
            None => Evaluation::new(snapshot, context, &self.core.around).switched(block, record),
        };
        block.counts().add(cell, thread);
        enabled
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flags").field("status", &self.status()).finish_non_exhaustive()
    }
}
