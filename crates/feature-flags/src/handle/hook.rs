//! What an application does at every evaluation.

use std::fmt;
use std::sync::Arc;

use super::details::EvaluationDetails;
use crate::context::Context;

/// Told of every evaluation by the handles it is registered with, in the stages that the field knows from
/// `OpenFeature`.
///
/// Register one with [`Builder::hook`](crate::Builder::hook), for all handles, or with [`Flags::with_hook`](crate::Flags::with_hook),
/// for one and its clones. A handle without hooks does not pay for them.
///
/// # Contract
/// - `before` comes first. Then `after`, where the flag answered, or `error`, where the caller is served a default
///   instead ([`EvaluationDetails::failure`]). `finally` comes last, in both cases.
/// - Hooks are called in the order in which they were registered at `before`, in the opposite order at the other stages.
/// - They hear and cannot change: neither the context nor the answer. What is served by an override is told too, with
///   the reason [`Override`](crate::Reason::Override); [`Flags::explain`](crate::Flags::explain) is not an evaluation.
/// - Called on the thread that evaluates: what a hook takes, the caller waits for. It must not block.
/// - A panic stays in the hook: the other hooks are called and the caller has its answer. The listener hears of the first
///   one, the second, the fourth, the eighth and so on.
/// - Flags that a hook itself evaluates are not told to any hook.
///
/// # Implementing
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use feature_flags::{EvaluationDetails, Flag, Flags, Hook, HookContext};
///
/// /// Counts evaluations that did not go as they should.
/// #[derive(Default)]
/// struct Failures(AtomicUsize);
///
/// impl Hook for Failures {
///     fn error(&self, _call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
///         assert!(details.failure().is_some());
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let failures = Arc::new(Failures::default());
/// let flags = Flags::builder().flag(Flag::new("new-search")).hook(Arc::clone(&failures)).build();
/// assert!(!flags.enabled("new-search", &()) && !flags.enabled("no-such-flag", &()));
/// assert_eq!(failures.0.load(Ordering::Relaxed), 1);
/// ```
#[diagnostic::on_unimplemented(note = "implement `Hook`, or wrap the hook in `Arc`")]
pub trait Hook: Send + Sync + 'static {
    /// A flag is about to be evaluated.
    fn before(&self, call: &HookContext<'_>) {
        let _ = call;
    }

    /// The flag answered.
    fn after(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        let _ = (call, details);
    }

    /// The caller is served a default, because of [`EvaluationDetails::failure`].
    fn error(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        let _ = (call, details);
    }

    /// The evaluation is over, whichever way it went.
    fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        let _ = (call, details);
    }

    /// What the listener calls it; its type unless it says otherwise.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

const _: fn(&dyn Hook) = |_| {}; // stays object-safe

impl<T: Hook + ?Sized> Hook for Arc<T> {
    fn before(&self, call: &HookContext<'_>) {
        (**self).before(call);
    }

    fn after(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        (**self).after(call, details);
    }

    fn error(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        (**self).error(call, details);
    }

    fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        (**self).finally(call, details);
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

/// The evaluation that a [`Hook`] is told of: which flag, for whom.
///
/// ```
/// use feature_flags::{Flags, Hook, HookContext, MapContext, Value};
///
/// struct Log;
///
/// impl Hook for Log {
///     fn before(&self, call: &HookContext<'_>) {
///         assert_eq!(call.flag(), "new-search");
///         assert!(matches!(call.context().attribute("country"), Some(Value::Text("US"))));
///     }
/// }
///
/// let flags = Flags::builder().hook(Log).build();
/// assert!(!flags.enabled("new-search", &MapContext::new().with("country", "US")));
/// ```
#[derive(Clone, Copy)]
pub struct HookContext<'a> {
    flag: &'a str,
    context: &'a dyn Context,
}

impl<'a> HookContext<'a> {
    pub(super) fn new(flag: &'a str, context: &'a dyn Context) -> Self {
        Self { flag, context }
    }

    /// The name that the caller asked for.
    pub fn flag(&self) -> &'a str {
        self.flag
    }

    /// Whom it is evaluated for: the application's own struct.
    pub fn context(&self) -> &'a dyn Context {
        self.context
    }
}

/// Only the flag's name: whom it is about has no place in logs.
impl fmt::Debug for HookContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookContext").field("flag", &self.flag).finish_non_exhaustive()
    }
}
