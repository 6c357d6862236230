//! Whatever statements SQLite accepts, their text says the same schema as the database does.

use migration_planner::{Dialect, SchemaReader};
use migration_planner_sqlite::introspect;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;

const COLUMNS: [&str; 6] = ["a", "b", "\"Odd name\"", "[c d]", "key", "B2"];
const TABLES: [&str; 4] = ["t", "\"T 2\"", "u", "orders"];

fn name(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(names).prop_map(str::to_owned)
}

fn column() -> impl Strategy<Value = String> {
    let types = ["INTEGER", "text", "VARCHAR (10)", "", "decimal(8, 2)", "Blob", "INT"];
    let clauses = [
        "",
        "NOT NULL",
        "DEFAULT -1",
        "DEFAULT ( 1 + 2 )",
        "DEFAULT 'x''y'",
        "DEFAULT CURRENT_TIMESTAMP",
        "UNIQUE",
        "PRIMARY KEY",
        "CHECK (1 > 0)",
        "COLLATE NOCASE NOT NULL DEFAULT 'x'",
        "REFERENCES t",
        "REFERENCES \"T 2\" (a) ON DELETE CASCADE",
        "CONSTRAINT named UNIQUE ON CONFLICT IGNORE",
        "NULL -- why not\n",
    ];
    (name(&COLUMNS), select(types.to_vec()).prop_map(str::to_owned), select(clauses.to_vec()).prop_map(str::to_owned))
        .prop_map(|(name, data_type, clause)| format!("{name} {data_type} {clause}"))
}

fn constraint() -> impl Strategy<Value = String> {
    select(vec![
        "PRIMARY KEY (a)",
        "PRIMARY KEY (b, a)",
        "UNIQUE (a, b)",
        "UNIQUE (B)",
        "CHECK (a <> b)",
        "FOREIGN KEY (a) REFERENCES u (b)",
        "CONSTRAINT k FOREIGN KEY (b, a) REFERENCES orders",
    ])
    .prop_map(str::to_owned)
}

fn create_table() -> impl Strategy<Value = String> {
    let tails = select(vec!["", "", "WITHOUT ROWID", "STRICT", "STRICT, WITHOUT ROWID"]);
    (name(&TABLES), prop::collection::vec(column(), 1..5), prop::collection::vec(constraint(), 0..3), tails).prop_map(
        |(table, columns, constraints, tail)| {
            let parts: Vec<String> = columns.into_iter().chain(constraints).collect();
            format!("CREATE TABLE {table} (\n  {}\n) {tail}", parts.join(",\n  "))
        },
    )
}

fn statement() -> impl Strategy<Value = String> {
    let table = || name(&TABLES);
    let column_name = || name(&COLUMNS);
    prop_oneof![
        4 => create_table(),
        2 => (table(), column()).prop_map(|(table, column)| format!("ALTER TABLE {table} ADD COLUMN {column}")),
        1 => (table(), column_name()).prop_map(|(table, column)| format!("ALTER TABLE {table} DROP COLUMN {column}")),
        2 => (table(), column_name(), column_name())
            .prop_map(|(table, from, to)| format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}")),
        1 => (table(), table()).prop_map(|(from, to)| format!("ALTER TABLE {from} RENAME TO {to}")),
        2 => (select(vec!["i", "\"I 2\"", "j"]), table(), column_name(), select(vec!["", " DESC", " COLLATE NOCASE"]))
            .prop_map(|(index, table, column, tail)| format!("CREATE INDEX {index} ON {table} ({column}{tail})")),
        1 => (table(), column_name())
            .prop_map(|(table, column)| format!("CREATE UNIQUE INDEX IF NOT EXISTS x ON {table} (lower({column})) WHERE {column} > 1")),
        1 => select(vec!["DROP INDEX i", "DROP INDEX IF EXISTS x", "DROP TABLE t", "DROP TABLE IF EXISTS u"]).prop_map(str::to_owned),
        1 => table().prop_map(|table| format!("CREATE VIEW IF NOT EXISTS seen AS SELECT * FROM {table}")),
        1 => table().prop_map(|table| format!("INSERT INTO {table} DEFAULT VALUES")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_text_says_what_the_database_does(statements in prop::collection::vec(statement(), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.db");
        let connection = Connection::open(&file).unwrap();
        let mut reader = SchemaReader::new(Dialect::Sqlite);
        let mut told: Vec<&str> = Vec::new();
        for statement in &statements {
            let before = reader.clone();
            let read = reader.read(statement);
            if connection.execute_batch(statement).is_err() {
                // Whether a statement can be done at all may depend on more than the schema.
                reader = before;
                continue;
            }
            told.push(statement);
            match read {
                Ok(()) => {}
                // Honest, and the end of this story.
                Err(error) if error.needs_database() => return Ok(()),
                Err(error) => prop_assert!(false, "{error} in {statement} after {told:#?}"),
            }
            let found = introspect(&file).unwrap().schema;
            prop_assert_eq!(reader.schema(), found, "after {:#?}", told);
        }
    }
}
