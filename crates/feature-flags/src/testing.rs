//! For tests of applications, and of implementations of this crate's traits. Feature `testing`.
//!
//! ```
//! use feature_flags::{Flags, Overrides};
//! use feature_flags::testing::Scope;
//!
//! let scope = Scope::new(Overrides::new().on("new-search"));
//! let application = scope.flags(&Flags::builder().build());
//! assert!(application.enabled("new-search", &()));
//! scope.report().assert_all_declared();
//! ```

mod combinations;
mod conformance;
#[cfg(feature = "toml")]
mod golden;
mod scope;
mod source;

pub use combinations::{all_combinations, pairwise, run_all_combinations, run_pairwise};
pub use conformance::{contents_conformance, fixed_conformance, source_conformance, wrapper_conformance};
#[cfg(feature = "toml")]
pub use golden::{GoldenDifference, GoldenFailure, GoldenReport, golden};
pub(crate) use scope::{Bound, forced};
pub use scope::{Report, Scope, Scoped, only_in_scopes};
pub use source::TestSource;
