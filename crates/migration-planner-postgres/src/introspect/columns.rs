//! Columns.

use std::collections::BTreeMap;

use migration_planner::{Column, ColumnSetting, Generated, Identity, Table};
use postgres::{Error, GenericClient, Row};

use super::tables::alter;

/// Adds the columns of all tables, in their order.
pub(super) fn read(client: &mut impl GenericClient, tables: &mut BTreeMap<u32, Table>) -> Result<(), Error> {
    let sql = "SELECT a.attrelid, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         pg_get_expr(d.adbin, d.adrelid), a.attgenerated::text, a.attidentity::text, \
         (SELECT l.collname::text FROM pg_collation AS l WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation), \
         CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END, \
         CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' \
             WHEN 'x' THEN 'EXTENDED' ELSE 'MAIN' END END, \
         CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, col_description(a.attrelid, a.attnum), \
         (SELECT nullif(concat_ws(' ', \
             CASE WHEN q.seqstart <> CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END THEN 'START WITH ' || q.seqstart END, \
             CASE WHEN q.seqincrement <> 1 THEN 'INCREMENT BY ' || q.seqincrement END, \
             CASE WHEN q.seqmin <> CASE WHEN q.seqincrement > 0 THEN 1 ELSE r.low END THEN 'MINVALUE ' || q.seqmin END, \
             CASE WHEN q.seqmax <> CASE WHEN q.seqincrement > 0 THEN r.high ELSE -1 END THEN 'MAXVALUE ' || q.seqmax END, \
             CASE WHEN q.seqcache <> 1 THEN 'CACHE ' || q.seqcache END, CASE WHEN q.seqcycle THEN 'CYCLE' END), '') \
             FROM pg_depend AS i JOIN pg_sequence AS q ON q.seqrelid = i.objid JOIN (VALUES ('int2'::regtype, -32768, 32767), \
                 ('int4'::regtype, -2147483648, 2147483647), ('int8'::regtype, -9223372036854775808, 9223372036854775807)) \
                 AS r (kind, low, high) ON r.kind = q.seqtypid \
             WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.refobjid = a.attrelid \
               AND i.refobjsubid = a.attnum AND i.deptype = 'i'), \
         a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition \
         FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid \
         JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') \
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";
    for row in client.query_typed(sql, &[])? {
        let column = column(&row);
        // What a plan under way has added is not the application's.
        if !column.name().starts_with(migration_planner::RESERVED_PREFIX) {
            alter(tables, row.get(0), |table| table.with_column(column));
        }
    }
    Ok(())
}

fn column(row: &Row) -> Column {
    let text = |at: usize| row.get::<_, Option<String>>(at);
    let mut column = Column::new(row.get::<_, String>(1), row.get::<_, String>(2));
    if row.get(3) {
        column = column.not_null();
    }
    match (text(4), row.get::<_, &str>(5)) {
        (Some(expression), "s") => column = column.generated(Generated::stored(expression)),
        (Some(expression), "v") => column = column.generated(Generated::computed(expression)),
        (Some(expression), _) => column = column.default_value(expression),
        (None, _) => {}
    }
    match row.get::<_, &str>(6) {
        "a" => column = column.identity(Identity::Always),
        "d" => column = column.identity(Identity::ByDefault),
        _ => {}
    }
    if let Some(options) = text(12) {
        column = column.sequence_options(options);
    }
    if let Some(collation) = text(7) {
        column = column.collation(collation);
    }
    let settings = [(8, ColumnSetting::Statistics), (9, ColumnSetting::Storage), (10, ColumnSetting::Compression)];
    for (at, setting) in settings {
        if let Some(value) = text(at) {
            column = column.setting(setting, value);
        }
    }
    if let Some(comment) = text(11) {
        column = column.comment(comment);
    }
    if row.get(13) {
        column = column.inherited();
    }
    column
}
