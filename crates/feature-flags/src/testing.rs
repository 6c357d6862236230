//! For tests of applications, and of implementations of this crate's traits. Feature `testing`.

mod combinations;
mod conformance;
#[cfg(feature = "toml")]
mod golden;
mod scope;

pub use combinations::{all_combinations, pairwise};
pub use conformance::{contents_conformance, fixed_conformance, source_conformance, wrapper_conformance};
#[cfg(feature = "toml")]
pub use golden::{GoldenDifference, GoldenFailure, GoldenReport, golden};
pub(crate) use scope::forced;
pub use scope::{Report, Scope, Scoped};
