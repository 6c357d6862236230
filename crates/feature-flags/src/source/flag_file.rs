//! A whole file of flags as a value.

mod keys;

use std::collections::BTreeMap;

pub use keys::SegmentKeys;

use super::error::LoadError;
use super::problem::Problem;
use super::read;
use crate::expression;
use crate::model::{Flag, FlagValue, Holdout, Layer, check};

/// All that one file of flags says, whatever it is written in: what `flags.toml` and `flags.json` have in common.
///
/// It is for tools that convert, merge and generate files. Served flags keep less: of segments, hashes of the keys.
/// Reading what was written gives the same again, in both formats (an exam and a property test hold that).
///
/// ```
/// use feature_flags::FlagFile;
///
/// # #[cfg(all(feature = "edit", feature = "json"))] {
/// let file = FlagFile::from_toml(r#"
///     format = 1
///
///     [segments]
///     beta = { keys = ["ada", "grace"] }
///
///     [flags.new-search]
///     when = 'segment("beta")'
/// "#)?;
/// let json = file.to_json();
/// assert!(json.contains(r#""keys": ["#));
/// assert_eq!(FlagFile::from_json(&json)?, file);
/// assert_eq!(FlagFile::from_toml(&file.to_toml())?, file);
/// # }
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
///
/// What it has no place for: comments, the order of the flags, and how a flag was abbreviated. Files in TOML that are there
/// already keep their comments: see [`save`](Self::save).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlagFile {
    pub(super) meta: Option<FlagValue>,
    pub(super) segments: BTreeMap<String, SegmentKeys>,
    pub(super) layers: BTreeMap<String, Layer>,
    pub(super) holdouts: BTreeMap<String, Holdout>,
    pub(super) flags: BTreeMap<String, Flag>,
}

/// Why something cannot be in a file of flags.
///
/// ```
/// use feature_flags::{FlagFile, Flag, Rule};
///
/// let wrong = Flag::new("button").variant("loud", "red").rule(Rule::new());
/// let error = FlagFile::new().with(wrong).unwrap_err();
/// assert_eq!(error.to_string(), "flag `button`: a rule does not say what it serves, expected one of `loud`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{name}`: {message}")]
pub struct WrongPart {
    what: &'static str,
    name: String,
    message: String,
}

impl WrongPart {
    /// Its name, such as that of the flag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    fn new(what: &'static str, name: String, message: impl Into<String>) -> Self {
        Self { what, name, message: message.into() }
    }
}

impl FlagFile {
    /// A file without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a text in the format of `flags.toml`. Files of keys that it names are not read.
    ///
    /// # Errors
    /// If the text is malformed, or anything in it is wrong: other than where flags are served, a flag that is wrong is an
    /// error, since nobody could write it down again. The error says where, and how many more there are.
    pub fn from_toml(text: &str) -> Result<Self, LoadError> {
        read::file_of_toml(text, None).and_then(right)
    }

    /// Reads a text in JSON.
    ///
    /// # Errors
    /// Those of [`from_toml`](Self::from_toml).
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        read::file_of_json(text, None).and_then(right)
    }

    /// Reads a file: JSON where its name ends in `.json` (feature `json`), TOML otherwise.
    ///
    /// ```
    /// use feature_flags::FlagFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("flags.toml");
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = true\n")?;
    /// assert_eq!(FlagFile::read(&path)?.flags().len(), 1);
    /// std::fs::write(&path, "format = 1\n[flags]\nnew-search = 7\n")?;
    /// assert!(FlagFile::read(&path).unwrap_err().to_string().contains("line 3, column 14: flag `new-search`: expected true"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, and those of [`from_toml`](Self::from_toml).
    pub fn read(path: impl AsRef<std::path::Path>) -> Result<Self, LoadError> {
        read::file_at(path.as_ref()).and_then(right)
    }

    /// Adds a flag, in place of one of the same name.
    ///
    /// # Errors
    /// If the flag is wrong in itself.
    pub fn with(mut self, flag: Flag) -> Result<Self, WrongPart> {
        let name = flag.name().to_owned();
        check(&flag).map_err(|message| WrongPart::new("flag", name.clone(), message))?;
        self.flags.insert(name, flag);
        Ok(self)
    }

    /// Adds a segment, in place of one of the same name.
    #[must_use]
    pub fn with_segment(mut self, name: impl Into<String>, keys: SegmentKeys) -> Self {
        self.segments.insert(name.into(), keys);
        self
    }

    /// Adds a layer, in place of one of the same name.
    ///
    /// # Errors
    /// If what it buckets by cannot be the name of an attribute.
    pub fn with_layer(mut self, name: impl Into<String>, layer: Layer) -> Result<Self, WrongPart> {
        let name = name.into();
        check_path("layer", &name, layer.path())?;
        self.layers.insert(name, layer);
        Ok(self)
    }

    /// Adds a holdout, in place of one of the same name; after the layers that it names.
    ///
    /// ```
    /// use feature_flags::{FlagFile, Holdout, Layer, SegmentKeys};
    ///
    /// let file = FlagFile::new()
    ///     .with_meta("made by hand")?
    ///     .with_segment("beta", SegmentKeys::listed(["ada", "grace"]))
    ///     .with_layer("checkout", Layer::new().slot("new-form", ["0%..30%".parse()?])?)?
    ///     .with_holdout("q4", Holdout::new("5%".parse()?).layer("checkout"))?;
    /// assert!(file.clone().with_holdout("q1", Holdout::new("5%".parse()?).layer("chekout")).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a layer that it names is not there, since it would hold nobody out of that; or if what it buckets by cannot be
    /// the name of an attribute.
    pub fn with_holdout(mut self, name: impl Into<String>, holdout: Holdout) -> Result<Self, WrongPart> {
        let name = name.into();
        check_path("holdout", &name, holdout.path())?;
        if let Some(layer) = holdout.layers().find(|layer| !self.layers.contains_key(*layer)) {
            let message = format!("there is no layer `{layer}`");
            return Err(WrongPart::new("holdout", name, message));
        }
        self.holdouts.insert(name, holdout);
        Ok(self)
    }

    /// Sets what people and tools note down about the file; nobody looks at it.
    ///
    /// # Errors
    /// If it holds a number that is not finite, which JSON has no place for.
    pub fn with_meta(mut self, meta: impl Into<FlagValue>) -> Result<Self, WrongPart> {
        let meta = meta.into();
        if !meta.is_finite() {
            return Err(WrongPart::new("meta", String::new(), "it holds a number that is not finite"));
        }
        self.meta = Some(meta);
        Ok(self)
    }

    /// What is noted down about the file.
    pub fn meta(&self) -> Option<&FlagValue> {
        self.meta.as_ref()
    }

    /// The flags, in the order of their names.
    pub fn flags(&self) -> impl ExactSizeIterator<Item = &Flag> {
        self.flags.values()
    }

    /// The segments by name, in alphabetical order.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (&str, &SegmentKeys)> {
        self.segments.iter().map(|(name, keys)| (name.as_str(), keys))
    }

    /// The layers by name, in alphabetical order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = (&str, &Layer)> {
        self.layers.iter().map(|(name, layer)| (name.as_str(), layer))
    }

    /// The holdouts by name, in alphabetical order.
    pub fn holdouts(&self) -> impl ExactSizeIterator<Item = (&str, &Holdout)> {
        self.holdouts.iter().map(|(name, holdout)| (name.as_str(), holdout))
    }

    /// The file as JSON: one text for one model, with a line for each member.
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> String {
        super::write::file_to_json(self)
    }
}

fn check_path(what: &'static str, name: &str, path: Option<&str>) -> Result<(), WrongPart> {
    match path {
        Some(path) if !expression::is_path(path) => {
            Err(WrongPart::new(what, name.to_owned(), format!("`{path}` cannot be the name of an attribute")))
        }
        _ => Ok(()),
    }
}

/// The file, if nothing in it is wrong.
fn right((file, problems): (FlagFile, Vec<Problem>)) -> Result<FlagFile, LoadError> {
    let Some(first) = problems.first() else { return Ok(file) };
    let more = match problems.len() {
        1 => String::new(),
        2 => ", and one flag more is wrong".to_owned(),
        all => format!(", and {} flags more are wrong", all - 1),
    };
    let message = format!("flag `{}`: {}{more}", first.flag, first.message);
    Err(LoadError::Malformed { origin: first.origin.clone(), line: first.line, column: first.column, message })
}
