//! Everything that is known by the statement that creates it.

use migration_planner::{Object, ObjectKind, Schema};
use postgres::{Error, GenericClient};

use super::tables::name;

/// Adds every object that is not a table.
pub(super) fn read(client: &mut impl GenericClient, mut schema: Schema) -> Result<Schema, Error> {
    for row in client.query_typed(include_str!("objects.sql"), &[])? {
        let Some(kind) = kind(row.get(0)) else { continue };
        let mut object = Object::new(kind, name(&row, 1), row.get::<_, String>(6));
        if row.get::<_, Option<String>>(4).is_some() {
            object = object.on_table(name(&row, 3));
        }
        if let Some(arguments) = row.get::<_, Option<String>>(5) {
            object = object.taking(arguments);
        }
        let attached = row.get::<_, Option<Vec<Option<String>>>>(7).unwrap_or_default();
        schema = schema.with_object(object.with_attached(attached.into_iter().flatten()));
    }
    Ok(schema)
}

fn kind(name: &str) -> Option<ObjectKind> {
    Some(match name {
        "schema" => ObjectKind::Schema,
        "extension" => ObjectKind::Extension,
        "type" => ObjectKind::Type,
        "domain" => ObjectKind::Domain,
        "sequence" => ObjectKind::Sequence,
        "function" => ObjectKind::Function,
        "procedure" => ObjectKind::Procedure,
        "aggregate" => ObjectKind::Aggregate,
        "view" => ObjectKind::View,
        "materialized view" => ObjectKind::MaterializedView,
        "rule" => ObjectKind::Rule,
        "trigger" => ObjectKind::Trigger,
        "policy" => ObjectKind::Policy,
        "statistics" => ObjectKind::Statistics,
        "publication" => ObjectKind::Publication,
        "collation" => ObjectKind::Collation,
        _ => return None,
    })
}
