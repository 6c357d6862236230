//! What a handle does besides asking the flags.

use super::hooks::Hooks;
use super::overrides::Overrides;

/// Hardly any handle has one, and those that have none pay for no more than a look at a pointer.
#[derive(Debug, Clone, Default)]
pub(super) struct Aside {
    pub(super) overrides: Overrides,
    pub(super) hooks: Hooks,
    /// What it is to the scopes of tests.
    #[cfg(feature = "testing")]
    pub(super) bound: Option<crate::testing::Bound>,
}
