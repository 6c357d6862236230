//! What the author of a test writes.

use std::fmt;

use crate::command::Command;
use crate::env::Env;
use crate::failed::Failed;
use crate::menu::Menu;

/// A simple description of what a system should do, and how to do it to the system.
///
/// The runner makes a sequence of commands out of what [`commands`](Self::commands) offers in each state of the model, then runs it: every
/// command on the real system by [`run`](Self::run) and on the model by [`next`](Self::next). By default the two must give equal outputs; then
/// [`invariant`](Self::invariant) must hold. When something is wrong, the sequence is made as short and simple as possible.
///
/// # Contract
/// `init`, `commands`, `precondition` and `next` are functions of their arguments: no clock, no chance, no system. They are
/// called often, also for sequences that never run. `setup` gives a system in the same state every time; if setting up is
/// slow, reset the one you have. Only `setup`, `run`, `check`, `invariant` and `teardown` may fail or panic; a panic in one of the
/// others is reported as a mistake of the model.
///
/// # Implementing
/// ```
/// use stateful_testing::{Command, Env, Failed, Menu, Model};
///
/// #[derive(Debug, Clone, Command)]
/// enum Counting {
///     Add(u32),
///     Reset,
/// }
///
/// struct Counter;
///
/// impl Model for Counter {
///     type State = u32;
///     type Command = Counting;
///     type Output = u32;
///     type System = u32; // the real thing: a client, a handle, a struct
///
///     fn init(&self) -> u32 {
///         0
///     }
///     fn commands(&self, state: &u32, menu: &mut Menu<'_, Counting>) {
///         menu.offer(3, |g| Counting::Add(g.int(0..=9)));
///         if *state > 0 {
///             menu.offer(1, |_| Counting::Reset);
///         }
///     }
///     fn next(&self, state: &mut u32, command: &Counting) -> u32 {
///         *state = match command {
///             Counting::Add(n) => *state + n,
///             Counting::Reset => 0,
///         };
///         *state
///     }
///     fn setup(&self, _state: &u32) -> Result<u32, Failed> {
///         Ok(0)
///     }
///     fn run(&self, system: &mut u32, command: &Counting, _env: &mut Env) -> Result<u32, Failed> {
///         match command {
///             Counting::Add(n) => *system += n,
///             Counting::Reset => *system = 0,
///         }
///         Ok(*system)
///     }
/// }
///
/// stateful_testing::check(Counter).run();
/// ```
#[diagnostic::on_unimplemented(
    note = "implement `Model` for what describes the system, and pass a value of it to `check`"
)]
pub trait Model {
    /// What the model knows. Two states that print the same by `Debug` count as the same.
    type State: Clone + fmt::Debug;
    /// The commands, an enum with `#[derive(Command)]`.
    type Command: Command;
    /// What a command gives back; `()` if nothing is compared.
    type Output: fmt::Debug + PartialEq;
    /// The real system, or what leads to it.
    type System;

    /// The state in which every sequence starts.
    fn init(&self) -> Self::State;

    /// Offers the commands that make sense in `state`. Where nothing is offered, the sequence ends.
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, Self::Command>);

    /// Whether `command` may come in `state`; needed only for what [`commands`](Self::commands) does not already rule out.
    fn precondition(&self, state: &Self::State, command: &Self::Command) -> bool {
        let _ = (state, command);
        true
    }

    /// Moves the model on and predicts the output.
    fn next(&self, state: &mut Self::State, command: &Self::Command) -> Self::Output;

    /// Sets the system up for one sequence, in the state that the model starts in.
    ///
    /// # Errors
    /// If there can be no system; the test then fails as "could not be set up".
    fn setup(&self, state: &Self::State) -> Result<Self::System, Failed>;

    /// Does `command` to the system.
    ///
    /// # Errors
    /// If the system could not do it, unless the model expects just that; then it is an output.
    fn run(&self, system: &mut Self::System, command: &Self::Command, env: &mut Env) -> Result<Self::Output, Failed>;

    /// The postcondition: whether the system did what it should. By default, whether both outputs are equal.
    ///
    /// # Errors
    /// If it did not, with what is wrong.
    fn check(&self, step: &Step<'_, Self>) -> Result<(), Failed> {
        step.outputs_are_equal()
    }

    /// What holds in the first state and after every command.
    ///
    /// # Errors
    /// If it does not, with what is wrong.
    fn invariant(&self, state: &Self::State, system: &mut Self::System) -> Result<(), Failed> {
        let _ = (state, system);
        Ok(())
    }

    /// A word for the kind of state this is, such as "empty" or "full": for the tables of what was covered, and for
    /// [`Cover::in_class`](crate::Cover::in_class).
    fn class(&self, state: &Self::State) -> &'static str {
        let _ = state;
        ""
    }

    /// Lets `fault` happen to the system, and gives what there is afterwards: the same system, or the one that was opened again. Called
    /// in place of [`run`](Self::run) for the commands marked `#[command(fault)]`.
    ///
    /// What a fault leaves of the model's state is for [`next`](Self::next) to say; [`Durable`](crate::Durable) helps with it. The output
    /// that `next` predicts for a fault is not compared with anything: what is wrong afterwards shows in
    /// [`invariant`](Self::invariant), which is called, and in the commands that follow.
    ///
    /// Half of the sequences have no fault, the others no more than [`Check::faults`](crate::Check::faults) allows. Shrinking prefers
    /// a sequence without faults to any other, and faults that are declared first to later ones: declare the mildest first.
    ///
    /// ```
    /// use stateful_testing::{Command, Durable, Env, Failed, Menu, Model};
    ///
    /// #[derive(Debug, Clone, Command)]
    /// enum Storing {
    ///     Write(u8),
    ///     Sync,
    ///     Read,
    ///     #[command(fault)]
    ///     Crash,
    /// }
    ///
    /// // A file that forgets what was not synced. The bug: `sync` does nothing.
    /// #[derive(Default)]
    /// struct File { memory: u8, disk: u8 }
    ///
    /// struct Storage;
    ///
    /// impl Model for Storage {
    ///     type State = Durable<u8>;
    ///     type Command = Storing;
    ///     type Output = Option<u8>;
    ///     type System = File;
    ///
    ///     fn init(&self) -> Durable<u8> { Durable::new(0) }
    ///     fn commands(&self, _state: &Durable<u8>, menu: &mut Menu<'_, Storing>) {
    ///         menu.offer(1, |g| Storing::Write(g.int(..)));
    ///         menu.offer(1, |_| Storing::Sync);
    ///         menu.offer(1, |_| Storing::Read);
    ///         menu.offer(1, |_| Storing::Crash);
    ///     }
    ///     fn next(&self, state: &mut Durable<u8>, command: &Storing) -> Option<u8> {
    ///         match command {
    ///             Storing::Write(value) => *state.get_mut() = *value,
    ///             Storing::Sync => state.sync(),
    ///             Storing::Read => return Some(*state.get()),
    ///             Storing::Crash => state.crash(), // what was not synced is gone
    ///         }
    ///         None
    ///     }
    ///     fn setup(&self, _state: &Durable<u8>) -> Result<File, Failed> { Ok(File::default()) }
    ///     fn run(&self, file: &mut File, command: &Storing, _env: &mut Env) -> Result<Option<u8>, Failed> {
    ///         match command {
    ///             Storing::Write(value) => file.memory = *value,
    ///             Storing::Read => return Ok(Some(file.memory)),
    ///             Storing::Sync | Storing::Crash => {}
    ///         }
    ///         Ok(None)
    ///     }
    ///     // The process is gone; what is on the disk is opened again.
    ///     fn fault(&self, file: File, _state: &Durable<u8>, _fault: &Storing, _env: &mut Env) -> Result<File, Failed> {
    ///         Ok(File { memory: file.disk, disk: file.disk })
    ///     }
    /// }
    ///
    /// let failure = stateful_testing::check(Storage).try_run().unwrap_err();
    /// assert!(failure.to_string().contains("[write 1, sync, crash!, read]"));
    /// ```
    ///
    /// # Errors
    /// If the system cannot be opened again: this fails the sequence. By default always, since nobody has said how.
    fn fault(
        &self,
        system: Self::System,
        state: &Self::State,
        fault: &Self::Command,
        env: &mut Env,
    ) -> Result<Self::System, Failed> {
        let _ = (state, env);
        drop(system);
        Err(Failed::new(format!("`{}` is a fault, and the model does not say by `fault` how it happens", fault.name())))
    }

    /// Counts what is worth knowing about a command that was generated: each word that `add` is called with is a row of
    /// [`Tally`](crate::Tally) and can be required by [`Cover::label`](crate::Cover::label).
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// // In a bank: `fn labels(&self, balances: &BTreeMap<char, u32>, command: &Transfer, add: &mut dyn FnMut(&'static str))`
    /// fn labels(balances: &BTreeMap<char, u32>, (from, to): (char, char), add: &mut dyn FnMut(&'static str)) {
    ///     if from == to {
    ///         add("to oneself");
    ///     }
    ///     if balances[&from] == 0 {
    ///         add("from an empty account");
    ///     }
    /// }
    /// # labels(&BTreeMap::from([('a', 0)]), ('a', 'a'), &mut |_| {});
    /// ```
    fn labels(&self, before: &Self::State, command: &Self::Command, add: &mut dyn FnMut(&'static str)) {
        let _ = (before, command, add);
    }

    /// Names the part of [`precondition`](Self::precondition) that refuses `command`, for the tables and the report; asked only
    /// where it does. Worth writing where a precondition has several parts.
    fn refusal(&self, state: &Self::State, command: &Self::Command) -> &'static str {
        let _ = (state, command);
        ""
    }

    /// Takes the system down after a sequence, in which state it may be; called after a failure too.
    ///
    /// # Errors
    /// If something is wrong with what is left behind: this fails the test as a wrong output does.
    fn teardown(&self, system: Self::System, state: &Self::State) -> Result<(), Failed> {
        let _ = state;
        drop(system);
        Ok(())
    }
}

/// One command that has run, for [`Model::check`].
///
/// ```
/// use stateful_testing::testing::Counter;
/// use stateful_testing::{Failed, Step};
///
/// // Counting up may be off by one, and nothing else.
/// fn check(step: &Step<'_, Counter>) -> Result<(), Failed> {
///     if step.output.abs_diff(*step.expected) <= 1 { Ok(()) } else { step.outputs_are_equal() }
/// }
/// ```
#[non_exhaustive]
pub struct Step<'a, M: Model + ?Sized> {
    /// The model's state before the command.
    pub before: &'a M::State,
    /// The model's state after it.
    pub after: &'a M::State,
    /// The command.
    pub command: &'a M::Command,
    /// What the model predicts.
    pub expected: &'a M::Output,
    /// What the system gave.
    pub output: &'a M::Output,
    /// The values of the references.
    pub env: &'a Env,
}

impl<M: Model + ?Sized> Step<'_, M> {
    /// The check made by default: the system gave what the model predicts.
    ///
    /// # Errors
    /// If the outputs differ, with both.
    pub fn outputs_are_equal(&self) -> Result<(), Failed> {
        if self.expected == self.output { Ok(()) } else { Err(Failed::mismatch(self.expected, self.output)) }
    }
}

impl<M: Model + ?Sized> fmt::Debug for Step<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("before", self.before)
            .field("command", self.command)
            .field("expected", self.expected)
            .field("output", self.output)
            .finish_non_exhaustive()
    }
}
