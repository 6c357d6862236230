//! `ALTER TABLE .. ALTER COLUMN`.

use super::column::{How, collation_of, generated, with_default};
use super::names::object_name;
use super::{Draft, end};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Column, ColumnSetting, Identity};
use crate::sql::server_type::server_type;

/// What `ALTER COLUMN` does to a column, from behind its name.
pub(super) fn alter_column(
    draft: &mut Draft,
    action: &mut Cursor<'_>,
    table: &ObjectName,
    name: &str,
) -> Read<Outcome> {
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
