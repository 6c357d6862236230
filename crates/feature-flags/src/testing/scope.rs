//! Overrides for a piece of work, on whatever handle it reads its flags.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use crate::handle::{Flags, Forced, Overrides};

/// Overrides for a piece of work, for whatever it hands the scope on to, and for this alone, so that tests run in parallel.
///
/// There are two ways into a scope:
/// - **By the handle.** [`flags`](Self::flags) gives a handle that answers with the overrides wherever it goes: an application that is
///   given it takes them along into every thread and task it starts, without knowing.
/// - **By running in it.** Within [`run`](Self::run) and [`future`](Self::future) every handle in the process answers with the overrides, for
///   applications whose handle is not passed in. Threads and tasks that are started inside belong to it where they are
///   started with [`inherit`](crate::inherit) and [`inherit_async`](crate::inherit_async): nothing in Rust tells a thread who started it. On a handle made by
///   [`only_in_scopes`](super::only_in_scopes), reading a flag where that was forgotten fails, and says so.
///
/// ```
/// use feature_flags::{Flag, Flags, Overrides, inherit};
/// use feature_flags::testing::Scope;
///
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// let scope = Scope::new(Overrides::new().off("new-search"));
/// scope.run(|| {
///     assert!(!flags.enabled("new-search", &()));
///     std::thread::scope(|threads| {
///         threads.spawn(inherit(|| assert!(!flags.enabled("new-search", &()))));
///         threads.spawn(|| assert!(flags.enabled("new-search", &()), "not part of it"));
///     });
/// });
/// assert!(flags.enabled("new-search", &()));
///
/// let handle = scope.flags(&flags);
/// std::thread::spawn(move || assert!(!handle.enabled("new-search", &()))).join().expect("it is off there too");
/// ```
///
/// Which flags were read shows whether the test knows them all:
/// ```
/// # use feature_flags::{Flags, Overrides};
/// # use feature_flags::testing::Scope;
/// # let flags = Flags::builder().build();
/// let scope = Scope::new(Overrides::new().on("new-search"));
/// scope.run(|| flags.enabled("new-search", &()) && flags.enabled("dark-mode", &()));
/// assert_eq!(scope.report().undeclared(), ["dark-mode"]);
/// ```
#[derive(Debug, Clone)]
pub struct Scope {
    inner: Arc<Inner>,
    /// The scopes around it, outermost first, where it was taken from the piece of work that runs in it.
    around: Vec<Arc<Inner>>,
}

#[derive(Debug)]
struct Inner {
    overrides: Overrides,
    read: Mutex<BTreeSet<String>>,
}

thread_local! {
    /// The scopes that the current piece of work is in, innermost last. A future takes its own along from thread to
    /// thread.
    static CURRENT: RefCell<Vec<Arc<Inner>>> = const { RefCell::new(Vec::new()) };
}

impl Scope {
    /// A scope with these overrides.
    pub fn new(overrides: Overrides) -> Self {
        Self { inner: Arc::new(Inner { overrides, read: Mutex::default() }), around: Vec::new() }
    }

    /// The innermost scope that this is running in, with those around it.
    ///
    /// ```
    /// use feature_flags::Overrides;
    /// use feature_flags::testing::Scope;
    ///
    /// assert!(Scope::current().is_none());
    /// Scope::new(Overrides::new().on("new-search")).run(|| assert!(Scope::current().is_some()));
    /// ```
    pub fn current() -> Option<Self> {
        let (inner, around) = CURRENT.with_borrow(|scopes| {
            let (inner, around) = scopes.split_last()?;
            Some((Arc::clone(inner), around.to_vec()))
        })?;
        Some(Self { inner, around })
    }

    /// Runs `work` in this scope, on this thread. Scopes nest: what the inner one does not override, the outer one may.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(self);
        work()
    }

    /// Puts a future into this scope, wherever it is polled.
    ///
    /// ```
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    /// use feature_flags::{Flags, Overrides};
    /// use feature_flags::testing::Scope;
    ///
    /// let flags = Flags::builder().build();
    /// let work = async { flags.enabled("new-search", &()) };
    /// // Any executor will do; this one polls once.
    /// let mut work = pin!(Scope::new(Overrides::new().on("new-search")).future(work));
    /// assert_eq!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(true));
    /// ```
    pub fn future<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped { scope: Some(self.clone()), future: Box::pin(future) }
    }

    /// A handle on the same flags whose every use is in this scope, whatever thread or task it and its clones get to.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Overrides};
    /// use feature_flags::testing::Scope;
    ///
    /// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
    /// let scope = Scope::new(Overrides::new().off("new-search"));
    /// let application = scope.flags(&flags);
    /// assert!(!application.enabled("new-search", &()) && flags.enabled("new-search", &()));
    /// scope.report().assert_all_declared();
    /// ```
    #[must_use]
    pub fn flags(&self, flags: &Flags) -> Flags {
        flags.bound(Bound::To(self.clone()))
    }

    /// Which flags were read in this scope so far.
    pub fn report(&self) -> Report {
        let read = self.inner.read.lock();
        let undeclared = read.iter().filter(|name| self.inner.overrides.get(name).is_none()).cloned().collect();
        Report { read: read.iter().cloned().collect(), undeclared }
    }

    /// From the outermost to itself.
    fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Inner>> {
        self.around.iter().chain([&self.inner])
    }
}

/// A handle on the same flags that must be used in scopes: where many tests share the handle of an application, reading a flag
/// in work that no scope was handed on to fails the test that started it, instead of reading what nobody set.
///
/// ```should_panic
/// use feature_flags::{Flags, Overrides};
/// use feature_flags::testing::{Scope, only_in_scopes};
///
/// let flags = only_in_scopes(&Flags::builder().build());
/// Scope::new(Overrides::new().on("new-search")).run(|| {
///     assert!(flags.enabled("new-search", &()));
///     // Forgotten: `std::thread::spawn(feature_flags::inherit(..))`.
///     std::thread::spawn(move || flags.enabled("new-search", &())).join().expect("it does not panic")
/// });
/// ```
///
/// This is for tests alone: reading a flag never panics on any other handle.
#[must_use]
pub fn only_in_scopes(flags: &Flags) -> Flags {
    flags.bound(Bound::OnlyInScopes)
}

/// What a handle is to scopes.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// Its uses are in this one.
    To(Scope),
    /// Its uses must be in one.
    OnlyInScopes,
}

/// Which flags were read in a scope.
///
/// ```
/// use feature_flags::testing::Scope;
/// use feature_flags::{Flags, Overrides};
///
/// let flags = Flags::builder().build();
/// let scope = Scope::new(Overrides::new().on("new-search"));
/// scope.run(|| flags.enabled("new-search", &()) && flags.enabled("dark-mode", &()));
/// let report = scope.report();
/// assert_eq!((report.read().len(), report.undeclared()), (2, &["dark-mode".to_owned()][..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    read: Vec<String>,
    undeclared: Vec<String>,
}

impl Report {
    /// All names, in alphabetical order.
    pub fn read(&self) -> &[String] {
        &self.read
    }

    /// Those that the scope does not override.
    pub fn undeclared(&self) -> &[String] {
        &self.undeclared
    }

    /// Fails the test if a flag was read that the scope does not override.
    ///
    /// # Panics
    /// Then.
    pub fn assert_all_declared(&self) {
        assert!(self.undeclared.is_empty(), "flags were read that the test does not declare: {:?}", self.undeclared);
    }
}

/// Leaves the scope when it is dropped, also while a panic unwinds.
struct Entered {
    /// How many there were before.
    before: usize,
}

impl Entered {
    fn new(scope: &Scope) -> Self {
        CURRENT.with_borrow_mut(|scopes| {
            let before = scopes.len();
            scopes.extend(scope.all().cloned());
            Self { before }
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.with_borrow_mut(|scopes| scopes.split_off(self.before));
        // Only now, when nothing is borrowed any more.
        drop(left);
    }
}

/// A future in a scope.
///
/// ```
/// use std::pin::pin;
/// use std::task::{Context, Poll, Waker};
/// use feature_flags::testing::{Scope, Scoped};
/// use feature_flags::{Flags, Overrides};
///
/// let flags = Flags::builder().build();
/// let work = async { flags.enabled("new-search", &()) };
/// let work: Scoped<_> = Scope::new(Overrides::new().on("new-search")).future(work);
/// assert_eq!(pin!(work).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(true));
/// ```
pub struct Scoped<F> {
    /// `None` for one that was started outside of every scope.
    scope: Option<Scope>,
    // Pinned in a box, since there is no way around it without unsafe code; tests can afford it.
    future: Pin<Box<F>>,
}

impl<F: Future> Scoped<F> {
    /// A future in the scope that this is running in, if it is in one.
    pub(crate) fn inheriting(future: F) -> Self {
        Self { scope: Scope::current(), future: Box::pin(future) }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.scope.as_ref().map(Entered::new);
        self.future.as_mut().poll(context)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What the scopes of a handle and of the current piece of work say of a flag; notes that it was read.
pub(crate) fn forced(name: &str, bound: Option<&Bound>) -> Option<Forced> {
    let of_handle = match bound {
        Some(Bound::To(scope)) => said(name, scope.all()),
        _ => None,
    };
    // A thread that is ending is in no scope any more.
    let of_work = CURRENT.try_with(|scopes| {
        let scopes = scopes.borrow();
        (said(name, scopes.iter()), scopes.is_empty())
    });
    let (of_work, is_outside) = of_work.unwrap_or_default();
    assert!(
        !(is_outside && matches!(bound, Some(Bound::OnlyInScopes))),
        "flag `{name}` was read outside of every `testing::Scope`: what a test starts is part of it where it is started as \
         `std::thread::spawn(feature_flags::inherit(work))` or `tokio::spawn(feature_flags::inherit_async(work))`"
    );
    of_handle.or(of_work)
}

/// What the innermost of them that says something says; all of them note that it was asked.
fn said(name: &str, scopes: impl DoubleEndedIterator<Item: Borrow<Arc<Inner>>>) -> Option<Forced> {
    let mut said = None;
    for scope in scopes.rev() {
        let scope = scope.borrow();
        scope.read.lock().insert(name.to_owned());
        said = said.or_else(|| scope.overrides.get(name).cloned());
    }
    said
}
