//! Names as they stand in statements.

use migration_planner::ObjectName;

/// A name in quotes, so that it is taken to the letter.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A relation with its schema; `public` is where it is if nothing else was said.
pub(crate) fn qualified(name: &ObjectName) -> String {
    format!("{}.{}", quoted(name.schema().unwrap_or("public")), quoted(name.name()))
}
