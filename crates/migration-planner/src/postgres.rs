//! What PostgreSQL does with a statement: which locks it takes, what it rewrites, what it reads.

mod alter;
mod alter_other;
mod alter_table;
pub(crate) mod catalog;
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
