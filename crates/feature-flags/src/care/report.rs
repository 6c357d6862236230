//! What a preview found.

use std::fmt;

use super::preview::FlagPreview;

/// What an edit would do to the contexts that were looked at. `Display` gives it for people.
///
/// ```
/// use feature_flags::{Flags, MapContext, Preview};
///
/// let flags = |country| Flags::from_toml(&format!("format = 1\n[flags]\nf.when = 'country == \"{country}\"'"));
/// let contexts = ["DE", "FR", "FR", "US"].map(|country| MapContext::new().with("country", country));
/// let report = Preview::new(&flags("DE")?, &flags("FR")?).run(contexts);
/// assert_eq!((report.flipped, report.share()), (3, Some(0.75)));
/// assert!(report.to_string().starts_with("this edit flips 3 of 4 contexts (75.000%)"));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PreviewReport {
    /// How many contexts were looked at.
    pub contexts: u64,
    /// How many of them any flag flips for.
    pub flipped: u64,
    /// The flags that flip for somebody, the one that flips for the most first.
    pub flags: Vec<FlagPreview>,
    /// Flags that may differ and cannot be compared, since a share of calls decides about them.
    pub not_comparable: Vec<String>,
    /// Groups that rules ask for and whose functions are not defined here, or do not know a context of some kind that was
    /// looked at: such contexts are neither in them nor out of them.
    pub unknown_groups: Vec<String>,
    /// Attributes that rules look at and no context has: such conditions are unknown for all.
    pub missing_attributes: Vec<String>,
    /// Contexts without a key, where rollouts by key are concerned: they are in none.
    pub without_key: u64,
}

impl PreviewReport {
    /// The share of the contexts that any flag flips for, `0.0..=1.0`; `None` if there were none.
    #[allow(clippy::cast_precision_loss, reason = "nobody looks at 2^53 contexts")]
    pub fn share(&self) -> Option<f64> {
        (self.contexts > 0).then(|| self.flipped as f64 / self.contexts as f64)
    }

    /// What the contexts do not tell, one sentence each.
    pub fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        let mut list = |names: &[String], sentence: fn(&str) -> String| {
            if !names.is_empty() {
                caveats.push(sentence(&names.join(", ")));
            }
        };
        list(&self.not_comparable, |names| format!("not compared, since a share of calls decides: {names}"));
        list(&self.unknown_groups, |names| {
            format!(
                "groups that are not known here, or not of all contexts, so that conditions on them are unknown: {names}"
            )
        });
        list(&self.missing_attributes, |names| {
            format!("attributes that no context has, so that conditions on them are unknown: {names}")
        });
        if self.without_key > 0 {
            caveats.push(format!("contexts without a key, which are in no rollout by key: {}", self.without_key));
        }
        caveats
    }
}

/// `this edit flips 310 of 10,000 contexts (3.1%)`, the moves of each flag, and what is not known.
impl fmt::Display for PreviewReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.share() {
            None => f.write_str("there are no contexts, so nothing is known of what this edit flips")?,
            Some(share) => {
                write!(f, "this edit flips {} of {} contexts ({:.3}%)", self.flipped, self.contexts, share * 100.0)?;
            }
        }
        for flag in &self.flags {
            write!(f, "\n{}: {}", flag.flag, flag.contexts)?;
            for moved in &flag.moves {
                write!(f, "\n  {} {} -> {}, since {}", moved.contexts, moved.from, moved.to, moved.because)?;
                if !moved.examples.is_empty() {
                    write!(f, ": {}", moved.examples.join(", "))?;
                }
            }
        }
        self.caveats().iter().try_for_each(|caveat| write!(f, "\n{caveat}"))
    }
}
