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
        let user = NewUser::new(name, "somebody@example.org").expect("the texts are constant and valid");
        let owner = store.add_user(&user, LegacyName::Kept)?;
        let title = Title::try_from(title.to_owned()).expect("the titles are constant and valid");
        store.add_todo(&NewTodo { owner, title })?;
    }
    Ok(())
}
