//! One line of reasoning in a flag.

use super::{Rollout, Share};
use crate::expression::Expression;

/// One rule of a flag: whom it is for, and what they get.
///
/// A rule applies to a context if its condition is true *and* its rollout takes the context in; a rule without either
/// applies to all. The first rule that applies decides; where none does, the flag is off.
///
/// ```
/// use feature_flags::{Flag, Flags, MapContext, Rule};
///
/// let flag = Flag::new("new-search")
///     .rule(Rule::new().named("never in France").when(r#"country == "FR""#.parse()?).serve(feature_flags::Serve::Off))
///     .rule(Rule::new().rollout("50% by id".parse()?));
/// let flags = Flags::builder().flag(flag).build();
/// assert!(!flags.enabled("new-search", &MapContext::new().with("country", "FR").with("id", 7)));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rule {
    name: Option<Box<str>>,
    when: Option<Expression>,
    rollout: Option<Rollout>,
    serve: Serve,
}

/// What those get whom a rule applies to.
///
/// ```
/// use feature_flags::{Flag, Flags, Rule, Serve, Share};
///
/// let halves = vec![Share::new("calm", "50%".parse()?), Share::new("loud", "50%".parse()?)];
/// let flag = Flag::new("button").variant("calm", "blue").variant("loud", "red").rule(Rule::new().serve(Serve::Split(halves)));
/// assert!(Flags::builder().flag(flag).build().enabled("button", &()));
/// # Ok::<(), feature_flags::PercentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Serve {
    /// The flag is on for them.
    #[default]
    On,
    /// The flag is off for them, whatever the rules behind this one say.
    Off,
    /// The flag is on for them, with the variant of this name.
    Variant(String),
    /// The flag is on for them, with one variant each: decided by their bucket for the salt of the flag with `/variants`
    /// behind it, over the shares in their order here, so that the rollout does not decide who gets which.
    Split(Vec<Share>),
}

impl Rule {
    /// A rule that applies to all.
    pub fn new() -> Self {
        Self::default()
    }

    /// A rule with what there is of its parts.
    #[cfg(feature = "json")]
    pub(crate) fn of(
        name: Option<Box<str>>,
        when: Option<Expression>,
        rollout: Option<Rollout>,
        serve: Option<Serve>,
    ) -> Self {
        Self { name, when, rollout, serve: serve.unwrap_or_default() }
    }

    /// Names the rule for explanations.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().into_boxed_str());
        self
    }

    /// Applies only where `condition` is true.
    #[must_use]
    pub fn when(mut self, condition: Expression) -> Self {
        self.when = Some(condition);
        self
    }

    /// Applies only to a share of the keys.
    #[must_use]
    pub fn rollout(mut self, rollout: Rollout) -> Self {
        self.rollout = Some(rollout);
        self
    }

    /// Sets what is served.
    #[must_use]
    pub fn serve(mut self, serve: Serve) -> Self {
        self.serve = serve;
        self
    }

    /// The name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The condition, if there is one.
    pub fn condition(&self) -> Option<&Expression> {
        self.when.as_ref()
    }

    /// The share of the keys, if it is not all.
    pub fn share(&self) -> Option<&Rollout> {
        self.rollout.as_ref()
    }

    /// What is served.
    pub fn served(&self) -> &Serve {
        &self.serve
    }
}
