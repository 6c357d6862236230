//! What a command tells about itself.

use std::fmt;

use crate::reference::{RefId, Role};

/// A command: something that is done to the system, with its arguments.
///
/// Derived for an enum with one variant for each command. A report prints `AddTodo("Test Todo".into(), 1)` as
/// `add_todo "Test Todo" 1`.
///
/// - `#[command(name = "insert")]` on a variant gives another name;
/// - `#[command(weight = 3)]` on a variant says how often it is taken where [`Menu::offer_named`](crate::Menu::offer_named) offers it; 1 if
///   nothing is said;
/// - `#[command(fault)]` on a variant says that it is something that happens to the system: see [`Model::fault`](crate::Model::fault);
/// - `#[command(consume)]` on a field says that the command uses up the references in it, so that no later command can
///   use them;
/// - `#[key]` on fields says which part of the system the command is about: see [`partition_key`](Self::partition_key);
/// - `#[command(crate = "path")]` on the enum says where this crate is, if it has been renamed.
///
/// Fields may be of any type that is `Debug + Clone`; [`Ref`](crate::Ref) and [`New`](crate::New) are found in fields of type
/// `Option`, `Vec`, arrays, `Box` and tuples too. Types of your own that hold references implement [`Argument`](crate::Argument).
///
/// ```
/// use stateful_testing::{Command, Sequence};
///
/// #[derive(Debug, Clone, Command)]
/// enum TodoCommand {
///     Add(String, u32),
///     Delete(String, u32),
/// }
///
/// let story = Sequence::from(vec![TodoCommand::Add("Test Todo".into(), 1), TodoCommand::Delete(String::new(), 2)]);
/// assert_eq!(story.to_string(), r#"[add "Test Todo" 1, delete "" 2]"#);
/// ```
///
/// What is no enum of commands does not compile:
///
/// ```compile_fail
/// #[derive(Debug, Clone, stateful_testing::Command)]
/// struct NoEnum;
/// ```
///
/// ```compile_fail
/// #[derive(Debug, Clone, stateful_testing::Command)]
/// enum NoCommand {}
/// ```
///
/// ```compile_fail
/// #[derive(Debug, Clone, stateful_testing::Command)]
/// enum TwoWords {
///     #[command(name = "two words")] // a replay is written `name/offer:choices name/offer`
///     Two,
/// }
/// ```
///
/// ```compile_fail
/// #[derive(Debug, Clone, stateful_testing::Command)]
/// enum Never {
///     #[command(weight = 0)] // it could never come
///     Never,
/// }
/// ```
#[diagnostic::on_unimplemented(note = "write `#[derive(Debug, Clone, Command)]` on the enum of commands")]
pub trait Command: Clone + fmt::Debug + 'static {
    /// The names of all commands, in the order in which they are declared.
    const NAMES: &'static [&'static str];

    /// The weights of all commands, in the same order; 1 for those that are missing here.
    const WEIGHTS: &'static [u32] = &[];

    /// Which command this is: its place in [`NAMES`](Self::NAMES).
    fn kind(&self) -> usize;

    /// Prints the arguments, each after a space.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn print_arguments(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;

    /// Calls `visit` for each reference the command holds.
    fn references(&self, visit: &mut dyn FnMut(RefId, Role));

    /// Prints the command as a Rust expression, for a test that can be pasted.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    /// What is printed of each argument, in the order of the fields; nothing where the trait is implemented by hand and does not say it. This is
    /// how [`Check::explain`](crate::Check::explain) tells the arguments of a command apart.
    ///
    /// ```
    /// use stateful_testing::Command;
    ///
    /// #[derive(Debug, Clone, Command)]
    /// enum Todo {
    ///     Add { title: String, day: u8 },
    /// }
    ///
    /// assert_eq!(Todo::Add { title: "buy milk".into(), day: 3 }.printed_arguments(), [r#""buy milk""#, "3"]);
    /// ```
    fn printed_arguments(&self) -> Vec<String> {
        Vec::new()
    }

    /// The name of this command.
    fn name(&self) -> &'static str {
        Self::NAMES[self.kind()]
    }

    /// Whether it is something that happens to the system instead of being asked of it: a crash, a restart, a delay.
    fn is_fault(&self) -> bool {
        false
    }

    /// Which part of the system the command is about: two commands with different keys neither see nor change the same thing.
    /// `None` if it may be about all of it.
    ///
    /// ```
    /// use stateful_testing::{Command, Ref};
    ///
    /// #[derive(Debug, Clone, Command)]
    /// enum Store {
    ///     Put { #[key] key: u8, value: u32 },
    ///     Get(#[key] u8),
    ///     Clear,
    /// }
    ///
    /// assert_eq!(Store::Put { key: 1, value: 7 }.partition_key(), Store::Get(1).partition_key());
    /// assert_ne!(Store::Get(1).partition_key(), Store::Get(2).partition_key());
    /// assert_eq!(Store::Clear.partition_key(), None);
    /// ```
    fn partition_key(&self) -> Option<PartitionKey> {
        None
    }
}

/// Which part of a system a command is about: the `Debug` form of the fields marked `#[key]`.
///
/// ```
/// use stateful_testing::{New, PartitionKey};
///
/// let todo = New::<u64>::numbered(1);
/// // What makes a todo and what is done to it are about the same.
/// assert_eq!(PartitionKey::of(&todo), PartitionKey::of(&todo.reference()));
/// assert_eq!(PartitionKey::of(&("a", 1)).to_string(), r#"("a", 1)"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey(String);

impl PartitionKey {
    /// The key that is written like this.
    pub fn of(key: &dyn fmt::Debug) -> Self {
        Self(format!("{key:?}"))
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Prints the arguments of a command.
///
/// ```
/// use std::fmt;
/// use stateful_testing::{Argument, Printer, RefId, Role};
///
/// #[derive(Debug, Clone)]
/// struct Password(String);
///
/// impl Argument for Password {
///     fn references(&self, _visit: &mut dyn FnMut(RefId, Role)) {}
///     fn print(&self, printer: &mut Printer<'_, '_>) -> fmt::Result {
///         printer.argument(&"***") // never in a report
///     }
/// }
/// ```
pub struct Printer<'a, 'f> {
    formatter: &'a mut fmt::Formatter<'f>,
}

impl fmt::Debug for Printer<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").finish_non_exhaustive()
    }
}

impl Printer<'_, '_> {
    /// Prints one argument after a space, in its `Debug` form.
    ///
    /// # Errors
    /// Only those of the formatter.
    pub fn argument(&mut self, argument: &dyn fmt::Debug) -> fmt::Result {
        write!(self.formatter, " {argument:?}")
    }
}

/// Prints one command as in a report, without what it defines.
pub(crate) struct Printed<'a, C>(pub(crate) &'a C);

impl<C: Command> fmt::Display for Printed<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())?;
        // What nobody asked for stands out.
        if self.0.is_fault() {
            f.write_str("!")?;
        }
        self.0.print_arguments(&mut Printer { formatter: f })
    }
}

/// Prints a command as a Rust expression.
pub(crate) struct Code<'a, C>(pub(crate) &'a C);

impl<C: Command> fmt::Display for Code<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print_code(f)
    }
}

/// What the derive's expansion calls: `Argument` where a field has it, `Debug` elsewhere.
///
/// The choice is made by method resolution: the impl on `Field` is found before the one on `&Field`.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "nobody but the expansion calls it")]
pub(crate) mod expansion {
    use super::{Printer, RefId, Role, fmt};
    use crate::argument::Argument;

    /// What `print` prints, without the space before it.
    pub fn printed(print: impl Fn(&mut Printer<'_, '_>) -> fmt::Result) -> String {
        struct Printing<F>(F);
        impl<F: Fn(&mut Printer<'_, '_>) -> fmt::Result> fmt::Display for Printing<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (self.0)(&mut Printer { formatter: f })
            }
        }
        Printing(print).to_string().trim_start().to_owned()
    }

    #[derive(Debug)]
    #[allow(clippy::exhaustive_structs, reason = "built by the derive's expansion only")]
    pub struct Field<'a, T>(pub &'a T);

    pub trait PrintsByArgument {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role));
        fn print_field_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    }

    impl<T: Argument> PrintsByArgument for Field<'_, T> {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result {
            self.0.print(printer)
        }
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role)) {
            self.0.references(visit);
        }
        fn print_field_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.print_code(f)
        }
    }

    pub trait PrintsByDebug {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role));
        fn print_field_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    }

    impl<T: fmt::Debug> PrintsByDebug for &Field<'_, T> {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result {
            printer.argument(self.0)
        }
        fn visit_field(&self, _visit: &mut dyn FnMut(RefId, Role)) {}
        fn print_field_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Debug::fmt(self.0, f)
        }
    }
}
