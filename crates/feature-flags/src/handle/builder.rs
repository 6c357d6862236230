//! Making a handle.

use std::fmt;
#[cfg(feature = "toml")]
use std::path::Path;
use std::sync::Arc;

use super::aside::Aside;
use super::core::Core;
use super::flags::Flags;
use super::hook::Hook;
use super::hooks::Hooks;
use super::listener::{Listener, Unattended};
use crate::clock::{Clock, SystemClock};
use crate::code::{Function, Registry};
use crate::model::{Flag, Holdout, Layer, Segment};
use crate::source::{Contents, Document, LoadError, Source};

/// Makes [`Flags`]: what the application brings along, and where the flags come from.
///
/// ```
/// use feature_flags::{Flag, Flags};
///
/// struct User { staff: bool }
/// # impl feature_flags::Context for User {
/// #     fn attribute(&self, _: &str) -> Option<feature_flags::Value<'_>> { None }
/// #     fn part(&self, of: std::any::TypeId) -> Option<&dyn std::any::Any> { (of == std::any::TypeId::of::<Self>()).then_some(self) }
/// # }
/// let flags = Flags::builder()
///     .define("beta", |user: &User| user.staff)
///     .flag(Flag::new("dark-mode").enabled(true))
///     .build();
/// assert!(flags.enabled("beta", &User { staff: true }));
/// ```
pub struct Builder {
    document: Document,
    registry: Registry,
    clock: Box<dyn Clock>,
    listener: Box<dyn Listener>,
    hooks: Hooks,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            document: Document::default(),
            registry: Registry::default(),
            clock: Box::new(SystemClock),
            listener: Box::new(Unattended),
            hooks: Hooks::default(),
        }
    }

    /// Adds a flag made in code; a flag of the same name in a file replaces it, and so does one added later.
    #[must_use]
    pub fn flag(mut self, flag: Flag) -> Self {
        self.document.add(flag, || (0, 0));
        self
    }

    /// Adds a segment that rules name as `segment("beta")`; one of the same name in a file replaces it.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule, Segment};
    ///
    /// let rule = Rule::new().when(r#"segment("beta")"#.parse()?);
    /// let flags = Flags::builder().segment("beta", Segment::of(["42"])).flag(Flag::new("new-search").rule(rule)).build();
    /// assert!(flags.enabled("new-search", &("id", 42)) && !flags.enabled("new-search", &("id", 43)));
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn segment(mut self, name: &str, segment: Segment) -> Self {
        self.document.add_segment(name, segment);
        self
    }

    /// Adds a layer, whose flags exclude each other; one of the same name in a file replaces it.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Layer, Reason};
    ///
    /// let nobody = Layer::new().slot("new-form", [])?;
    /// let flags = Flags::builder().layer("checkout", nobody).flag(Flag::new("new-form").enabled(true)).build();
    /// assert_eq!(flags.decide("new-form", &("id", 42)).reason(), Reason::Layer);
    /// # Ok::<(), feature_flags::LayerError>(())
    /// ```
    #[must_use]
    pub fn layer(mut self, name: &str, layer: Layer) -> Self {
        self.document.add_layer(name, layer);
        self
    }

    /// Adds a holdout, which keeps some flags off for a share of the keys; one of the same name in a file replaces it.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Holdout, Percent, Reason};
    ///
    /// let all = Holdout::new(Percent::ALL).flag("new-form");
    /// let flags = Flags::builder().holdout("q4", all).flag(Flag::new("new-form").enabled(true)).build();
    /// assert_eq!(flags.decide("new-form", &("id", 42)).reason(), Reason::Holdout);
    /// ```
    #[must_use]
    pub fn holdout(mut self, name: &str, holdout: Holdout) -> Self {
        self.document.add_holdout(name, holdout);
        self
    }

    /// Defines a flag that is a Rust function; see [`Flags::define`].
    #[must_use]
    pub fn define<C: 'static>(mut self, name: &str, function: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        self.registry.define(name, Function::new(function));
        self
    }

    /// Defines a group that rules may name; see [`Flags::group`].
    ///
    /// ```
    /// use feature_flags::{Context, Flag, Flags, Rule};
    ///
    /// #[derive(Context)]
    /// struct User { email: String }
    ///
    /// let rule = Rule::new().when(r#"group("staff")"#.parse()?);
    /// let flags = Flags::builder()
    ///     .group("staff", |user: &User| user.email.ends_with("@example.com"))
    ///     .flag(Flag::new("new-search").rule(rule))
    ///     .build();
    /// assert!(flags.enabled("new-search", &User { email: "ada@example.com".into() }));
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn group<C: 'static>(mut self, name: &str, function: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        self.registry.group(name, Function::new(function));
        self
    }

    /// Takes the time of `now` in rules, and the snapshot's age, from `clock` instead of the machine's.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Clock, Flag, Flags, Rule};
    ///
    /// struct NewYear;
    ///
    /// impl Clock for NewYear {
    ///     fn now(&self) -> SystemTime {
    ///         SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600)
    ///     }
    /// }
    ///
    /// let rule = Rule::new().when(r#"now >= t"2027-01-01""#.parse()?);
    /// let flags = Flags::builder().clock(NewYear).flag(Flag::new("fireworks").rule(rule)).build();
    /// assert!(flags.enabled("fireworks", &()));
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Tells `listener` what happens, instead of the `log` facade.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use feature_flags::{Event, Flags, Listener};
    ///
    /// #[derive(Default)]
    /// struct Unknown(AtomicUsize);
    ///
    /// impl Listener for Unknown {
    ///     fn event(&self, event: &Event<'_>) {
    ///         if matches!(event, Event::UnknownFlag { .. }) {
    ///             self.0.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     }
    /// }
    ///
    /// let unknown = Arc::new(Unknown::default());
    /// let flags = Flags::builder().listener(Arc::clone(&unknown)).build();
    /// assert!(!flags.enabled("no-such-flag", &()));
    /// assert_eq!(unknown.0.load(Ordering::Relaxed), 1);
    /// ```
    #[must_use]
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listener = Box::new(listener);
        self
    }

    /// Tells `hook` of every evaluation, by any clone of the handle. The first one registered hears first of what begins
    /// and last of what ended; see [`Hook`] for more.
    #[must_use]
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.add(hook);
        self
    }

    /// Flags from code alone.
    pub fn build(self) -> Flags {
        let Self { document, registry, clock, listener, hooks } = self;
        let aside = (!hooks.is_empty()).then(|| Arc::new(Aside { hooks, ..Aside::default() }));
        Flags { core: Core::new(document, registry, clock, listener), aside }
    }

    /// Flags of a text in the format of `flags.toml`, beside those from code.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags};
    ///
    /// let code = Flags::builder().flag(Flag::new("new-search").enabled(true)).flag(Flag::new("dark-mode").enabled(true));
    /// let flags = code.toml("format = 1\n[flags]\nnew-search = false")?;
    /// assert!(!flags.enabled("new-search", &()), "the text comes first");
    /// assert!(flags.enabled("dark-mode", &()));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// See [`Flags::from_toml`].
    #[cfg(feature = "toml")]
    pub fn toml(mut self, text: &str) -> Result<Flags, LoadError> {
        self.document = crate::source::read_toml(text, None)?.over(&self.document);
        Ok(self.build())
    }

    /// Flags of a text in canonical JSON, beside those from code.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// let flags = Flags::builder().json(r#"{ "format": 1, "flags": { "new-search": true } }"#)?;
    /// assert!(flags.enabled("new-search", &()));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// See [`Flags::from_json`].
    #[cfg(feature = "json")]
    pub fn json(mut self, text: &str) -> Result<Flags, LoadError> {
        self.document = crate::source::read_json(text, None)?.over(&self.document);
        Ok(self.build())
    }

    /// Flags of a file, read once, beside those from code.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true\n")?;
    /// let flags = Flags::builder().flag(Flag::new("dark-mode").enabled(true)).file(&path)?;
    /// assert!(flags.enabled("new-search", &()) && flags.enabled("dark-mode", &()));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`Flags::from_file`].
    #[cfg(feature = "toml")]
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Flags, LoadError> {
        self.document = crate::source::read_file(path.as_ref())?.over(&self.document);
        Ok(self.build())
    }

    /// Flags as a source called `origin` held them once, beside those from code: they never change.
    ///
    /// ```
    /// use feature_flags::{Contents, Flag, Flags, Revision};
    ///
    /// let contents = Contents::new(Revision::FIRST).with(Flag::new("new-search").enabled(true));
    /// let flags = Flags::builder().contents("backup of Monday", contents);
    /// assert!(flags.enabled("new-search", &()));
    /// ```
    pub fn contents(mut self, origin: &str, contents: Contents) -> Flags {
        self.document = Document::of(origin.to_owned(), contents).over(&self.document);
        self.build()
    }

    /// Flags of a source, served as they change, beside those from code.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use feature_flags::{EditableSource, Flag, Flags, MemorySource};
    ///
    /// let source = Arc::new(MemorySource::new());
    /// let flags = Flags::builder().source(Arc::clone(&source))?;
    /// let revision = source.put(Flag::new("new-search").enabled(true))?;
    /// assert!(flags.wait_for_revision(revision, Duration::from_secs(5)));
    /// assert!(flags.enabled("new-search", &()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the source cannot be loaded, or no thread can be started.
    pub fn source(mut self, source: impl Source) -> Result<Flags, LoadError> {
        let from_code = self.document.clone();
        let document = crate::source::load(&source)?;
        let revision = document.revision();
        self.document = document.over(&from_code);
        let flags = self.build();
        crate::source::follow(Box::new(source), Some(revision), from_code, &flags.core)?;
        Ok(flags)
    }

    /// Flags of a source, served as soon as it answers and as they change; until then only those from code.
    ///
    /// For applications that would rather start without flags than not at all: [`Readiness`](crate::Readiness) tells how
    /// it stands, [`Flags::wait_until_ready`] waits. The source is asked once before this returns.
    ///
    /// ```
    /// use feature_flags::{FileSource, Flag, Flags};
    ///
    /// let code = Flags::builder().flag(Flag::new("dark-mode").enabled(true));
    /// let flags = code.source_when_up(FileSource::new("no/such/flags.toml")?)?;
    /// assert!(flags.enabled("dark-mode", &()) && !flags.status().readiness().is_ready());
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn source_when_up(mut self, source: impl Source) -> Result<Flags, LoadError> {
        let from_code = self.document.clone();
        let (revision, error) = match crate::source::load(&source) {
            Ok(document) => {
                let revision = document.revision();
                self.document = document.over(&from_code);
                (Some(revision), None)
            }
            Err(error) => (None, Some(error)),
        };
        let flags = self.build();
        if let Some(error) = error {
            flags.core.wait_for_source();
            flags.core.source_failed(&error);
        }
        crate::source::follow(Box::new(source), revision, from_code, &flags.core)?;
        Ok(flags)
    }

    /// Flags of a file that is watched, beside those from code.
    ///
    /// ```
    /// use std::time::Duration;
    /// use feature_flags::{ContentId, Flag, Flags};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n")?;
    /// let flags = Flags::builder().flag(Flag::new("dark-mode").enabled(true)).watch_file(&path)?;
    /// let text = "format = 1\n[flags]\nnew-search = true\n";
    /// std::fs::write(&path, text)?;
    /// assert!(flags.wait_for_content(ContentId::of(text), Duration::from_secs(20)));
    /// assert!(flags.enabled("new-search", &()) && flags.enabled("dark-mode", &()));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`Flags::watch_file`].
    #[cfg(feature = "watch")]
    pub fn watch_file(self, path: impl AsRef<Path>) -> Result<Flags, LoadError> {
        let from_code = self.document.clone();
        let flags = self.file(path.as_ref())?;
        crate::source::watch(path.as_ref(), from_code, &flags.core)?;
        Ok(flags)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("registry", &self.registry).finish_non_exhaustive()
    }
}
