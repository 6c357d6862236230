//! Values of flags as types of the application.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::FlagValue;

/// A value does not fit the type it is read as; nobody sees why, since the default is served.
#[derive(Debug)]
pub struct Misfit(String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl<'de> Deserializer<'de> for &'de FlagValue {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            FlagValue::Bool(value) => visitor.visit_bool(*value),
            FlagValue::Integer(value) => visitor.visit_i64(*value),
            FlagValue::Float(value) => visitor.visit_f64(*value),
            FlagValue::Text(value) => visitor.visit_borrowed_str(value),
            FlagValue::List(values) => visitor.visit_seq(SeqDeserializer::new(values.iter())),
            FlagValue::Table(values) => {
                let members = values.iter().map(|(name, value)| (name.as_str(), value));
                visitor.visit_map(MapDeserializer::new(members))
            }
        }
    }

    /// A value that is there is `Some`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// Texts are the names of variants without fields.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self {
            FlagValue::Text(text) => {
                let variant: serde::de::value::StrDeserializer<'_, Misfit> = text.as_ref().into_deserializer();
                variant.deserialize_enum(name, variants, visitor)
            }
            FlagValue::Table(members) if members.len() == 1 => {
                let members = members.iter().map(|(name, value)| (name.as_str(), value));
                visitor.visit_enum(serde::de::value::MapAccessDeserializer::new(MapDeserializer::new(members)))
            }
            other => Err(Misfit::custom(format!("{} is no variant of {name}", other.kind()))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for &'de FlagValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
