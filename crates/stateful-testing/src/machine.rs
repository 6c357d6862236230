//! What the expansion of `#[machine]` is made of.

use std::any::TypeId;
use std::fmt;

use crate::env::Env;
use crate::failed::Failed;
use crate::generator::Gen;
use crate::reference::{New, Ref, RefId};

/// What one command of a machine comes to: what the model expects, and how to ask the system.
///
/// `#[machine]` makes a [`Model`](crate::Model) of an impl block with one method for each command. The type is the model: its fields are what
/// the model knows, and a value of it is the state in which every sequence starts. Each command moves the model on and gives, by [`lockstep`],
/// what it expects and what asks the system for the same. Everything else is as with a model written out: what is generated, shrunk, replayed
/// and printed.
///
/// ```
/// use stateful_testing::{Failed, Lockstep, check, lockstep, machine};
///
/// // The system: a stack that forgets what lies below the third element.
/// #[derive(Default)]
/// struct Stack(Vec<u8>);
///
/// #[derive(Debug, Clone, Default)]
/// struct StackMachine {
///     elements: Vec<u8>,
/// }
///
/// #[machine(system = Stack)]
/// impl StackMachine {
///     #[command(weight = 2)]
///     fn push(&mut self, #[arg(0..=9)] element: u8) -> Lockstep<Stack, ()> {
///         self.elements.push(element);
///         lockstep((), move |stack: &mut Stack, _env| {
///             stack.0.push(element);
///             if stack.0.len() > 3 {
///                 stack.0.remove(0);
///             }
///             Ok(())
///         })
///     }
///
///     #[command(when = !self.elements.is_empty())]
///     fn pop(&mut self) -> Lockstep<Stack, Option<u8>> {
///         lockstep(self.elements.pop(), |stack: &mut Stack, _env| Ok(stack.0.pop()))
///     }
///
///     #[invariant]
///     fn is_never_longer(&self, stack: &mut Stack) -> Result<(), Failed> {
///         if stack.0.len() <= self.elements.len() { Ok(()) } else { Err(Failed::new("it grows by itself")) }
///     }
/// }
///
/// let failure = check(StackMachine::default()).try_run().unwrap_err();
/// assert!(failure.to_string().contains("[push 0, push 0, push 0, push 0, pop, pop, pop, pop]"));
/// ```
///
/// # The block
/// `#[machine(system = Type)]` stands on it. The methods in it with an attribute are:
///
/// | attribute | signature | what it is |
/// |---|---|---|
/// | `#[command]` | `(&mut self, arguments) -> Lockstep<System, Output>` | a command |
/// | `#[command(fault)]` | `(&mut self, arguments) -> Reopen<System>` | a fault: see [`Reopen`] |
/// | `#[setup]` | `()` or `(&self)`, `-> Result<System, Failed>` | sets the system up; `Default` without it |
/// | `#[invariant]` | `(&self)` or `(&self, &mut System)`, with or without `-> Result<(), Failed>` | what holds after every command; any number of them |
/// | `#[class]` | `(&self) -> &'static str` | the kind of state, for the tables |
/// | `#[teardown]` | `(&self, System) -> Result<(), Failed>` | takes the system down |
///
/// Others are left as they are. A command takes `weight = 3`, `name = "insert"`, and `when = ..`, the precondition: an expression of
/// `self` and the arguments. A check within the closure is an `assert!` or an `Err`, one of the model is the expected value.
///
/// # Arguments
/// They are made by their type, which is a [`Generate`](crate::Generate), or by `#[arg(..)]`: a [`Maker`](crate::Maker), or a function
/// `|g| ..` of the [`Gen`] in which `self` is the model. A `New<T>` is fresh, and bound in the closure by [`Env::bind`]. A `Ref<T>` is
/// any there is, and the command is offered only where there is one; `#[consume]` uses it up. `#[key]` marks what
/// [`Command::partition_key`](crate::Command::partition_key) is made of.
///
/// ```
/// use std::collections::BTreeMap;
/// use stateful_testing::{Lockstep, New, Ref, check, lockstep, machine};
///
/// #[derive(Debug, Clone, Default)]
/// struct Todos {
///     titles: BTreeMap<Ref<u64>, String>,
/// }
///
/// type Service = Vec<(u64, String)>; // gives `length + 1` as the id of a new todo
///
/// #[machine(system = Service)]
/// impl Todos {
///     #[command]
///     fn add(&mut self, todo: New<u64>, #[arg(0..=12)] title: String) -> Lockstep<Service, ()> {
///         self.titles.insert(todo.reference(), title.clone());
///         lockstep((), move |service: &mut Service, env| {
///             let id = service.len() as u64 + 1;
///             service.push((id, title));
///             env.bind(todo, id);
///             Ok(())
///         })
///     }
///
///     #[command]
///     fn delete(&mut self, #[consume] todo: Ref<u64>) -> Lockstep<Service, usize> {
///         self.titles.remove(&todo);
///         lockstep(self.titles.len(), move |service: &mut Service, env| {
///             let id = env.take(todo);
///             service.retain(|(other, _)| *other != id);
///             Ok(service.len())
///         })
///     }
/// }
///
/// let failure = check(Todos::default()).try_run().unwrap_err();
/// assert!(failure.to_string().contains(r#"[v1 = add "", v2 = add "", delete v1, add "", delete v2]"#));
/// ```
#[must_use = "it is what the command gives"]
pub struct Lockstep<S, T = ()> {
    expected: T,
    ask: Ask<S, T>,
}

type Ask<S, T> = Box<dyn FnOnce(&mut S, &mut Env) -> Result<T, Failed>>;

/// Says what the model expects of a command and how to ask the system for it: see [`Lockstep`].
pub fn lockstep<S, T>(
    expected: T,
    ask: impl FnOnce(&mut S, &mut Env) -> Result<T, Failed> + 'static,
) -> Lockstep<S, T> {
    Lockstep { expected, ask: Box::new(ask) }
}

impl<S, T> Lockstep<S, T> {
    /// What the model expects.
    pub fn into_expected(self) -> T {
        self.expected
    }

    /// Asks the system.
    ///
    /// # Errors
    /// Those of the closure.
    pub fn run(self, system: &mut S, env: &mut Env) -> Result<T, Failed> {
        (self.ask)(system, env)
    }
}

impl<S, T: fmt::Debug> fmt::Debug for Lockstep<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lockstep").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// What a fault of a machine does to the system: it takes it and gives the one that goes on. See [`Model::fault`](crate::Model::fault).
///
/// ```
/// use stateful_testing::{Durable, Lockstep, Reopen, check, lockstep, machine, reopen};
///
/// // The bug: what is synced is never on the disk.
/// #[derive(Default)]
/// struct File { memory: u8, disk: u8 }
///
/// #[derive(Debug, Clone, Default)]
/// struct FileMachine { content: Durable<u8> }
///
/// #[machine(system = File)]
/// impl FileMachine {
///     #[command]
///     fn write(&mut self, byte: u8) -> Lockstep<File> {
///         *self.content.get_mut() = byte;
///         lockstep((), move |file: &mut File, _env| Ok(file.memory = byte))
///     }
///     #[command]
///     fn sync(&mut self) -> Lockstep<File> {
///         self.content.sync();
///         lockstep((), |_: &mut File, _env| Ok(()))
///     }
///     #[command]
///     fn read(&mut self) -> Lockstep<File, u8> {
///         lockstep(*self.content.get(), |file: &mut File, _env| Ok(file.memory))
///     }
///     #[command(fault)]
///     fn crash(&mut self) -> Reopen<File> {
///         self.content.crash();
///         reopen(|file: File, _env| Ok(File { memory: file.disk, ..file }))
///     }
/// }
///
/// let failure = check(FileMachine::default()).try_run().unwrap_err();
/// assert!(failure.to_string().contains("[write 1, sync, crash!, read]"));
/// ```
#[must_use = "it is what the fault gives"]
pub struct Reopen<S>(Happen<S>);

type Happen<S> = Box<dyn FnOnce(S, &mut Env) -> Result<S, Failed>>;

/// Says what a fault does to the system: see [`Reopen`].
pub fn reopen<S>(happen: impl FnOnce(S, &mut Env) -> Result<S, Failed> + 'static) -> Reopen<S> {
    Reopen(Box::new(happen))
}

impl<S> Reopen<S> {
    /// Lets it happen.
    ///
    /// # Errors
    /// Those of the closure.
    pub fn happen(self, system: S, env: &mut Env) -> Result<S, Failed> {
        (self.0)(system, env)
    }
}

impl<S> fmt::Debug for Reopen<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reopen").finish_non_exhaustive()
    }
}

/// The state of a machine: the model, and which references there are.
#[derive(Clone)]
pub struct MachineState<M> {
    pub(crate) live: Vec<(TypeId, RefId)>,
    /// The model.
    pub model: M,
}

impl<M> MachineState<M> {
    /// The state in which a sequence starts.
    pub fn new(model: M) -> Self {
        Self { live: Vec::new(), model }
    }

    /// Whether there is a reference of this type.
    pub fn has<R: Reference>(&self) -> bool {
        self.live.iter().any(|(ty, _)| *ty == R::stands_for())
    }

    /// Any of them.
    ///
    /// # Panics
    /// If there is none.
    pub fn any<T: 'static>(&self, g: &mut Gen) -> Ref<T> {
        let of_type = |entry: &&(TypeId, RefId)| entry.0 == TypeId::of::<T>();
        let references: Vec<Ref<T>> = self.live.iter().filter(of_type).map(|(_, id)| Ref::new(*id)).collect();
        *g.pick(&references)
    }

    /// There is one more.
    pub fn define<T: 'static>(&mut self, new: New<T>) {
        self.live.push((TypeId::of::<T>(), new.id()));
    }

    /// It is used up.
    pub fn consume<T: 'static>(&mut self, reference: Ref<T>) {
        self.live.retain(|(_, id)| *id != reference.id());
    }
}

/// The model, and behind it the references that there are: states in which other commands are possible are not the same.
impl<M: fmt::Debug> fmt::Debug for MachineState<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.fmt(f)?;
        for (at, (_, id)) in self.live.iter().enumerate() {
            write!(f, "{}{id}", if at == 0 { " with " } else { ", " })?;
        }
        Ok(())
    }
}

/// A type of references.
pub trait Reference {
    /// What its references stand for.
    fn stands_for() -> TypeId;
}

impl<T: 'static> Reference for Ref<T> {
    fn stands_for() -> TypeId {
        TypeId::of::<T>()
    }
}

/// The system of a machine, with the model beside it: the methods of the machine need both.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "only the expansion uses it")]
pub struct MachineSystem<M, S> {
    /// The model.
    pub model: M,
    /// The system.
    pub system: S,
}

impl<M, S> MachineSystem<M, S> {
    /// Puts them together.
    pub fn new(model: M, system: S) -> Self {
        Self { model, system }
    }

    /// The same with the system that a fault leaves.
    ///
    /// # Errors
    /// Those of the fault.
    pub fn reopened(self, reopen: Reopen<S>, env: &mut Env) -> Result<Self, Failed> {
        Ok(Self { model: self.model, system: reopen.happen(self.system, env)? })
    }
}
