//! What is wrong with one flag.

use std::fmt;

/// What is wrong with one flag of a source. The others are served as they are.
///
/// A flag that was right before, in the same process, is served as it was; one that never was serves its default.
///
/// ```
/// # #[cfg(feature = "toml")] {
/// use feature_flags::Flags;
///
/// let flags = Flags::from_toml("format = 1\n\n[flags.new-search]\nwhen = 'country = \"US\"'")?;
/// assert_eq!(
///     flags.status().problems()[0].to_string(),
///     "line 4, column 17: flag `new-search`: expected an operator such as `==`, `in` or `contains`, found `=`",
/// );
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Problem {
    pub(super) origin: Option<String>,
    pub(super) flag: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) keeps_last_good: bool,
}

impl Problem {
    /// The flag's name.
    pub fn flag(&self) -> &str {
        &self.flag
    }

    /// The line in its file, counted from 1; 0 where there is no file.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, counted from 1; 0 where there is no file.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Whether the flag is served as it was before it was wrong; otherwise it serves its default.
    pub fn keeps_last_good(&self) -> bool {
        self.keeps_last_good
    }

    /// What is wrong, and what was expected.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn new(origin: Option<&str>, flag: &str, (line, column): (usize, usize), message: String) -> Self {
        Self { origin: origin.map(str::to_owned), flag: flag.to_owned(), line, column, message, keeps_last_good: false }
    }

    /// The same, in the source called `origin` where it does not say where it is.
    pub(super) fn at(mut self, origin: Option<&str>) -> Self {
        self.origin = self.origin.or_else(|| origin.map(str::to_owned));
        self
    }

    /// A flag that is right by itself, but not with the flags it needs.
    pub(crate) fn refused(flag: &str, origin: Option<&str>, message: &str) -> Self {
        Self::new(origin, flag, (0, 0), message.to_owned())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, flag, line, column, message, .. } = self;
        match (origin, *line > 0) {
            (Some(origin), true) => write!(f, "{origin}, line {line}, column {column}: ")?,
            (Some(origin), false) => write!(f, "{origin}: ")?,
            (None, true) => write!(f, "line {line}, column {column}: ")?,
            (None, false) => {}
        }
        write!(f, "flag `{flag}`: {message}")
    }
}
