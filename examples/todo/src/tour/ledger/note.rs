//! One line of a client's notes.

use serde::{Deserialize, Serialize};

/// A write that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::tour) enum Promise {
    /// A new todo.
    Add { title: String },
    /// Another title for it.
    Edit { id: i64, title: String },
    /// No todo any more.
    Delete { id: i64 },
    /// A new user.
    Join { name: String },
    /// Another name for one.
    Rename { id: i64, name: String },
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    /// A process began to write here. What the one before had asked last is open for ever.
    Started { start: u32 },
    /// About to be sent.
    Asked(Promise),
    /// Confirmed by the service, for the todo or user with this id.
    Kept { id: i64 },
    /// Not answered with success.
    Failed { how: String },
}
