//! Whatever statements PostgreSQL accepts, their text says the same schema as the database does.

use migration_planner::{Dialect, Schema, SchemaDiffer, SchemaReader, ServerKind};
use migration_planner_postgres::introspect;
use postgres::{Client, NoTls};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

/// Whatever the comparison finds, either way.
fn differences(text: &Schema, found: &Schema) -> Vec<String> {
    let differ = SchemaDiffer::new(ServerKind::Postgres);
    let mut lines = Vec::new();
    for (from, to) in [(text, found), (found, text)] {
        let diff = differ.between(from, to).unwrap();
        lines.extend(diff.changes().iter().map(|change| format!("{change:?}")));
        lines.extend(diff.inexpressible().iter().map(ToString::to_string));
    }
    lines
}

const SETUP: &str = "CREATE TABLE v (a int, b text, c varchar(20), d timestamptz, e numeric(8, 2), f boolean, g jsonb, h date, i bigint, \
                     j text[], k char(3), l interval, m timestamp);";

/// Expressions as people write them: each as a check, whose text the server writes anew.
const CHECKS: &[&str] = &[
    "a > 0",
    "a BETWEEN 1 AND 10 AND NOT (b = 'x' OR c <> 'y')",
    "b IN ('x', 'y')",
    "c IN ('x', 'y', 'z')",
    "c NOT IN ('x', 'y')",
    "b IN ('x')",
    "b LIKE 'a%' OR b ILIKE '%b' OR c NOT LIKE 'c_'",
    "b ~ '^[a-z]+$'",
    "length(b) <= 10 AND char_length(c) > 2",
    "coalesce(a, 0) + 1 <> -1",
    "a::bigint = i AND CAST(a AS text) = b",
    "f",
    "NOT f",
    "f IS TRUE AND a IS NOT NULL AND b IS DISTINCT FROM 'x'",
    "d > '2020-01-01'",
    "d > TIMESTAMP WITH TIME ZONE '2020-01-01 10:00:00+00'",
    "h >= DATE '2020-01-01'",
    "l < INTERVAL '90 day'",
    "e > 0 AND e < 10.5",
    "g ->> 'a' = 'b' AND g ? 'x'",
    "j @> ARRAY['a', 'b']",
    "j[1] = 'a'",
    "CASE WHEN a > 0 THEN b = 'x' ELSE f END",
    "CASE a WHEN 1 THEN true END",
    "(a, i) > (1, 2)",
    "k = 'abc'",
    "extract(epoch from d) > 0",
    "b || 'x' <> c || 'y'",
    "a % 2 = 0 AND a * (i + 1) > 2 ^ 3",
    "num_nonnulls(a, b, c) = 1",
    "(a IS NULL) <> (b IS NULL)",
    "d AT TIME ZONE 'UTC' > m",
    "b COLLATE \"C\" > 'a'",
    "lower(trim(b)) = b",
    "a = ANY (ARRAY[1, 2, 3])",
    "position('x' in b) > 0",
    "substring(b from 1 for 2) = 'ab'",
    "nullif(b, '') IS NOT NULL",
    "jsonb_typeof(g) = 'object'",
    "- a < 5",
];

/// Pairs that the server would not take for each other.
const OTHERS: &[(&str, &str)] = &[
    ("a > 0", "a >= 0"),
    ("a > 0 AND f OR b = 'x'", "a > 0 AND (f OR b = 'x')"),
    ("b = 'x'", "b = 'X'"),
    ("a - (i - 1) > 0", "a - i - 1 > 0"),
    ("d > now()", "d > CURRENT_TIMESTAMP"),
    ("b LIKE 'a'", "b ILIKE 'a'"),
    ("a::bigint > 0", "a::smallint > 0"),
    ("l < INTERVAL '1 day'", "l < INTERVAL '24 hours'"),
    ("NOT (f AND a > 0)", "NOT f AND a > 0"),
    ("lower(b) = 'x'", "upper(b) = 'x'"),
    ("to_jsonb('x'::text) <> g", "to_jsonb('x'::varchar) <> g"),
];

#[test]
fn expressions_are_the_same_in_a_persons_and_in_the_servers_spelling() {
    let Some(database) = postgres_for_tests::database() else { return };
    let mut script = SETUP.to_owned();
    for (at, check) in CHECKS.iter().enumerate() {
        script.extend([format!("\nALTER TABLE v ADD CONSTRAINT c{at} CHECK ({check});")]);
    }
    Client::connect(&database.url(), NoTls).unwrap().batch_execute(&script).unwrap();
    let text = Schema::parse(Dialect::Postgres, &script).unwrap();
    assert_eq!(differences(&text, &introspect(&database.url()).unwrap().schema), Vec::<String>::new());
}

#[test]
fn expressions_that_differ_are_told_apart_in_any_spelling() {
    let Some(database) = postgres_for_tests::database() else { return };
    for (one, other) in OTHERS {
        let script = |check: &str| format!("{SETUP}\nALTER TABLE v ADD CONSTRAINT c CHECK ({check});");
        let mut client = Client::connect(&database.url(), NoTls).unwrap();
        client.batch_execute("DROP TABLE IF EXISTS v").unwrap();
        client.batch_execute(&script(one)).unwrap();
        let found = introspect(&database.url()).unwrap().schema;
        let text = Schema::parse(Dialect::Postgres, &script(other)).unwrap();
        assert!(!differences(&text, &found).is_empty(), "{one} is taken for {other}");
    }
}

#[test]
fn every_kind_of_object_is_read_as_the_server_has_it() {
    let Some(database) = postgres_for_tests::database() else { return };
    let script = "
        CREATE SCHEMA audit;
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy';
        CREATE TYPE pair AS (one int4, other varchar(3));
        CREATE DOMAIN percent AS int DEFAULT 0 NOT NULL CHECK (VALUE BETWEEN 0 AND 100);
        CREATE SEQUENCE numbers AS int START -5 INCREMENT BY -1;
        CREATE TABLE users (
            id bigserial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, name text COLLATE \"C\" DEFAULT 'x' CHECK (name <> ''),
            age smallint DEFAULT -1, price numeric(8) DEFAULT 0, made timestamptz NOT NULL DEFAULT now(), mood mood DEFAULT 'sad',
            share percent, double_age int GENERATED ALWAYS AS (age * 2) STORED, n int GENERATED BY DEFAULT AS IDENTITY,
            CHECK (age > 0 OR name IS NULL), EXCLUDE USING btree (age WITH =)
        ) WITH (fillfactor = 70);
        CREATE UNLOGGED TABLE audit.log (id serial, user_id bigint REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, at date);
        ALTER TABLE audit.log ADD PRIMARY KEY (id), ADD CONSTRAINT once UNIQUE (user_id, at) INCLUDE (id);
        CREATE INDEX ON users (lower(email), age DESC NULLS LAST) INCLUDE (name) WHERE name IS NOT NULL;
        CREATE UNIQUE INDEX CONCURRENTLY users_by_name ON users USING btree (name text_pattern_ops, (age + 1)) WITH (fillfactor = 80);
        CREATE FUNCTION touch(a int, b text DEFAULT 'x') RETURNS SETOF int4 LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ BEGIN RETURN NEXT a; END $$;
        CREATE FUNCTION stamp() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql;
        CREATE PROCEDURE p(x int) LANGUAGE sql AS 'SELECT 1';
        CREATE TRIGGER stamped BEFORE UPDATE OF name OR INSERT ON users FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE PROCEDURE stamp('a', 1);
        CREATE CONSTRAINT TRIGGER later AFTER DELETE ON users DEFERRABLE FOR EACH ROW EXECUTE FUNCTION stamp();
        ALTER TABLE users DISABLE TRIGGER later;
        CREATE VIEW adults AS SELECT u.id, name AS who FROM users u WHERE age >= 18 AND name LIKE 'a%' ORDER BY made DESC;
        CREATE MATERIALIZED VIEW sums (age, total) AS SELECT age, count(*) FROM users LEFT JOIN audit.log ON log.user_id = users.id GROUP BY age;
        CREATE UNIQUE INDEX sums_age ON sums (age);
        ALTER TABLE users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON users FOR SELECT USING (name = current_user) ;
        CREATE PUBLICATION feed FOR TABLE users;
        COMMENT ON TABLE users IS 'people';
        COMMENT ON COLUMN users.name IS 'it''s theirs';
        COMMENT ON INDEX users_by_name IS 'fast';
        COMMENT ON FUNCTION touch(int, text) IS 'touches';
        COMMENT ON CONSTRAINT once ON audit.log IS 'once a day';
        COMMENT ON TYPE mood IS 'how it is';
        GRANT SELECT, INSERT ON users TO PUBLIC;
        REVOKE INSERT ON users FROM PUBLIC;
        ALTER TABLE users RENAME COLUMN age TO years;
        ALTER TABLE audit.log RENAME TO entries;
        ALTER SEQUENCE numbers RENAME TO countdown;
        ALTER INDEX users_by_name RENAME TO by_name;
        ALTER TABLE users ALTER COLUMN price TYPE numeric(10, 2), ALTER price DROP DEFAULT, ALTER COLUMN email SET STATISTICS 200;
        ALTER TABLE users REPLICA IDENTITY FULL;";
    // A view names the column, so the rename is left to the server; the rest is read.
    let text = Schema::parse(Dialect::Postgres, script).unwrap_err();
    assert!(text.needs_database() && text.to_string().contains("the view `adults`"), "{text}");
    let script: Vec<&str> = script.lines().filter(|line| !line.contains("VIEW") && !line.contains("sums")).collect();
    let script = script.join("\n");
    let mut client = Client::connect(&database.url(), NoTls).unwrap();
    for part in Dialect::Postgres.split(&script) {
        client.batch_execute(part.text()).unwrap();
    }
    let mut reader = SchemaReader::new(Dialect::Postgres);
    reader.read(&script).unwrap();
    assert_eq!(differences(&reader.schema(), &introspect(&database.url()).unwrap().schema), Vec::<String>::new());
    assert_eq!(reader.omitted(), []);
}

#[test]
fn plain_views_are_the_same_in_both_spellings() {
    let Some(database) = postgres_for_tests::database() else { return };
    let script = "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int); CREATE TABLE orders (user_id bigint, total numeric);
        CREATE VIEW adults AS SELECT u.id, name AS who FROM users AS u WHERE age >= 18 AND name LIKE 'a%' ORDER BY age DESC;
        CREATE MATERIALIZED VIEW sums (age, total) AS SELECT age, SUM(total) FROM users LEFT OUTER JOIN orders ON user_id = id
            GROUP BY age HAVING count(*) > 1;
        CREATE UNIQUE INDEX sums_age ON sums (age);";
    let mut client = Client::connect(&database.url(), NoTls).unwrap();
    client.batch_execute(script).unwrap();
    let text = Schema::parse(Dialect::Postgres, script).unwrap();
    let found = introspect(&database.url()).unwrap().schema;
    assert_eq!(differences(&text, &found), Vec::<String>::new());
    for other in
        [script.replace("LEFT OUTER", "INNER"), script.replace("name AS who", "name"), script.replace("> 1", "> 2")]
    {
        let text = Schema::parse(Dialect::Postgres, &other).unwrap();
        assert!(!differences(&text, &found).is_empty(), "{other}");
    }
}

fn column() -> impl Strategy<Value = String> {
    let types = [
        "int",
        "bigserial",
        "varchar(5)",
        "text[]",
        "numeric(6)",
        "timestamptz(3)",
        "bool",
        "char",
        "float(10)",
        "bit varying(4)",
    ];
    let clauses = [
        "",
        "NOT NULL",
        "UNIQUE",
        "PRIMARY KEY",
        "CHECK (a IS NOT NULL)",
        "REFERENCES t",
        "DEFAULT NULL",
        "NULL CONSTRAINT k UNIQUE",
    ];
    let names = ["a", "b", "\"Odd name\"", "\"order\"", "a_name_that_is_so_long_that_names_made_of_it_are_cut"];
    (select(names.to_vec()), select(types.to_vec()), select(clauses.to_vec()))
        .prop_map(|(name, of, clause)| format!("{name} {of} {clause}"))
}

fn statement() -> impl Strategy<Value = String> {
    let table = || select(vec!["t", "u", "\"T 2\"", "public.orders"]);
    let name = || select(vec!["a", "b", "\"Odd name\"", "\"order\""]);
    let constraints = select(vec![
        "CHECK (a > b)",
        "UNIQUE (a, b)",
        "PRIMARY KEY (b, a)",
        "FOREIGN KEY (a) REFERENCES u (a) NOT VALID",
        "CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID",
    ]);
    prop_oneof![
        4 => (table(), prop::collection::vec(column(), 1..4))
            .prop_map(|(table, columns)| format!("CREATE TABLE {table} ({})", columns.join(", "))),
        2 => (table(), column()).prop_map(|(table, column)| format!("ALTER TABLE {table} ADD {column}")),
        1 => (table(), name()).prop_map(|(table, column)| format!("ALTER TABLE {table} DROP COLUMN {column}")),
        2 => (table(), constraints).prop_map(|(table, constraint)| format!("ALTER TABLE {table} ADD {constraint}")),
        1 => (table(), name(), name()).prop_map(|(table, from, to)| format!("ALTER TABLE {table} RENAME {from} TO {to}")),
        1 => (table(), select(vec!["t", "u", "\"T 2\"", "orders"])).prop_map(|(from, to)| format!("ALTER TABLE {from} RENAME TO {to}")),
        2 => (table(), name(), select(vec!["", " DESC", " WHERE a IS NOT NULL"]))
            .prop_map(|(table, column, tail)| match tail.strip_prefix(" WHERE") {
                Some(_) => format!("CREATE UNIQUE INDEX ON {table} ({column}){tail}"),
                None => format!("CREATE INDEX ON {table} ({column}{tail}, (a IS NULL))"),
            }),
        1 => select(vec!["DROP TABLE t", "DROP TABLE IF EXISTS u CASCADE", "DROP INDEX t_a_expr_idx"]).prop_map(str::to_owned),
        1 => (table(), name(), select(vec!["SET NOT NULL", "DROP NOT NULL", "TYPE text", "SET DEFAULT NULL", "DROP DEFAULT"]))
            .prop_map(|(table, column, what)| format!("ALTER TABLE {table} ALTER COLUMN {column} {what}")),
    ]
}

#[test]
fn whatever_the_server_accepts_is_read_as_it_understands_it() {
    if postgres_for_tests::database().is_none() {
        return;
    }
    let config =
        ProptestConfig { cases: 40, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default() };
    let run = |statements: Vec<String>| -> Result<(), TestCaseError> {
        let database = postgres_for_tests::database().expect("there was a server a moment ago");
        let mut client = Client::connect(&database.url(), NoTls).unwrap();
        let mut reader = SchemaReader::new(Dialect::Postgres);
        let mut told: Vec<&str> = Vec::new();
        for statement in &statements {
            let before = reader.clone();
            let read = reader.read(statement);
            if client.batch_execute(statement).is_err() {
                reader = before;
                continue;
            }
            told.push(statement);
            match read {
                Ok(()) => {}
                Err(error) if error.needs_database() => return Ok(()),
                Err(error) => return Err(TestCaseError::fail(format!("{error} after {told:#?}"))),
            }
        }
        let lines = differences(&reader.schema(), &introspect(&database.url()).unwrap().schema);
        prop_assert!(lines.is_empty(), "{lines:#?} after {told:#?}");
        Ok(())
    };
    TestRunner::new(config).run(&prop::collection::vec(statement(), 1..12), run).unwrap();
}
