//! A flag's value with everything about it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::details::EvaluationDetails;
use crate::evaluate::Decision;
use crate::model::{FlagValue, Variant};

/// What a flag serves to one context: the decision, and the variant where the flag has variants.
///
/// ```
/// use feature_flags::{Flag, FlagValue, Flags, Rule, Serve};
///
/// let flag = Flag::new("button").variant("loud", "red").rule(Rule::new().serve(Serve::Variant("loud".into())));
/// let resolved = Flags::builder().flag(flag).build().resolve("button", &());
/// assert!(resolved.decision().enabled());
/// assert_eq!(resolved.variant(), Some("loud"));
/// assert_eq!(resolved.value(), Some(&FlagValue::from("red")));
/// ```
#[derive(Debug, Clone)]
pub struct Resolved {
    pub(super) decision: Decision,
    pub(super) variant: Option<Variant>,
    /// For flags without variants, the decision as a value.
    pub(super) value: Option<FlagValue>,
}

impl Resolved {
    pub(super) fn of(details: &EvaluationDetails<'_>) -> Self {
        Self { decision: details.decision(), variant: details.variant.cloned(), value: details.value().cloned() }
    }

    /// Whether the flag is on, why, and by which snapshot.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// The name of the variant that is served; `None` for flags without variants, and where none is served.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_ref().map(Variant::name)
    }

    /// The value that is served: the variant's, or for flags without variants whether they are on. `None` where callers
    /// get their own default.
    pub fn value(&self) -> Option<&FlagValue> {
        self.value.as_ref()
    }
}

/// A text that a flag serves, or the caller's default; reads as `&str`.
///
/// ```
/// use feature_flags::Flags;
///
/// let text = Flags::builder().build().text("no-such-flag", &(), "the default");
/// assert_eq!(text.len(), 11);
/// assert_eq!(text.to_string(), "the default");
/// ```
#[derive(Debug, Clone)]
pub struct Text<'a>(Origin<'a>);

#[derive(Debug, Clone)]
enum Origin<'a> {
    Served(Arc<str>),
    Default(&'a str),
}

impl<'a> Text<'a> {
    pub(super) fn new(served: Option<Arc<str>>, default: &'a str) -> Self {
        Self(served.map_or(Origin::Default(default), Origin::Served))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Origin::Served(text) => text,
            Origin::Default(text) => text,
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
