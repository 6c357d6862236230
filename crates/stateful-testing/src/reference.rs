//! References to what earlier commands produced.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The number of a reference within its sequence; printed as `v1`, `v2`, ...
///
/// ```
/// use stateful_testing::Ref;
///
/// assert_eq!(Ref::<u64>::numbered(3).id().to_string(), "v3");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefId(u32);

impl RefId {
    pub(crate) fn new(id: u32) -> Self {
        Self(id)
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for RefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl fmt::Debug for RefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a command does with a reference it holds.
///
/// ```
/// use stateful_testing::{Argument, New, Role};
///
/// New::<u64>::numbered(1).references(&mut |_, role| assert_eq!(role, Role::Defines));
/// assert_eq!(Role::Uses.consumed(), Role::Consumes);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The command produces the value.
    Defines,
    /// The command needs the value.
    Uses,
    /// The command needs the value, and nobody can use it afterwards.
    Consumes,
}

impl Role {
    /// The role of a reference in a field marked `#[command(consume)]`: what was a use becomes a consumption.
    #[must_use]
    pub fn consumed(self) -> Self {
        if self == Self::Uses { Self::Consumes } else { self }
    }
}

/// Stands for a value of type `T` that an earlier command of the sequence produces when it runs.
///
/// The system hands out an id, a handle or a token only when a command really runs; the sequence is generated, and shrunk,
/// before that. So commands and the model's state hold a `Ref<T>`, which is a small number that can be copied, compared and
/// used as a key, and [`Env`](crate::Env) gives the value for it while the system runs. A command that produces a value
/// holds a [`New<T>`].
///
/// A reference never dangles: a sequence in which a command uses a reference that no earlier command defines, or that an
/// earlier one consumed, is not generated and not made by shrinking.
///
/// ```
/// use std::collections::BTreeMap;
/// use stateful_testing::{New, Ref};
///
/// let todo: New<u64> = New::numbered(1);
/// let titles: BTreeMap<Ref<u64>, &str> = BTreeMap::from([(todo.reference(), "buy milk")]);
/// assert_eq!(format!("{titles:?}"), r#"{v1: "buy milk"}"#);
/// ```
pub struct Ref<T> {
    id: RefId,
    stands_for: PhantomData<fn() -> T>,
}

/// Marks the command that produces a value of type `T`; others refer to it by [`New::reference`].
///
/// Made by [`Gen::fresh`](crate::Gen::fresh), bound to the real value by [`Env::bind`](crate::Env::bind) when the command runs.
///
/// ```
/// use stateful_testing::{Command, New, Ref};
///
/// #[derive(Debug)]
/// struct TodoId(u64);
///
/// #[derive(Debug, Clone, Command)]
/// enum Todo {
///     Add { todo: New<TodoId>, title: String }, // printed `v1 = add "buy milk"`
///     Delete { #[command(consume)] todo: Ref<TodoId> }, // printed `delete v1`
/// }
/// ```
pub struct New<T> {
    id: RefId,
    stands_for: PhantomData<fn() -> T>,
}

impl<T> Ref<T> {
    pub(crate) fn new(id: RefId) -> Self {
        Self { id, stands_for: PhantomData }
    }

    /// The reference with this number, for a sequence written by hand: see [`Check::run_sequence`](crate::Check::run_sequence).
    pub fn numbered(number: u32) -> Self {
        Self::new(RefId(number))
    }

    /// The number of the reference.
    pub fn id(self) -> RefId {
        self.id
    }
}

impl<T> New<T> {
    pub(crate) fn with_id(id: RefId) -> Self {
        Self { id, stands_for: PhantomData }
    }

    /// The reference with this number, for a sequence written by hand: see [`Check::run_sequence`](crate::Check::run_sequence).
    pub fn numbered(number: u32) -> Self {
        Self::with_id(RefId(number))
    }

    /// The number of the reference.
    pub fn id(self) -> RefId {
        self.id
    }

    /// How other commands, and the model's state, refer to the value.
    pub fn reference(self) -> Ref<T> {
        Ref::new(self.id)
    }
}

// Derived impls would ask for the same of `T`, which is never held.
macro_rules! behaves_like_its_number {
    ($ty:ident) => {
        impl<T> Clone for $ty<T> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<T> Copy for $ty<T> {}
        impl<T> PartialEq for $ty<T> {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id
            }
        }
        impl<T> Eq for $ty<T> {}
        impl<T> PartialOrd for $ty<T> {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl<T> Ord for $ty<T> {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.id.cmp(&other.id)
            }
        }
        impl<T> Hash for $ty<T> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.id.hash(state);
            }
        }
        impl<T> fmt::Debug for $ty<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.id, f)
            }
        }
    };
}
behaves_like_its_number!(Ref);
behaves_like_its_number!(New);
