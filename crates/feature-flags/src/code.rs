//! Flags and groups that are Rust functions.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::compile::Names;
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

    /// A panic of the function stays here: evaluating a flag never panics. Nor does it go round in circles until the stack
    /// is full, which would end the process.
    fn call(&self, context: &dyn Context) -> Call {
        let Some(part) = context.part(self.of) else { return Call::Failed };
        let Some(_inside) = Inside::one_more() else { return Call::Failed };
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
    /// It panicked, there is no context of its type, or it is one of too many that ask each other.
    Failed,
}

/// As many functions as flags that need flags are called one inside the other.
const MOST_INSIDE: u32 = 16;

thread_local! {
    /// How many functions this thread is in: one that asks for a flag may be asked by that flag again. It belongs to the
    /// thread and not to a handle, since functions may ask other handles too.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// A function that is being called.
struct Inside;

impl Inside {
    /// `None` where there are too many already.
    fn one_more() -> Option<Self> {
        let before = INSIDE.get();
        (before < MOST_INSIDE).then(|| INSIDE.set(before + 1))?;
        Some(Self)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

/// What the application wrote in Rust. Numbers of flags and groups never change, so that compiled flags of any age find
/// what they mean.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    flags: Vec<(Arc<str>, Function)>,
    /// Also the names of groups that rules mention and nobody defined yet.
    groups: Names,
    /// By the numbers of their groups.
    members: Vec<Vec<Function>>,
}

impl Registry {
    pub(crate) fn define(&mut self, name: &str, function: Function) {
        match self.flags.iter_mut().find(|(other, _)| other.as_ref() == name) {
            Some((_, other)) => *other = function,
            None => self.flags.push((name.into(), function)),
        }
    }

    /// Several functions of one group serve several types; of one type, the last counts.
    pub(crate) fn group(&mut self, name: &str, function: Function) {
        let number = self.groups.number(name) as usize;
        if self.members.len() <= number {
            self.members.resize_with(number + 1, Vec::new);
        }
        let functions = &mut self.members[number];
        functions.retain(|other| other.of != function.of);
        functions.push(function);
    }

    pub(crate) fn flags(&self) -> impl Iterator<Item = &Arc<str>> {
        self.flags.iter().map(|(name, _)| name)
    }

    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.group_number(name).is_some()
    }

    /// The number of a group that has a function.
    pub(crate) fn group_number(&self, name: &str) -> Option<u32> {
        let number = self.groups.find(name)?;
        self.members.get(number as usize).is_some_and(|functions| !functions.is_empty()).then_some(number)
    }

    /// The numbers of groups, for compiling.
    pub(crate) fn groups(&mut self) -> &mut Names {
        &mut self.groups
    }
}

/// The same as evaluation needs it: by number.
#[derive(Debug, Default)]
pub(crate) struct Code {
    flags: Vec<Function>,
    groups: Vec<Vec<Function>>,
}

impl Code {
    pub(crate) fn new(registry: &Registry) -> Self {
        let flags = registry.flags.iter().map(|(_, function)| function.clone()).collect();
        Self { flags, groups: registry.members.clone() }
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
