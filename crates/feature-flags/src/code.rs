//! Flags and groups that are Rust functions.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::context::Context;
use crate::evaluate::Truth;

/// A function over one type of context.
#[derive(Clone)]
pub(crate) struct Function {
    of: TypeId,
    call: Arc<Erased>,
}

type Erased = dyn Fn(&dyn Any) -> bool + Send + Sync;

impl Function {
    pub(crate) fn new<C: 'static>(function: impl Fn(&C) -> bool + Send + Sync + 'static) -> Self {
        let call = move |context: &dyn Any| context.downcast_ref().is_some_and(&function);
        Self { of: TypeId::of::<C>(), call: Arc::new(call) }
    }

    /// A panic of the function stays here: evaluating a flag never panics.
    fn call(&self, context: &dyn Context) -> Call {
        let Some(part) = context.part(self.of) else { return Call::Failed };
        catch_unwind(AssertUnwindSafe(|| (self.call)(part))).map_or(Call::Failed, Call::Answered)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Answered(bool),
    /// It panicked, or there is no context of its type.
    Failed,
}

/// What the application wrote in Rust.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    flags: BTreeMap<Arc<str>, Function>,
    groups: BTreeMap<Arc<str>, Vec<Function>>,
}

impl Registry {
    pub(crate) fn define(&mut self, name: &str, function: Function) {
        self.flags.insert(name.into(), function);
    }

    /// Several functions of one group serve several types; of one type, the last counts.
    pub(crate) fn group(&mut self, name: &str, function: Function) {
        let functions = self.groups.entry(name.into()).or_default();
        functions.retain(|other| other.of != function.of);
        functions.push(function);
    }

    pub(crate) fn flags(&self) -> impl Iterator<Item = &Arc<str>> {
        self.flags.keys()
    }
}

/// The same, by the numbers that compiled flags have for it.
#[derive(Debug, Default)]
pub(crate) struct Code {
    flags: Vec<Function>,
    groups: Vec<Vec<Function>>,
}

impl Code {
    /// Functions of flags in the order of the registry, groups in the order of `groups`.
    pub(crate) fn new(registry: &Registry, groups: &[Box<str>]) -> Self {
        let group = |name: &str| registry.groups.get(name).cloned().unwrap_or_default();
        Self {
            flags: registry.flags.values().cloned().collect(),
            groups: groups.iter().map(|name| group(name)).collect(),
        }
    }

    #[inline]
    pub(crate) fn call(&self, number: u32, context: &dyn Context) -> Call {
        self.flags.get(number as usize).map_or(Call::Failed, |function| function.call(context))
    }

    /// Unknown if no function of the group knows this context, or it panicked.
    pub(crate) fn in_group(&self, number: u32, context: &dyn Context) -> Truth {
        let Some(functions) = self.groups.get(number as usize) else { return Truth::Unknown };
        functions.iter().fold(Truth::Unknown, |truth, function| match function.call(context) {
            Call::Answered(true) => Truth::True,
            Call::Answered(false) if truth == Truth::Unknown => Truth::False,
            Call::Answered(false) | Call::Failed => truth,
        })
    }
}
