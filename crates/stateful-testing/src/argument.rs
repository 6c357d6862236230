//! Arguments that hold references.

use std::fmt;

use crate::command::Printer;
use crate::reference::{New, Ref, RefId, Role};

/// A value that can be an argument of a command and may hold references.
///
/// Derived for structs and enums; any type that holds no references and is `Debug` can be an argument as it is, but is then written
/// in its `Debug` form where a failure is written as a test.
///
/// ```
/// use stateful_testing::{Argument, Ref};
///
/// #[derive(Debug, Clone, Argument)]
/// enum Target {
///     Nobody,
///     One(Ref<u64>),
///     Two { first: Ref<u64>, second: Ref<u64> },
/// }
///
/// let two = Target::Two { first: Ref::numbered(1), second: Ref::numbered(4) };
/// let mut ids = Vec::new();
/// two.references(&mut |id, _role| ids.push(id.to_string()));
/// assert_eq!(ids, ["v1", "v4"]);
/// ```
///
/// Written by hand where more is to be said:
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

    /// Prints the value as a Rust expression.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl<T: 'static> Argument for Ref<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        visit(self.id(), Role::Uses);
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref::numbered({})", self.id().number())
    }
}

impl<T: 'static> Argument for New<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        visit(self.id(), Role::Defines);
    }

    // What a command defines stands in front of it, `v1 = add`, and only where somebody uses it.
    fn print(&self, _printer: &mut Printer<'_, '_>) -> fmt::Result {
        Ok(())
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "New::numbered({})", self.id().number())
    }
}

impl Argument for String {
    fn references(&self, _visit: &mut dyn FnMut(RefId, Role)) {}

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}.to_owned()")
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
holds_no_reference!((), &'static str);

impl<T: Argument> Argument for Option<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        if let Some(inner) = self {
            inner.references(visit);
        }
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(inner) = self else { return f.write_str("None") };
        write!(f, "Some({})", Code(inner))
    }
}

impl<T: Argument> Argument for Vec<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        for inner in self {
            inner.references(visit);
        }
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("vec!")?;
        f.debug_list().entries(self.iter().map(Code)).finish()
    }
}

impl<T: Argument, const N: usize> Argument for [T; N] {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        for inner in self {
            inner.references(visit);
        }
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Code)).finish()
    }
}

impl<T: Argument> Argument for Box<T> {
    fn references(&self, visit: &mut dyn FnMut(RefId, Role)) {
        (**self).references(visit);
    }

    fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Box::new({})", Code(&**self))
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

            fn print_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                #[allow(non_snake_case, reason = "the parts are named for their types")]
                let ($($part,)+) = self;
                let mut tuple = f.debug_tuple("");
                $(tuple.field(&Code($part));)+
                tuple.finish()
            }
        })*
    };
}
tuples_visit_their_parts!((A, B), (A, B, C), (A, B, C, D));

/// A value in its form as code, for the helpers of `fmt`.
struct Code<'a, T>(&'a T);

impl<T: Argument> fmt::Display for Code<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print_code(f)
    }
}

impl<T: Argument> fmt::Debug for Code<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print_code(f)
    }
}
