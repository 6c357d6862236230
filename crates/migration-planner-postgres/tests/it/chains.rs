//! What real chains of migrations do, each change planned, undone phase by phase, and made.

use migration_planner::{Change, Object, Plan, Refusal};
use migration_planner_postgres::{CatalogSnapshot, Runner, introspect};

use crate::support::{Db, answered_for, planned, quick, to_the_end};

/// Advances up to the point of no return, goes back phase by phase with the catalog compared after each, and then to the end.
fn there_and_back(db: &Db, plan: &Plan) {
    let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
    runner.begin(plan).unwrap();
    answered_for(&mut runner, plan);
    let ways_back = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
    let mut before: Vec<CatalogSnapshot> = Vec::new();
    for _ in 0..ways_back {
        before.push(db.catalog());
        let _left = runner.advance().unwrap();
    }
    while let Some(wanted) = before.pop() {
        assert!(runner.roll_back_phase().unwrap().is_some());
        assert_eq!(wanted.differences(&db.catalog()), [""; 0], "{}", plan.to_text());
    }
    to_the_end(&mut runner);
}

fn function(body: &str) -> String {
    format!("CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN new; END $$")
}

const TOUCHED: &str = "CREATE TABLE crates (id int PRIMARY KEY, touched int DEFAULT 0);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.touched := 1; RETURN new; END $$;
    COMMENT ON FUNCTION touch() IS 'kept'; REVOKE ALL ON FUNCTION touch() FROM PUBLIC;
    CREATE TRIGGER t BEFORE INSERT ON crates FOR EACH ROW EXECUTE FUNCTION touch();";

#[test]
fn a_function_gets_another_body_under_the_trigger_that_calls_it() {
    let Some(db) = Db::new(TOUCHED) else { return };
    let known = introspect(&db.url()).unwrap().schema;
    let own = known.objects().iter().find(|object| object.name().name() == "touch").unwrap();
    let new = Object::parse(&function("new.touched := 2;")).unwrap().with_attached(own.attached().to_vec());
    there_and_back(&db, &planned(&db, &Change::replace(new)));
    db.run("INSERT INTO crates VALUES (1)");
    assert_eq!(db.rows("SELECT touched FROM crates"), ["2"]);
    assert_eq!(db.rows("SELECT obj_description('touch()'::regprocedure)"), ["kept"]);
    assert_eq!(db.rows("SELECT count(*) FROM aclexplode((SELECT proacl FROM pg_proc WHERE proname = 'touch'))"), ["1"]);
}

#[test]
fn a_function_whose_values_are_kept_is_not_redefined_under_them() {
    let twice = |factor: u8| {
        format!("CREATE FUNCTION twice(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT $1 * {factor} $$")
    };
    for kept in ["CREATE INDEX i ON t (twice(a))", "ALTER TABLE t ADD b int GENERATED ALWAYS AS (twice(a)) STORED"] {
        let Some(db) = Db::new(&format!("CREATE TABLE t (a int); {}; {kept}", twice(2))) else { return };
        let known = introspect(&db.url()).unwrap();
        let planner = migration_planner::Planner::new(&known.schema, known.server);
        let refusal = planner.plan(&Change::replace(Object::parse(&twice(3)).unwrap())).unwrap_err();
        assert!(matches!(refusal, Refusal::InUse { .. }), "{refusal}");
    }
}

#[test]
fn a_function_that_gives_something_else_is_made_anew() {
    let Some(db) = Db::new("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$") else { return };
    let new = "CREATE FUNCTION one() RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$";
    there_and_back(&db, &planned(&db, &Change::replace(Object::parse(new).unwrap())));
    assert_eq!(db.rows("SELECT pg_typeof(one())"), ["bigint"]);
}

#[test]
fn what_names_a_column_in_an_expression_is_in_its_own_words_again_when_the_type_goes_back() {
    let Some(db) = Db::new(
        "CREATE TABLE downloads (id int PRIMARY KEY, day timestamp, code varchar(10) DEFAULT 'x');
         CREATE INDEX by_day ON downloads (date(day)); COMMENT ON INDEX by_day IS 'kept';
         CREATE INDEX by_code ON downloads (lower(code)) WHERE code <> '';
         ALTER TABLE downloads ADD CONSTRAINT sane CHECK (day > '2000-01-01'::timestamp) NOT VALID,
             ADD CONSTRAINT short CHECK (length(code) < 9);
         COMMENT ON CONSTRAINT short ON downloads IS 'kept'; COMMENT ON COLUMN downloads.day IS 'kept';
         ALTER TABLE downloads ALTER code SET STORAGE external, ALTER day SET STATISTICS 7;
         INSERT INTO downloads VALUES (1, '2014-11-10 12:00', 'a');",
    ) else {
        return;
    };
    for (column, data_type) in [("day", "date"), ("code", "text")] {
        // By a second column, as for a large table, and in place, as for a small one.
        let other = db.copy();
        there_and_back(&other, &planned(&other, &Change::change_type("downloads", column, data_type)));
        db.run("ANALYZE");
        there_and_back(&db, &planned(&db, &Change::change_type("downloads", column, data_type)));
    }
    assert_eq!(db.rows("SELECT day, code FROM downloads"), ["2014-11-10 a"]);
}

#[test]
fn a_column_goes_under_a_view_that_reads_one_of_its_name_elsewhere() {
    let view = |id: &str, alias: &str| {
        format!(
            "CREATE TABLE versions (id int PRIMARY KEY); CREATE TABLE downloads (id int, version_id int, n int);
             CREATE MATERIALIZED VIEW recent AS SELECT {id}, sum(n) FROM downloads {alias} JOIN versions v ON v.id = version_id GROUP BY 1"
        )
    };
    let drop = Change::drop_column("downloads", "id");
    let Some(db) = Db::new(&view("v.id", "").replace(" v ", " versions ").replace("v.id", "versions.id")) else {
        return;
    };
    there_and_back(&db, &planned(&db, &drop));
    for (id, alias) in [("downloads.id", ""), ("d.id", "d")] {
        let Some(db) = Db::new(&view(id, alias)) else { return };
        let known = introspect(&db.url()).unwrap();
        let refusal = migration_planner::Planner::new(&known.schema, known.server).plan(&drop).unwrap_err();
        assert!(matches!(refusal, Refusal::ColumnInUse { .. }), "{refusal}");
    }
}

#[test]
fn a_materialized_view_is_made_anew_with_its_indexes_under_a_function_that_refreshes_it() {
    let Some(db) = Db::new(
        "CREATE TABLE downloads (crate int, n int); INSERT INTO downloads VALUES (1, 2), (1, 3);
         CREATE MATERIALIZED VIEW recent AS SELECT crate, sum(n) AS n FROM downloads GROUP BY crate;
         CREATE UNIQUE INDEX recent_crate ON recent (crate);
         CREATE FUNCTION refresh() RETURNS void LANGUAGE sql AS 'REFRESH MATERIALIZED VIEW CONCURRENTLY recent';",
    ) else {
        return;
    };
    let known = introspect(&db.url()).unwrap().schema;
    let own = known.objects().iter().find(|object| object.name().name() == "recent").unwrap();
    let new = "CREATE MATERIALIZED VIEW recent AS SELECT crate, max(n) AS n FROM downloads GROUP BY crate";
    let new = Object::parse(new).unwrap().with_attached(own.attached().to_vec());
    there_and_back(&db, &planned(&db, &Change::replace(new)));
    db.run("SELECT refresh()");
    assert_eq!(db.rows("SELECT crate, n FROM recent"), ["1 3"]);
}

#[test]
fn a_text_becomes_what_the_server_does_not_read_by_itself_also_where_few_rows_are() {
    let Some(db) = Db::new(
        "CREATE TABLE crates (id int PRIMARY KEY, features text NOT NULL, yanked int); INSERT INTO crates VALUES (1, '{}', 0);
         ANALYZE",
    ) else {
        return;
    };
    let features =
        Change::change_type("crates", "features", "jsonb").converted_by("features::jsonb", Some("features::text"));
    let yanked = Change::change_type("crates", "yanked", "boolean").converted_by("yanked <> 0", Some("yanked::int"));
    for change in [features, yanked] {
        there_and_back(&db, &planned(&db, &change));
    }
    assert_eq!(db.rows("SELECT pg_typeof(features), pg_typeof(yanked), yanked FROM crates"), ["jsonb boolean f"]);
    // Which texts are no such value has to be said, and is not found out half way.
    db.run("CREATE TABLE plain (id int PRIMARY KEY, features text); ANALYZE");
    let known = introspect(&db.url()).unwrap();
    let untold = Change::change_type("plain", "features", "jsonb");
    let refusal = migration_planner::Planner::new(&known.schema, known.server).plan(&untold).unwrap_err();
    assert!(refusal.to_string().contains("convertible_when"), "{refusal}");
}

#[test]
fn a_column_that_a_trigger_fires_for_gets_another_type_under_it() {
    let Some(db) = Db::new(
        "CREATE TABLE crates (id int PRIMARY KEY, updated_at timestamp, seen int DEFAULT 0); INSERT INTO crates VALUES (1, '2014-11-10');
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.seen := old.seen + 1; RETURN new; END $$;
         CREATE TRIGGER seen BEFORE UPDATE OF updated_at ON crates FOR EACH ROW EXECUTE FUNCTION see();
         CREATE TRIGGER later BEFORE UPDATE ON crates FOR EACH ROW WHEN (old.updated_at < new.updated_at) EXECUTE FUNCTION see();
         COMMENT ON TRIGGER seen ON crates IS 'kept'; ALTER TABLE crates DISABLE TRIGGER later; ANALYZE;",
    ) else {
        return;
    };
    there_and_back(&db, &planned(&db, &Change::change_type("crates", "updated_at", "timestamp with time zone")));
    db.run("UPDATE crates SET updated_at = '2015-05-15 00:00Z'");
    assert_eq!(db.rows("SELECT seen FROM crates"), ["1"]);
    assert_eq!(
        db.rows("SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'crates'::regclass ORDER BY 1"),
        ["later D", "seen O"]
    );
}
