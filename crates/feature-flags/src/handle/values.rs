//! Flags that serve more than on or off.

use super::details::EvaluationFailure;
use super::flags::Flags;
use super::name::Asked;
use super::resolved::{Resolved, Text};
use crate::context::Context;
use crate::evaluate::{Decision, Reason};
use crate::model::{FlagValue, Variant};

/// Typed values. Each getter takes the default that is served where the flag does not exist, is wrong, serves no variant,
/// or serves a value of another type; the last is told to the listener, once per flag.
impl Flags {
    /// What the flag called `name` serves to `context`, with the variant and the reason. The value is shared, not copied.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagValue, Flags};
    ///
    /// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
    /// let resolved = flags.resolve("new-search", &());
    /// assert_eq!((resolved.variant(), resolved.value()), (None, Some(&FlagValue::Bool(true))));
    /// ```
    pub fn resolve(&self, name: &str, context: &dyn Context) -> Resolved {
        self.resolved(name, context)
    }

    pub(super) fn resolved(&self, asked: impl Asked, context: &dyn Context) -> Resolved {
        if let Some(hooks) = self.hooks() {
            return self.hooked(hooks, asked, context, |details| Resolved::of(details));
        }
        let name = asked.name();
        let forced = self.forced(name);
        self.core.served.read(|snapshot, thread| {
            let decision = |enabled, reason| Decision { enabled, reason, snapshot: snapshot.id() };
            if let Some(forced) = &forced {
                let decision = decision(forced.enabled, Reason::Override);
                return Resolved { decision, variant: None, value: Some(forced.as_value()) };
            }
            let Some(place @ (block, index)) = asked.find(snapshot.table()) else {
                self.core.unknown(name, snapshot);
                return Resolved { decision: decision(false, Reason::Unknown), variant: None, value: None };
            };
            let outcome = self.outcome(snapshot, place, context, thread);
            let variant = outcome.variant.map(|variant| block.variant(variant).clone());
            let value = match &variant {
                Some(variant) => Some(variant.value().clone()),
                None => (!block.definition(index).has_variants()).then_some(FlagValue::Bool(outcome.enabled)),
            };
            Resolved { decision: decision(outcome.enabled, outcome.reason), variant, value }
        })
    }

    /// The text that the flag serves.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// let flags = Flags::from_toml(r#"
    ///     format = 1
    ///     [flags.button]
    ///     variants = { calm = "blue", loud = "red" }
    ///     default = "calm"
    ///     rollout = "50%"
    ///     serve = { calm = "20%", loud = "80%" }
    /// "#)?;
    /// assert_eq!(&*flags.text("button", &(), "grey"), "blue");
    /// assert_eq!(&*flags.text("no-such-flag", &(), "grey"), "grey");
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    pub fn text<'a>(&self, name: &str, context: &dyn Context, default: &'a str) -> Text<'a> {
        let served = self.value_as(name, context, "text", |value| match value {
            FlagValue::Text(text) => Some(text.clone()),
            _ => None,
        });
        Text::new(served, default)
    }

    /// The whole number that the flag serves.
    ///
    /// ```
    /// use feature_flags::Flags;
    ///
    /// let flags = Flags::from_toml(r#"
    ///     format = 1
    ///     [flags.page-size]
    ///     variants = { small = 20, large = 100 }
    ///     serve = "large"
    /// "#)?;
    /// assert_eq!(flags.integer("page-size", &(), 20), 100);
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    pub fn integer(&self, name: &str, context: &dyn Context, default: i64) -> i64 {
        self.value_as(name, context, "whole number", FlagValue::as_integer).unwrap_or(default)
    }

    /// The number that the flag serves; whole numbers are numbers too.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule, Serve};
    ///
    /// let flag = Flag::new("weight").variant("half", 0.5).rule(Rule::new().serve(Serve::Variant("half".into())));
    /// assert_eq!(Flags::builder().flag(flag).build().float("weight", &(), 1.0), 0.5);
    /// ```
    pub fn float(&self, name: &str, context: &dyn Context, default: f64) -> f64 {
        self.value_as(name, context, "number", FlagValue::as_float).unwrap_or(default)
    }

    /// The value that the flag serves as a type of the application, or `default`. Reads it anew at every call: for values
    /// that are asked for often, take the texts and numbers apart.
    ///
    /// ```
    /// use feature_flags::Flags;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, PartialEq, Debug)]
    /// struct Limits { requests: u32, burst: Option<u32> }
    ///
    /// let flags = Flags::from_toml(r#"
    ///     format = 1
    ///     [flags.limits]
    ///     variants.strict = { requests = 10 }
    ///     serve = "strict"
    /// "#)?;
    /// let limits = flags.value("limits", &(), Limits { requests: 100, burst: None });
    /// assert_eq!(limits, Limits { requests: 10, burst: None });
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    #[cfg(feature = "serde")]
    pub fn value<T: serde::de::DeserializeOwned>(&self, name: &str, context: &dyn Context, default: T) -> T {
        self.deserialized(name, context, default)
    }

    #[cfg(feature = "serde")]
    pub(super) fn deserialized<T: serde::de::DeserializeOwned>(
        &self,
        asked: impl Asked,
        context: &dyn Context,
        default: T,
    ) -> T {
        let kind = std::any::type_name::<T>();
        self.value_as(asked, context, kind, |value| T::deserialize(value).ok()).unwrap_or(default)
    }

    fn value_as<T>(
        &self,
        asked: impl Asked,
        context: &dyn Context,
        wanted: &'static str,
        read: impl Fn(&FlagValue) -> Option<T>,
    ) -> Option<T> {
        let name = asked.name();
        if let Some(hooks) = self.hooks() {
            return self.hooked(hooks, asked, context, |details| {
                let value = details.value()?;
                let read = self.read(name, value, wanted, &read);
                if read.is_none() {
                    details.failure = Some(EvaluationFailure::WrongType { wanted, found: value.kind() });
                }
                read
            });
        }
        if let Some(forced) = self.forced(name) {
            return self.read(name, &forced.as_value(), wanted, read);
        }
        self.core.served.read(|snapshot, thread| {
            let Some(place @ (block, index)) = asked.find(snapshot.table()) else {
                self.core.unknown(name, snapshot);
                return None;
            };
            let outcome = self.outcome(snapshot, place, context, thread);
            let switch = FlagValue::Bool(outcome.enabled);
            let value = match outcome.variant.map(|variant| block.variant(variant)) {
                Some(variant) => Variant::value(variant),
                None if block.definition(index).has_variants() => return None,
                None => &switch,
            };
            self.read(name, value, wanted, &read)
        })
    }

    fn read<T>(
        &self,
        name: &str,
        value: &FlagValue,
        wanted: &'static str,
        read: impl Fn(&FlagValue) -> Option<T>,
    ) -> Option<T> {
        let read = read(value);
        if read.is_none() {
            self.core.wrong_type(name, wanted, value.kind());
        }
        read
    }
}
