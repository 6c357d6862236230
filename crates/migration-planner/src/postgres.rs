//! What PostgreSQL does with a statement: which locks it takes, what it rewrites, what it reads.

mod alter;
mod alter_other;
mod alter_table;
pub(crate) mod catalog;
mod compare;
mod create;
pub(crate) mod cursor;
mod drop;
mod effect;
mod oracle;
mod read_table;
mod rows;
mod types;

pub use catalog::PostgresCatalog;
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
