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

/// What a user is created with or changed to: both texts of at most 100 characters, none of them a control character.
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
    /// One of the texts holds a control character.
    #[error("a name and an address must not hold control characters")]
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
        if name.chars().count() > 100 || email.chars().count() > 100 {
            Err(NewUserError::TooLong)
        } else if name.chars().chain(email.chars()).any(char::is_control) {
            Err(NewUserError::Control)
        } else if !email.contains('@') {
            Err(NewUserError::Address)
        } else {
            Ok(Self { name, email })
        }
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

/// One row of the search for users: what others may see of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The user.
    pub id: i64,
    /// How people call them.
    pub name: String,
}
