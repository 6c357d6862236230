//! Tables with what hangs on them: constraints, indexes, grants, partitions.

use std::collections::BTreeMap;

use migration_planner::{Constraint, Grant, Index, ObjectName, Schema, Table};
use postgres::{Error, GenericClient, Row};

use super::columns;

/// Which relations are the application's: `c` is of `pg_class`, `n` its schema.
pub(super) const OURS: &str = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'cutover') \
     AND left(c.relname, 9) <> '_cutover_' \
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')";

/// All tables, in the order of their names.
pub(super) fn read(client: &mut impl GenericClient) -> Result<Schema, Error> {
    let sql = format!(
        "SELECT CASE n.nspname WHEN 'public' THEN NULL ELSE n.nspname::text END, c.relname::text, c.oid, \
         obj_description(c.oid, 'pg_class'), pg_get_userbyid(c.relowner)::text, c.relpersistence = 'u', c.reloptions, \
         (SELECT spcname::text FROM pg_tablespace WHERE oid = c.reltablespace), \
         CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' WHEN 'i' THEN (SELECT format('USING INDEX %I', x.relname) \
             FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) END, \
         c.relrowsecurity, c.relforcerowsecurity, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid) \
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1 NULLS FIRST, 2"
    );
    let mut tables: BTreeMap<u32, Table> = BTreeMap::new();
    let mut order = Vec::new();
    for row in client.query_typed(&sql, &[])? {
        tables.insert(row.get(2), table(&row));
        order.push(row.get::<_, u32>(2));
    }
    columns::read(client, &mut tables)?;
    constraints(client, &mut tables)?;
    indexes(client, &mut tables)?;
    parents(client, &mut tables)?;
    grants(client, &mut tables)?;
    let sorted = order.into_iter().filter_map(|oid| tables.remove(&oid));
    Ok(sorted.fold(Schema::new(), Schema::with_table))
}

/// A name out of two columns, the first of which is the schema unless that is `public`.
pub(super) fn name(row: &Row, at: usize) -> ObjectName {
    let name: String = row.get(at + 1);
    match row.get::<_, Option<String>>(at) {
        Some(schema) => ObjectName::in_schema(schema, name),
        None => name.into(),
    }
}

fn table(row: &Row) -> Table {
    let text = |at: usize| row.get::<_, Option<String>>(at);
    let mut table = Table::new(name(row, 0)).owned_by(row.get::<_, String>(4));
    if let Some(comment) = text(3) {
        table = table.comment(comment);
    }
    if row.get(5) {
        table = table.unlogged();
    }
    for option in row.get::<_, Option<Vec<String>>>(6).unwrap_or_default() {
        let (name, value) = option.split_once('=').unwrap_or((&option, "true"));
        table = table.option(name, value);
    }
    if let Some(tablespace) = text(7) {
        table = table.in_tablespace(tablespace);
    }
    if let Some(identity) = text(8) {
        table = table.replica_identity(identity);
    }
    if row.get(9) {
        table = table.row_security(row.get(10));
    }
    if let Some(key) = text(11) {
        table = table.partitioned_by(key);
    }
    table
}

/// Changes the table with the number `oid`, if it is one of the application's.
pub(super) fn alter(tables: &mut BTreeMap<u32, Table>, oid: u32, change: impl FnOnce(Table) -> Table) {
    if let Some(table) = tables.remove(&oid) {
        tables.insert(oid, change(table));
    }
}

fn constraints(client: &mut impl GenericClient, tables: &mut BTreeMap<u32, Table>) -> Result<(), Error> {
    let sql = "SELECT o.conrelid, o.conname::text, o.contype::text, pg_get_constraintdef(o.oid), o.convalidated, \
         (SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(o.conkey) WITH ORDINALITY AS k (attnum, at) \
             JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = k.attnum), \
         (SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(o.confkey) WITH ORDINALITY AS k (attnum, at) \
             JOIN pg_attribute AS a ON a.attrelid = o.confrelid AND a.attnum = k.attnum), \
         CASE f.nspname WHEN 'public' THEN NULL ELSE f.nspname::text END, r.relname::text, \
         pg_get_expr(o.conbin, o.conrelid), obj_description(o.oid, 'pg_constraint'), \
         o.coninhcount > 0 AND NOT o.conislocal AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = o.conrelid AND NOT c.relispartition) \
         FROM pg_constraint AS o LEFT JOIN pg_class AS r ON r.oid = o.confrelid LEFT JOIN pg_namespace AS f ON f.oid = r.relnamespace \
         WHERE o.conrelid <> 0 AND o.contype IN ('p', 'u', 'c', 'f', 'x') \
         ORDER BY o.conrelid, array_position(ARRAY['p', 'u', 'x', 'c', 'f']::text[], o.contype::text), o.conname";
    for row in client.query_typed(sql, &[])? {
        let definition: String = row.get(3);
        let columns = row.get::<_, Option<Vec<String>>>(5).unwrap_or_default();
        let constraint = match row.get::<_, &str>(2) {
            "p" => Constraint::primary_key(columns),
            "u" => Constraint::unique(columns),
            "x" => Constraint::exclusion(definition.as_str()),
            "f" => {
                let referenced = row.get::<_, Option<Vec<String>>>(6).unwrap_or_default();
                Constraint::foreign_key(columns, name(&row, 7), referenced)
            }
            _ => Constraint::check(row.get::<_, Option<String>>(9).unwrap_or_default()),
        };
        let mut constraint = constraint.named(row.get::<_, String>(1)).defined_by(definition);
        if !row.get::<_, bool>(4) {
            constraint = constraint.not_valid();
        }
        if let Some(comment) = row.get::<_, Option<String>>(10) {
            constraint = constraint.comment(comment);
        }
        if row.get(11) {
            constraint = constraint.inherited();
        }
        alter(tables, row.get(0), |table| table.with_constraint(constraint));
    }
    Ok(())
}

/// Indexes that were created as such: those behind a constraint are part of that.
fn indexes(client: &mut impl GenericClient, tables: &mut BTreeMap<u32, Table>) -> Result<(), Error> {
    let sql = "SELECT i.indrelid, c.relname::text, \
         (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k) FROM generate_series(1, i.indnkeyatts) AS k), \
         i.indisunique, pg_get_expr(i.indpred, i.indrelid), \
         pg_get_indexdef(i.indexrelid), m.amname::text, obj_description(c.oid, 'pg_class'), i.indisvalid OR t.relkind = 'p' \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam \
         JOIN pg_class AS t ON t.oid = i.indrelid \
         WHERE left(c.relname, 9) <> '_cutover_' \
           AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = c.oid AND o.contype IN ('p', 'u', 'x')) \
         ORDER BY i.indrelid, c.relname";
    for row in client.query_typed(sql, &[])? {
        let mut index =
            Index::new(row.get::<_, String>(1), row.get::<_, Vec<String>>(2)).defined_by(row.get::<_, String>(5));
        if row.get(3) {
            index = index.unique();
        }
        if let Some(predicate) = row.get::<_, Option<String>>(4) {
            index = index.only_where(predicate);
        }
        if row.get::<_, &str>(6) != "btree" {
            index = index.using(row.get::<_, String>(6));
        }
        if let Some(comment) = row.get::<_, Option<String>>(7) {
            index = index.comment(comment);
        }
        if !row.get::<_, bool>(8) {
            index = index.invalid();
        }
        alter(tables, row.get(0), |table| table.with_index(index));
    }
    Ok(())
}

fn parents(client: &mut impl GenericClient, tables: &mut BTreeMap<u32, Table>) -> Result<(), Error> {
    let sql = "SELECT CASE n.nspname WHEN 'public' THEN NULL ELSE n.nspname::text END, p.relname::text, i.inhrelid, \
         pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i \
         JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p') \
         JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS n ON n.oid = p.relnamespace \
         ORDER BY i.inhrelid, i.inhseqno";
    for row in client.query_typed(sql, &[])? {
        let parent = name(&row, 0);
        alter(tables, row.get(2), |table| match row.get::<_, Option<String>>(3) {
            Some(bounds) => table.partition_of(parent, bounds),
            None => table.inheriting(parent),
        });
    }
    Ok(())
}

/// Privileges of others than the owner, on tables and on columns.
fn grants(client: &mut impl GenericClient, tables: &mut BTreeMap<u32, Table>) -> Result<(), Error> {
    let sql = "SELECT c.oid, string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), \
             CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END AS role, g.is_grantable, '' AS of_column \
         FROM pg_class AS c, LATERAL aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner GROUP BY c.oid, g.grantee, g.is_grantable \
         UNION ALL SELECT c.oid, string_agg(format('%s (%I)', g.privilege_type, a.attname), ', ' ORDER BY g.privilege_type), \
             CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END, g.is_grantable, a.attname::text \
         FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid, LATERAL aclexplode(a.attacl) AS g \
         WHERE NOT a.attisdropped GROUP BY c.oid, a.attname, g.grantee, g.is_grantable ORDER BY 1, 5, 3, 4";
    for row in client.query_typed(sql, &[])? {
        let grant = Grant::new(row.get::<_, String>(1), row.get::<_, String>(2));
        let grant = if row.get(3) { grant.grantable() } else { grant };
        alter(tables, row.get(0), |table| table.with_grant(grant));
    }
    Ok(())
}
