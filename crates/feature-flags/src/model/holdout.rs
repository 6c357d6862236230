//! Keys that are kept out.

use std::collections::BTreeSet;

use super::Percent;

/// A holdout: a share of all keys for which some flags stay off, so that what all of them do together can be measured.
///
/// The same keys are held out of all its flags, as long as neither its name nor its salt changes: raising the share
/// adds keys, and takes none back. The bucket is that of the key, or of the attribute at [`by`](Self::by), for the salt
/// `holdouts/` and the holdout's name unless [`salt`](Self::salt) says otherwise. Whether a context without it is held
/// out cannot be said, so the flags are off for it.
///
/// ```
/// use feature_flags::{Flag, Flags, Holdout, Reason};
///
/// let flags = Flags::builder()
///     .holdout("all-of-2026", Holdout::new("5%".parse()?).flag("new-form"))
///     .flag(Flag::new("new-form").enabled(true))
///     .build();
/// let on = (0..1_000).filter(|id| flags.enabled("new-form", &("id", *id))).count();
/// assert!((930..970).contains(&on));
/// assert_eq!(flags.decide("new-form", &()).reason(), Reason::Holdout);
/// # Ok::<(), feature_flags::PercentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    share: Percent,
    by: Option<String>,
    salt: Option<String>,
    flags: BTreeSet<String>,
    layers: BTreeSet<String>,
}

impl Holdout {
    /// Keeps `share` of all keys out, of nothing yet.
    pub fn new(share: Percent) -> Self {
        Self { share, by: None, salt: None, flags: BTreeSet::new(), layers: BTreeSet::new() }
    }

    /// Keeps them out of the flag called `name`.
    #[must_use]
    pub fn flag(mut self, name: impl Into<String>) -> Self {
        self.flags.insert(name.into());
        self
    }

    /// Keeps them out of all flags of the layer called `name`.
    #[must_use]
    pub fn layer(mut self, name: impl Into<String>) -> Self {
        self.layers.insert(name.into());
        self
    }

    /// Buckets the attribute at `path` instead of the context's key.
    ///
    /// ```
    /// use feature_flags::Holdout;
    ///
    /// // Whole organisations are held out of all flags of a layer, the same as last year.
    /// let holdout = Holdout::new("5%".parse()?).layer("checkout").by("org.id").salt("2025");
    /// assert_eq!((holdout.path(), holdout.own_salt()), (Some("org.id"), Some("2025")));
    /// # Ok::<(), feature_flags::PercentError>(())
    /// ```
    #[must_use]
    pub fn by(mut self, path: impl Into<String>) -> Self {
        self.by = Some(path.into());
        self
    }

    /// Buckets with this salt instead of `holdouts/` and the holdout's name.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// How many are kept out.
    pub fn share(&self) -> Percent {
        self.share
    }

    /// The path that is bucketed, if it is not the key.
    pub fn path(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The salt, if it is not made of the holdout's name.
    pub fn own_salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }

    /// The flags, in the order of their names; those of its layers are not among them.
    pub fn flags(&self) -> impl ExactSizeIterator<Item = &str> {
        self.flags.iter().map(String::as_str)
    }

    /// The layers, in the order of their names.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &str> {
        self.layers.iter().map(String::as_str)
    }
}

#[cfg(feature = "json")]
impl Holdout {
    /// The holdout as one line of canonical JSON, for places that keep holdouts one by one. Equal holdouts give equal texts.
    ///
    /// ```
    /// use feature_flags::Holdout;
    ///
    /// let holdout = Holdout::new("5%".parse()?).flag("new-form");
    /// let json = holdout.to_json();
    /// assert_eq!(json, r#"{"format":1,"share":"5%","flags":["new-form"]}"#);
    /// assert_eq!(Holdout::from_json(&json)?, holdout);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        crate::source::holdout_to_json(self)
    }

    /// Reads what [`to_json`](Self::to_json) writes. Whether its layers are there is for
    /// others to know.
    ///
    /// # Errors
    /// If the text is no JSON, has a format that this version does not know, or is no holdout: with line and column.
    pub fn from_json(text: &str) -> Result<Self, crate::LoadError> {
        crate::source::read_json_holdout(text)
    }
}
