//! Values that flags serve.

use std::sync::Arc;

use super::super::tree::{Content, Tree, Wrong};
use crate::model::FlagValue;

/// Any value but dates.
pub(super) fn read(value: &Tree<'_>) -> Result<FlagValue, Wrong> {
    match &value.content {
        Content::Bool(value) => Ok(FlagValue::Bool(*value)),
        Content::Text(text) => Ok(FlagValue::from(text.as_ref())),
        Content::Integer(digits, radix) => i64::from_str_radix(digits, *radix)
            .map(FlagValue::Integer)
            .map_err(|_| value.wrong("expected a whole number of 64 bits")),
        Content::Float(number) => match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(FlagValue::Float(number)),
            _ => Err(value.wrong("expected a finite number")),
        },
        Content::List(items) => items.iter().map(read).collect::<Result<Vec<_>, _>>().map(FlagValue::from),
        Content::Table(table) => {
            let members = table.entries().iter().map(|(key, value)| Ok((key.name.to_string(), read(value)?)));
            members.collect::<Result<_, _>>().map(|members| FlagValue::Table(Arc::new(members)))
        }
        #[cfg(feature = "json")]
        Content::Null => Err(value.wrong("expected a value; what is not there is left out instead of `null`")),
        Content::Date(_) => Err(value.wrong("expected a value; times are written as text")),
    }
}

/// What people note down: also dates, and numbers that are none, as texts.
pub(super) fn read_meta(value: &Tree<'_>) -> Result<FlagValue, Wrong> {
    match &value.content {
        Content::Date(date) => Ok(FlagValue::from(date.as_str())),
        Content::Float(number) if number.parse().is_ok_and(|number: f64| !number.is_finite()) => {
            Ok(FlagValue::from(number.as_ref()))
        }
        Content::List(items) => items.iter().map(read_meta).collect::<Result<Vec<_>, _>>().map(FlagValue::from),
        Content::Table(table) => {
            let members = table.entries().iter().map(|(key, value)| Ok((key.name.to_string(), read_meta(value)?)));
            members.collect::<Result<_, _>>().map(|members| FlagValue::Table(Arc::new(members)))
        }
        _ => read(value),
    }
}
