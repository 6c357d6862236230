//! What a new service holds, so that its page is not empty.

use crate::store::{LegacyName, Store, StoreError};
use crate::todo::{NewTodo, Title};
use crate::user::NewUser;

/// Adds three users with a todo each to a store that has nobody.
///
/// # Errors
///
/// [`StoreError`] where the file cannot be written.
pub fn welcome(store: &Store) -> Result<(), StoreError> {
    if store.user(1)?.is_some() {
        return Ok(());
    }
    for (name, title) in [("Ada", "Water the plants"), ("Grace", "Write the report"), ("", "Find a name")] {
        let user = NewUser { name: name.to_owned(), email: "somebody@example.org".to_owned() };
        let owner = store.add_user(&user, LegacyName::Kept)?;
        store.add_todo(&NewTodo { owner, title: Title::constant(title) })?;
    }
    Ok(())
}
