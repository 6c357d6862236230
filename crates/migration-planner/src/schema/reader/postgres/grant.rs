//! `GRANT` and `REVOKE` on whole tables.

use std::collections::BTreeSet;

use super::names::{identifier, object_name};
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// Everything that can be granted on a table.
const ALL: [&str; 7] = ["DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"];

/// `GRANT` or `REVOKE`, from behind that.
pub(super) fn grant(draft: &mut Draft, cursor: &mut Cursor<'_>, gives: bool) -> Read<Outcome> {
    let options_only = !gives && cursor.eat("grant option for");
    let place = cursor.clone();
    let mut privileges: BTreeSet<String> = BTreeSet::new();
    if cursor.eat("all") {
        cursor.eat("privileges");
        privileges.extend(ALL.map(str::to_owned));
    } else {
        loop {
            privileges.insert(identifier(cursor, "a privilege")?.to_uppercase());
            if cursor.sees_symbol('(') {
                return Err(Fault::database(cursor, "privileges on single columns"));
            }
            if !cursor.eat_symbol(',') {
                break;
            }
        }
    }
    if !cursor.eat("on") {
        return Outcome::omitted("who belongs to which role");
    }
    if cursor.sees("schema") || cursor.sees("database") || cursor.sees("type") || cursor.sees("language") {
        return Outcome::omitted("privileges on a schema, a database, a type or a language");
    }
    for other in ["sequence", "function", "procedure", "routine", "all"] {
        if cursor.sees(other) {
            return Err(Fault::database(cursor, "privileges on other things than tables"));
        }
    }
    cursor.eat("table");
    let mut tables: Vec<ObjectName> = Vec::new();
    loop {
        let on = cursor.clone();
        let name = object_name(cursor, "the name of a table")?;
        if draft.views.iter().any(|view| view.name == name) || draft.sequences.iter().any(|own| own.name == name) {
            return Err(Fault::database(&on, "privileges on other things than tables"));
        }
        draft.table(&on, &name)?;
        tables.push(name);
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    if !cursor.eat("to") && !cursor.eat("from") {
        return Err(Fault::expected(cursor, "TO or FROM"));
    }
    let mut roles = Vec::new();
    loop {
        cursor.eat("group");
        let role = identifier(cursor, "the name of a role")?;
        roles.push(if role == "public" { "PUBLIC".to_owned() } else { role });
        if !cursor.eat_symbol(',') {
            break;
        }
    }
    let grantable = cursor.eat("with grant option");
    cursor.eat("cascade");
    cursor.eat("restrict");
    end(cursor)?;
    for table in &tables {
        let own = draft.table(&place, table)?;
        for role in &roles {
            for privilege in &privileges {
                let plain = (role.clone(), false);
                let with_option = (role.clone(), true);
                let had_option = own.grants.get(&with_option).is_some_and(|own| own.contains(privilege));
                for key in [&plain, &with_option] {
                    if let Some(privileges) = own.grants.get_mut(key) {
                        privileges.remove(privilege);
                    }
                }
                if gives {
                    let key = if grantable || had_option { with_option } else { plain };
                    own.grants.entry(key).or_default().insert(privilege.clone());
                } else if options_only {
                    own.grants.entry(plain).or_default().insert(privilege.clone());
                }
            }
        }
        own.grants.retain(|_, privileges| !privileges.is_empty());
    }
    Ok(Outcome::Done)
}
