//! A schema, as it is read from a server.

use migration_planner::{Column, Constraint, Generated, Identity, ObjectKind, ObjectName, Schema, Table};
use migration_planner_postgres::{DatabaseError, Inspector, introspect};

use crate::snapshot::EVERYTHING;
use crate::support::Db;

fn schema(db: &Db) -> Schema {
    introspect(&db.url()).unwrap().schema
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.table(&name.into()).unwrap()
}

#[test]
fn columns_are_read_with_all_that_they_have() {
    let Some(db) = Db::new(EVERYTHING) else { return };
    let schema = schema(&db);
    let users = table(&schema, "users");
    let columns: Vec<(&str, &str)> = users.columns().iter().map(|column| (column.name(), column.data_type())).collect();
    let expected = [
        ("id", "bigint"),
        ("n", "bigint"),
        ("twice", "bigint"),
        ("mood", "mood"),
        ("email", "citext"),
        ("age", "positive"),
        ("team", "integer"),
    ];
    assert_eq!(columns, expected);
    assert_eq!(users.column("id").and_then(Column::identity_kind), Some(Identity::Always));
    assert_eq!(users.column("n").and_then(Column::default), Some("nextval('users_n_seq'::regclass)"));
    assert_eq!(users.column("n").and_then(Column::comment_text), Some("number"));
    assert_eq!(users.column("twice").and_then(Column::generation), Some(&Generated::stored("(n * 2)")));
    assert_eq!(table(&schema, "teams").column("name").and_then(Column::collation_name), Some("C"));
}

#[test]
fn constraints_and_indexes_are_read_with_their_definitions() {
    let Some(db) = Db::new(EVERYTHING) else { return };
    db.run("ALTER TABLE teams ADD CONSTRAINT named CHECK (name <> '') NOT VALID");
    let schema = schema(&db);
    let users = table(&schema, "users");
    let definitions: Vec<&str> =
        users.constraints().iter().filter_map(|constraint| constraint.detail().definition()).collect();
    let expected = [
        "PRIMARY KEY (id)",
        "EXCLUDE USING btree (email WITH =)",
        "CHECK ((n > 0))",
        "FOREIGN KEY (team) REFERENCES teams(id) ON DELETE CASCADE",
    ];
    assert_eq!(definitions, expected);
    assert_eq!(users.primary_key(), ["id"]);
    let index = users.index("users_by_age").unwrap();
    assert_eq!((index.parts(), index.predicate()), (["abs(n)".to_owned()].as_slice(), Some("(n > 3)")));
    let teams = table(&schema, "teams");
    assert!(!teams.constraint("named").is_some_and(|constraint| constraint.detail().is_validated()));
    assert!(
        teams.constraints().iter().any(|of| matches!(of, Constraint::Unique { columns, .. } if *columns == ["name"]))
    );
}

#[test]
fn what_hangs_on_a_table_is_read() {
    let Some(db) = Db::new(EVERYTHING) else { return };
    let schema = schema(&db);
    let users = table(&schema, "users");
    assert_eq!(users.comment_text(), Some("who"));
    let grants: Vec<(&str, &str)> = users.grants().iter().map(|grant| (grant.privileges(), grant.role())).collect();
    assert_eq!(grants, [("SELECT", "PUBLIC"), ("UPDATE (n)", "PUBLIC")]);
    assert!(users.has_row_security() && !users.forces_row_security());
    let log = schema.table(&ObjectName::in_schema("audit", "log")).unwrap();
    assert_eq!(log.options().get("fillfactor").map(String::as_str), Some("70"));
    assert_eq!(table(&schema, "parts").partition_key(), Some("RANGE (k)"));
    assert_eq!(table(&schema, "parts_1").parent(), Some((&"parts".into(), "FOR VALUES FROM (0) TO (100)")));
}

/// Makes every object of a schema that is not a table, from what was read of it.
#[test]
fn an_object_can_be_dropped_and_made_again_to_the_letter() {
    let Some(db) = Db::new(EVERYTHING) else { return };
    let before = db.catalog();
    let schema = schema(&db);
    let kinds = [
        ObjectKind::Publication,
        ObjectKind::Statistics,
        ObjectKind::Policy,
        ObjectKind::Trigger,
        ObjectKind::Rule,
        ObjectKind::View,
        ObjectKind::MaterializedView,
    ];
    let mut made_again = 0;
    for object in schema.objects().iter().filter(|object| kinds.contains(&object.kind())) {
        db.run(&object.drop_statement());
        db.run(object.definition());
        object.attached().iter().for_each(|statement| db.run(statement));
        assert_eq!(before.differences(&db.catalog()), Vec::<String>::new(), "{}", object.definition());
        made_again += 1;
    }
    assert_eq!(made_again, kinds.len());
}

#[test]
fn every_kind_of_object_is_found_and_nothing_of_an_extension() {
    let Some(db) = Db::new(EVERYTHING) else { return };
    let schema = schema(&db);
    let found: Vec<String> =
        schema.objects().iter().map(|object| format!("{} {}", object.kind(), object.name())).collect();
    let expected = [
        "schema audit",
        "extension citext",
        "type mood",
        "type pair",
        "domain positive",
        "type span",
        "sequence numbers",
        "sequence users_n_seq",
        "function one",
        "function touch",
        "view grown",
        "materialized view counts",
        "rule keep",
        "trigger touch",
        "policy own",
        "statistics together",
        "publication changes",
    ];
    let (mut found, mut expected) = (found, expected.map(str::to_owned).to_vec());
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_plan_s_own_objects_are_not_the_application_s() {
    let Some(db) = Db::new("CREATE TABLE users (id int)") else { return };
    let before = schema(&db);
    db.run("CREATE TABLE _cutover_counter (n int); ALTER TABLE users ADD COLUMN _cutover_new int; CREATE SCHEMA cutover; CREATE TABLE cutover.plan ()");
    db.run("CREATE INDEX _cutover_index ON users (id)");
    assert_eq!(schema(&db), before);
}

#[test]
fn the_catalog_that_locks_are_predicted_from_says_what_the_statements_did() {
    let tables = "CREATE TABLE teams (id int PRIMARY KEY);
        CREATE TABLE users (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', team int REFERENCES teams (id), UNIQUE (name, team));
        CREATE INDEX ON users (team); CREATE VIEW names AS SELECT name FROM users;
        CREATE TABLE parts (id int, k int) PARTITION BY RANGE (k); CREATE INDEX ON parts (k);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100); CREATE TABLE parts_x PARTITION OF parts DEFAULT;
        CREATE TABLE keyed (id int NOT NULL); CREATE UNIQUE INDEX taken ON keyed (id);
        ALTER TABLE keyed ADD PRIMARY KEY USING INDEX taken; ALTER TABLE users ALTER name DROP DEFAULT, ALTER team SET DEFAULT 1;";
    let Some(db) = Db::new(tables) else { return };
    let mut written = migration_planner::PostgresCatalog::new();
    written.apply(tables);
    let read = introspect(&db.url()).unwrap().catalog();
    assert_eq!(written.differences(&read), Vec::<String>::new());
    let drop = "ALTER TABLE users DROP COLUMN id";
    assert_eq!(written.predict(drop), read.predict(drop));
    db.run("ALTER TABLE users ADD COLUMN email text");
    assert_eq!(written.differences(&introspect(&db.url()).unwrap().catalog()), ["+ column users.email: text"]);
}

#[test]
fn the_server_tells_its_version_and_how_many_rows_it_thinks_there_are() {
    let Some(db) = Db::new("CREATE TABLE users AS SELECT generate_series(1, 1000) AS id; CREATE TABLE other (id int)")
    else {
        return;
    };
    db.run("ANALYZE users");
    let server = introspect(&db.url()).unwrap().server;
    assert!(server.version().major() >= 15, "{server}");
    assert_eq!((server.rows(&"users".into()), server.rows(&"other".into())), (Some(1000), None));
}

#[test]
fn what_is_no_database_is_a_typed_error_without_the_password() {
    let Some(db) = Db::new("") else { return };
    let missing = db.url().replace(&format!("/{}", db.name()), "/no_such_database");
    let error = introspect(&missing).unwrap_err();
    assert!(matches!(error, DatabaseError::CannotConnect { .. }), "{error:?}");
    let error = introspect("postgresql://ada:secret@%2Fno%2Fsuch%2Ffolder/app").unwrap_err();
    assert!(matches!(error, DatabaseError::CannotConnect { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn a_user_who_may_not_measure_is_told_what_is_missing() {
    let Some(db) = Db::new("CREATE TABLE users (id int)") else { return };
    let role = format!("{}_reader", db.name());
    db.run(&format!("CREATE ROLE {role} LOGIN"));
    let measure = migration_planner_postgres::Measure::on(&db.url().replace("postgres@", &format!("{role}@"))).unwrap();
    let refused = measure.statement(&migration_planner::PostgresCatalog::new(), "ALTER TABLE users ADD x int");
    db.run(&format!("DROP ROLE {role}"));
    let Err(DatabaseError::MissingPrivilege { privilege, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(privilege, "must be owner of table users");
}

#[test]
fn an_inspector_sees_what_others_do_and_connects_anew_after_it_was_cut_off() {
    let Some(db) = Db::new("CREATE TABLE users (id int)") else { return };
    let mut inspector = Inspector::open(&db.url()).unwrap();
    let before = inspector.snapshot().unwrap();
    db.run("ALTER TABLE users ADD name text");
    assert_eq!(inspector.introspect().unwrap(), introspect(&db.url()).unwrap());
    assert!(!before.differences(&inspector.snapshot().unwrap()).is_empty());
    let ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cutover-%'";
    assert_eq!(db.rows(&format!("SELECT pg_terminate_backend(pid) {ours}")), ["t"]);
    while !db.rows(&format!("SELECT pid {ours}")).is_empty() {
        std::thread::yield_now();
    }
    let at_once = inspector.snapshot();
    assert!(matches!(at_once, Ok(_) | Err(DatabaseError::ConnectionLost { .. })), "{at_once:?}");
    assert_eq!(inspector.snapshot().unwrap(), db.catalog());
}
