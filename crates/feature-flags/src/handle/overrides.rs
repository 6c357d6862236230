//! Answers that stand whatever the flags say.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::FlagValue;

/// Answers that stand whatever the flags say: for tests, and for people who want to see a flag from the other side.
///
/// ```
/// use feature_flags::{Flag, Flags, Overrides, Reason};
///
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// let without = flags.overriding(Overrides::new().off("new-search"));
/// assert!(!without.enabled("new-search", &()));
/// assert_eq!(without.decide("new-search", &()).reason(), Reason::Override);
/// assert!(flags.enabled("new-search", &()), "the handle it came from is as it was");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Overrides {
    by_name: BTreeMap<String, Forced>,
}

/// What is served instead.
#[derive(Clone, PartialEq)]
pub(crate) struct Forced {
    pub(crate) enabled: bool,
    pub(crate) value: Option<FlagValue>,
}

impl Overrides {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The flag called `name` is on.
    ///
    /// ```
    /// use feature_flags::{Flags, Overrides};
    ///
    /// let overrides = Overrides::new().on("new-search").set("dark-mode", true).value("limit", 7);
    /// let later = overrides.and(&Overrides::new().off("dark-mode"));
    /// let flags = Flags::builder().build().overriding(later);
    /// assert!(flags.enabled("new-search", &()) && !flags.enabled("dark-mode", &()));
    /// assert_eq!(flags.integer("limit", &(), 0), 7);
    /// ```
    #[must_use]
    pub fn on(self, name: impl Into<String>) -> Self {
        self.set(name, true)
    }

    /// The flag called `name` is off.
    #[must_use]
    pub fn off(self, name: impl Into<String>) -> Self {
        self.set(name, false)
    }

    /// The flag called `name` is on or off.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, enabled: bool) -> Self {
        self.by_name.insert(name.into(), Forced { enabled, value: None });
        self
    }

    /// The flag called `name` is on and serves `value`.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: impl Into<FlagValue>) -> Self {
        self.by_name.insert(name.into(), Forced { enabled: true, value: Some(value.into()) });
        self
    }

    /// These, and those of `other` where both say something.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.by_name.extend(other.by_name.iter().map(|(name, forced)| (name.clone(), forced.clone())));
        self
    }

    /// Apart, so that handles without overrides pay for none of it.
    #[inline(never)]
    pub(crate) fn get(&self, name: &str) -> Option<&Forced> {
        self.by_name.get(name)
    }
}

impl Forced {
    /// The value itself, or the switch as one.
    pub(crate) fn as_value(&self) -> FlagValue {
        self.value.clone().unwrap_or(FlagValue::Bool(self.enabled))
    }
}

/// `{new-search: off}`.
impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.by_name.iter().map(|(name, forced)| {
            let switch = if forced.enabled { "on" } else { "off" };
            (name, forced.value.as_ref().map_or_else(|| switch.to_owned(), ToString::to_string))
        });
        f.debug_map().entries(shown).finish()
    }
}
