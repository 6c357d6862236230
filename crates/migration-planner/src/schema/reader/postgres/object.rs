//! Types, domains, schemas, extensions, policies, publications and functions: objects that a schema keeps by their statement.

use super::create_table::called;
use super::names::{bare, fresh, identifier, object_name, renamed_in};
use super::table::with_schema;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Object, ObjectKind};
use crate::sql::server_type::server_type;
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
    Domain(Domain),
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

#[derive(Debug, Clone)]
pub(super) struct Domain {
    base: String,
    default: Option<String>,
    not_null: bool,
    /// By name.
    checks: std::collections::BTreeMap<String, (String, bool)>,
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

impl Domain {
    fn definition(&self, name: &str) -> String {
        let mut words = vec![format!("CREATE DOMAIN {name} AS {}", self.base)];
        words.extend(self.default.iter().map(|default| format!("DEFAULT {default}")));
        words.extend(self.not_null.then(|| "NOT NULL".to_owned()));
        words.extend(self.checks.iter().map(|(name, (check, validated))| {
            format!("CONSTRAINT {} CHECK (({check})){}", ident(name), if *validated { "" } else { " NOT VALID" })
        }));
        words.join(" ")
    }
}

impl Draft {
    fn add(&mut self, place: &Cursor<'_>, object: ObjectDraft) -> Read<Outcome> {
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

/// `CREATE TYPE`, from behind that.
pub(super) fn create_type(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a type")?;
    if !cursor.eat("as") {
        return Err(Fault::database(cursor, "types that are made of functions"));
    }
    let body = if cursor.eat("enum") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "values in parentheses"))?;
        let values = group.items().into_iter().map(|mut item| match item.next() {
            Some(Token::Text(value)) => Ok(value),
            _ => Err(Fault::expected(&item, "a text")),
        });
        Body::Enum(values.collect::<Read<_>>()?)
    } else if cursor.eat("range") {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "options in parentheses"))?;
        let mut items = group.items();
        let mut subtype = items.remove(0);
        if !items.is_empty() || !subtype.eat("subtype") || !subtype.eat_symbol('=') {
            return Err(Fault::database(cursor, "options of a range"));
        }
        let subtype = server_type(&mut subtype).ok_or_else(|| Fault::expected(&subtype, "a type"))?;
        Body::Type(format!("RANGE (subtype = {subtype})"))
    } else {
        let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "columns in parentheses"))?;
        let columns = group.items().into_iter().map(|mut item| {
            let name = identifier(&mut item, "the name of a column")?;
            let data_type = server_type(&mut item).ok_or_else(|| Fault::expected(&item, "a type"))?;
            Ok(format!("{} {data_type}", ident(&name)))
        });
        Body::Type(format!("({})", columns.collect::<Read<Vec<_>>>()?.join(", ")))
    };
    end(cursor)?;
    draft.add(&place, ObjectDraft::new(ObjectKind::Type, name, body))
}

/// `ALTER TYPE`, from behind that.
pub(super) fn alter_type(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a type")?;
    let object = draft.object(&place, ObjectKind::Type, &name)?;
    let Body::Enum(values) = &mut object.body else {
        return Err(Fault::database(&place, "columns of a type"));
    };
    let text = |cursor: &mut Cursor<'_>| match cursor.next() {
        Some(Token::Text(value)) => Ok(value),
        _ => Err(Fault::expected(cursor, "a text")),
    };
    if cursor.eat("add value") {
        let may_exist = cursor.eat("if not exists");
        let place = cursor.clone();
        let value = text(cursor)?;
        if values.contains(&value) {
            return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "value", value)) };
        }
        let before = cursor.eat("before");
        let at = if before || cursor.eat("after") {
            let place = cursor.clone();
            let other = text(cursor)?;
            let at = values.iter().position(|own| *own == other);
            at.ok_or_else(|| Fault::unknown(&place, "value", other, &*values))? + usize::from(!before)
        } else {
            values.len()
        };
        values.insert(at, value);
        return Ok(Outcome::Done);
    }
    if cursor.eat("rename value") {
        let place = cursor.clone();
        let from = text(cursor)?;
        cursor.eat("to");
        let to = text(cursor)?;
        match values.iter_mut().find(|own| **own == from) {
            Some(own) => *own = to,
            None => return Err(Fault::unknown(&place, "value", from, &*values)),
        }
        return Ok(Outcome::Done);
    }
    if cursor.sees("owner to") {
        return Outcome::omitted("the owner of a type");
    }
    Err(Fault::database(cursor, "another name or place of a type, which columns and functions have as well"))
}

/// `CREATE DOMAIN`, from behind that.
pub(super) fn create_domain(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a domain")?;
    cursor.eat("as");
    let base = server_type(cursor).ok_or_else(|| Fault::expected(cursor, "a type"))?;
    let mut domain = Domain { base, default: None, not_null: false, checks: std::collections::BTreeMap::new() };
    while !cursor.is_at_end() {
        if cursor.eat("default") {
            let start = cursor.clone();
            let ends = ["constraint", "check", "not null", "null", "collate"];
            cursor.skip_one();
            while !cursor.is_at_end() && !ends.iter().any(|end| cursor.sees(end)) {
                cursor.skip_one();
            }
            domain.default = Some(start.up_to(cursor).text());
        } else if cursor.eat("not null") {
            domain.not_null = true;
        } else if !cursor.eat("null") {
            domain_check(&mut domain, cursor, &name)?;
        }
    }
    draft.add(&place, ObjectDraft::new(ObjectKind::Domain, name, Body::Domain(domain)))
}

fn domain_check(domain: &mut Domain, cursor: &mut Cursor<'_>, name: &ObjectName) -> Read<()> {
    let given = if cursor.eat("constraint") { Some(identifier(cursor, "the name of a constraint")?) } else { None };
    if given.is_some() && cursor.eat("not null") {
        domain.not_null = true;
        return Ok(());
    }
    if !cursor.eat("check") {
        return Err(Fault::expected(cursor, "CHECK"));
    }
    let group = cursor.group().ok_or_else(|| Fault::expected(cursor, "an expression in parentheses"))?;
    let check = given.unwrap_or_else(|| fresh(name.name(), "", "check", |name| domain.checks.contains_key(name)));
    domain.checks.insert(check, (bare(&group), !cursor.eat("not valid")));
    Ok(())
}

/// `ALTER DOMAIN`, from behind that.
pub(super) fn alter_domain(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a domain")?;
    let Body::Domain(domain) = &mut draft.object(&place, ObjectKind::Domain, &name)?.body else {
        return Err(Fault::expected(&place, "the name of a domain"));
    };
    if cursor.eat("set default") {
        domain.default = Some(cursor.text());
    } else if cursor.eat("drop default") {
        domain.default = None;
    } else if cursor.eat("set not null") {
        domain.not_null = true;
    } else if cursor.eat("drop not null") {
        domain.not_null = false;
    } else if cursor.eat("add") {
        domain_check(domain, cursor, &name)?;
    } else if cursor.eat("drop constraint") {
        let may_lack = cursor.eat("if exists");
        let place = cursor.clone();
        let check = identifier(cursor, "the name of a constraint")?;
        if domain.checks.remove(&check).is_none() && !may_lack {
            return Err(Fault::unknown(&place, "constraint", check, domain.checks.keys()));
        }
    } else if cursor.eat("validate constraint") {
        let place = cursor.clone();
        let check = identifier(cursor, "the name of a constraint")?;
        match domain.checks.get_mut(&check) {
            Some((_, validated)) => *validated = true,
            None => return Err(Fault::unknown(&place, "constraint", check, domain.checks.keys())),
        }
    } else if cursor.sees("owner to") {
        return Outcome::omitted("the owner of a domain");
    } else {
        return Err(Fault::database(cursor, "another name or place of a domain, which columns have as well"));
    }
    Ok(Outcome::Done)
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
