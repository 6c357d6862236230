//! Todos: add, edit, delete, list.

use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::{Ids, Store, StoreError};
use crate::todo::{EditTodo, NewTodo, Title, Todo};

impl Store {
    /// Adds a todo.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where its owner is not there.
    pub fn add_todo(&self, new: &NewTodo) -> Result<Todo, StoreError> {
        let sql = match self.ids {
            Ids::Fresh => "INSERT INTO todos (owner, title) VALUES (?1, ?2) RETURNING id",
            Ids::LengthPlusOne => {
                "INSERT INTO todos (id, owner, title) VALUES ((SELECT count(*) + 1 FROM todos), ?1, ?2) RETURNING id"
            }
        };
        self.write(|connection| {
            // Immediate: a transaction that reads first and writes then cannot wait for another writer in between.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let owner: Option<i64> = transaction
                .prepare_cached("SELECT id FROM users WHERE id = ?1")?
                .query_row([new.owner], |row| row.get(0))
                .optional()?;
            let owner = owner.ok_or(StoreError::Missing { what: "user", id: new.owner })?;
            let id =
                transaction.prepare_cached(sql)?.query_row(params![owner, new.title.as_str()], |row| row.get(0))?;
            transaction.commit()?;
            Ok(Todo::new(id, owner, new.title.clone(), false))
        })
    }

    /// Changes the todo `id` and returns it as it is then.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where it is not there.
    pub fn edit_todo(&self, id: i64, edit: &EditTodo) -> Result<Todo, StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE todos SET title = coalesce(?2, title), done = coalesce(?3, done) WHERE id = ?1
                     RETURNING id, owner, title, done",
                )?
                .query_row(params![id, edit.title.as_ref().map(Title::as_str), edit.done], todo_of)
                .optional()?
                .ok_or(StoreError::Missing { what: "todo", id })
        })
    }

    /// Deletes the todo `id`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where it is not there.
    pub fn delete_todo(&self, id: i64) -> Result<(), StoreError> {
        let gone = self
            .write(|connection| Ok(connection.prepare_cached("DELETE FROM todos WHERE id = ?1")?.execute([id])?))?;
        if gone == 0 { Err(StoreError::Missing { what: "todo", id }) } else { Ok(()) }
    }

    /// The todos of `owner`, oldest first; none for a user that is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn todos_of(&self, owner: i64) -> Result<Vec<Todo>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, owner, title, done FROM todos WHERE owner = ?1 ORDER BY id")?;
            let rows = statement.query_map([owner], todo_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The todo `id`, if it is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be read.
    pub fn todo(&self, id: i64) -> Result<Option<Todo>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT id, owner, title, done FROM todos WHERE id = ?1")?;
            Ok(statement.query_row([id], todo_of).optional()?)
        })
    }
}

fn todo_of(row: &Row<'_>) -> rusqlite::Result<Todo> {
    let title: String = row.get(2)?;
    let title = Title::try_from(title)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Todo::new(row.get(0)?, row.get(1)?, title, row.get(3)?))
}
