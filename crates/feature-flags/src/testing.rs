//! For tests of applications, and of implementations of this crate's traits. Feature `testing`.

mod combinations;
mod conformance;
mod scope;

pub use combinations::{all_combinations, pairwise};
pub use conformance::{fixed_conformance, source_conformance, wrapper_conformance};
pub(crate) use scope::forced;
pub use scope::{Report, Scope, Scoped};
