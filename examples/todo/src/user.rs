//! A user, as rules of flags see one.

use feature_flags::Context;
use serde::{Deserialize, Serialize};

/// Somebody who has things to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Context)]
#[non_exhaustive]
pub struct User {
    /// Flags divide users by it.
    #[context(key)]
    pub id: i64,
    /// How people call them. Empty for accounts that came from an old import.
    pub name: String,
    /// Where they get mail.
    pub email: String,
    /// Whether they work for us.
    pub staff: bool,
}

/// What a user is created with or changed to: both texts of at most 100 characters, none of them a control character or
/// U+10FFFF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawUser")]
#[non_exhaustive]
pub struct NewUser {
    /// How people call them. May be empty.
    pub name: String,
    /// Where they get mail; holds an `@`.
    pub email: String,
}

/// Why something is no [`NewUser`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NewUserError {
    /// One of the texts is too long.
    #[error("a name and an address have at most 100 characters each")]
    TooLong,
    /// One of the texts holds a control character, or the last character of Unicode.
    #[error("a name and an address must not hold control characters or U+10FFFF")]
    Control,
    /// There is no `@`.
    #[error("an address holds an @")]
    Address,
}

impl NewUser {
    /// Somebody called `name` who gets mail at `email`.
    ///
    /// # Errors
    ///
    /// [`NewUserError`] says which rule a text breaks.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Result<Self, NewUserError> {
        let (name, email) = (name.into(), email.into());
        text_of_a_name(&name)?;
        text_of_a_name(&email)?;
        if email.contains('@') { Ok(Self { name, email }) } else { Err(NewUserError::Address) }
    }
}

/// The body as it was sent, before anything is known of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUser {
    name: String,
    email: String,
}

impl TryFrom<RawUser> for NewUser {
    type Error = NewUserError;

    fn try_from(raw: RawUser) -> Result<Self, NewUserError> {
        Self::new(raw.name, raw.email)
    }
}

/// The longest name, and the longest beginning of one, in characters.
const LONGEST_NAME: usize = 100;

/// What every name that is looked for starts with: at most 100 characters, none of them a control character; may be empty.
///
/// ```
/// use todo::user::NameStart;
///
/// let start: NameStart = "An".parse()?;
/// assert_eq!(start.as_str(), "An");
/// # Ok::<(), todo::user::NewUserError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NameStart(String);

impl NameStart {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for NameStart {
    type Err = NewUserError;

    fn from_str(text: &str) -> Result<Self, NewUserError> {
        text_of_a_name(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for NameStart {
    type Error = NewUserError;

    fn try_from(text: String) -> Result<Self, NewUserError> {
        text.parse()
    }
}

/// Whether `text` may be in a name. The last character of Unicode may not: it bounds ranges of names from above.
fn text_of_a_name(text: &str) -> Result<(), NewUserError> {
    if text.chars().count() > LONGEST_NAME {
        Err(NewUserError::TooLong)
    } else if text.chars().any(|c| c.is_control() || c == char::MAX) {
        Err(NewUserError::Control)
    } else {
        Ok(())
    }
}

/// One row of the search for users: what others may see of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The user.
    pub id: i64,
    /// How people call them.
    pub name: String,
}
