//! One flag.

use super::few::Few;
use super::name::Name;
use super::{FlagValue, Percent, Rollout, Rule, Variant};

/// One flag as it was written: in a file, or with these methods in code.
///
/// ```
/// use feature_flags::{Flag, Flags, Rule};
///
/// let flags = Flags::builder()
///     .flag(Flag::new("dark-mode").enabled(true))
///     .flag(Flag::new("new-search").rule(Rule::new().rollout("50% by id".parse()?)))
///     .build();
/// assert!(flags.enabled("dark-mode", &()));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    name: Name,
    enabled: bool,
    default: bool,
    rules: Few<Rule>,
    /// What many flags do not have: apart, so that those are small.
    rest: Option<Box<Rest>>,
}

/// Made when some of it is set, so that equal flags are equal.
#[derive(Debug, Clone, PartialEq, Default)]
struct Rest {
    description: Option<String>,
    owner: Option<String>,
    expires: Option<String>,
    salt: Option<Box<str>>,
    requires: Vec<String>,
    variants: Vec<Variant>,
    default_variant: Option<String>,
    meta: Option<FlagValue>,
}

impl Flag {
    /// A flag that is off: add rules, or turn it on with [`enabled`](Self::enabled).
    pub fn new(name: impl Into<String>) -> Self {
        Self::named(&name.into())
    }

    /// The same without a text of its own for the name.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.into(), enabled: true, default: false, rules: Few::new(), rest: None }
    }

    /// `false` turns the flag off for all, whatever its rules say; `true` turns a flag *without rules* on for all, and
    /// lets the rules of any other decide.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        if enabled && self.rules().is_empty() {
            self.rules.push(Rule::new());
        }
        self
    }

    /// The same with another share in its one rollout, or with its first where it is nothing else than on or off. `None`
    /// if it has several, or rules without one: then it is not clear which is meant.
    ///
    /// ```
    /// use feature_flags::{Flag, Percent, Rule};
    ///
    /// let flag = Flag::new("new-search").rule(Rule::new().rollout("1% by user.id".parse()?));
    /// let raised = flag.with_share(Percent::whole(10).expect("below 100")).expect("it has one rollout");
    /// assert_eq!(raised.rules()[0].share(), Some(&"10% by user.id".parse()?));
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn with_share(mut self, share: Percent) -> Option<Self> {
        let mut shared =
            self.rules().iter().enumerate().filter_map(|(index, rule)| Some((index, rule.share()?.clone())));
        match (shared.next(), shared.next()) {
            (Some((index, rollout)), None) => {
                let rule = &mut self.rules.as_mut_slice()[index];
                *rule = std::mem::take(rule).rollout(rollout.with_share(share));
            }
            (None, _) if self.rules().iter().all(|rule| *rule == Rule::new()) && self.rules().len() <= 1 => {
                self.rules = Few::One(Rule::new().rollout(Rollout::new(share)));
                self.enabled = true;
            }
            _ => return None,
        }
        Some(self)
    }

    /// Adds a rule behind those there are.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The same in place.
    #[cfg(feature = "json")]
    pub(crate) fn push_rule(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// What is served when the flag cannot be evaluated; off unless set.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Reason, Rule};
    ///
    /// // Its rule does not say which variant it serves, so it cannot be evaluated.
    /// let wrong = Flag::new("button").variant("loud", "red").rule(Rule::new()).default_to(true);
    /// let decision = Flags::builder().flag(wrong).build().decide("button", &());
    /// assert_eq!((decision.enabled(), decision.reason()), (true, Reason::Broken));
    /// ```
    #[must_use]
    pub fn default_to(mut self, default: bool) -> Self {
        self.default = default;
        self
    }

    /// Adds a value that rules serve by name; a flag with variants serves nothing else.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule, Serve};
    ///
    /// let flag = Flag::new("button")
    ///     .variant("calm", "blue")
    ///     .variant("loud", "red")
    ///     .default_variant("calm")
    ///     .rule(Rule::new().rollout("100% by id".parse()?).serve(Serve::Variant("loud".into())));
    /// let flags = Flags::builder().flag(flag).build();
    /// assert_eq!(&*flags.text("button", &(), "grey"), "blue");
    /// # Ok::<(), feature_flags::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn variant(mut self, name: impl Into<String>, value: impl Into<FlagValue>) -> Self {
        let variant = Variant { name: name.into(), value: value.into() };
        // Their order means nothing, so that it is the same however the flag was written.
        let variants = &mut self.rest_mut().variants;
        let behind = variants.partition_point(|other| other.name <= variant.name);
        variants.insert(behind, variant);
        self
    }

    /// Serves the variant of this name where no rule does, and on failure; without one, callers get their own default.
    #[must_use]
    pub fn default_variant(mut self, name: impl Into<String>) -> Self {
        self.rest_mut().default_variant = Some(name.into());
        self
    }

    /// Buckets with this salt instead of the flag's name: flags of the same salt take in the same keys.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Rule};
    ///
    /// let half = || Rule::new().rollout("50%".parse().expect("a share"));
    /// let pair = ["new-form", "new-form-api"].map(|name| Flag::new(name).salt("forms").rule(half()));
    /// let [form, api] = pair;
    /// let flags = Flags::builder().flag(form).flag(api).build();
    /// assert!((0..100).all(|id| flags.enabled("new-form", &("id", id)) == flags.enabled("new-form-api", &("id", id))));
    /// ```
    #[must_use]
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.rest_mut().salt = Some(salt.into().into_boxed_str());
        self
    }

    /// Lets the flag be on only where the flag called `other` is on too.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Reason};
    ///
    /// let flags = Flags::builder()
    ///     .flag(Flag::new("new-form").enabled(false))
    ///     .flag(Flag::new("new-form-hints").requires("new-form").enabled(true))
    ///     .build();
    /// assert_eq!(flags.decide("new-form-hints", &()).reason(), Reason::Requirement);
    /// ```
    #[must_use]
    pub fn requires(mut self, other: impl Into<String>) -> Self {
        self.rest_mut().requires.push(other.into());
        self
    }

    /// What the flag is for, for people.
    ///
    /// ```
    /// use feature_flags::Flag;
    ///
    /// let flag = Flag::new("new-search").description("the rewritten search").owner("web team").expires("2027-03-31");
    /// assert_eq!((flag.description_text(), flag.owner_name()), (Some("the rewritten search"), Some("web team")));
    /// assert_eq!(flag.expiry(), Some("2027-03-31"));
    /// ```
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.rest_mut().description = Some(description.into());
        self
    }

    /// Who looks after the flag.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.rest_mut().owner = Some(owner.into());
        self
    }

    /// The day (`2026-12-31`) by which the flag should be gone from the code.
    #[must_use]
    pub fn expires(mut self, day: impl Into<String>) -> Self {
        self.rest_mut().expires = Some(day.into());
        self
    }

    /// What people and tools note down beside the flag, such as a ticket; evaluation never looks at it.
    ///
    /// ```
    /// use feature_flags::{Flag, FlagValue};
    ///
    /// let flag = Flag::new("new-search").meta(FlagValue::from("ticket 1234"));
    /// assert_eq!(flag.meta_value().and_then(FlagValue::as_text), Some("ticket 1234"));
    /// ```
    #[must_use]
    pub fn meta(mut self, meta: impl Into<FlagValue>) -> Self {
        self.rest_mut().meta = Some(meta.into());
        self
    }

    /// On or off, where it is nothing else, whoever asks.
    #[cfg(feature = "json")]
    pub(crate) fn as_switch(&self) -> Option<bool> {
        [true, false].into_iter().find(|switch| *self == Self::named(self.name()).enabled(*switch))
    }

    /// The name that code asks for.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// What the flag is for.
    pub fn description_text(&self) -> Option<&str> {
        self.rest()?.description.as_deref()
    }

    /// Who looks after it.
    pub fn owner_name(&self) -> Option<&str> {
        self.rest()?.owner.as_deref()
    }

    /// The day by which it should be gone.
    pub fn expiry(&self) -> Option<&str> {
        self.rest()?.expires.as_deref()
    }

    /// Whether its rules are asked at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What is served on failure.
    pub fn default_value(&self) -> bool {
        self.default
    }

    /// What is noted down beside it.
    pub fn meta_value(&self) -> Option<&FlagValue> {
        self.rest()?.meta.as_ref()
    }

    /// The values it chooses from, in the order of their names; none for a flag that is just on or off.
    pub fn variants(&self) -> &[Variant] {
        self.rest().map_or(&[], |rest| &rest.variants)
    }

    /// The variant that is served where no rule serves one.
    pub fn default_variant_name(&self) -> Option<&str> {
        self.rest()?.default_variant.as_deref()
    }

    /// The name, for those who do not need it as a text.
    pub(crate) fn name_bytes(&self) -> &[u8] {
        self.name.as_bytes()
    }

    /// The same of the salt.
    pub(crate) fn bucket_salt_bytes(&self) -> &[u8] {
        self.own_salt().map_or_else(|| self.name_bytes(), str::as_bytes)
    }

    /// The salt of its buckets: the name unless set.
    pub fn bucket_salt(&self) -> &str {
        self.own_salt().unwrap_or_else(|| self.name())
    }

    /// The salt, if it is not the name.
    pub fn own_salt(&self) -> Option<&str> {
        self.rest()?.salt.as_deref()
    }

    /// The flags that must be on for it to be on.
    pub fn requirements(&self) -> &[String] {
        self.rest().map_or(&[], |rest| &rest.requires)
    }

    /// The rules, first to last.
    pub fn rules(&self) -> &[Rule] {
        self.rules.as_slice()
    }

    fn rest(&self) -> Option<&Rest> {
        self.rest.as_deref()
    }

    fn rest_mut(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }
}

#[cfg(feature = "json")]
impl Flag {
    /// The flag as one line of canonical JSON, for places that keep flags one by one. Equal flags give equal texts.
    ///
    /// ```
    /// use feature_flags::{Flag, Rule};
    ///
    /// let flag = Flag::new("new-search").rule(Rule::new().rollout("25% by user.id".parse()?));
    /// let json = flag.to_json();
    /// assert_eq!(json, r#"{"format":1,"name":"new-search","rules":[{"rollout":"25% by user.id"}]}"#);
    /// assert_eq!(Flag::from_json(&json)?, flag);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        crate::source::flag_to_json(self)
    }

    /// Reads what [`to_json`](Self::to_json) writes.
    ///
    /// # Errors
    /// If the text is no JSON, has a format that this version does not know, or is no flag: with line and column.
    pub fn from_json(text: &str) -> Result<Self, crate::LoadError> {
        crate::source::read_json_flag(text)
    }
}
