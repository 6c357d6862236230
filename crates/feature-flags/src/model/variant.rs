//! The values a flag chooses from.

use super::{FlagValue, Percent};

/// One of the values that a flag chooses from, by name.
///
/// ```
/// use feature_flags::{Flag, FlagValue};
///
/// let flag = Flag::new("button").variant("loud", "red");
/// assert_eq!((flag.variants()[0].name(), flag.variants()[0].value()), ("loud", &FlagValue::from("red")));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    pub(super) name: String,
    pub(super) value: FlagValue,
}

impl Variant {
    /// The name that rules serve it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn value(&self) -> &FlagValue {
        &self.value
    }
}

/// A variant's share among those whom a rule applies to.
///
/// ```
/// use feature_flags::{Flag, Flags, MapContext, Rule, Serve, Share};
///
/// let weights = vec![Share::new("loud", "25%".parse()?), Share::new("quiet", "75%".parse()?)];
/// let flag = Flag::new("button").variant("loud", "red").variant("quiet", "grey").rule(Rule::new().serve(Serve::Split(weights)));
/// let flags = Flags::builder().flag(flag).build();
/// let is_loud = |id: &u32| flags.resolve("button", &MapContext::new().with("id", *id)).variant() == Some("loud");
/// assert!((200..300).contains(&(0..1_000).filter(is_loud).count()));
/// # Ok::<(), feature_flags::PercentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The variant's name.
    pub variant: String,
    /// How many of them get it; the shares of a rule add up to 100 %.
    pub weight: Percent,
}

impl Share {
    /// A share of `weight` for `variant`.
    pub fn new(variant: impl Into<String>, weight: Percent) -> Self {
        Self { variant: variant.into(), weight }
    }
}
