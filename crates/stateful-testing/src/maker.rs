//! Making values by their type, and by what is written beside them.

use std::array;
use std::hash::Hash;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeToInclusive};

use crate::generator::Gen;
use crate::integer::Integer;

/// A type of which any value can be made.
///
/// Derived for structs and enums: each field is made by its type, or by the [`Maker`] that `#[arg(..)]` gives it; each variant is as
/// likely, and the first is the simplest. What is made shrinks like everything that [`Gen`] makes.
///
/// ```
/// use stateful_testing::testing::generated;
/// use stateful_testing::{Argument, Generate};
///
/// #[derive(Debug, Clone, Argument, Generate)]
/// enum Due {
///     Never,
///     On { #[arg(1..=7)] day: u8, exactly: bool },
///     After(Vec<u32>),
/// }
///
/// let dues: Vec<Due> = (0..20).map(|seed| generated(seed, |g| g.any())).collect();
/// assert!(dues.iter().any(|due| matches!(due, Due::On { day: 1..=7, .. })));
/// ```
///
/// ```compile_fail
/// #[derive(stateful_testing::Generate)]
/// enum Nothing {}
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be made without being told how",
    note = "write `#[derive(Generate)]` on the type, or say how by `#[arg(..)]`"
)]
pub trait Generate: Sized {
    /// Makes a value.
    fn generate(g: &mut Gen) -> Self;
}

/// What makes values of type `T`: the expression in `#[arg(..)]`.
///
/// - a range of integers or characters makes one of them;
/// - a range makes a `String` or a `Vec` of so many characters or elements;
/// - an array makes one of its items;
/// - where more is needed, `#[arg(|g| ..)]` is a function of the [`Gen`].
///
/// ```
/// use stateful_testing::testing::generated;
///
/// let (day, name): (u8, String) = generated(1, |g| (g.of(&(1..=7)), g.of(&(3..=3))));
/// assert!((1..=7).contains(&day) && name.chars().count() == 3);
/// assert!(["jane", "chris"].contains(&generated(2, |g| g.of(&["jane", "chris"]))));
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{T}` cannot be made of a `{Self}`",
    note = "a range makes integers, strings and lists, an array makes one of its items, and `|g| ..` makes anything"
)]
pub trait Maker<T> {
    /// Makes a value.
    fn make(&self, g: &mut Gen) -> T;
}

impl Gen {
    /// Any value of a type: see [`Generate`].
    pub fn any<T: Generate>(&mut self) -> T {
        T::generate(self)
    }

    /// What `maker` makes: see [`Maker`].
    pub fn of<T>(&mut self, maker: &impl Maker<T>) -> T {
        maker.make(self)
    }
}

/// Calls a function of the generator: its signature tells a closure what it is given.
pub fn made<T>(g: &mut Gen, make: impl FnOnce(&mut Gen) -> T) -> T {
    make(g)
}

/// How long strings and lists are where nobody says so.
const LENGTH: RangeInclusive<usize> = 0..=8;

macro_rules! any_integer {
    ($($ty:ty),*) => {
        $(impl Generate for $ty {
            fn generate(g: &mut Gen) -> Self {
                g.int(..)
            }
        })*
    };
}
any_integer!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Generate for () {
    fn generate(_g: &mut Gen) -> Self {}
}

impl Generate for bool {
    fn generate(g: &mut Gen) -> Self {
        g.bool()
    }
}

impl Generate for char {
    fn generate(g: &mut Gen) -> Self {
        g.char()
    }
}

impl Generate for String {
    fn generate(g: &mut Gen) -> Self {
        g.text(LENGTH)
    }
}

impl<T: Generate> Generate for Option<T> {
    fn generate(g: &mut Gen) -> Self {
        g.option(Gen::any)
    }
}

impl<T: Generate> Generate for Vec<T> {
    fn generate(g: &mut Gen) -> Self {
        g.list(LENGTH, Gen::any)
    }
}

impl<T: Generate> Generate for Box<T> {
    fn generate(g: &mut Gen) -> Self {
        Self::new(g.any())
    }
}

impl<T: Generate, const N: usize> Generate for [T; N] {
    fn generate(g: &mut Gen) -> Self {
        array::from_fn(|_| g.any())
    }
}

macro_rules! tuples_are_made_of_their_parts {
    ($(($($part:ident),+)),*) => {
        $(impl<$($part: Generate),+> Generate for ($($part,)+) {
            fn generate(g: &mut Gen) -> Self {
                ($($part::generate(g),)+)
            }
        })*
    };
}
tuples_are_made_of_their_parts!((A, B), (A, B, C), (A, B, C, D));

macro_rules! ranges_make_integers {
    ($($range:ident),*) => {
        $(impl<T: Integer> Maker<T> for $range<T> {
            fn make(&self, g: &mut Gen) -> T {
                g.int(self.clone())
            }
        })*
    };
}
ranges_make_integers!(Range, RangeInclusive, RangeFrom, RangeToInclusive);

impl<T: Integer> Maker<T> for RangeFull {
    fn make(&self, g: &mut Gen) -> T {
        g.int(..)
    }
}

impl Maker<char> for RangeInclusive<char> {
    fn make(&self, g: &mut Gen) -> char {
        // Not every number in between is a character.
        let number = g.int(u32::from(*self.start())..=u32::from(*self.end()));
        char::from_u32(number).unwrap_or(*self.start())
    }
}

impl Maker<String> for RangeInclusive<usize> {
    fn make(&self, g: &mut Gen) -> String {
        g.text(self.clone())
    }
}

impl<T: Generate> Maker<Vec<T>> for RangeInclusive<usize> {
    fn make(&self, g: &mut Gen) -> Vec<T> {
        g.list(self.clone(), Gen::any)
    }
}

impl<T: Clone + Hash, const N: usize> Maker<T> for [T; N] {
    fn make(&self, g: &mut Gen) -> T {
        g.pick(self).clone()
    }
}
