//! What a statement is about, as far as versions of an application that are running can feel it.

use crate::postgres::beside;
use crate::postgres::cursor::Cursor;
use crate::sql::Dialect;
use crate::sql::tokens::Token;

/// Something that a statement does; one `ALTER TABLE` can do several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    DropColumn {
        table: String,
        column: String,
    },
    DropTable {
        table: String,
    },
    /// A view, function, type or schema.
    DropObject {
        kind: &'static str,
        name: String,
    },
    Truncate {
        table: String,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    /// Also into another schema.
    RenameTable {
        from: String,
        to: String,
    },
    RenameObject {
        kind: &'static str,
        from: String,
        to: String,
    },
    ChangeType {
        table: String,
        column: String,
        to: String,
    },
    AddRequiredColumn {
        table: String,
        column: String,
    },
    ForbidNull {
        table: String,
        column: String,
    },
    AllowNull {
        table: String,
        column: String,
    },
    DropDefault {
        table: String,
        column: String,
    },
    DropConstraint {
        table: String,
        constraint: String,
    },
    AddEnumValue {
        value: String,
    },
}

/// What a statement does, in the order it does it.
pub(super) fn acts(statement: &str, dialect: Dialect) -> Vec<Act> {
    let mut cursor = Cursor::of(statement, dialect);
    let mut found = Vec::new();
    if cursor.eat("alter table") {
        cursor.eat("if exists");
        cursor.eat("only");
        let Some(table) = cursor.name() else { return found };
        cursor.eat_symbol('*');
        found.extend(cursor.items().into_iter().filter_map(|action| alter_table(&table, action)));
    } else if cursor.eat("alter") {
        found.extend(alter(cursor));
    } else if cursor.eat("drop") {
        drop(cursor, &mut found);
    } else if cursor.eat("truncate") {
        cursor.eat("table");
        found.extend(cursor.names().into_iter().map(|table| Act::Truncate { table }));
    }
    found
}

fn alter_table(table: &str, mut action: Cursor<'_>) -> Option<Act> {
    let table = table.to_owned();
    if action.eat("rename constraint") {
        None
    } else if action.eat("rename to") {
        let to = action.identifier()?;
        Some(Act::RenameTable { to: beside(&table, &to), from: table })
    } else if action.eat("rename") {
        action.eat("column");
        let from = action.identifier()?;
        action.eat("to");
        Some(Act::RenameColumn { table, from, to: action.identifier()? })
    } else if action.eat("set schema") {
        let last = table.rsplit('.').next().unwrap_or(&table);
        let schema = action.identifier()?;
        let to = if schema == "public" { last.to_owned() } else { format!("{schema}.{last}") };
        Some(Act::RenameTable { to, from: table })
    } else if action.eat("drop constraint") {
        action.eat("if exists");
        Some(Act::DropConstraint { table, constraint: action.identifier()? })
    } else if action.eat("drop") {
        action.eat("column");
        action.eat("if exists");
        Some(Act::DropColumn { table, column: action.identifier()? })
    } else if is_constraint(&action) {
        None
    } else if action.eat("add") {
        action.eat("column");
        action.eat("if not exists");
        let column = action.identifier()?;
        let required = requires_value(action);
        required.then_some(Act::AddRequiredColumn { table, column })
    } else if action.eat("alter") && !action.sees("constraint") {
        action.eat("column");
        let column = action.identifier()?;
        alter_column(table, column, action)
    } else {
        None
    }
}

fn alter_column(table: String, column: String, mut action: Cursor<'_>) -> Option<Act> {
    if action.eat("set not null") {
        Some(Act::ForbidNull { table, column })
    } else if action.eat("drop not null") {
        Some(Act::AllowNull { table, column })
    } else if action.eat("drop default") {
        Some(Act::DropDefault { table, column })
    } else if action.eat("set data type") || action.eat("type") {
        let whole = action.clone();
        action.skip_past("using");
        let to = whole.text();
        let to = to.split(" USING ").next().unwrap_or(&to).split(" using ").next().unwrap_or(&to);
        Some(Act::ChangeType { table, column, to: to.trim().to_owned() })
    } else {
        None
    }
}

fn is_constraint(action: &Cursor<'_>) -> bool {
    let starts = ["constraint", "check", "unique", "primary key", "exclude", "foreign key", "not null"];
    starts.iter().any(|start| action.sees(&format!("add {start}")))
}

/// Whether a column that is declared so needs a value that nothing gives.
fn requires_value(mut declared: Cursor<'_>) -> bool {
    // Serial types bring a default; an identity and a generated column give themselves a value.
    let serial = ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"];
    if serial.iter().any(|name| declared.sees(name)) {
        return false;
    }
    let (mut forbids_null, mut has_value) = (false, false);
    while !declared.is_at_end() {
        if declared.eat("not null") || declared.eat("primary key") {
            forbids_null = true;
        } else if declared.eat("default") {
            has_value |= !declared.eat("null");
        } else if declared.eat("generated") {
            has_value = true;
        } else {
            declared.skip_one();
        }
    }
    forbids_null && !has_value
}

fn alter(mut cursor: Cursor<'_>) -> Option<Act> {
    let kind = kind(&mut cursor)?;
    cursor.eat("if exists");
    let from = cursor.name()?;
    if kind == "function" {
        cursor.group();
    }
    if cursor.eat("rename value") {
        let (old, new) = (text(cursor.next()?)?, cursor.eat("to").then(|| cursor.next()).flatten());
        return Some(Act::RenameObject { kind: "value", from: format!("{from} '{old}'"), to: text(new?)? });
    }
    if cursor.eat("add value") {
        cursor.eat("if not exists");
        return Some(Act::AddEnumValue { value: text(cursor.next()?)? });
    }
    let to = if cursor.eat("rename to") {
        beside(&from, &cursor.identifier()?)
    } else if cursor.eat("set schema") {
        format!("{}.{}", cursor.identifier()?, from.rsplit('.').next().unwrap_or(&from))
    } else {
        return None;
    };
    Some(Act::RenameObject { kind, from, to })
}

fn drop(mut cursor: Cursor<'_>, found: &mut Vec<Act>) {
    if cursor.eat("table") {
        cursor.eat("if exists");
        found.extend(cursor.names().into_iter().map(|table| Act::DropTable { table }));
    } else if let Some(kind) = kind(&mut cursor) {
        cursor.eat("if exists");
        while let Some(name) = cursor.name() {
            cursor.group(); // a function's arguments
            found.push(Act::DropObject { kind, name });
            if !cursor.eat_symbol(',') {
                break;
            }
        }
    }
}

/// What kind of thing that is neither table nor index comes next.
fn kind(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    [
        "materialized view",
        "view",
        "function",
        "procedure",
        "aggregate",
        "type",
        "domain",
        "schema",
        "sequence",
        "extension",
    ]
    .into_iter()
    .find(|kind| cursor.eat(kind))
}

fn text(token: Token<'_>) -> Option<String> {
    match token {
        Token::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether a statement adds a value to an enumeration, which PostgreSQL refused in a transaction until 12.
pub(super) fn adds_enum_value(statement: &str) -> bool {
    let mut cursor = Cursor::new(statement);
    cursor.eat("alter type") && cursor.name().is_some() && cursor.sees("add value")
}

/// Whether PostgreSQL refuses a statement in a transaction.
pub(super) fn refuses_transaction(statement: &str) -> bool {
    let mut cursor = Cursor::new(statement);
    if cursor.eat("create") {
        cursor.eat("unique");
        cursor.sees("index concurrently") || cursor.sees("database") || cursor.sees("tablespace")
    } else if cursor.eat("drop") {
        cursor.sees("index concurrently") || cursor.sees("database") || cursor.sees("tablespace")
    } else if cursor.eat("reindex") {
        let of_option = cursor.group().is_some_and(|options| options.mentions("concurrently"));
        of_option
            || cursor.sees("database")
            || cursor.sees("system")
            || (cursor.eat("index") || cursor.eat("table") || cursor.eat("schema")) && cursor.sees("concurrently")
    } else if cursor.eat("alter table") {
        cursor.mentions("detach") && cursor.mentions("concurrently")
    } else {
        cursor.sees("vacuum") || cursor.sees("alter system")
    }
}
