//! `ALTER TABLE` and `ALTER INDEX`.

use super::alter_column::alter_column;
use super::column::column;
use super::create_table::{add_column, add_key, options};
use super::drop_part::{drop_column, drop_constraint};
use super::key::declared;
use super::names::{identifier, object_name};
use super::rename::rename;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::sql::ident;

/// `ALTER TABLE`, from behind that.
pub(super) fn alter(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_lack = cursor.eat("if exists");
    cursor.eat("only");
    let place = cursor.clone();
    let table = object_name(cursor, "the name of a table")?;
    cursor.eat_symbol('*');
    if !draft.has_table(&table) {
        // The server lets views, sequences and indexes be renamed and owned by this statement as well.
        if draft.views.iter().any(|view| view.name == table) || draft.sequences.iter().any(|own| own.name == table) {
            return Err(Fault::database(&place, "ALTER TABLE of something that is no table"));
        }
        if may_lack {
            return Ok(Outcome::Done);
        }
    }
    draft.table(&place, &table)?;
    if cursor.eat("rename") {
        return rename(draft, cursor, &table);
    }
    if cursor.sees("set schema") {
        return Err(Fault::database(cursor, "moving a table to another schema"));
    }
    let mut outcome = Outcome::Done;
    for mut action in cursor.clone().items() {
        if let Outcome::Omitted(what) = one(draft, &mut action, &table)? {
            outcome = Outcome::Omitted(what);
        }
    }
    Ok(outcome)
}

/// One action of `ALTER TABLE`.
fn one(draft: &mut Draft, action: &mut Cursor<'_>, table: &ObjectName) -> Read<Outcome> {
    let place = action.clone();
    if action.eat("add") {
        if let Some(key) = declared(action, None)? {
            end(action)?;
            add_key(draft, &place, table, key)?;
            return Ok(Outcome::Done);
        }
        action.eat("column");
        let may_exist = action.eat("if not exists");
        let place = action.clone();
        let read = column(action)?;
        let name = read.column.name();
        if draft.table(&place, table)?.columns.iter().any(|own| own.name() == name) {
            return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "column", name)) };
        }
        return add_column(draft, &place, table, read);
    }
    if action.eat("drop constraint") {
        let may_lack = action.eat("if exists");
        let place = action.clone();
        let name = identifier(action, "the name of a constraint")?;
        return drop_constraint(draft, &place, table, &name, may_lack, cascades(action)?);
    }
    if action.eat("drop") {
        action.eat("column");
        let may_lack = action.eat("if exists");
        let place = action.clone();
        let name = identifier(action, "the name of a column")?;
        let cascade = cascades(action)?;
        if may_lack && draft.table(&place, table)?.column(&place, &name).is_err() {
            return Ok(Outcome::Done);
        }
        return drop_column(draft, &place, table, &name, cascade);
    }
    if action.eat("validate constraint") {
        let name = identifier(action, "the name of a constraint")?;
        draft.table(&place, table)?.key(&place, &name)?.not_valid = false;
        return end(action).map(|()| Outcome::Done);
    }
    if action.eat("alter constraint") {
        return Err(Fault::database(action, "when a constraint is looked at"));
    }
    if action.eat("alter") {
        action.eat("column");
        let place = action.clone();
        let name = identifier(action, "the name of a column")?;
        draft.table(&place, table)?.column(&place, &name)?;
        return alter_column(draft, action, table, &name);
    }
    of_table(draft, action, table)
}

/// `CASCADE` or not.
pub(super) fn cascades(cursor: &mut Cursor<'_>) -> Read<bool> {
    let cascade = cursor.eat("cascade");
    cursor.eat("restrict");
    end(cursor).map(|()| cascade)
}

/// What is said of a table as a whole.
fn of_table(draft: &mut Draft, action: &mut Cursor<'_>, table: &ObjectName) -> Read<Outcome> {
    let place = action.clone();
    for (word, enabled) in [("enable", Some("")), ("disable", None)] {
        let mut ahead = action.clone();
        if ahead.eat(word) {
            let how = ["replica", "always"].into_iter().find(|how| ahead.eat(how));
            if ahead.eat("trigger") {
                let how = how.or(enabled);
                return enable_trigger(draft, &mut ahead, table, how);
            }
        }
    }
    let own = draft.table(&place, table)?;
    if action.eat("enable row level security") {
        own.row_security = true;
    } else if action.eat("disable row level security") {
        own.row_security = false;
    } else if action.eat("force row level security") {
        own.forced_row_security = true;
    } else if action.eat("no force row level security") {
        own.forced_row_security = false;
    } else if action.eat("owner to") {
        own.owner = Some(identifier(action, "the name of a role")?);
    } else if action.eat("set logged") {
        own.unlogged = false;
    } else if action.eat("set unlogged") {
        own.unlogged = true;
    } else if action.eat("set tablespace") {
        let name = identifier(action, "the name of a tablespace")?;
        own.tablespace = Some(name).filter(|name| name != "pg_default");
    } else if action.eat("set without") || action.eat("set with") || action.eat("cluster on") {
        return Outcome::omitted("in which order rows were written");
    } else if action.eat("set") {
        let group = action.group().ok_or_else(|| Fault::expected(action, "parameters in parentheses"))?;
        own.options.extend(options(group)?);
    } else if action.eat("reset") {
        let group = action.group().ok_or_else(|| Fault::expected(action, "parameters in parentheses"))?;
        for name in options(group)?.keys() {
            own.options.remove(name);
        }
    } else if action.eat("replica identity") {
        own.replica_identity = if action.eat("default") {
            None
        } else if action.eat("using index") {
            Some(format!("USING INDEX {}", ident(&identifier(action, "the name of an index")?)))
        } else {
            Some(identifier(action, "FULL, NOTHING, DEFAULT or USING INDEX")?.to_uppercase())
        };
    } else {
        return Err(Fault::database(action, "partitions, inheritance and rules"));
    }
    end(action).map(|()| Outcome::Done)
}

fn enable_trigger(draft: &mut Draft, cursor: &mut Cursor<'_>, table: &ObjectName, how: Option<&str>) -> Read<Outcome> {
    let place = cursor.clone();
    let is_all = cursor.eat("all") || cursor.eat("user");
    let name = if is_all { String::new() } else { identifier(cursor, "the name of a trigger")? };
    let mut found = false;
    for trigger in draft.triggers.iter_mut().filter(|own| own.table == *table && (is_all || own.name == name)) {
        trigger.enabled = match how {
            None => Some("DISABLE".to_owned()),
            Some("") => None,
            Some(word) => Some(format!("ENABLE {}", word.to_uppercase())),
        };
        found = true;
    }
    if found || is_all {
        return Ok(Outcome::Done);
    }
    Err(Fault::unknown(&place, "trigger", name, draft.triggers.iter().map(|own| own.name.as_str())))
}

/// `ALTER INDEX`, from behind that.
pub(super) fn alter_index(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let may_lack = cursor.eat("if exists");
    let place = cursor.clone();
    let name = object_name(cursor, "the name of an index")?;
    if !cursor.eat("rename to") {
        return Err(Fault::database(cursor, "parameters and partitions of an index"));
    }
    let new = cursor.clone();
    let to = identifier(cursor, "the name of an index")?;
    if draft.is_relation(name.schema(), &to) {
        return Err(Fault::exists(&new, "relation", to));
    }
    let of_schema = |schema: Option<&str>| schema == name.schema();
    for own in draft.tables.iter_mut().filter(|own| of_schema(own.name.schema())) {
        if let Some(index) = own.indexes.iter_mut().find(|index| index.name == name.name()) {
            index.name = to;
            return Ok(Outcome::Done);
        }
        if let Some(key) = own.keys.iter_mut().find(|key| key.name == name.name() && key.body.is_indexed()) {
            key.name = to;
            return Ok(Outcome::Done);
        }
    }
    for view in draft.views.iter_mut().filter(|view| of_schema(view.name.schema())) {
        if let Some(index) = view.indexes.iter_mut().find(|index| index.name == name.name()) {
            index.name = to;
            return Ok(Outcome::Done);
        }
    }
    let known = draft.tables.iter().flat_map(|own| &own.indexes).map(|index| index.name.as_str());
    if may_lack { Ok(Outcome::Done) } else { Err(Fault::unknown(&place, "index", name.to_string(), known)) }
}
