//! What an attribute holds, borrowed from the application's own struct.

use std::fmt;
use std::net::IpAddr;
use std::time::SystemTime;

/// A borrowed attribute of a context.
///
/// Making one never allocates: text and lists stay where the application keeps them. `Debug` prints only the kind,
/// since what users are like has no place in logs.
///
/// ```
/// use feature_flags::Value;
///
/// assert_eq!(Value::from(3_u8).kind(), "number");
/// assert_eq!(format!("{:?}", Value::from("secret")), "Value(text)");
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text; also versions, addresses and times that the application keeps as text.
    Text(&'a str),
    /// An IP address.
    Ip(IpAddr),
    /// A point in time.
    Time(SystemTime),
    /// Several values.
    List(&'a dyn List),
}

/// Several values of an attribute, such as the roles of a user.
///
/// Slices, arrays and `Vec`s of anything that is an [`Attribute`](crate::Attribute) are lists; implement it for
/// collections of your own.
///
/// # Contract
/// `item` answers for every index below `len`, without allocating; beyond, and for elements without a value, `None`.
///
/// # Implementing
/// ```
/// use std::collections::VecDeque;
/// use feature_flags::{List, Value};
///
/// struct Recent(VecDeque<String>);
///
/// impl List for Recent {
///     fn len(&self) -> usize {
///         self.0.len()
///     }
///
///     fn item(&self, index: usize) -> Option<Value<'_>> {
///         self.0.get(index).map(|item| Value::from(item.as_str()))
///     }
/// }
///
/// let recent = Recent(["a".to_owned(), "b".to_owned()].into());
/// assert_eq!(Value::List(&recent).to_string(), r#"["a", "b"]"#);
/// ```
pub trait List {
    /// The number of elements.
    fn len(&self) -> usize;

    /// The element at `index`, counted from 0.
    fn item(&self, index: usize) -> Option<Value<'_>>;

    /// Whether there are no elements.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const _: fn(&dyn List) = |_| {}; // stays object-safe

impl Value<'_> {
    /// The word for this kind of value in explanations and error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "number",
            Self::Text(_) => "text",
            Self::Ip(_) => "IP address",
            Self::Time(_) => "time",
            Self::List(_) => "list",
        }
    }
}

/// Only the kind, never the value.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.kind())
    }
}

/// The value itself, as explanations show it.
///
/// Lists longer than eight elements are cut.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Ip(value) => write!(f, "{value}"),
            Self::Time(value) => write!(f, "{}", super::Timestamp::from(*value)),
            Self::List(list) => {
                f.write_str("[")?;
                for index in 0..list.len().min(8) {
                    let comma = if index == 0 { "" } else { ", " };
                    match list.item(index) {
                        Some(Value::List(_)) => write!(f, "{comma}[..]")?,
                        Some(item) => write!(f, "{comma}{item}")?,
                        None => write!(f, "{comma}-")?,
                    }
                }
                f.write_str(if list.len() > 8 { ", ..]" } else { "]" })
            }
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

macro_rules! value_from {
    ($($variant:ident from $($of:ty),+;)+) => {$($(
        impl From<$of> for Value<'_> {
            fn from(value: $of) -> Self {
                Self::$variant(value.into())
            }
        }
    )+)+};
}
value_from! {
    Bool from bool;
    Integer from i8, i16, i32, i64, i128, u8, u16, u32, u64;
    Float from f32, f64;
    Ip from IpAddr, std::net::Ipv4Addr, std::net::Ipv6Addr;
    Time from SystemTime;
}
