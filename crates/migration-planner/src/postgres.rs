//! What PostgreSQL does with a statement: which locks it takes, what it rewrites, what it reads.

mod alter;
mod alter_constraint;
mod alter_other;
mod alter_partition;
mod alter_table;
mod alter_whole_table;
mod catalog;
mod compare;
mod create;
pub(crate) mod cursor;
mod drop;
mod effect;
mod inheritance;
mod oracle;
pub(crate) mod partition_bounds;
mod read_table;
pub(crate) mod relation;
mod relations;
mod rows;
mod types;

pub use catalog::PostgresCatalog;
pub(crate) use catalog::beside;
pub use effect::Effect;

use cursor::Cursor;
use types::Type;

/// Whether two types are the same, however they are written.
pub(crate) fn same_type(a: &str, b: &str) -> bool {
    let read = |text: &str| {
        let read = Type::read(&mut Cursor::new(text))?;
        Some(read.behind_serial().unwrap_or(read))
    };
    match (read(a), read(b)) {
        (Some(a), Some(b)) => a.name == b.name,
        _ => true,
    }
}

/// The name that PostgreSQL itself uses for a type, and what stands in its parentheses.
pub(crate) fn type_of(text: &str) -> Option<(String, Vec<i64>)> {
    let read = Type::read(&mut Cursor::new(text))?;
    let read = read.behind_serial().unwrap_or(read);
    let array = if read.to_string().ends_with("[]") { "[]" } else { "" };
    Some((format!("{}{array}", read.name), read.modifiers))
}
