//! What is read of SQL: statements, words, names.

mod dialect;
pub(crate) mod expression;
mod names;
mod same;
pub(crate) mod server_type;
mod split;
#[cfg(feature = "syntax")]
mod stack;
#[cfg(feature = "syntax")]
mod syntax;
pub(crate) mod table_text;
pub(crate) mod tokens;

pub use dialect::Dialect;
pub(crate) use names::{LONGEST_NAME, clipped, ident, idents, literal, object_label, postgres_name};
pub(crate) use same::{same_definition, same_expression, same_query};
pub use split::ScriptPart;
#[cfg(feature = "syntax")]
pub use syntax::SyntaxError;
