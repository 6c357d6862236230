//! A closure as a context.

use std::fmt;
use std::marker::PhantomData;

use super::Context;
use super::value::Value;

/// A closure from paths to attributes as a context, for what has no struct: the headers of a request, say.
///
/// The closure answers each path that rules ask for, and must neither allocate nor block. The key is what it says of
/// `key`, or else of `id`.
///
/// ```
/// use std::collections::HashMap;
/// use feature_flags::{Flag, Flags, FnContext, Rule, Value};
///
/// let headers = HashMap::from([("x-country", "US".to_owned()), ("x-user", "42".to_owned())]);
/// let context = FnContext::new(|path| match path {
///     "country" => headers.get("x-country").map(|country| Value::from(country.as_str())),
///     "id" => headers.get("x-user").map(|user| Value::from(user.as_str())),
///     _ => None,
/// });
/// let rule = Rule::new().when(r#"country == "US""#.parse()?).rollout("100%".parse()?);
/// let flags = Flags::builder().flag(Flag::new("new-search").rule(rule)).build();
/// assert!(flags.enabled("new-search", &context));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
pub struct FnContext<'a, F> {
    function: F,
    /// What its values are borrowed from.
    values: PhantomData<&'a ()>,
}

impl<'a, F: Fn(&str) -> Option<Value<'a>>> FnContext<'a, F> {
    /// A context that asks `function` for each path.
    pub fn new(function: F) -> Self {
        Self { function, values: PhantomData }
    }
}

impl<'a, F: Fn(&str) -> Option<Value<'a>>> Context for FnContext<'a, F> {
    fn attribute(&self, path: &str) -> Option<Value<'_>> {
        (self.function)(path)
    }

    fn key(&self) -> Option<Value<'_>> {
        (self.function)("key").or_else(|| (self.function)("id"))
    }
}

/// No value: a closure has none to show.
impl<F> fmt::Debug for FnContext<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnContext").finish_non_exhaustive()
    }
}
