//! The rows beside the schema: statements that change them, and whether planned changes leave them alone.

use std::collections::BTreeMap;

use migration_planner::Dialect;
use postgres::Client;
use postgres_for_tests::Database;

use crate::reach::connect;

/// How many statements of `sql` change rows, or may: a block of code counts, as does a query, which can call anything.
pub(crate) fn data_statements(sql: &str) -> usize {
    let words = ["insert", "update", "delete", "truncate", "copy", "with", "select", "do"];
    let parts = Dialect::Postgres.split(sql);
    let first = parts.iter().filter_map(|part| part.text().split_whitespace().next());
    first.filter(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word))).count()
}

/// The values of every column of every table, as one number per column, by table, column and type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows(BTreeMap<[String; 3], String>);

impl Rows {
    pub(crate) fn of(database: &Database) -> Self {
        let mut client = connect(database);
        let sql = "SELECT format('%I.%I', n.nspname, c.relname), array_agg(a.attname::text ORDER BY a.attnum), \
                   array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) \
                   FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
                   JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                   WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'cutover') GROUP BY 1";
        let tables = client.query(sql, &[]).expect("the catalog can be read");
        let of_table = |row: &postgres::Row| {
            of_table(
                &mut client,
                &row.get::<_, String>(0),
                &row.get::<_, Vec<String>>(1),
                &row.get::<_, Vec<String>>(2),
            )
        };
        Self(tables.iter().flat_map(of_table).collect())
    }

    /// A column that is in both and does not hold the same values, if there is one.
    pub(crate) fn changed(&self, after: &Self) -> Option<String> {
        let differs = self.0.iter().find(|(column, values)| after.0.get(*column).is_some_and(|now| now != *values));
        differs.map(|([table, column, _], _)| format!("{table}.{column}"))
    }
}

fn of_table(client: &mut Client, table: &str, columns: &[String], types: &[String]) -> Vec<([String; 3], String)> {
    // Rows are moved by updates, so that only their values can be put in order.
    let digest = |column: &String| {
        let text = format!("coalesce(\"{}\"::text, '')", column.replace('"', "\"\""));
        format!("count(*) || ' ' || coalesce(md5(string_agg({text}, ',' ORDER BY {text})), '')")
    };
    let digests = columns.iter().map(digest).collect::<Vec<_>>().join(", ");
    let row = client.query_one(&format!("SELECT {digests} FROM {table}"), &[]).expect("the table can be read");
    let one = |(at, (column, kind)): (usize, (&String, &String))| {
        ([table.to_owned(), column.clone(), kind.clone()], row.get(at))
    };
    columns.iter().zip(types).enumerate().map(one).collect()
}
