//! Systems that are asynchronous.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::command::Command;
use crate::env::Env;
use crate::failed::Failed;
use crate::menu::Menu;
use crate::model::{Model, Step};

/// A [`Model`] of a system whose functions are `async`.
///
/// The functions that touch the system are asynchronous, those about the model are not; all mean the same as those of [`Model`] with
/// that name. [`Blocking`] makes a [`Model`] of it, on any executor.
///
/// # Implementing
/// ```
/// use stateful_testing::{AsyncModel, Blocking, Command, Env, Failed, Menu, Parking};
///
/// #[derive(Debug, Clone, Command)]
/// enum Tick { Tick }
///
/// struct Clock;
///
/// impl AsyncModel for Clock {
///     type State = u32;
///     type Command = Tick;
///     type Output = u32;
///     type System = u32;
///
///     fn init(&self) -> u32 { 0 }
///     fn commands(&self, _state: &u32, menu: &mut Menu<'_, Tick>) { menu.offer(1, |_| Tick::Tick) }
///     fn next(&self, state: &mut u32, _command: &Tick) -> u32 { *state += 1; *state }
///     async fn setup(&self, _state: &u32) -> Result<u32, Failed> { Ok(0) }
///     async fn run(&self, system: &mut u32, _command: &Tick, _env: &mut Env) -> Result<u32, Failed> {
///         *system += 1;
///         Ok(*system)
///     }
/// }
///
/// stateful_testing::check(Blocking::new(Clock, Parking)).run();
/// ```
#[diagnostic::on_unimplemented(note = "implement `AsyncModel`, and pass `Blocking::new(model, executor)` to `check`")]
pub trait AsyncModel {
    /// What the model knows.
    type State: Clone + fmt::Debug;
    /// The commands.
    type Command: Command;
    /// What a command gives back.
    type Output: fmt::Debug + PartialEq;
    /// The real system, or what leads to it.
    type System;

    /// The state in which every sequence starts.
    fn init(&self) -> Self::State;

    /// Offers the commands that make sense in `state`.
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, Self::Command>);

    /// Whether `command` may come in `state`.
    fn precondition(&self, state: &Self::State, command: &Self::Command) -> bool {
        let _ = (state, command);
        true
    }

    /// Moves the model on and predicts the output.
    fn next(&self, state: &mut Self::State, command: &Self::Command) -> Self::Output;

    /// Sets the system up for one sequence.
    fn setup(&self, state: &Self::State) -> impl Future<Output = Result<Self::System, Failed>>;

    /// Does `command` to the system.
    fn run(
        &self,
        system: &mut Self::System,
        command: &Self::Command,
        env: &mut Env,
    ) -> impl Future<Output = Result<Self::Output, Failed>>;

    /// The postcondition: by default, whether both outputs are equal.
    ///
    /// # Errors
    /// If the system did not do what it should, with what is wrong.
    fn check(
        &self,
        before: &Self::State,
        command: &Self::Command,
        expected: &Self::Output,
        output: &Self::Output,
    ) -> Result<(), Failed> {
        let _ = (before, command);
        if expected == output { Ok(()) } else { Err(Failed::mismatch(expected, output)) }
    }

    /// What holds in the first state and after every command.
    fn invariant(&self, state: &Self::State, system: &mut Self::System) -> impl Future<Output = Result<(), Failed>> {
        let _ = (state, system);
        async { Ok(()) }
    }

    /// Lets `fault` happen to the system, and gives what there is afterwards.
    fn fault(
        &self,
        system: Self::System,
        state: &Self::State,
        fault: &Self::Command,
        env: &mut Env,
    ) -> impl Future<Output = Result<Self::System, Failed>> {
        let _ = (state, env);
        drop(system);
        let failed =
            Failed::new(format!("`{}` is a fault, and the model does not say by `fault` how it happens", fault.name()));
        async { Err(failed) }
    }

    /// Counts what is worth knowing about a command that was generated.
    fn labels(&self, before: &Self::State, command: &Self::Command, add: &mut dyn FnMut(&'static str)) {
        let _ = (before, command, add);
    }

    /// Names the part of `precondition` that refuses `command`.
    fn refusal(&self, state: &Self::State, command: &Self::Command) -> &'static str {
        let _ = (state, command);
        ""
    }

    /// A word for the kind of state this is.
    fn class(&self, state: &Self::State) -> &'static str {
        let _ = state;
        ""
    }

    /// Takes the system down after a sequence.
    fn teardown(&self, system: Self::System, state: &Self::State) -> impl Future<Output = Result<(), Failed>> {
        let _ = state;
        drop(system);
        async { Ok(()) }
    }
}

/// Runs a future to its end on the calling thread.
///
/// # Implementing
/// A runtime belongs to another crate, so it is wrapped:
///
/// ```
/// # struct Runtime;
/// # impl Runtime {
/// #     fn block_on<F: Future>(&self, future: F) -> F::Output { stateful_testing::Executor::block_on(&stateful_testing::Parking, future) }
/// # }
/// struct Tokio(Runtime); // tokio::runtime::Runtime
///
/// impl stateful_testing::Executor for Tokio {
///     fn block_on<F: Future>(&self, future: F) -> F::Output {
///         self.0.block_on(future)
///     }
/// }
/// ```
pub trait Executor {
    /// Polls `future` until it is ready.
    fn block_on<F: Future>(&self, future: F) -> F::Output;
}

/// The simplest [`Executor`]: parks the thread until the future can go on. For systems that need no runtime.
///
/// ```
/// use stateful_testing::{Executor, Parking};
///
/// assert_eq!(Parking.block_on(async { 7 }), 7);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it holds nothing and never will")]
pub struct Parking;

impl Executor for Parking {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                // A wake-up before this line makes `park` return at once.
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// Makes a [`Model`] of an [`AsyncModel`], waiting for each of its functions on an executor.
#[derive(Debug, Clone)]
pub struct Blocking<M, E> {
    model: M,
    executor: E,
}

impl<M, E> Blocking<M, E> {
    /// Runs what is asynchronous in `model` on `executor`.
    pub fn new(model: M, executor: E) -> Self {
        Self { model, executor }
    }
}

impl<M: AsyncModel, E: Executor> Model for Blocking<M, E> {
    type State = M::State;
    type Command = M::Command;
    type Output = M::Output;
    type System = M::System;

    fn init(&self) -> M::State {
        self.model.init()
    }
    fn commands(&self, state: &M::State, menu: &mut Menu<'_, M::Command>) {
        self.model.commands(state, menu);
    }
    fn precondition(&self, state: &M::State, command: &M::Command) -> bool {
        self.model.precondition(state, command)
    }
    fn next(&self, state: &mut M::State, command: &M::Command) -> M::Output {
        self.model.next(state, command)
    }
    fn setup(&self, state: &M::State) -> Result<M::System, Failed> {
        self.executor.block_on(self.model.setup(state))
    }
    fn run(&self, system: &mut M::System, command: &M::Command, env: &mut Env) -> Result<M::Output, Failed> {
        self.executor.block_on(self.model.run(system, command, env))
    }
    fn check(&self, step: &Step<'_, Self>) -> Result<(), Failed> {
        self.model.check(step.before, step.command, step.expected, step.output)
    }
    fn invariant(&self, state: &M::State, system: &mut M::System) -> Result<(), Failed> {
        self.executor.block_on(self.model.invariant(state, system))
    }
    fn fault(
        &self,
        system: M::System,
        state: &M::State,
        fault: &M::Command,
        env: &mut Env,
    ) -> Result<M::System, Failed> {
        self.executor.block_on(self.model.fault(system, state, fault, env))
    }
    fn labels(&self, before: &M::State, command: &M::Command, add: &mut dyn FnMut(&'static str)) {
        self.model.labels(before, command, add);
    }
    fn refusal(&self, state: &M::State, command: &M::Command) -> &'static str {
        self.model.refusal(state, command)
    }
    fn class(&self, state: &M::State) -> &'static str {
        self.model.class(state)
    }
    fn teardown(&self, system: M::System, state: &M::State) -> Result<(), Failed> {
        self.executor.block_on(self.model.teardown(system, state))
    }
}
