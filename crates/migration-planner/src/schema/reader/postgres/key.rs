//! Constraints of a table.

use super::index::rendered;
use super::names::{bare, columns, identifier, object_name, renamed_in};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::Constraint;
use crate::schema::reader::fault::{Fault, Read};
use crate::sql::{idents, postgres_name};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) body: Body,
    /// `DEFERRABLE` and the like, as the server orders and spells it.
    pub(super) tail: String,
    pub(super) not_valid: bool,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    Primary {
        columns: Vec<String>,
        include: Vec<String>,
    },
    Unique {
        columns: Vec<String>,
        include: Vec<String>,
        nulls_not_distinct: bool,
    },
    Check {
        expression: String,
        no_inherit: bool,
    },
    Foreign {
        columns: Vec<String>,
        references: ObjectName,
        referenced: Vec<String>,
        actions: String,
    },
    /// The whole, from `EXCLUDE` on.
    Exclude(String),
}

/// A constraint as it is declared.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: Option<String>,
    pub(super) body: Body,
    pub(super) tail: String,
    pub(super) not_valid: bool,
    pub(super) using_index: Option<String>,
}

impl Body {
    /// Whether an index of the same name keeps it.
    pub(super) fn is_indexed(&self) -> bool {
        matches!(self, Self::Primary { .. } | Self::Unique { .. } | Self::Exclude(_))
    }
}

impl Key {
    /// Whether it goes with a column.
    pub(super) fn involves(&self, column: &str) -> bool {
        match &self.body {
            Body::Primary { columns, include } | Body::Unique { columns, include, .. } => {
                columns.iter().chain(include).any(|own| own == column)
            }
            Body::Foreign { columns, .. } => columns.iter().any(|own| own == column),
            Body::Check { expression, .. } => Cursor::new(expression).mentions(column),
            Body::Exclude(text) => Cursor::new(text).mentions(column),
        }
    }

    pub(super) fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        let rename = |columns: &mut Vec<String>| {
            columns.iter_mut().filter(|own| *own == from).for_each(|own| to.clone_into(own));
        };
        match &mut self.body {
            Body::Primary { columns, include } | Body::Unique { columns, include, .. } => {
                rename(columns);
                rename(include);
            }
            Body::Foreign { columns, .. } => rename(columns),
            Body::Check { expression, .. } => *expression = renamed_in(expression, table, from, to),
            Body::Exclude(text) => *text = renamed_in(text, table, from, to),
        }
    }

    pub(super) fn finish(&self) -> Constraint {
        let include = |include: &[String]| match include {
            [] => String::new(),
            some => format!(" INCLUDE ({})", idents(some)),
        };
        let (constraint, definition) = match &self.body {
            Body::Primary { columns, include: more } => {
                let definition = format!("PRIMARY KEY ({}){}", idents(columns), include(more));
                (Constraint::primary_key(columns), definition)
            }
            Body::Unique { columns, include: more, nulls_not_distinct } => {
                let nulls = if *nulls_not_distinct { "NULLS NOT DISTINCT " } else { "" };
                let definition = format!("UNIQUE {nulls}({}){}", idents(columns), include(more));
                (Constraint::unique(columns), definition)
            }
            Body::Check { expression, no_inherit } => {
                let tail = if *no_inherit { " NO INHERIT" } else { "" };
                (Constraint::check(expression), format!("CHECK (({expression})){tail}"))
            }
            Body::Foreign { columns, references, referenced, actions } => {
                let definition = format!(
                    "FOREIGN KEY ({}) REFERENCES {}({}){actions}",
                    idents(columns),
                    postgres_name(references),
                    idents(referenced)
                );
                (Constraint::foreign_key(columns, references, referenced), definition)
            }
            Body::Exclude(text) => (Constraint::exclusion(text), text.clone()),
        };
        let not_valid = if self.not_valid { " NOT VALID" } else { "" };
        let mut constraint = constraint.named(&self.name).defined_by(format!("{definition}{}{not_valid}", self.tail));
        if self.not_valid {
            constraint = constraint.not_valid();
        }
        match &self.comment {
            Some(comment) => constraint.comment(comment),
            None => constraint,
        }
    }
}

/// Reads a constraint, of a table or of `column`; `None` if none starts here.
pub(super) fn declared(cursor: &mut Cursor<'_>, column: Option<&str>) -> Read<Option<Declared>> {
    let start = cursor.clone();
    let name = if cursor.eat("constraint") { Some(identifier(cursor, "the name of a constraint")?) } else { None };
    let mut using_index = None;
    let own = |cursor: &mut Cursor<'_>| match column {
        Some(column) => Ok(vec![column.to_owned()]),
        None => columns(cursor),
    };
    let body = if cursor.eat("check") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "an expression in parentheses"))?;
        Body::Check { expression: bare(&group), no_inherit: cursor.eat("no inherit") }
    } else if cursor.eat("primary key") {
        using_index = index_taken_over(cursor)?;
        let columns = if using_index.is_some() { Vec::new() } else { own(cursor)? };
        Body::Primary { columns, include: included(cursor)? }
    } else if cursor.eat("unique") {
        let nulls_not_distinct = cursor.eat("nulls not distinct");
        cursor.eat("nulls distinct");
        using_index = index_taken_over(cursor)?;
        let columns = if using_index.is_some() { Vec::new() } else { own(cursor)? };
        Body::Unique { columns, include: included(cursor)?, nulls_not_distinct }
    } else if column.is_none() && cursor.sees("exclude") {
        Body::Exclude(exclusion(cursor)?)
    } else if column.is_none() && cursor.eat("foreign key") {
        let columns = columns(cursor)?;
        foreign(cursor, columns)?
    } else if let Some(column) = column.filter(|_| cursor.sees("references")) {
        foreign(cursor, vec![column.to_owned()])?
    } else {
        *cursor = start;
        return Ok(None);
    };
    if cursor.eat("with") {
        return Err(Fault::database(cursor, "storage parameters of a constraint's index"));
    }
    if cursor.eat("using index tablespace") {
        return Err(Fault::database(cursor, "the tablespace of a constraint's index"));
    }
    let (mut deferrable, mut deferred, mut not_valid) = (false, false, false);
    loop {
        if cursor.eat("not valid") {
            not_valid = true;
        } else if cursor.eat("not deferrable") || cursor.eat("initially immediate") {
        } else if cursor.eat("deferrable") {
            deferrable = true;
        } else if cursor.eat("initially deferred") {
            (deferrable, deferred) = (true, true);
        } else {
            break;
        }
    }
    let tail = match (deferrable, deferred) {
        (false, _) => "",
        (true, false) => " DEFERRABLE",
        (true, true) => " DEFERRABLE INITIALLY DEFERRED",
    };
    Ok(Some(Declared { name, body, tail: tail.to_owned(), not_valid, using_index }))
}

fn index_taken_over(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    // `USING INDEX TABLESPACE` is something else.
    if cursor.sees("using index") && !cursor.sees("using index tablespace") {
        cursor.eat("using index");
        return identifier(cursor, "the name of an index").map(Some);
    }
    Ok(None)
}

fn included(cursor: &mut Cursor<'_>) -> Read<Vec<String>> {
    if cursor.eat("include") { columns(cursor) } else { Ok(Vec::new()) }
}

/// `REFERENCES ..`
fn foreign(cursor: &mut Cursor<'_>, columns: Vec<String>) -> Read<Body> {
    if !cursor.eat("references") {
        return Err(Fault::expected(cursor, "REFERENCES"));
    }
    let references = object_name(cursor, "the name of a table")?;
    let referenced = if cursor.sees_symbol('(') { self::columns(cursor)? } else { Vec::new() };
    let (mut update, mut delete, mut full) = (String::new(), String::new(), "");
    loop {
        if cursor.eat("match full") {
            full = " MATCH FULL";
        } else if cursor.eat("match simple") {
        } else if cursor.eat("on delete") {
            delete = action(cursor, "DELETE")?;
        } else if cursor.eat("on update") {
            update = action(cursor, "UPDATE")?;
        } else {
            break;
        }
    }
    Ok(Body::Foreign { columns, references, referenced, actions: format!("{full}{update}{delete}") })
}

fn action(cursor: &mut Cursor<'_>, event: &str) -> Read<String> {
    let actions = ["cascade", "restrict", "set null", "set default"];
    if cursor.eat("no action") {
        return Ok(String::new());
    }
    let Some(action) = actions.into_iter().find(|action| cursor.eat(action)) else {
        return Err(Fault::expected(cursor, "CASCADE, RESTRICT, SET NULL, SET DEFAULT or NO ACTION"));
    };
    let columns = match cursor.sees_symbol('(').then(|| columns(cursor)).transpose()? {
        Some(columns) => format!(" ({})", idents(columns)),
        None => String::new(),
    };
    Ok(format!(" ON {event} {}{columns}", action.to_ascii_uppercase()))
}

/// `EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (..)`, as the server writes it.
fn exclusion(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.eat("exclude");
    let method = if cursor.eat("using") { identifier(cursor, "an index method")? } else { "btree".to_owned() };
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
    let mut parts = Vec::new();
    for item in group.items() {
        let mut end = item.clone();
        if !end.skip_past("with") {
            return Err(Fault::expected(&end, "WITH and an operator"));
        }
        let operator = end.text();
        let mut head = item.clone();
        let mut part = item;
        while !head.sees("with") {
            head.skip_one();
        }
        part = part.up_to(&head);
        parts.push(format!("{} WITH {operator}", rendered(part)?));
    }
    let predicate = match cursor.eat("where").then(|| cursor.group()) {
        Some(Some(group)) => format!(" WHERE (({}))", bare(&group)),
        _ => String::new(),
    };
    Ok(format!("EXCLUDE USING {method} ({}){predicate}", parts.join(", ")))
}
