//! Triggers.

use serde::{Deserialize, Serialize};

use crate::name::{ObjectName, same_name};
use crate::sql::tokens::{Token, mentions, tokens};

/// A trigger, known by the statement that creates it.
///
/// ```
/// use migration_planner::Trigger;
///
/// let trigger = Trigger::parse("CREATE TRIGGER t AFTER UPDATE OF name ON users BEGIN SELECT 1; END").expect("it is one");
/// assert!(trigger.fires_on_update_of(&"users".into(), "name"));
/// assert!(!trigger.fires_on_update_of(&"users".into(), "age"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    name: ObjectName,
    table: ObjectName,
    event: TriggerEvent,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    definition: String,
}

impl Trigger {
    /// A trigger on `table` for `event`, created by `definition`, its whole `CREATE TRIGGER` statement.
    pub fn new(
        name: impl Into<ObjectName>,
        table: impl Into<ObjectName>,
        event: TriggerEvent,
        definition: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), table: table.into(), event, columns: Vec::new(), definition: definition.into() }
    }

    /// Reads a `CREATE TRIGGER` statement as SQLite keeps it; `None` if it is not one.
    ///
    /// ```
    /// use migration_planner::{Trigger, TriggerEvent};
    ///
    /// let trigger = Trigger::parse("CREATE TRIGGER t AFTER UPDATE OF a, b ON users BEGIN SELECT 1; END");
    /// assert_eq!(trigger.expect("it is one").event(), TriggerEvent::Update);
    /// ```
    pub fn parse(definition: &str) -> Option<Self> {
        let mut words = tokens(definition).peekable();
        words.find(|token| token.is_keyword("trigger"))?;
        let mut name = words.next()?;
        if name.is_keyword("if") {
            name = words.nth(2)?; // NOT EXISTS name
        }
        if words.peek() == Some(&Token::Symbol('.')) {
            name = words.nth(1)?;
        }
        let event = loop {
            let word = words.next()?;
            if word.is_keyword("insert") {
                break TriggerEvent::Insert;
            } else if word.is_keyword("update") {
                break TriggerEvent::Update;
            } else if word.is_keyword("delete") {
                break TriggerEvent::Delete;
            }
        };
        let mut columns = Vec::new();
        loop {
            let word = words.next()?;
            if word.is_keyword("on") {
                break;
            }
            if !word.is_keyword("of") {
                columns.extend(word.name().map(str::to_owned));
            }
        }
        let table = words.next()?;
        Some(Self::new(name.name()?, table.name()?, event, definition).of_columns(columns))
    }

    /// Restricts an update trigger to statements that set one of `columns` (`UPDATE OF`).
    #[must_use]
    pub fn of_columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The trigger's name.
    pub fn name(&self) -> &ObjectName {
        &self.name
    }

    /// The table or view whose changes fire it.
    pub fn table(&self) -> &ObjectName {
        &self.table
    }

    /// What fires it.
    pub fn event(&self) -> TriggerEvent {
        self.event
    }

    /// The statement that creates the trigger.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Whether `name` stands anywhere in the definition as a name.
    pub fn mentions(&self, name: &str) -> bool {
        mentions(&self.definition, name)
    }

    /// Whether an `UPDATE` of `table` that sets only `column` fires it.
    pub fn fires_on_update_of(&self, table: &ObjectName, column: &str) -> bool {
        self.event == TriggerEvent::Update
            && self.table.matches(table)
            && (self.columns.is_empty() || self.columns.iter().any(|own| same_name(own, column)))
    }
}

/// What fires a trigger.
///
/// ```
/// use migration_planner::{Trigger, TriggerEvent};
///
/// let trigger = Trigger::parse("CREATE TRIGGER t AFTER UPDATE ON users BEGIN SELECT 1; END").expect("it is a trigger");
/// assert_eq!(trigger.event(), TriggerEvent::Update);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TriggerEvent {
    /// A row is inserted.
    Insert,
    /// A row is updated.
    Update,
    /// A row is deleted.
    Delete,
}
