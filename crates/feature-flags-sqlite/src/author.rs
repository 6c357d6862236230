//! Who changes flags, and why.

/// Who changes flags, and why: what the history says of a change.
///
/// ```
/// use feature_flags_sqlite::Author;
///
/// let ada = Author::new("ada").because("the launch is today");
/// assert_eq!((ada.name(), ada.reason()), (Some("ada"), Some("the launch is today")));
/// assert_eq!(Author::unknown().name(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    name: Option<String>,
    reason: Option<String>,
}

impl Author {
    /// Somebody known by this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), reason: None }
    }

    /// Nobody knows who: a program, say.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Who, if that is known.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Why, if that was said.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}
