//! What is read of SQL: statements, words, names.

mod dialect;
mod names;
mod split;
#[cfg(feature = "syntax")]
mod syntax;
pub(crate) mod tokens;

pub use dialect::Dialect;
pub(crate) use names::{ident, idents, literal, postgres_name};
pub use split::ScriptPart;
#[cfg(feature = "syntax")]
pub use syntax::SyntaxError;
