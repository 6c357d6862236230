//! Evaluations that hooks are told of.

use std::sync::Arc;

use super::aside::Aside;
use super::details::{EvaluationDetails, EvaluationFailure};
use super::flags::Flags;
use super::hook::{Hook, HookContext};
use super::hooks::{self, Hooks};
use super::name::Asked;
use crate::compile::Definition;
use crate::context::Context;
use crate::evaluate::Reason;
use crate::model::{FlagValue, Variant};

impl Flags {
    /// A handle on the same flags whose evaluations `hook` is told of too: those of this handle and its clones, and of
    /// no other.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Hook, HookContext};
    ///
    /// struct Printer;
    ///
    /// impl Hook for Printer {
    ///     fn before(&self, call: &HookContext<'_>) {
    ///         println!("{} is asked for", call.flag());
    ///     }
    /// }
    ///
    /// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
    /// assert!(flags.with_hook(Printer).enabled("new-search", &()));
    /// ```
    #[must_use]
    pub fn with_hook(&self, hook: impl Hook) -> Self {
        let mut aside: Aside = self.aside.as_deref().cloned().unwrap_or_default();
        aside.hooks.add(hook);
        Self { core: Arc::clone(&self.core), aside: Some(Arc::new(aside)) }
    }

    /// Whether a flag is on, by a handle with hooks or overrides. Apart, so that others pay for one look at a pointer.
    #[inline(never)]
    pub(super) fn enabled_aside(&self, asked: impl Asked, context: &dyn Context) -> bool {
        match self.hooks() {
            Some(hooks) => self.hooked(hooks, asked, context, |details| details.enabled()),
            None => self.detailed(asked, context, |details| details.enabled()),
        }
    }

    /// The hooks to tell of an evaluation; `None` where there are none, which is decided by one look at a pointer.
    #[inline]
    pub(super) fn hooks(&self) -> Option<&Hooks> {
        let aside = self.aside.as_deref()?;
        (!aside.hooks.is_empty() && !hooks::is_inside()).then_some(&aside.hooks)
    }

    /// Evaluates, and tells hooks. What `read` makes of it is the caller's; it may find that the value is of another type.
    #[inline(never)]
    pub(super) fn hooked<T>(
        &self,
        hooks: &Hooks,
        asked: impl Asked,
        context: &dyn Context,
        read: impl Fn(&mut EvaluationDetails<'_>) -> T,
    ) -> T {
        let call = HookContext::new(asked.name(), context);
        hooks.before(&self.core, &call);
        self.detailed(asked, context, |mut details| {
            let read = read(&mut details);
            hooks.after(&self.core, &call, &details);
            read
        })
    }

    /// Evaluates, with everything about it.
    pub(super) fn detailed<T>(
        &self,
        asked: impl Asked,
        context: &dyn Context,
        then: impl Fn(EvaluationDetails<'_>) -> T,
    ) -> T {
        let name = asked.name();
        let forced = self.forced(name);
        self.core.served.read(|snapshot, thread| {
            let details = |enabled, reason| EvaluationDetails {
                enabled,
                reason,
                snapshot: snapshot.id(),
                variant: None,
                value: None,
                flag: None,
                failure: EvaluationFailure::of(reason),
            };
            if let Some(forced) = &forced {
                let value = forced.as_value();
                return then(EvaluationDetails { value: Some(&value), ..details(forced.enabled, Reason::Override) });
            }
            let Some(place @ (block, index)) = asked.find(snapshot.table()) else {
                self.core.unknown(name, snapshot);
                return then(details(false, Reason::Unknown));
            };
            let outcome = self.outcome(snapshot, place, context, thread);
            let definition = block.definition(index);
            let variant = outcome.variant.map(|variant| block.variant(variant));
            let switch = FlagValue::Bool(outcome.enabled);
            let flag = match definition {
                Definition::Flag(flag) => Some(&**flag),
                Definition::Code { .. } | Definition::Broken { .. } => None,
            };
            then(EvaluationDetails {
                variant,
                value: variant.map(Variant::value).or((!definition.has_variants()).then_some(&switch)),
                flag,
                ..details(outcome.enabled, outcome.reason)
            })
        })
    }
}
