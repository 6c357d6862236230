//! One attribute as a context, for quick use.

use super::value::Value;
use super::{Attribute, Context};

/// A name and its attribute: the quickest context there is, and several of them in a tuple. One called `key` or `id` is
/// the key too.
///
/// ```
/// use feature_flags::{Flag, Flags, Rule};
///
/// let rule = Rule::new().when(r#"country == "US""#.parse()?).rollout("100%".parse()?);
/// let flags = Flags::builder().flag(Flag::new("new-search").rule(rule)).build();
/// assert!(flags.enabled("new-search", &(("id", 42), ("country", "US"))));
/// assert!(!flags.enabled("new-search", &("country", "US")), "nobody without a key is in a share");
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
impl<V: Attribute> Context for (&str, V) {
    fn attribute(&self, path: &str) -> Option<Value<'_>> {
        if self.0 == path { self.1.value() } else { None }
    }

    fn key(&self) -> Option<Value<'_>> {
        if matches!(self.0, "key" | "id") { self.1.value() } else { None }
    }
}
