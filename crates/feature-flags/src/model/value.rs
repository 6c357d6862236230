//! What a flag serves.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value that a flag serves: cheap to clone, whatever it holds.
///
/// ```
/// use feature_flags::FlagValue;
///
/// let value = FlagValue::from("blue");
/// assert_eq!(value.as_text(), Some("blue"));
/// assert_eq!(value.as_integer(), None);
/// assert_eq!(value.to_string(), "\"blue\"");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FlagValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number with a fraction.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// Several values.
    List(Arc<[FlagValue]>),
    /// Values by name.
    Table(Arc<BTreeMap<String, FlagValue>>),
}

impl FlagValue {
    /// The value, if it is true or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value, if it is a whole number.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The value, if it is a number; whole numbers above 2^53 are rounded.
    #[allow(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The value, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The values, if it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// The value called `name`, if it is a table that has one.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use feature_flags::FlagValue;
    ///
    /// let limits = FlagValue::Table(BTreeMap::from([("requests".to_owned(), FlagValue::from(10))]).into());
    /// assert_eq!(limits.get("requests").and_then(FlagValue::as_integer), Some(10));
    /// assert_eq!(limits.get("burst"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Table(values) => values.get(name),
            _ => None,
        }
    }

    /// Whether all numbers in it are finite: JSON has no others.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Float(number) => number.is_finite(),
            Self::List(values) => values.iter().all(Self::is_finite),
            Self::Table(values) => values.values().all(Self::is_finite),
            Self::Bool(_) | Self::Integer(_) | Self::Text(_) => true,
        }
    }

    /// The word for this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "whole number",
            Self::Float(_) => "number",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Table(_) => "table",
        }
    }
}

macro_rules! value_from {
    ($($of:ty => $variant:ident),+) => {$(
        impl From<$of> for FlagValue {
            fn from(value: $of) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}
value_from!(bool => Bool, i32 => Integer, i64 => Integer, u32 => Integer, f64 => Float, &str => Text, String => Text, Vec<FlagValue> => List);

/// As JSON has it.
impl fmt::Display for FlagValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Table(values) => {
                f.write_str("{")?;
                for (index, (name, value)) in values.iter().enumerate() {
                    write!(f, "{}{name:?}: {value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for FlagValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => serializer.collect_seq(values.iter()),
            Self::Table(values) => serializer.collect_map(values.iter()),
        }
    }
}
