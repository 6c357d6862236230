//! A todo, and what may be written into one.

use serde::{Deserialize, Serialize};

/// The longest title, in characters.
pub const LONGEST_TITLE: usize = 200;

/// One thing that one user has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Todo {
    /// Never used again, even after the todo was deleted.
    pub id: i64,
    /// The user it belongs to.
    pub owner: i64,
    /// What is to be done.
    pub title: Title,
    /// Whether it was.
    pub done: bool,
}

impl Todo {
    /// The todo `id` of `owner`.
    pub fn new(id: i64, owner: i64, title: Title, done: bool) -> Self {
        Self { id, owner, title, done }
    }
}

/// Text of 1 to [`LONGEST_TITLE`] characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Title(String);

impl Title {
    /// A text of this program's own, which is known to follow the rules.
    pub(crate) fn constant(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no [`Title`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TitleError {
    /// There is nothing in it but white space.
    #[error("a title must not be empty")]
    Empty,
    /// It is longer than [`LONGEST_TITLE`].
    #[error("a title has at most {LONGEST_TITLE} characters, this one has {length}")]
    #[non_exhaustive]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// It holds a control character.
    #[error("a title must not hold control characters")]
    Control,
}

impl TryFrom<String> for Title {
    type Error = TitleError;

    fn try_from(text: String) -> Result<Self, TitleError> {
        let length = text.chars().count();
        if text.trim().is_empty() {
            Err(TitleError::Empty)
        } else if length > LONGEST_TITLE {
            Err(TitleError::TooLong { length })
        } else if text.chars().any(char::is_control) {
            Err(TitleError::Control)
        } else {
            Ok(Self(text))
        }
    }
}

/// What a new todo needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewTodo {
    /// The user it will belong to.
    pub owner: i64,
    /// What is to be done.
    pub title: Title,
}

/// What an edit changes; what it leaves out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EditTodo {
    /// The new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// Whether it is done now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
}
