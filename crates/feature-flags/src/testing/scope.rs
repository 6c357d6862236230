//! Overrides for a piece of work, on whatever handle it reads its flags.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use crate::handle::{Forced, Overrides};

/// Overrides for a piece of work: a closure, a future, and what they hand the scope on to.
///
/// Within it, every handle in the process answers with the overrides, for this piece of work only, so that tests run in
/// parallel. What it starts on other threads or as other tasks is part of it if it is run by a clone of the scope:
/// [`Scope::current`] gives the one to clone.
///
/// ```
/// use feature_flags::{Flag, Flags, Overrides};
/// use feature_flags::testing::Scope;
///
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// let scope = Scope::new(Overrides::new().off("new-search"));
/// scope.run(|| {
///     assert!(!flags.enabled("new-search", &()));
///     let inherited = Scope::current().expect("inside a scope");
///     std::thread::scope(|threads| {
///         threads.spawn(|| inherited.run(|| assert!(!flags.enabled("new-search", &()))));
///         threads.spawn(|| assert!(flags.enabled("new-search", &()), "not part of it"));
///     });
/// });
/// assert!(flags.enabled("new-search", &()));
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
}

#[derive(Debug)]
struct Inner {
    overrides: Overrides,
    read: Mutex<BTreeSet<String>>,
}

thread_local! {
    /// The scopes that the current piece of work is in, innermost last. A future takes its own along from thread to
    /// thread.
    static CURRENT: RefCell<Vec<Scope>> = const { RefCell::new(Vec::new()) };
}

impl Scope {
    /// A scope with these overrides.
    pub fn new(overrides: Overrides) -> Self {
        Self { inner: Arc::new(Inner { overrides, read: Mutex::default() }) }
    }

    /// The innermost scope that this is running in.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(|scopes| scopes.last().cloned())
    }

    /// Runs `work` in this scope, on this thread. Scopes nest: what the inner one does not override, the outer one may.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(self.clone());
        work()
    }

    /// Puts a future into this scope, wherever it is polled.
    pub fn future<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped { scope: self.clone(), future: Box::pin(future) }
    }

    /// Which flags were read in this scope so far.
    pub fn report(&self) -> Report {
        let read = self.inner.read.lock();
        let undeclared = read.iter().filter(|name| self.inner.overrides.get(name).is_none()).cloned().collect();
        Report { read: read.iter().cloned().collect(), undeclared }
    }
}

/// Which flags were read in a scope.
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
struct Entered;

impl Entered {
    fn new(scope: Scope) -> Self {
        CURRENT.with_borrow_mut(|scopes| scopes.push(scope));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|scopes| {
            let _left = scopes.pop();
        });
    }
}

/// A future in a scope.
pub struct Scoped<F> {
    scope: Scope,
    // Pinned in a box, since there is no way around it without unsafe code; tests can afford it.
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = Entered::new(self.scope.clone());
        self.future.as_mut().poll(context)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// What the scopes of the current piece of work say of a flag; notes that it was read.
pub(crate) fn forced(name: &str) -> Option<Forced> {
    // A thread that is ending is in no scope any more.
    let said = CURRENT.try_with(|scopes| {
        let scopes = scopes.borrow();
        for scope in scopes.iter() {
            scope.inner.read.lock().insert(name.to_owned());
        }
        scopes.iter().rev().find_map(|scope| scope.inner.overrides.get(name).cloned())
    });
    said.ok().flatten()
}
