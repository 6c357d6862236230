//! For tests of applications, and of implementations of this crate's traits. Feature `testing`.

mod combinations;
mod scope;

pub use combinations::{all_combinations, pairwise};
pub(crate) use scope::forced;
pub use scope::{Report, Scope, Scoped};
