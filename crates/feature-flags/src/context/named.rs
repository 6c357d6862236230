//! Maps of the standard library as contexts.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::value::Value;
use super::{Attribute, Context};

macro_rules! by_name {
    ($of:ty, $($more:ident: $bound:ident)?) => {
        /// Attributes of one type by name, such as properties that the application does not know beforehand. One called `key`, or
        /// else `id`, is the key.
        ///
        /// ```
        /// use std::collections::{BTreeMap, HashMap};
        /// use feature_flags::{Context, Flag, Flags, Rule};
        ///
        /// #[derive(Context)]
        /// struct User {
        ///     #[context(key)]
        ///     id: u64,
        ///     #[context(nested)]
        ///     properties: HashMap<String, String>,
        /// }
        ///
        /// let rule = Rule::new().when(r#"properties.plan == "pro""#.parse()?).rollout("100%".parse()?);
        /// let flags = Flags::builder().flag(Flag::new("new-search").rule(rule)).build();
        /// let user = User { id: 42, properties: HashMap::from([("plan".to_owned(), "pro".to_owned())]) };
        /// assert!(flags.enabled("new-search", &user));
        /// assert!(BTreeMap::from([("id".to_owned(), 42)]).key().is_some());
        /// # Ok::<(), feature_flags::ExpressionError>(())
        /// ```
        impl<V: Attribute $(, $more: $bound)?> Context for $of {
            fn attribute(&self, path: &str) -> Option<Value<'_>> {
                self.get(path)?.value()
            }

            fn key(&self) -> Option<Value<'_>> {
                self.attribute("key").or_else(|| self.attribute("id"))
            }
        }
    };
}
by_name!(BTreeMap<String, V>,);
by_name!(HashMap<String, V, S>, S: BuildHasher);
