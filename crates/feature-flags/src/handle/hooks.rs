//! The hooks of a handle, and what keeps them from doing harm.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::core::Core;
use super::details::EvaluationDetails;
use super::hook::{Hook, HookContext};
use super::listener::Event;

/// In the order in which they were registered.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    all: Vec<Arc<Registered>>,
}

struct Registered {
    hook: Box<dyn Hook>,
    panics: AtomicU64,
}

impl Hooks {
    pub(super) fn add(&mut self, hook: impl Hook) {
        self.all.push(Arc::new(Registered { hook: Box::new(hook), panics: AtomicU64::new(0) }));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn before(&self, core: &Core, call: &HookContext<'_>) {
        let _inside = Inside::enter();
        for registered in &self.all {
            registered.call(core, "before", |hook| hook.before(call));
        }
    }

    pub(super) fn after(&self, core: &Core, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        let _inside = Inside::enter();
        for registered in self.all.iter().rev() {
            match details.failure() {
                None => registered.call(core, "after", |hook| hook.after(call, details)),
                Some(_) => registered.call(core, "error", |hook| hook.error(call, details)),
            }
        }
        for registered in self.all.iter().rev() {
            registered.call(core, "finally", |hook| hook.finally(call, details));
        }
    }
}

impl Registered {
    fn call(&self, core: &Core, stage: &'static str, call: impl FnOnce(&dyn Hook)) {
        if catch_unwind(AssertUnwindSafe(|| call(&*self.hook))).is_ok() {
            return;
        }
        let times = self.panics.fetch_add(1, Ordering::Relaxed) + 1;
        // Told ever more rarely: a hook that always panics would else fill the log as fast as flags are evaluated.
        if times.is_power_of_two() {
            let name = catch_unwind(AssertUnwindSafe(|| self.hook.name().to_owned()));
            let name = name.unwrap_or_else(|_| "hook".to_owned());
            core.tell(&Event::HookPanicked { hook: &name, stage, times });
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all.iter().map(|registered| registered.hook.name())).finish()
    }
}

thread_local! {
    /// Whether this thread is in a hook. A hook that evaluates flags would else call itself, and so on without an end.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether the evaluation is that of a hook.
pub(super) fn is_inside() -> bool {
    // A thread that is ending calls no hooks any more.
    INSIDE.try_with(Cell::get).unwrap_or(true)
}

struct Inside;

impl Inside {
    fn enter() -> Self {
        let _thread_is_ending = INSIDE.try_with(|inside| inside.set(true));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _thread_is_ending = INSIDE.try_with(|inside| inside.set(false));
    }
}
