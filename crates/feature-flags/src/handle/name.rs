//! Names that remember where their flag is.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use super::flags::Flags;
use super::resolved::Resolved;
use crate::compile::{Block, Packed, Slot, Table};
use crate::context::Context;

/// A flag's name that remembers where the flag was found last, so that it is not looked up again while it stays there:
/// for flags that are asked for all the time. The typed flags of `flags!` use it.
///
/// ```
/// use feature_flags::{Flag, FlagName, Flags};
///
/// struct Search { flags: Flags, new_search: FlagName }
///
/// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
/// let search = Search { flags, new_search: FlagName::new("new-search") };
/// assert!(search.flags.enabled_by(&search.new_search, &()));
/// ```
pub struct FlagName {
    name: Box<str>,
    /// The same as flags have it if it is short; else what no flag's name is.
    packed: Packed,
    /// The slot where it was. Where another flag or none is there now, it is looked up anew.
    hint: AtomicU32,
}

impl FlagName {
    /// Remembers nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into().into_boxed_str();
        let packed = Packed::short(name.as_bytes()).unwrap_or(Packed::Bool(false));
        Self { name, packed, hint: AtomicU32::new(0) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// A flag that is not where it was, or that has a long name.
    #[cold]
    fn look_up<'t>(&self, hint: Slot, table: &'t Table) -> Option<(&'t Block, usize)> {
        if table.is_at(hint, &self.name) {
            return Some(table.at(hint));
        }
        let slot = table.find(&self.name)?;
        self.hint.store(slot.0, Ordering::Relaxed);
        Some(table.at(slot))
    }
}

impl Clone for FlagName {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), packed: self.packed, hint: AtomicU32::new(self.hint.load(Ordering::Relaxed)) }
    }
}

impl fmt::Debug for FlagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlagName").field(&self.name).finish()
    }
}

/// How a caller names a flag: by text, or by a name that remembers where it was.
pub(super) trait Asked: Copy {
    fn name(&self) -> &str;

    /// The block of the flag and its place there; `None` where there is none.
    fn find(self, table: &Table) -> Option<(&Block, usize)>;
}

impl Asked for &str {
    fn name(&self) -> &str {
        self
    }

    #[inline]
    fn find(self, table: &Table) -> Option<(&Block, usize)> {
        table.find_in(self)
    }
}

impl Asked for &FlagName {
    fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn find(self, table: &Table) -> Option<(&Block, usize)> {
        let hint = Slot(self.hint.load(Ordering::Relaxed));
        table.packed_at(hint, &self.packed).or_else(|| self.look_up(hint, table))
    }
}

impl Flags {
    /// The same as [`enabled`](Self::enabled), without looking the name up while its flag stays where it is.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagName, Flags};
    ///
    /// let (flags, name) = (Flags::builder().flag(Flag::new("new-search").enabled(true)).build(), FlagName::new("new-search"));
    /// assert!(flags.enabled_by(&name, &()));
    /// ```
    #[inline]
    pub fn enabled_by(&self, name: &FlagName, context: &dyn Context) -> bool {
        if self.aside.is_some() {
            return self.enabled_aside(name, context);
        }
        if let Some(forced) = self.forced(&name.name) {
            return forced.enabled;
        }
        self.core.served.read(|snapshot, thread| {
            let Some(place) = name.find(snapshot.table()) else {
                self.core.unknown(&name.name, snapshot);
                return false;
            };
            self.is_on(snapshot, place, context, thread)
        })
    }

    /// The same as [`resolve`](Self::resolve), without looking the name up while its flag stays where it is.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagName, Flags, Rule, Serve};
    ///
    /// let flag = Flag::new("button").variant("loud", "red").rule(Rule::new().serve(Serve::Variant("loud".into())));
    /// let (flags, button) = (Flags::builder().flag(flag).build(), FlagName::new("button"));
    /// assert_eq!(flags.resolve_by(&button, &()).variant(), Some("loud"));
    /// ```
    pub fn resolve_by(&self, name: &FlagName, context: &dyn Context) -> Resolved {
        self.resolved(name, context)
    }

    /// The same as [`value`](Self::value), without looking the name up while its flag stays where it is.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagName, Flags, Rule, Serve};
    ///
    /// let flag = Flag::new("limit").variant("low", 10).rule(Rule::new().serve(Serve::Variant("low".into())));
    /// let (flags, limit) = (Flags::builder().flag(flag).build(), FlagName::new("limit"));
    /// assert_eq!(flags.value_by(&limit, &(), 100_u8), 10);
    /// ```
    #[cfg(feature = "serde")]
    pub fn value_by<T: serde::de::DeserializeOwned>(&self, name: &FlagName, context: &dyn Context, default: T) -> T {
        self.deserialized(name, context, default)
    }
}
