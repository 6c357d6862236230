//! Flags that exclude each other.

use std::collections::BTreeMap;

use super::Band;

/// A layer: flags of which a key sees at most one, such as experiments on the same page.
///
/// Each flag has a slot of the layer's buckets, and is off for keys whose bucket is not in it; what its rules say comes
/// after that. Slots cannot overlap, so two flags of a layer are never on for the same key. Slots say where they are,
/// not just how large they are, so that making one larger moves nobody who is in another: leave room between them, or
/// add a second range.
///
/// The bucket is that of the key, or of the attribute at [`by`](Self::by), for the salt `layers/` and the layer's name
/// unless [`salt`](Self::salt) says otherwise. A context without it is in no slot. A flag may be in several layers: it is
/// on only within its slot of each.
///
/// ```
/// use feature_flags::{Flag, Flags, Layer};
///
/// let layer = Layer::new().slot("new-form", ["0%..30%".parse()?])?.slot("new-button", ["50%..100%".parse()?])?;
/// let flags = Flags::builder()
///     .layer("checkout", layer)
///     .flag(Flag::new("new-form").enabled(true))
///     .flag(Flag::new("new-button").enabled(true))
///     .build();
/// for id in 0..100 {
///     let user = ("id", id);
///     assert!(!(flags.enabled("new-form", &user) && flags.enabled("new-button", &user)));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layer {
    by: Option<String>,
    salt: Option<String>,
    /// In ascending order, none of them overlapping.
    slots: BTreeMap<String, Vec<Band>>,
}

/// Why flags cannot share a layer.
///
/// ```
/// use feature_flags::Layer;
///
/// let layer = Layer::new().slot("new-form", ["0%..30%".parse()?])?;
/// let error = layer.slot("new-button", ["20%..40%".parse()?]).unwrap_err();
/// assert_eq!(error.to_string(), "20%..40% of `new-button` overlaps 0%..30% of `new-form`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// Some buckets would belong to two slots, or to one twice.
    #[error("{band} of `{flag}` overlaps {other_band} of `{other}`")]
    #[non_exhaustive]
    Overlap {
        /// The flag whose slot was to be added.
        flag: String,
        /// Its range.
        band: Band,
        /// The flag that has these buckets already.
        other: String,
        /// The range of that one.
        other_band: Band,
    },
}

impl Layer {
    /// Without any flag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Buckets the attribute at `path` instead of the context's key.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, Layer};
    ///
    /// let layer = Layer::new().by("org.id").salt("2026").slot("new-form", ["0%..100%".parse()?])?;
    /// let flags = Flags::builder().layer("checkout", layer).flag(Flag::new("new-form").enabled(true)).build();
    /// assert!(flags.enabled("new-form", &("org.id", "acme")));
    /// assert!(!flags.enabled("new-form", &("id", 42)), "who has no organisation is in no slot");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn by(mut self, path: impl Into<String>) -> Self {
        self.by = Some(path.into());
        self
    }

    /// Buckets with this salt instead of `layers/` and the layer's name.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// Gives the flag these buckets, beside those that it has.
    ///
    /// # Errors
    /// If one of them overlaps buckets that a flag has already.
    pub fn slot(mut self, flag: impl Into<String>, bands: impl IntoIterator<Item = Band>) -> Result<Self, LayerError> {
        let flag = flag.into();
        for band in bands {
            let taken = self.slots.iter().flat_map(|(flag, bands)| bands.iter().map(move |band| (flag, *band)));
            if let Some((other, other_band)) = taken.into_iter().find(|(_, other)| band.overlaps(*other)) {
                return Err(LayerError::Overlap { flag, band, other: other.clone(), other_band });
            }
            let own = self.slots.entry(flag.clone()).or_default();
            own.insert(own.partition_point(|other| *other < band), band);
        }
        self.slots.entry(flag).or_default();
        Ok(self)
    }

    /// The path that is bucketed, if it is not the key.
    pub fn path(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The salt, if it is not made of the layer's name.
    pub fn own_salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }

    /// The flags, in the order of their names, and their ranges in ascending order.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = (&str, &[Band])> {
        self.slots.iter().map(|(flag, bands)| (flag.as_str(), bands.as_slice()))
    }
}

#[cfg(feature = "json")]
impl Layer {
    /// The layer as one line of canonical JSON, for places that keep layers one by one. Equal layers give equal texts.
    ///
    /// ```
    /// use feature_flags::Layer;
    ///
    /// let layer = Layer::new().slot("new-form", ["0%..30%".parse()?])?;
    /// let json = layer.to_json();
    /// assert_eq!(json, r#"{"format":1,"flags":{"new-form":"0%..30%"}}"#);
    /// assert_eq!(Layer::from_json(&json)?, layer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        crate::source::layer_to_json(self)
    }

    /// Reads what [`to_json`](Self::to_json) writes.
    ///
    /// # Errors
    /// If the text is no JSON, has a format that this version does not know, or is no layer: with line and column.
    pub fn from_json(text: &str) -> Result<Self, crate::LoadError> {
        crate::source::read_json_layer(text)
    }
}
