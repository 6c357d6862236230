//! Domains.

use std::collections::BTreeMap;

use super::Draft;
use super::names::{bare, fresh, identifier, object_name};
use super::object::{Body, ObjectDraft};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::ident;
use crate::sql::server_type::server_type;

/// A domain as it is put together.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    base: String,
    default: Option<String>,
    not_null: bool,
    /// By name.
    checks: BTreeMap<String, (String, bool)>,
}

impl Domain {
    /// The statement that makes it.
    pub(super) fn definition(&self, name: &str) -> String {
        let mut words = vec![format!("CREATE DOMAIN {name} AS {}", self.base)];
        words.extend(self.default.iter().map(|default| format!("DEFAULT {default}")));
        words.extend(self.not_null.then(|| "NOT NULL".to_owned()));
        words.extend(self.checks.iter().map(|(name, (check, validated))| {
            format!("CONSTRAINT {} CHECK (({check})){}", ident(name), if *validated { "" } else { " NOT VALID" })
        }));
        words.join(" ")
    }
}

/// `CREATE DOMAIN`, from behind that.
pub(super) fn create_domain(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a domain")?;
    cursor.eat("as");
    let base = server_type(cursor).ok_or_else(|| Fault::expected(cursor, "a type"))?;
    let mut domain = Domain { base, default: None, not_null: false, checks: BTreeMap::new() };
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
