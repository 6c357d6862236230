//! `ALTER TABLE` and `ALTER INDEX`.

use super::create_table::{self, How, add_column, add_key, collation_of, generated, options, with_default};
use super::key::declared;
use super::names::{identifier, object_name, renamed_in};
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Column, ColumnSetting, Identity};
use crate::sql::ident;
use crate::sql::server_type::server_type;

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

fn rename(draft: &mut Draft, cursor: &mut Cursor<'_>, table: &ObjectName) -> Read<Outcome> {
    if cursor.eat("to") {
        let place = cursor.clone();
        let to = identifier(cursor, "the name of a table")?;
        end(cursor)?;
        rename_table(draft, &place, table, &to)?;
        return Ok(Outcome::Done);
    }
    if cursor.eat("constraint") {
        let place = cursor.clone();
        let from = identifier(cursor, "the name of a constraint")?;
        cursor.eat("to");
        draft.table(&place, table)?.key(&place, &from)?.name = identifier(cursor, "the name of a constraint")?;
        return end(cursor).map(|()| Outcome::Done);
    }
    cursor.eat("column");
    let place = cursor.clone();
    let from = identifier(cursor, "the name of a column")?;
    cursor.eat("to");
    let new = cursor.clone();
    let to = identifier(cursor, "the name of a column")?;
    end(cursor)?;
    let own = draft.table(&place, table)?;
    own.column(&place, &from)?;
    if own.columns.iter().any(|column| column.name() == to) {
        return Err(Fault::exists(&new, "column", to));
    }
    draft.not_in_views(&place, table, Some(&from))?;
    rename_column(draft, &place, table, &from, &to)?;
    Ok(Outcome::Done)
}

fn rename_table(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, to: &str) -> Read<()> {
    if draft.is_relation(table.schema(), to) {
        return Err(Fault::exists(place, "relation", to));
    }
    draft.not_in_views(place, table, None)?;
    let new = match table.schema() {
        Some(schema) => ObjectName::in_schema(schema, to),
        None => to.into(),
    };
    for own in &mut draft.tables {
        for key in &mut own.keys {
            if let super::key::Body::Foreign { references, .. } = &mut key.body
                && references == table
            {
                *references = new.clone();
            }
        }
        if own.name == *table {
            own.name = new.clone();
        }
    }
    draft.triggers.iter_mut().filter(|own| own.table == *table).for_each(|own| own.table = new.clone());
    for sequence in &mut draft.sequences {
        if let Some((owner, _)) = sequence.owner.as_mut().filter(|(owner, _)| owner == table) {
            *owner = new.clone();
        }
    }
    draft.objects.iter_mut().for_each(|object| object.rename_table(table, &new));
    Ok(())
}

fn rename_column(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, from: &str, to: &str) -> Read<()> {
    let own = draft.table(place, table)?;
    for column in &mut own.columns {
        if column.name() == from {
            *column = column.clone().called(to);
        }
        if let Some(generated) = column.generation() {
            let text = renamed_in(generated.expression(), table.name(), from, to);
            *column = column.clone().generated(crate::schema::Generated::stored(text));
        }
    }
    own.keys.iter_mut().for_each(|key| key.rename_column(table.name(), from, to));
    own.indexes.iter_mut().for_each(|index| index.rename_column(table.name(), from, to));
    own.partition_key = own.partition_key.take().map(|key| renamed_in(&key, table.name(), from, to));
    for own in &mut draft.tables {
        for key in &mut own.keys {
            if let super::key::Body::Foreign { references, referenced, .. } = &mut key.body
                && references == table
            {
                referenced.iter_mut().filter(|own| *own == from).for_each(|own| to.clone_into(own));
            }
        }
    }
    for sequence in &mut draft.sequences {
        if let Some((owner, column)) = &mut sequence.owner
            && owner == table
            && column == from
        {
            to.clone_into(column);
        }
    }
    draft.triggers.iter_mut().filter(|own| own.table == *table).for_each(|own| own.rename_column(from, to));
    draft.objects.iter_mut().for_each(|object| object.rename_column(table, from, to));
    Ok(())
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
        let column = create_table::column(action)?;
        let name = column.column.name();
        if draft.table(&place, table)?.columns.iter().any(|own| own.name() == name) {
            return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "column", name)) };
        }
        return add_column(draft, &place, table, column);
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

fn alter_column(draft: &mut Draft, action: &mut Cursor<'_>, table: &ObjectName, name: &str) -> Read<Outcome> {
    let place = action.clone();
    let own = draft.table(&place, table)?;
    let mut change = |change: &dyn Fn(Column) -> Column| own.alter(&place, name, change);
    if action.eat("set data type") || action.eat("type") {
        let data_type = server_type(action).ok_or_else(|| Fault::expected(action, "a type"))?;
        let collation =
            if action.eat("collate") { collation_of(&object_name(action, "the name of a collation")?) } else { None };
        change(&|column| column.typed(data_type.as_str()).collated(collation.clone()))?;
        // Indexes are made anew of their text.
        let columns = own.columns.clone();
        own.indexes.iter_mut().for_each(|index| index.settle(&columns));
        // What stands behind USING is about rows.
        if !action.eat("using") {
            end(action)?;
        }
    } else if action.eat("set default") {
        change(&|column| with_default(column, action))?;
    } else if action.eat("drop default") {
        change(&Column::without_default)?;
    } else if action.eat("set not null") {
        change(&Column::not_null)?;
    } else if action.eat("drop not null") {
        change(&Column::nullable)?;
    } else if action.eat("drop identity") {
        change(&Column::without_identity)?;
    } else if action.eat("drop expression") {
        change(&Column::without_generation)?;
    } else if action.eat("add") {
        let How::Numbered(identity, has_options) = generated(action)? else {
            return Err(Fault::expected(action, "AS IDENTITY"));
        };
        change(&|column| column.identity(identity))?;
        if has_options {
            return Outcome::omitted("the options of an identity's sequence");
        }
    } else if action.eat("set generated") {
        let identity = if action.eat("always") { Identity::Always } else { Identity::ByDefault };
        change(&|column| column.identity(identity))?;
    } else if action.eat("set statistics") {
        let value = action.text().replace(' ', "");
        change(&|column| match value.as_str() {
            "-1" | "default" => column.without_setting(ColumnSetting::Statistics),
            _ => column.setting(ColumnSetting::Statistics, value.as_str()),
        })?;
    } else if action.eat("set storage") {
        let value = action.text().to_uppercase();
        let natural = natural_storage(own.column(&place, name)?.data_type());
        if value == "DEFAULT" || natural == Some(value.as_str()) {
            own.alter(&place, name, |column| column.without_setting(ColumnSetting::Storage))?;
        } else if natural.is_none() {
            return Err(Fault::database(action, "how a type that is not PostgreSQL's own is stored"));
        } else {
            own.alter(&place, name, |column| column.setting(ColumnSetting::Storage, value))?;
        }
    } else if action.eat("set compression") {
        let value = action.text().to_lowercase();
        change(&|column| match value.as_str() {
            "default" => column.without_setting(ColumnSetting::Compression),
            _ => column.setting(ColumnSetting::Compression, value.as_str()),
        })?;
    } else if action.sees("set") || action.sees("reset") || action.sees("restart") {
        return Outcome::omitted("settings of a column that a schema does not hold");
    } else {
        return Err(Fault::expected(action, "what to change of the column"));
    }
    Ok(Outcome::Done)
}

/// How values of a type are stored if nothing else is said; `None` for types that are not known here.
fn natural_storage(data_type: &str) -> Option<&'static str> {
    let name = data_type.split('(').next().unwrap_or(data_type);
    Some(match name {
        _ if data_type.ends_with("[]") => "EXTENDED",
        "text" | "character varying" | "character" | "bpchar" | "bytea" | "json" | "jsonb" | "xml" | "bit"
        | "bit varying" | "tsvector" => "EXTENDED",
        "numeric" | "inet" | "cidr" => "MAIN",
        "integer" | "bigint" | "smallint" | "boolean" | "uuid" | "date" | "real" | "double precision" => "PLAIN",
        _ if name.starts_with("timestamp") || name.starts_with("time") || name == "interval" => "PLAIN",
        _ => return None,
    })
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

fn drop_constraint(
    draft: &mut Draft,
    place: &Cursor<'_>,
    table: &ObjectName,
    name: &str,
    may_lack: bool,
    cascade: bool,
) -> Read<Outcome> {
    let own = draft.table(place, table)?;
    if may_lack && own.key(place, name).is_err() {
        return Ok(Outcome::Done);
    }
    let key = own.key(place, name)?.clone();
    own.keys.retain(|own| own.name != name);
    // The server notes of a reference which key it relies on; where two keys have the same columns only it knows.
    if let super::key::Body::Primary { columns, .. } | super::key::Body::Unique { columns, .. } = &key.body {
        let still = draft.table(place, table)?.keys.iter().any(|other| match &other.body {
            super::key::Body::Primary { columns: own, .. } | super::key::Body::Unique { columns: own, .. } => {
                own == columns
            }
            _ => false,
        });
        let uses = |other: &super::key::Key| {
            matches!(&other.body, super::key::Body::Foreign { references, referenced, .. }
            if references == table && referenced == columns)
        };
        if !still {
            drop_references(draft, place, name, cascade, uses)?;
        }
    }
    Ok(Outcome::Done)
}

/// Drops references that can no longer be, or says which one is in the way.
pub(super) fn drop_references(
    draft: &mut Draft,
    place: &Cursor<'_>,
    name: &str,
    cascade: bool,
    uses: impl Fn(&super::key::Key) -> bool,
) -> Read<()> {
    for own in &mut draft.tables {
        if cascade {
            own.keys.retain(|key| !uses(key));
        } else if let Some(key) = own.keys.iter().find(|key| uses(key)) {
            return Err(Fault::in_use(place, name, format!("the constraint `{}` of `{}`", key.name, own.name)));
        }
    }
    Ok(())
}

fn drop_column(draft: &mut Draft, place: &Cursor<'_>, table: &ObjectName, name: &str, cascade: bool) -> Read<Outcome> {
    let own = draft.table(place, table)?;
    own.column(place, name)?;
    own.columns.retain(|column| column.name() != name);
    own.keys.retain(|key| !key.involves(name));
    own.indexes.retain(|index| !index.involves(name));
    if own
        .columns
        .iter()
        .any(|column| column.generation().is_some_and(|of| Cursor::new(of.expression()).mentions(name)))
    {
        return Err(Fault::database(place, "a generated column is computed from it"));
    }
    if cascade {
        draft.not_in_views(place, table, Some(name))?;
    }
    let uses = |key: &super::key::Key| {
        matches!(&key.body, super::key::Body::Foreign { references, referenced, .. }
        if references == table && referenced.iter().any(|own| own == name))
    };
    drop_references(draft, place, name, cascade, uses)?;
    draft.sequences.retain(|own| own.owner.as_ref().is_none_or(|(of, column)| of != table || column != name));
    let fires = |own: &super::TriggerDraft| own.table == *table && own.needs_column(name);
    if let Some(trigger) = draft.triggers.iter().find(|own| !cascade && fires(own)) {
        return Err(Fault::in_use(place, name, format!("the trigger `{}`", trigger.name)));
    }
    draft.triggers.retain(|own| !fires(own));
    Ok(Outcome::Done)
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
