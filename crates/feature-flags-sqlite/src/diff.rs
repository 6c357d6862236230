//! What is different between two states of a flag.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One part of a flag that a change changed. `Display` gives `rules[0].rollout: "1% by id" -> "10% by id"`.
///
/// ```
/// use feature_flags::Flag;
/// use feature_flags_sqlite::{Author, SqliteStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flags.db");
/// let store = SqliteStore::open(&path)?;
/// store.put(&Flag::new("a").owner("web"), &Author::unknown())?;
/// store.put(&Flag::new("a").owner("shop"), &Author::unknown())?;
/// let difference = &store.history(None, 1)?[0].differences()[0];
/// assert_eq!((difference.path(), difference.after()), ("owner", Some("\"shop\"")));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

impl Difference {
    /// Which part.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it was, as JSON; `None` if it was not there.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// What it is then, as JSON; `None` if it is gone.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, before, after } = self;
        match (before, after) {
            (Some(before), Some(after)) => write!(f, "{path}: {before} -> {after}"),
            (None, Some(after)) => write!(f, "{path}: now {after}"),
            (Some(before), None) => write!(f, "{path}: no longer {before}"),
            (None, None) => f.write_str(path),
        }
    }
}

/// Between two texts in JSON; a text that is none differs as a whole.
pub(crate) fn differences(before: &str, after: &str) -> Vec<Difference> {
    let parse = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let mut found = Vec::new();
    collect(String::new(), Some(&parse(before)), Some(&parse(after)), &mut found);
    found
}

fn collect(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(path, before.get(key), after.get(key), found);
            }
        }
        // Where there are more or fewer, nobody can tell which became which.
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                collect(format!("{path}[{index}]"), Some(before), Some(after), found);
            }
        }
        (before, after) => {
            let (before, after) = (before.map(Value::to_string), after.map(Value::to_string));
            found.push(Difference { path, before, after });
        }
    }
}
