//! One database made what another one is, change by change, each of which is undone once: the catalog is compared to the letter, and
//! rows are there in the end.

use migration_planner::{Change, Planner, Policy, SchemaDiffer, ServerKind};
use migration_planner_postgres::{Advance, Runner, introspect};

use crate::support::{Db, answered_for, quick};

/// The changes that were made; `None` where there is no server.
pub(crate) fn reached(from: &Db, to: &str, differ: &SchemaDiffer) -> Option<Vec<String>> {
    let to = Db::new(to)?;
    let wanted = introspect(&to.url()).unwrap().schema;
    from.run("ANALYZE");
    let (mut made, mut differ) = (Vec::new(), differ.clone());
    loop {
        let found = introspect(&from.url()).unwrap();
        let diff = differ.between(&found.schema, &wanted).unwrap();
        let Some(change) = diff.changes().first().map(|change| (*change).clone()) else {
            assert_eq!(diff.inexpressible(), []);
            break;
        };
        assert!(made.len() < 20, "{made:#?}");
        let planner = Planner::new(&found.schema, found.server).policy(Policy::default().small_table(1000));
        let plan = planner.plan(&change).unwrap_or_else(|refusal| panic!("{change}: {refusal}"));
        there_and_back(from, &plan, &change);
        made.push(change.to_string());
        // What was renamed has its later name now.
        differ = SchemaDiffer::new(ServerKind::Postgres);
    }
    assert_eq!(to.catalog().differences(&from.catalog()), Vec::<String>::new(), "{made:#?}");
    Some(made)
}

fn there_and_back(db: &Db, plan: &migration_planner::Plan, change: &Change) {
    let before = db.catalog();
    let ways_back = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
    let begin = || {
        let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
        runner.begin(plan).unwrap();
        answered_for(&mut runner, plan);
        runner
    };
    if ways_back > 0 {
        let mut runner = begin();
        (0..ways_back).for_each(|_| drop(runner.advance().unwrap_or_else(|error| panic!("{change}: {error:?}"))));
        runner.roll_back().unwrap();
        assert_eq!(before.differences(&db.catalog()), Vec::<String>::new(), "{change}");
    }
    let mut runner = begin();
    while runner.advance().unwrap_or_else(|error| panic!("{change}: {error:?}")) != Advance::Finished {}
}

fn plain() -> SchemaDiffer {
    SchemaDiffer::new(ServerKind::Postgres)
}

#[test]
fn names_that_differ_in_case_alone_are_two() {
    let Some(db) = Db::new(
        "CREATE TABLE \"Users\" (\"Id\" int PRIMARY KEY, id int); INSERT INTO \"Users\" VALUES (1, 2);
         CREATE VIEW \"Seen\" AS SELECT \"Id\" FROM \"Users\"; CREATE INDEX \"By_id\" ON \"Users\" (id);",
    ) else {
        return;
    };
    let wanted = "CREATE TABLE \"Users\" (\"Id\" int PRIMARY KEY, id int, \"ID\" text); CREATE TABLE users (id int);
                  CREATE VIEW \"Seen\" AS SELECT \"Id\" FROM \"Users\"; CREATE VIEW seen AS SELECT id FROM users;
                  CREATE INDEX \"By_id\" ON \"Users\" (id); CREATE INDEX by_id ON \"Users\" (id DESC);";
    let made = reached(&db, wanted, &plain()).unwrap();
    assert_eq!(made, ["create table users", "add column Users.ID", "create index by_id on Users", "create view seen"]);
    let renamed =
        "CREATE TABLE \"Users\" (\"Id\" int PRIMARY KEY, id int, \"ID\" text); CREATE TABLE users (number int);
                  CREATE VIEW \"Seen\" AS SELECT \"Id\" FROM \"Users\"; CREATE INDEX \"By_id\" ON \"Users\" (id);
                  CREATE INDEX by_id ON \"Users\" (id DESC); CREATE VIEW seen AS SELECT number AS id FROM users;";
    let made = reached(&db, renamed, &plain().rename_column("users", "id", "number")).unwrap();
    assert_eq!(made, ["rename column users.id to number"]);
    let gone = "CREATE TABLE \"Users\" (\"Id\" int PRIMARY KEY, id int, \"ID\" text);
                CREATE VIEW \"Seen\" AS SELECT \"Id\" FROM \"Users\"; CREATE INDEX \"By_id\" ON \"Users\" (id);";
    let made = reached(&db, gone, &plain()).unwrap();
    assert_eq!(made, ["drop view seen", "drop index by_id", "drop table users"]);
    assert_eq!(db.rows("SELECT \"Id\", id FROM \"Users\""), ["1 2"]);
}

#[test]
fn a_column_takes_another_name_that_differs_in_case_alone() {
    let Some(db) = Db::new("CREATE TABLE t (\"Word\" text); INSERT INTO t VALUES ('a'), ('a')") else { return };
    let renamed = plain().rename_column("t", "Word", "word");
    assert_eq!(reached(&db, "CREATE TABLE t (word text)", &renamed).unwrap(), ["rename column t.Word to word"]);
    assert_eq!(db.rows("SELECT word FROM t"), ["a", "a"]);
}

#[test]
fn texts_become_values_of_an_enum_and_of_another_one() {
    let Some(db) = Db::new(
        "CREATE TABLE t (id int, size text NOT NULL DEFAULT 'small', many text[]); INSERT INTO t VALUES (1, 'large', '{small,large}')",
    ) else {
        return;
    };
    let to_enum = "CREATE TYPE size AS ENUM ('small', 'large'); CREATE TABLE t (id int, size size NOT NULL DEFAULT 'small', many size[])";
    reached(&db, to_enum, &plain()).unwrap();
    let other = "CREATE TYPE size2 AS ENUM ('tiny', 'small', 'large'); CREATE TABLE t (id int, size size2 NOT NULL DEFAULT 'small', many size2[])";
    reached(&db, other, &plain()).unwrap();
    assert_eq!(db.rows("SELECT size, many FROM t"), ["large {small,large}"]);
}

#[test]
fn a_default_that_is_not_told_to_change_follows_its_column_to_an_enum_and_back() {
    let Some(db) = Db::new("CREATE TYPE size AS ENUM ('small', 'large'); CREATE TABLE t (size text DEFAULT 'small')")
    else {
        return;
    };
    let found = introspect(&db.url()).unwrap();
    let change = Change::change_type("t", "size", "size");
    let plan = Planner::new(&found.schema, found.server.with_rows("t", 0)).plan(&change).unwrap();
    there_and_back(&db, &plan, &change);
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT size, pg_typeof(size) FROM t"), ["small size"]);
}

#[test]
fn going_back_to_a_narrower_type_cuts_nothing_off() {
    let Some(db) = Db::new("CREATE TABLE t (word varchar(3)); INSERT INTO t VALUES ('abc')") else { return };
    let found = introspect(&db.url()).unwrap();
    let change = Change::change_type("t", "word", "text");
    let plan = Planner::new(&found.schema, found.server.with_rows("t", 1)).plan(&change).unwrap();
    let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
    runner.begin(&plan).unwrap();
    // Undone by its statements, since a plan that came to its end is over.
    assert_eq!(runner.advance().unwrap(), Advance::Finished);
    db.run("INSERT INTO t VALUES ('abcd')");
    let migration_planner::Undo::Sql { statements, .. } = plan.phases()[0].steps()[0].undo() else {
        panic!("{plan:?}")
    };
    let said = db.connect().batch_execute(&statements.join(";")).unwrap_err();
    assert_eq!(said.code().map(postgres::error::SqlState::code), Some("22001"), "{said}");
    assert_eq!(db.rows("SELECT word FROM t ORDER BY 1"), ["abc", "abcd"]);
}

#[test]
fn a_collation_comes_and_goes_and_stays_when_the_type_changes() {
    let Some(db) = Db::new("CREATE TABLE t (a text, b text COLLATE \"C\"); INSERT INTO t VALUES ('x', 'y')") else {
        return;
    };
    let made = reached(&db, "CREATE TABLE t (a text COLLATE \"POSIX\", b varchar(9) COLLATE \"C\")", &plain()).unwrap();
    assert_eq!(made, ["change type of t.a to text COLLATE \"POSIX\"", "change type of t.b to character varying(9)"]);
    let made = reached(&db, "CREATE TABLE t (a text, b varchar(9))", &plain()).unwrap();
    assert_eq!(made.len(), 2, "{made:?}");
    assert_eq!(db.rows("SELECT a, b FROM t"), ["x y"]);
}

#[test]
fn an_identity_numbers_as_it_is_told_and_goes_on_where_it_was() {
    let Some(db) =
        Db::new("CREATE TABLE t (id int NOT NULL, n int, PRIMARY KEY (id)); INSERT INTO t VALUES (7, 1), (9, 2)")
    else {
        return;
    };
    let numbered = "CREATE TABLE t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, n int NOT NULL GENERATED BY DEFAULT AS IDENTITY \
                    (START WITH 100 INCREMENT BY -5 MINVALUE -100 MAXVALUE 100 CACHE 2 CYCLE))";
    reached(&db, numbered, &plain()).unwrap();
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT max(id) FROM t"), ["10"]);
    let wider = "CREATE TABLE t (id int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 2), n int NOT NULL GENERATED BY DEFAULT AS \
                 IDENTITY (START WITH 100 INCREMENT BY -5 MINVALUE -100 MAXVALUE 100 CACHE 2))";
    reached(&db, wider, &plain()).unwrap();
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT max(id) FROM t"), ["12"]);
    let made = reached(
        &db,
        "CREATE TABLE t (id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 2), n bigint NOT NULL GENERATED BY DEFAULT AS \
         IDENTITY (START WITH 100 INCREMENT BY -5 MINVALUE -100 MAXVALUE 100 CACHE 2))",
        &plain(),
    );
    assert!(made.unwrap().contains(&"change type of t.n to bigint".to_owned()));
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT max(id) FROM t"), ["14"]);
}

#[test]
fn a_domain_gets_another_default_and_other_checks_in_place() {
    let Some(db) = Db::new(
        "CREATE DOMAIN grade AS int DEFAULT 1 CONSTRAINT low CHECK (VALUE > 0) CONSTRAINT high CHECK (VALUE < 10);
         CREATE TABLE t (grade grade); INSERT INTO t VALUES (3), (DEFAULT)",
    ) else {
        return;
    };
    let wanted = "CREATE DOMAIN grade AS int DEFAULT 2 NOT NULL CONSTRAINT high CHECK (VALUE < 6) CONSTRAINT odd CHECK (VALUE % 2 = 1); \
                  CREATE TABLE t (grade grade)";
    reached(&db, wanted, &plain()).unwrap();
    let bare = "CREATE DOMAIN grade AS int; CREATE TABLE t (grade grade)";
    reached(&db, bare, &plain()).unwrap();
    assert_eq!(db.rows("SELECT grade FROM t ORDER BY 1"), ["1", "3"]);
}

#[test]
fn a_view_with_all_that_hangs_on_it_comes_back_when_a_column_changes_its_type() {
    let view = "CREATE VIEW v WITH (security_barrier, check_option = local) AS SELECT id, word FROM t WHERE word <> '';
                CREATE VIEW w AS SELECT word FROM v; COMMENT ON VIEW w IS 'words'; COMMENT ON COLUMN v.word IS 'a word';
                ALTER VIEW v ALTER COLUMN word SET DEFAULT 'none'; GRANT SELECT (word), UPDATE ON v TO PUBLIC;
                GRANT SELECT ON w TO pg_monitor WITH GRANT OPTION; ALTER VIEW w OWNER TO pg_read_all_data;";
    let Some(db) = Db::new(&format!("CREATE TABLE t (id int, word varchar(5)); INSERT INTO t VALUES (1, 'a'); {view}"))
    else {
        return;
    };
    let made = reached(&db, &format!("CREATE TABLE t (id bigint, word text); {view}"), &plain()).unwrap();
    // The default of the view has the type of its column.
    let default = "run ALTER VIEW v ALTER COLUMN word SET DEFAULT 'none'::text";
    assert_eq!(made, ["change type of t.id to bigint", "change type of t.word to text", default]);
    db.run("INSERT INTO v (id) VALUES (2)");
    assert_eq!(db.rows("SELECT * FROM w ORDER BY 1"), ["a", "none"]);
}

#[test]
fn a_materialized_view_that_holds_nothing_is_told_from_one_that_does() {
    let Some(db) = Db::new("CREATE TABLE t (id int); CREATE MATERIALIZED VIEW m AS SELECT id FROM t") else { return };
    let empty = "CREATE TABLE t (id int); CREATE MATERIALIZED VIEW m AS SELECT id FROM t WITH NO DATA";
    reached(&db, empty, &plain()).unwrap();
}

#[test]
fn a_sequence_that_is_held_to_other_numbers_goes_on_at_the_nearest_one() {
    let Some(db) = Db::new(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (MAXVALUE 90), other int); INSERT INTO t VALUES (DEFAULT), (DEFAULT)",
    ) else {
        return;
    };
    reached(&db, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (MINVALUE 50 MAXVALUE 60), other int)", &plain())
        .unwrap();
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT id FROM t ORDER BY id"), ["1", "2", "51"]);
    reached(&db, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, other int)", &plain()).unwrap();
    db.run("INSERT INTO t DEFAULT VALUES");
    assert_eq!(db.rows("SELECT max(id) FROM t"), ["52"]);
}

#[test]
fn a_view_that_others_read_gets_another_definition_and_they_come_back() {
    let Some(db) = Db::new(
        "CREATE TABLE t (id int, word text); INSERT INTO t VALUES (1, 'a'); CREATE VIEW v AS SELECT id FROM t; CREATE VIEW w AS SELECT id FROM v;
         COMMENT ON VIEW w IS 'over v'",
    ) else {
        return;
    };
    let wanted = "CREATE TABLE t (id int, word text); CREATE VIEW v AS SELECT id, word FROM t WHERE id > 0; CREATE VIEW w AS SELECT id FROM v;
                  COMMENT ON VIEW w IS 'over v'";
    assert_eq!(reached(&db, wanted, &plain()).unwrap(), ["replace view v"]);
    assert_eq!(db.rows("SELECT id FROM w"), ["1"]);
}

#[test]
fn a_view_takes_the_name_of_a_table_whose_loss_is_told() {
    let Some(db) = Db::new("CREATE TABLE data (id int); CREATE VIEW q AS SELECT id FROM data") else { return };
    let wanted =
        "CREATE TABLE other (id int); CREATE VIEW data AS SELECT id FROM other; CREATE VIEW q AS SELECT id FROM data";
    let made = reached(&db, wanted, &plain()).unwrap();
    assert_eq!(made, ["drop view q", "drop table data", "create table other", "create view data", "create view q"]);
}

#[test]
fn collations_and_functions_that_domains_call_are_made_before_what_needs_them() {
    let Some(db) = Db::new("CREATE TABLE t (a text)") else { return };
    let wanted = "CREATE COLLATION plain (LOCALE = 'C'); CREATE FUNCTION is_short(text) RETURNS boolean LANGUAGE sql AS 'SELECT length($1) < 9';
                  CREATE DOMAIN short AS text CHECK (is_short(VALUE)); CREATE TABLE t (a text COLLATE plain, b short)";
    reached(&db, wanted, &plain()).unwrap();
    reached(&db, "CREATE TABLE t (a text)", &plain()).unwrap();
}

#[test]
fn a_privilege_that_may_be_passed_on_comes_back_as_one() {
    let table = "CREATE TABLE t (id int);";
    let Some(db) = Db::new(&format!("{table} GRANT SELECT, UPDATE ON t TO pg_monitor WITH GRANT OPTION")) else {
        return;
    };
    reached(&db, &format!("{table} GRANT SELECT ON t TO pg_monitor"), &plain()).unwrap();
}
