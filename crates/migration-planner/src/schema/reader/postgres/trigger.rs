//! Triggers.

use super::create_table::called;
use super::names::{bare, identifier, object_name, renamed_in};
use super::table::with_schema;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Object, ObjectKind};
use crate::sql::tokens::Token;
use crate::sql::{ident, idents, literal};

#[derive(Debug, Clone)]
pub(super) struct TriggerDraft {
    pub(super) name: String,
    pub(super) table: ObjectName,
    is_constraint: bool,
    /// `BEFORE`, `AFTER`, `INSTEAD OF`
    time: &'static str,
    /// In the order in which the server lists them.
    events: Vec<&'static str>,
    columns: Vec<String>,
    /// What stands between the table and the condition.
    clauses: String,
    condition: Option<String>,
    function: ObjectName,
    arguments: Vec<String>,
    /// `DISABLE` or the like, where it is not as it was made.
    pub(super) enabled: Option<String>,
    pub(super) comment: Option<String>,
}

impl TriggerDraft {
    pub(super) fn calls(&self, function: &ObjectName) -> bool {
        self.function == *function
    }

    pub(super) fn needs_column(&self, column: &str) -> bool {
        self.columns.iter().any(|own| own == column)
            || self.condition.as_ref().is_some_and(|condition| Cursor::new(condition).mentions(column))
    }

    pub(super) fn rename_column(&mut self, from: &str, to: &str) {
        self.columns.iter_mut().filter(|own| *own == from).for_each(|own| to.clone_into(own));
        for row in ["old", "new"] {
            self.condition = self.condition.take().map(|condition| renamed_in(&condition, row, from, to));
        }
    }

    pub(super) fn rename_function(&mut self, from: &ObjectName, to: &ObjectName) {
        if self.function == *from {
            self.function = to.clone();
        }
    }

    pub(super) fn finish(&self) -> Object {
        let events = self.events.iter().map(|event| match *event {
            "UPDATE" if !self.columns.is_empty() => format!("UPDATE OF {}", idents(&self.columns)),
            other => other.to_owned(),
        });
        let (name, table) = (ident(&self.name), called(&self.table));
        let condition = self.condition.as_ref().map(|text| format!(" WHEN (({text}))")).unwrap_or_default();
        let arguments: Vec<String> = self.arguments.iter().map(|text| literal(text)).collect();
        let definition = format!(
            "CREATE {}TRIGGER {name} {} {} ON {}{}{condition} EXECUTE FUNCTION {}({})",
            if self.is_constraint { "CONSTRAINT " } else { "" },
            self.time,
            events.collect::<Vec<_>>().join(" OR "),
            with_schema(&self.table),
            self.clauses,
            called(&self.function),
            arguments.join(", "),
        );
        let enabled = self.enabled.as_ref().map(|how| format!("ALTER TABLE {table} {how} TRIGGER {name}"));
        let comment =
            self.comment.as_ref().map(|text| format!("COMMENT ON TRIGGER {name} ON {table} IS {}", literal(text)));
        Object::new(ObjectKind::Trigger, self.name.as_str(), definition)
            .on_table(&self.table)
            .with_attached(enabled.into_iter().chain(comment))
    }
}

/// `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>, replace: bool, is_constraint: bool) -> Read<Outcome> {
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a trigger")?;
    let times = [("before", "BEFORE"), ("after", "AFTER"), ("instead of", "INSTEAD OF")];
    let time = times.into_iter().find(|(word, _)| cursor.eat(word)).map(|(_, time)| time);
    let time = time.ok_or_else(|| Fault::expected(cursor, "BEFORE, AFTER or INSTEAD OF"))?;
    let all = [("insert", "INSERT"), ("delete", "DELETE"), ("update", "UPDATE"), ("truncate", "TRUNCATE")];
    let (mut fired, mut columns) = (Vec::new(), Vec::new());
    while !cursor.eat("on") {
        let event = all.into_iter().find(|(word, _)| cursor.eat(word));
        fired.push(event.ok_or_else(|| Fault::expected(cursor, "INSERT, UPDATE, DELETE or TRUNCATE"))?.1);
        if cursor.eat("of") {
            columns = cursor.names();
        }
        cursor.eat("or");
    }
    let events = all.into_iter().map(|(_, event)| event).filter(|event| fired.contains(event)).collect();
    let on = cursor.clone();
    let table = object_name(cursor, "the name of a table")?;
    if !draft.views.iter().any(|view| view.name == table) {
        draft.table(&on, &table)?;
    }
    let clauses = clauses(cursor, is_constraint)?;
    let condition = match cursor.eat("when").then(|| cursor.group()) {
        Some(Some(group)) => Some(bare(&group)),
        Some(None) => return Err(Fault::expected(cursor, "a condition in parentheses")),
        None => None,
    };
    if !cursor.eat("execute function") && !cursor.eat("execute procedure") {
        return Err(Fault::expected(cursor, "EXECUTE FUNCTION"));
    }
    let function = object_name(cursor, "the name of a function")?;
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "arguments in parentheses"))?;
    let arguments = group.items().into_iter().map(|item| match item.peek() {
        Some(Token::Text(text)) => text.clone(),
        _ => item.text(),
    });
    let trigger = TriggerDraft {
        name,
        table,
        is_constraint,
        time,
        events,
        columns,
        clauses,
        condition,
        function,
        arguments: arguments.collect(),
        enabled: None,
        comment: None,
    };
    end(cursor)?;
    let known = draft.triggers.iter().position(|own| own.name == trigger.name && own.table == trigger.table);
    match known {
        Some(at) if replace => {
            draft.triggers[at] = TriggerDraft { comment: draft.triggers[at].comment.take(), ..trigger }
        }
        Some(_) => return Err(Fault::exists(&place, "trigger", trigger.name)),
        None => draft.triggers.push(trigger),
    }
    Ok(Outcome::Done)
}

/// What stands between the table and the condition, as the server writes it.
fn clauses(cursor: &mut Cursor<'_>, is_constraint: bool) -> Read<String> {
    let mut text = String::new();
    if cursor.eat("from") {
        text.extend([format!(" FROM {}", called(&object_name(cursor, "the name of a table")?))]);
    }
    let (mut deferrable, mut deferred) = (false, false);
    loop {
        if cursor.eat("not deferrable") || cursor.eat("initially immediate") {
        } else if cursor.eat("deferrable") {
            deferrable = true;
        } else if cursor.eat("initially deferred") {
            (deferrable, deferred) = (true, true);
        } else {
            break;
        }
    }
    if is_constraint {
        text.push_str(if deferrable { " DEFERRABLE" } else { " NOT DEFERRABLE" });
        text.push_str(if deferred { " INITIALLY DEFERRED" } else { " INITIALLY IMMEDIATE" });
    }
    if cursor.eat("referencing") {
        let (mut old, mut new) = (String::new(), String::new());
        loop {
            let place = if cursor.eat("old table") {
                &mut old
            } else if cursor.eat("new table") {
                &mut new
            } else {
                break;
            };
            cursor.eat("as");
            *place = identifier(cursor, "a name")?;
        }
        text.push_str(" REFERENCING");
        for (word, name) in [("OLD", old), ("NEW", new)].into_iter().filter(|(_, name)| !name.is_empty()) {
            text.extend([format!(" {word} TABLE AS {}", ident(&name))]);
        }
    }
    let mut each = "STATEMENT";
    if cursor.eat("for") {
        cursor.eat("each");
        if cursor.eat("row") {
            each = "ROW";
        }
        cursor.eat("statement");
    }
    text.extend([format!(" FOR EACH {each}")]);
    Ok(text)
}
