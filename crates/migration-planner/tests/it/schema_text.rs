//! What is wrong with a script is said with its place, and nothing is lost in silence.

use migration_planner::{Dialect, Schema, SchemaError, SchemaReader};
use proptest::prelude::*;
use proptest::sample::select;

fn error(dialect: Dialect, script: &str) -> SchemaError {
    Schema::parse(dialect, script).unwrap_err()
}

#[test]
fn every_fault_has_its_line_and_column() {
    const TABLE: &str = "CREATE TABLE users (id int PRIMARY KEY, name text);\n";
    for (statement, place, said) in [
        ("ALTER TABLE user_s ADD a int", 13, "there is no table `user_s`; perhaps `users`"),
        ("ALTER TABLE users DROP nme", 24, "there is no column `users.nme`; perhaps `users.name`"),
        ("ALTER TABLE users ADD name text", 23, "column `name` exists already"),
        ("ALTER TABLE users DROP CONSTRAINT users_pky", 35, "there is no constraint `users_pky`; perhaps `users_pkey`"),
        ("CREATE TABLE users (id int)", 14, "relation `users` exists already"),
        ("CREATE INDEX i ON users (nam)", 26, "there is no column `users.nam`; perhaps `users.name`"),
        ("DROP INDEX users_pkey", 12, "`users_pkey` is needed by a constraint of `users`"),
        ("CREATE TABLE o (a int REFERENCES usrs)", 14, "there is no table `usrs`; perhaps `users`"),
        ("CREATE TABLE c AS SELECT 1", 16, "only a database can tell: the columns are those of something else"),
        ("DO $$ BEGIN EXECUTE 'x'; END $$", 1, "only a database can tell: what this statement does"),
        ("CREATE TABLE p PARTITION OF users DEFAULT", 16, "only a database can tell"),
    ] {
        let said_error = error(Dialect::Postgres, &format!("{TABLE}{statement};"));
        assert_eq!((said_error.line(), said_error.column()), (2, place), "{statement}: {said_error}");
        assert!(said_error.to_string().contains(said), "{statement}: {said_error}");
    }
    let syntax = error(Dialect::Postgres, &format!("{TABLE}DROP TABEL users;"));
    assert!(matches!(syntax, SchemaError::Syntax(_)) && syntax.line() == 2, "{syntax}");
}

#[test]
fn faults_of_sqlite_have_their_place_too() {
    const TABLE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n";
    for (statement, place, said) in [
        ("ALTER TABLE usrs ADD a INT", 13, "there is no table `usrs`; perhaps `users`"),
        ("ALTER TABLE users RENAME COLUMN nam TO b", 33, "there is no column `users.nam`; perhaps `users.name`"),
        ("ALTER TABLE users ADD COLUMN NAME TEXT", 30, "column `users.NAME` exists already"),
        ("CREATE TABLE Users (a)", 14, "table `Users` exists already"),
        ("CREATE TABLE c AS SELECT 1", 16, "only a database can tell"),
        (
            "PRAGMA legacy_alter_table = ON",
            1,
            "only a database can tell: what statements do under `legacy_alter_table`",
        ),
        ("CREATE VIRTUAL TABLE f USING fts5(a)", 8, "only a database can tell: the tables of a module"),
    ] {
        let said_error = error(Dialect::Sqlite, &format!("{TABLE}{statement};"));
        assert_eq!((said_error.line(), said_error.column()), (2, place), "{statement}: {said_error}");
        assert!(said_error.to_string().contains(said), "{statement}: {said_error}");
    }
}

#[test]
fn a_script_that_fails_leaves_the_reader_as_it_was() {
    let mut reader = SchemaReader::new(Dialect::Postgres);
    reader.read("CREATE TABLE a (id int)").unwrap();
    let before = reader.schema();
    reader.read("CREATE TABLE b (id int); INSERT INTO b VALUES (1); DROP TABLE c").unwrap_err();
    assert_eq!((reader.schema(), reader.omitted().len()), (before, 0));
}

#[test]
fn what_a_schema_does_not_hold_is_listed() {
    let mut reader = SchemaReader::new(Dialect::Postgres);
    reader
        .read("BEGIN; CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY (START 5));\nCOMMENT ON EXTENSION x IS 'y';\nINSERT INTO a DEFAULT VALUES; COMMIT; GRANT USAGE ON SCHEMA public TO PUBLIC;")
        .unwrap();
    let lines: Vec<String> = reader.omitted().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "line 1: where a transaction starts or ends",
            "line 1: the options of an identity's sequence",
            "line 2: the comment of something that a schema holds without one",
            "line 3: rows",
            "line 3: where a transaction starts or ends",
            "line 3: privileges on a schema, a database, a type or a language",
        ]
    );
}

/// A table with columns of all sorts, under names that have to be quoted too.
fn table() -> impl Strategy<Value = String> {
    let types =
        ["int", "bigserial", "varchar(5)", "text[]", "numeric(6)", "timestamptz(3)", "mood", "char", "bit varying(4)"];
    let clauses = [
        "",
        "NOT NULL",
        "UNIQUE",
        "DEFAULT NULL",
        "REFERENCES base",
        "REFERENCES base (id) ON UPDATE SET NULL ON DELETE CASCADE DEFERRABLE",
        "CONSTRAINT \"Named\" CHECK (id IS NOT NULL)",
        "DEFAULT 'it''s' COLLATE \"C\"",
    ];
    let tails = [
        "",
        ", PRIMARY KEY (id)",
        ", CHECK (id > 0), CHECK (id < 9)",
        ", UNIQUE (id) INCLUDE (c0)",
        ", EXCLUDE (id WITH =)",
    ];
    let column = (select(types.to_vec()), select(clauses.to_vec()));
    (prop::collection::vec(column, 1..5), select(tails.to_vec())).prop_map(|(columns, tail)| {
        let columns: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, (of, clause))| format!("c{at} {of} {}", clause.replace("Named", &format!("Named {at}"))))
            .collect();
        format!("(id bigint, {}{tail})", columns.join(", "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn statements_made_of_a_schema_are_read_back_as_the_same_schema(tables in prop::collection::vec(table(), 1..4), index in 0..4_usize) {
        let names = ["t", "\"T 2\"", "\"order\"", "audit.log"];
        let mut script = "CREATE SCHEMA audit; CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE base (id bigint PRIMARY KEY);".to_owned();
        for (name, table) in names.iter().zip(&tables) {
            script.extend([format!("\nCREATE TABLE {name} {table};\nCOMMENT ON COLUMN {name}.id IS 'which';")]);
        }
        let name = names[index.min(tables.len() - 1)];
        script.extend([format!("\nCREATE INDEX ON {name} (id DESC, (id + 1)) WHERE id > 3; GRANT SELECT ON {name} TO reader;")]);
        let schema = Schema::parse(Dialect::Postgres, &script).unwrap();
        let rendered = schema.to_postgres().join(";\n");
        prop_assert_eq!(Schema::parse(Dialect::Postgres, &rendered).unwrap(), schema, "{}", rendered);
    }
}
