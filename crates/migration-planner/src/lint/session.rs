//! What a migration has said to its session so far: transactions and time-outs.

use std::collections::BTreeMap;

use crate::postgres::cursor::Cursor;
use crate::sql::tokens::Token;
use crate::step::LockMode;

/// How long waiting for a lock is limited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Not,
    Session,
    Transaction,
}

/// The session that runs one migration.
pub(super) struct Session {
    /// Whether whoever runs the migration began a transaction before it.
    wrapped: bool,
    /// Whether the migration began one itself.
    begun: bool,
    limit: Limit,
    /// Strong locks on relations that others use, held to the end of the transaction, with the line each was taken in.
    pub(super) held: BTreeMap<String, (LockMode, usize)>,
    /// Values added to enumerations in this transaction.
    pub(super) new_values: Vec<String>,
}

impl Session {
    pub(super) fn new(wrapped: bool, limits_locks: bool) -> Self {
        let limit = if limits_locks { Limit::Session } else { Limit::Not };
        Self { wrapped, begun: false, limit, held: BTreeMap::new(), new_values: Vec::new() }
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.wrapped || self.begun
    }

    /// Whether waiting for a lock comes to an end.
    pub(super) fn limits_locks(&self) -> bool {
        self.limit != Limit::Not
    }

    /// Takes note of a statement that is about the session; `false` if it is about something else.
    pub(super) fn see(&mut self, statement: &str) -> bool {
        let mut cursor = Cursor::new(statement);
        if cursor.eat("begin") || cursor.eat("start transaction") {
            self.begun = true;
        } else if ["commit", "end", "rollback", "abort"].iter().any(|word| cursor.eat(word)) {
            if !cursor.sees("to") && !cursor.sees("prepared") {
                self.end();
            }
        } else if cursor.eat("set") {
            let local = cursor.eat("local");
            cursor.eat("session");
            if cursor.eat("lock_timeout") {
                self.limit(!is_off(&mut cursor), local);
            }
        } else if cursor.eat("reset lock_timeout") || cursor.eat("reset all") {
            self.limit(false, false);
        } else if cursor.sees("select") && cursor.mentions("set_config") {
            self.configure(cursor);
        } else {
            return false;
        }
        true
    }

    /// `SELECT set_config('lock_timeout', '50ms', true)`.
    fn configure(&mut self, mut cursor: Cursor<'_>) {
        cursor.skip_past("set_config");
        let Some(arguments) = cursor.group() else { return };
        let texts: Vec<Token<'_>> = arguments.clone().items().into_iter().filter_map(|mut item| item.next()).collect();
        if let [Token::Text(name), Token::Text(value), local, ..] = texts.as_slice()
            && name == "lock_timeout"
        {
            self.limit(!is_zero(value), local.is_keyword("true"));
        }
    }

    fn limit(&mut self, limits: bool, only_here: bool) {
        self.limit = match (limits, only_here) {
            (false, _) => Limit::Not,
            (true, false) => Limit::Session,
            (true, true) => Limit::Transaction,
        };
    }

    /// Ends the transaction, or the statement that is one of its own.
    pub(super) fn end(&mut self) {
        self.begun = false;
        self.held.clear();
        self.new_values.clear();
        if self.limit == Limit::Transaction {
            self.limit = Limit::Not;
        }
    }
}

fn is_off(cursor: &mut Cursor<'_>) -> bool {
    let _ = cursor.eat("to") || cursor.eat_symbol('=');
    match cursor.next() {
        Some(Token::Text(value)) => is_zero(&value),
        Some(Token::Literal(value)) => is_zero(value),
        Some(token) => token.is_keyword("default"),
        None => true,
    }
}

/// `0`, also with a unit, waits for ever.
fn is_zero(value: &str) -> bool {
    let digits: String = value.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse::<f64>().is_ok_and(|number| number <= 0.0)
}
