//! Work that is started on other threads and as other tasks.

/// Lets work that is to run on another thread inherit the scopes of the test that starts it.
///
/// Overrides of a [`testing::Scope`](crate::testing::Scope) are for one piece of work, which they follow from thread to thread only where
/// it is handed over like this: no thread can see who started it. Without the feature `testing` this is `work` itself and costs
/// nothing, so that it may stand in the application where it starts threads or hands closures to pools.
///
/// ```
/// use feature_flags::{Flag, Flags, Overrides};
///
/// /// Of the application, which knows nothing of tests.
/// fn search(flags: &Flags) -> bool {
///     std::thread::scope(|threads| {
///         let work = feature_flags::inherit(|| flags.enabled("new-search", &()));
///         threads.spawn(work).join().expect("it does not panic")
///     })
/// }
///
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// assert!(search(&flags));
/// # #[cfg(feature = "testing")]
/// assert!(!feature_flags::testing::Scope::new(Overrides::new().off("new-search")).run(|| search(&flags)));
/// ```
///
/// Where the handle is passed in, [`testing::Scope::flags`](crate::testing::Scope::flags) needs none of this: whatever gets that handle is in the scope.
#[cfg(feature = "testing")]
pub fn inherit<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let scope = crate::testing::Scope::current();
    move || match scope {
        Some(scope) => scope.run(work),
        None => work(),
    }
}

/// Lets work that is to run on another thread inherit the scopes of the test that starts it: with the feature `testing`. Without
/// it there are no scopes, and this is `work` itself.
#[cfg(not(feature = "testing"))]
pub fn inherit<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    work
}

/// Lets a future that is to be a task of its own inherit the scopes of the test that starts it, on whatever executor and
/// thread it is polled; see [`inherit`].
///
/// ```
/// # use feature_flags::{Flag, Flags};
/// # async fn spawn<F: Future>(future: F) -> F::Output { future.await }
/// # let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// # let work = async move {
/// // For instance `tokio::spawn(feature_flags::inherit_async(async move { .. }))`.
/// spawn(feature_flags::inherit_async(async move { flags.enabled("new-search", &()) })).await
/// # };
/// # let mut work = std::pin::pin!(work);
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(matches!(work.as_mut().poll(&mut context), std::task::Poll::Ready(true)));
/// ```
#[cfg(feature = "testing")]
pub fn inherit_async<F: Future>(future: F) -> impl Future<Output = F::Output> {
    crate::testing::Scoped::inheriting(future)
}

/// Lets a future that is to be a task of its own inherit the scopes of the test that starts it: with the feature `testing`.
/// Without it there are no scopes, and this is `future` itself.
#[cfg(not(feature = "testing"))]
pub fn inherit_async<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future
}
