//! Objects that a schema keeps by their statement: schemas, extensions, policies and publications are made here, others beside this.

use super::create_table::called;
use super::names::{bare, identifier, object_name, renamed_in};
use super::table::with_schema;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Object, ObjectKind};
use crate::sql::tokens::Token;
use crate::sql::{ident, literal};

#[derive(Debug, Clone)]
pub(super) struct ObjectDraft {
    pub(super) kind: ObjectKind,
    pub(super) name: ObjectName,
    pub(super) body: Body,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Schema,
    /// What stands behind its name.
    Extension(String),
    Enum(Vec<String>),
    /// What stands behind its name.
    Type(String),
    Domain(super::domain::Domain),
    Function(super::function::Function),
    Policy {
        table: ObjectName,
        clauses: String,
        using: Option<String>,
        check: Option<String>,
    },
    /// The tables.
    Publication(Vec<ObjectName>),
}

impl ObjectDraft {
    pub(super) fn new(kind: ObjectKind, name: ObjectName, body: Body) -> Self {
        Self { kind, name, body, comment: None }
    }

    /// The types that a function takes; nothing for what is none.
    pub(super) fn takes(&self) -> Option<&[String]> {
        match &self.body {
            Body::Function(function) => Some(&function.types),
            _ => None,
        }
    }

    pub(super) fn table(&self) -> Option<&ObjectName> {
        match &self.body {
            Body::Policy { table, .. } => Some(table),
            _ => None,
        }
    }

    pub(super) fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        match &mut self.body {
            Body::Policy { table, .. } if table == from => *table = to.clone(),
            Body::Publication(tables) => tables.iter_mut().filter(|own| *own == from).for_each(|own| *own = to.clone()),
            _ => {}
        }
    }

    pub(super) fn rename_column(&mut self, of: &ObjectName, from: &str, to: &str) {
        if let Body::Policy { table, using, check, .. } = &mut self.body
            && table == of
        {
            for text in [using, check].into_iter().flatten() {
                *text = renamed_in(text, of.name(), from, to);
            }
        }
    }

    pub(super) fn finish(&self) -> Object {
        let (name, words) = (called(&self.name), self.kind.keywords());
        let comment = |target: String| {
            self.comment.iter().map(move |text| format!("COMMENT ON {target} IS {}", literal(text))).collect::<Vec<_>>()
        };
        match &self.body {
            Body::Schema => Object::new(self.kind, &self.name, format!("CREATE SCHEMA {name}"))
                .with_attached(comment(format!("{words} {name}"))),
            Body::Extension(rest) => Object::new(self.kind, &self.name, format!("CREATE EXTENSION {name}{rest}")),
            Body::Enum(values) => {
                let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                let definition = format!("CREATE TYPE {name} AS ENUM ({})", values.join(", "));
                Object::new(self.kind, &self.name, definition).with_attached(comment(format!("{words} {name}")))
            }
            Body::Type(rest) => Object::new(self.kind, &self.name, format!("CREATE TYPE {name} AS {rest}"))
                .with_attached(comment(format!("{words} {name}"))),
            Body::Domain(domain) => Object::new(self.kind, &self.name, domain.definition(&name))
                .with_attached(comment(format!("{words} {name}"))),
            Body::Function(function) => {
                let definition =
                    format!("CREATE OR REPLACE {words} {}{}", with_schema(&self.name), function.definition);
                Object::new(self.kind, &self.name, definition)
                    .taking(&function.arguments)
                    .with_attached(comment(format!("FUNCTION {name}({})", function.types.join(","))))
            }
            Body::Policy { table, clauses, using, check } => {
                let mut definition = format!("CREATE POLICY {name} ON {} {clauses}", called(table));
                for (word, text) in [("USING", using), ("WITH CHECK", check)] {
                    definition.extend(text.iter().map(|text| format!(" {word} (({text}))")));
                }
                Object::new(self.kind, &self.name, definition).on_table(table)
            }
            Body::Publication(tables) => {
                let mut tables: Vec<String> = tables.iter().map(|table| format!("TABLE {}", called(table))).collect();
                tables.sort();
                let list = if tables.is_empty() { String::new() } else { format!(" FOR {}", tables.join(", ")) };
                let options = "WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)";
                Object::new(self.kind, &self.name, format!("CREATE PUBLICATION {name}{list} {options}"))
            }
        }
    }
}

impl Draft {
    /// Adds an object, or says that there is one.
    pub(super) fn add(&mut self, place: &Cursor<'_>, object: ObjectDraft) -> Read<Outcome> {
        let is_it =
            |own: &ObjectDraft| own.kind == object.kind && own.name == object.name && own.table() == object.table();
        if self.objects.iter().any(is_it) {
            return Err(Fault::exists(place, kind_word(object.kind), object.name.to_string()));
        }
        self.objects.push(object);
        Ok(Outcome::Done)
    }

    /// The object of that kind and name, or a fault at `place`.
    pub(super) fn object(&mut self, place: &Cursor<'_>, kind: ObjectKind, name: &ObjectName) -> Read<&mut ObjectDraft> {
        let Some(at) = self.objects.iter().position(|own| own.kind == kind && own.name == *name) else {
            let known = self.objects.iter().filter(|own| own.kind == kind).map(|own| own.name.to_string());
            return Err(Fault::unknown(place, kind_word(kind), name.to_string(), known));
        };
        Ok(&mut self.objects[at])
    }
}

/// A kind of object as a word of a message.
pub(super) fn kind_word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Schema => "schema",
        ObjectKind::Extension => "extension",
        ObjectKind::Type => "type",
        ObjectKind::Domain => "domain",
        ObjectKind::Function => "function",
        ObjectKind::Procedure => "procedure",
        ObjectKind::Policy => "policy",
        ObjectKind::Publication => "publication",
        _ => "object",
    }
}

/// `CREATE SCHEMA`, from behind that.
pub(super) fn create_schema(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a schema")?;
    if cursor.eat("authorization") {
        identifier(cursor, "the name of a role")?;
    }
    if !cursor.is_at_end() {
        return Err(Fault::database(cursor, "what is made together with a schema"));
    }
    let is_there = draft.objects.iter().any(|own| own.kind == ObjectKind::Schema && own.name.name() == name);
    if may_exist && is_there || name == "public" {
        return Ok(Outcome::Done);
    }
    draft.add(&place, ObjectDraft::new(ObjectKind::Schema, name.into(), Body::Schema))
}

/// `CREATE EXTENSION`, from behind that.
pub(super) fn create_extension(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = identifier(cursor, "the name of an extension")?;
    let (mut schema, mut version) = ("public".to_owned(), String::new());
    cursor.eat("with");
    loop {
        if cursor.eat("schema") {
            schema = identifier(cursor, "the name of a schema")?;
        } else if cursor.eat("version") {
            if let Some(Token::Text(text) | Token::Quoted(text)) = cursor.next() {
                version = format!(" VERSION {}", literal(&text));
            }
        } else if !cursor.eat("cascade") {
            break;
        }
    }
    end(cursor)?;
    let is_there = draft.objects.iter().any(|own| own.kind == ObjectKind::Extension && own.name.name() == name);
    // The server has this one from the start, and a schema leaves it out.
    if may_exist && is_there || name == "plpgsql" {
        return Ok(Outcome::Done);
    }
    let rest = format!(" SCHEMA {}{version}", ident(&schema));
    draft.add(&place, ObjectDraft::new(ObjectKind::Extension, name.into(), Body::Extension(rest)))
}

/// `CREATE POLICY`, from behind that.
pub(super) fn create_policy(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a policy")?;
    cursor.eat("on");
    let on = cursor.clone();
    let table = object_name(cursor, "the name of a table")?;
    draft.table(&on, &table)?;
    let permissive =
        if cursor.eat("as") { identifier(cursor, "PERMISSIVE or RESTRICTIVE")? } else { "permissive".to_owned() };
    let command = if cursor.eat("for") { identifier(cursor, "a command")? } else { "all".to_owned() };
    let roles = if cursor.eat("to") { cursor.names() } else { vec!["public".to_owned()] };
    let roles: Vec<String> =
        roles.iter().map(|role| if role == "public" { "PUBLIC".to_owned() } else { ident(role) }).collect();
    let clauses = format!("AS {} FOR {} TO {}", permissive.to_uppercase(), command.to_uppercase(), roles.join(", "));
    let using = if cursor.eat("using") { cursor.group().map(|group| bare(&group)) } else { None };
    let check = if cursor.eat("with check") { cursor.group().map(|group| bare(&group)) } else { None };
    end(cursor)?;
    draft.add(&place, ObjectDraft::new(ObjectKind::Policy, name.into(), Body::Policy { table, clauses, using, check }))
}

/// `CREATE PUBLICATION`, from behind that.
pub(super) fn create_publication(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = identifier(cursor, "the name of a publication")?;
    let mut tables = Vec::new();
    if cursor.eat("for table") {
        loop {
            cursor.eat("only");
            let on = cursor.clone();
            let table = object_name(cursor, "the name of a table")?;
            draft.table(&on, &table)?;
            tables.push(table);
            if !cursor.eat_symbol(',') {
                break;
            }
            cursor.eat("table");
        }
    }
    if !cursor.is_at_end() {
        return Err(Fault::database(cursor, "columns, rows, schemas and options of a publication"));
    }
    draft.add(&place, ObjectDraft::new(ObjectKind::Publication, name.into(), Body::Publication(tables)))
}
