//! What may be a field of a context.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use super::value::{List, Value};

/// A type that can be an attribute: one field of a struct with `#[derive(Context)]`.
///
/// Numbers, `bool`, text, addresses, times, lists of those, and `Option`, `Box`, `Arc` around any of them are
/// attributes. `#[derive(Attribute)]` makes one of an enum without fields (the variant's name in `kebab-case`) and of
/// a struct around one attribute, such as `struct UserId(u64)`.
///
/// # Contract
/// `value` borrows; it is called while a flag is evaluated and must neither allocate nor block. `None` means that there
/// is no value: every comparison with it is unknown, so no rule matches because of it.
///
/// # Implementing
/// ```
/// use feature_flags::{Attribute, Value};
///
/// struct Email { text: String, at: usize }
///
/// impl Attribute for Email {
///     fn value(&self) -> Option<Value<'_>> {
///         Some(Value::Text(&self.text))
///     }
/// }
/// # let email = Email { text: "a@b.example".into(), at: 1 };
/// # assert!(email.value().is_some() && email.at == 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an attribute of a context",
    note = "derive or implement `feature_flags::Attribute` for it, or leave the field out with `#[context(skip)]`",
    note = "for a struct with attributes of its own, use `#[context(nested)]`"
)]
pub trait Attribute {
    /// The value, borrowed; `None` where there is none.
    fn value(&self) -> Option<Value<'_>>;
}

const _: fn(&dyn Attribute) = |_| {}; // stays object-safe

macro_rules! copied {
    ($($of:ty),+) => {$(
        impl Attribute for $of {
            fn value(&self) -> Option<Value<'_>> {
                Some(Value::from(*self))
            }
        }
    )+};
}
copied!(bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, f32, f64, IpAddr, Ipv4Addr, Ipv6Addr, SystemTime);

macro_rules! non_zero {
    ($($of:ty),+) => {$(
        impl Attribute for NonZero<$of> {
            fn value(&self) -> Option<Value<'_>> {
                Some(Value::from(self.get()))
            }
        }
    )+};
}
non_zero!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

impl Attribute for isize {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Integer(*self as i128))
    }
}

impl Attribute for usize {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Integer(*self as i128))
    }
}

impl Attribute for str {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl Attribute for String {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl Attribute for Cow<'_, str> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl<T: Attribute> Attribute for Option<T> {
    fn value(&self) -> Option<Value<'_>> {
        self.as_ref()?.value()
    }
}

macro_rules! forwarded {
    ($($of:ty),+) => {$(
        impl<T: Attribute + ?Sized> Attribute for $of {
            fn value(&self) -> Option<Value<'_>> {
                (**self).value()
            }
        }
    )+};
}
forwarded!(&T, Box<T>, Rc<T>, Arc<T>);

/// Slices are lists where they are borrowed: `&'a [String]` as a field.
impl<T: Attribute> Attribute for &[T] {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
    }
}

impl<T: Attribute> Attribute for Vec<T> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
    }
}

impl<T: Attribute, const N: usize> Attribute for [T; N] {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
    }
}

impl<T: Attribute> List for Vec<T> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.get(index)?.value()
    }
}

impl<T: Attribute, const N: usize> List for [T; N] {
    fn len(&self) -> usize {
        N
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.get(index)?.value()
    }
}

impl<T: Attribute> List for &[T] {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.get(index)?.value()
    }
}

impl<T: Attribute> Attribute for VecDeque<T> {
    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
    }
}

impl<T: Attribute> List for VecDeque<T> {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn item(&self, index: usize) -> Option<Value<'_>> {
        self.get(index)?.value()
    }
}
