//! What a command tells about itself.

use std::fmt;

use crate::reference::{RefId, Role};

/// A command: something that is done to the system, with its arguments.
///
/// Derived for an enum with one variant for each command. A report prints `AddTodo("Test Todo".into(), 1)` as
/// `add_todo "Test Todo" 1`.
///
/// - `#[command(name = "insert")]` on a variant gives another name;
/// - `#[command(consume)]` on a field says that the command uses up the references in it, so that no later command can
///   use them;
/// - `#[command(crate = "path")]` on the enum says where this crate is, if it has been renamed.
///
/// Fields may be of any type that is `Debug + Clone`; [`Ref`](crate::Ref) and [`New`](crate::New) are found in fields of type
/// `Option`, `Vec`, arrays, `Box` and tuples too. Types of your own that hold references implement [`Argument`].
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
#[diagnostic::on_unimplemented(note = "write `#[derive(Debug, Clone, Command)]` on the enum of commands")]
pub trait Command: Clone + fmt::Debug + 'static {
    /// The names of all commands, in the order in which they are declared.
    const NAMES: &'static [&'static str];

    /// Which command this is: its place in [`NAMES`](Self::NAMES).
    fn kind(&self) -> usize;

    /// Prints the arguments, each after a space.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn print_arguments(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;

    /// Calls `visit` for each reference the command holds.
    fn references(&self, visit: &mut dyn FnMut(RefId, Role));

    /// The name of this command.
    fn name(&self) -> &'static str {
        Self::NAMES[self.kind()]
    }
}

/// A value that can be an argument of a command and may hold references.
///
/// Only types that hold references need it: any other type that is `Debug` can be an argument as it is.
///
/// ```
/// use stateful_testing::{Argument, Ref, RefId, Role};
///
/// #[derive(Debug, Clone)]
/// struct Transfer { from: Ref<u64>, to: Ref<u64> }
///
/// impl Argument for Transfer {
///     fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
///         self.from.references(visit);
///         self.to.references(visit);
///     }
/// }
/// ```
pub trait Argument: fmt::Debug {
    /// Calls `visit` for each reference in the value.
    fn references(&self, visit: &mut dyn FnMut(RefId, Role));

    /// Prints the value as an argument of a command.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn print(&self, printer: &mut Printer<'_, '_>) -> fmt::Result
    where
        Self: Sized,
    {
        printer.argument(self)
    }
}

/// Prints the arguments of a command.
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
        self.0.print_arguments(&mut Printer { formatter: f })
    }
}

impl<T: 'static> Argument for crate::Ref<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        visit(self.id(), Role::Uses);
    }
}

impl<T: 'static> Argument for crate::New<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        visit(self.id(), Role::Defines);
    }

    // What a command defines stands in front of it, `v1 = add`, and only where somebody uses it.
    fn print(&self, _printer: &mut Printer<'_, '_>) -> fmt::Result {
        Ok(())
    }
}

macro_rules! holds_no_reference {
    ($($ty:ty),*) => {
        $(impl Argument for $ty {
            fn references(&self, _visit: &mut dyn FnMut(RefId, Role)) {}
        })*
    };
}
holds_no_reference!(bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);
holds_no_reference!((), String, &'static str, std::time::Duration);

impl<T: Argument> Argument for Option<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        if let Some(inner) = self {
            inner.references(visit);
        }
    }
}

impl<T: Argument> Argument for Vec<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        for inner in self {
            inner.references(visit);
        }
    }
}

impl<T: Argument, const N: usize> Argument for [T; N] {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        for inner in self {
            inner.references(visit);
        }
    }
}

impl<T: Argument> Argument for Box<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        (**self).references(visit);
    }
}

macro_rules! tuples_visit_their_parts {
    ($(($($part:ident),+)),*) => {
        $(impl<$($part: Argument),+> Argument for ($($part,)+) {
            fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
                #[allow(non_snake_case, reason = "the parts are named for their types")]
                let ($($part,)+) = self;
                $($part.references(visit);)+
            }
        })*
    };
}
tuples_visit_their_parts!((A), (A, B), (A, B, C), (A, B, C, D));

/// What the derive's expansion calls: `Argument` where a field has it, `Debug` elsewhere.
///
/// The choice is made by method resolution: the impl on `Field` is found before the one on `&Field`.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "nobody but the expansion calls it")]
pub(crate) mod expansion {
    use super::{Argument, Printer, RefId, Role, fmt};

    #[derive(Debug)]
    #[allow(clippy::exhaustive_structs, reason = "built by the derive's expansion only")]
    pub struct Field<'a, T>(pub &'a T);

    pub trait PrintsByArgument {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role));
    }

    impl<T: Argument> PrintsByArgument for Field<'_, T> {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result {
            self.0.print(printer)
        }
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role)) {
            self.0.references(visit);
        }
    }

    pub trait PrintsByDebug {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result;
        fn visit_field(&self, visit: &mut dyn FnMut(RefId, Role));
    }

    impl<T: fmt::Debug> PrintsByDebug for &Field<'_, T> {
        fn print_field(&self, printer: &mut Printer<'_, '_>) -> fmt::Result {
            printer.argument(self.0)
        }
        fn visit_field(&self, _visit: &mut dyn FnMut(RefId, Role)) {}
    }
}
