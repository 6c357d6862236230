//! Content hashes over a canonical form of JSON.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of a value's canonical JSON, as 64 hexadecimal digits.
///
/// Two values with the same content have the same fingerprint on every platform and in every version of this crate.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "INTEGER")).with_column(Column::new("name", "TEXT"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("users", "name"))?;
/// assert_eq!(plan.hash().as_str().len(), 64);
/// assert!(plan.hash().as_str().starts_with(plan.hash().short()));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits: enough to tell plans apart when people talk about them.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::of_json(&to_value(value))
    }

    pub(crate) fn of_json(value: &Value) -> Self {
        let mut text = String::new();
        write_canonical(value, &mut text);
        let digits = Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
            for half in [byte >> 4, byte & 15] {
                digits.push(char::from_digit(u32::from(half), 16).expect("half a byte is below 16"));
            }
            digits
        });
        Self(digits)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn to_value<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).expect("our own types have string keys and finite numbers")
}

/// No white space, members sorted by name. Sorted here and not by the map's own order, which a Cargo feature of
/// `serde_json` that somebody else turns on would change.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (i, (name, member)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(member, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter_and_every_value_does() {
        let hash = |text: &str| Fingerprint::of_json(&serde_json::from_str(text).unwrap());
        assert_eq!(hash(r#"{"a":1,"b":[true,null]}"#), hash(r#"{ "b": [true, null], "a": 1 }"#));
        assert_ne!(hash(r#"{"a":1}"#), hash(r#"{"a":"1"}"#));
        // Golden: `printf '{"a":1}' | sha256sum`.
        assert_eq!(hash(r#"{"a":1}"#).as_str(), "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
    }
}
