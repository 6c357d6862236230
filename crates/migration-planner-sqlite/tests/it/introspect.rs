//! What is found in a database.

use migration_planner::{Change, Constraint, Dependent, Planner, Refusal};
use migration_planner_sqlite::introspect;

use crate::support::Db;

const EVERYTHING: &str = "
CREATE TABLE parents (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    plain TEXT,
    keyed TEXT UNIQUE,
    checked INT CHECK (checked > 0), limited INT,
    source TEXT,
    computed TEXT AS (upper(source)) STORED,
    seen TEXT,
    watched TEXT,
    pa TEXT, pb INT,
    shared TEXT, partial TEXT, expressed TEXT, alone TEXT,
    required TEXT NOT NULL,
    FOREIGN KEY (pa, pb) REFERENCES parents (a, b),
    CHECK (limited > 0)
);
CREATE INDEX t_shared ON t (shared, plain);
CREATE INDEX t_partial ON t (pb) WHERE partial IS NOT NULL;
CREATE INDEX t_expressed ON t (lower(expressed));
CREATE INDEX t_alone ON t (alone DESC);
CREATE VIEW v AS SELECT seen FROM t;
CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET watched = 1; END;
";

fn refusal(column: &str) -> Refusal {
    let db = Db::new(EVERYTHING);
    let found = introspect(db.path()).unwrap();
    Planner::new(&found.schema, found.server).plan(&Change::drop_column("t", column)).unwrap_err()
}

fn dependents(column: &str) -> Vec<Dependent> {
    match refusal(column) {
        Refusal::ColumnInUse { dependents, .. } => dependents,
        other => panic!("{other}"),
    }
}

#[test]
fn whatever_sqlite_would_not_drop_is_refused_with_its_reason() {
    assert!(matches!(dependents("id").as_slice(), [Dependent::PrimaryKey]));
    assert!(matches!(dependents("keyed").as_slice(), [Dependent::UniqueConstraint]));
    assert!(
        matches!(dependents("limited").as_slice(), [Dependent::Check { expression, .. }] if expression == "limited > 0")
    );
    assert!(
        matches!(dependents("source").as_slice(), [Dependent::GeneratedColumn { column, .. }] if column == "computed")
    );
    assert!(matches!(dependents("seen").as_slice(), [Dependent::View { .. }]));
    assert!(matches!(dependents("watched").as_slice(), [Dependent::Trigger { .. }]));
    assert!(matches!(dependents("pa").as_slice(), [Dependent::ForeignKey { .. }]));
    for column in ["shared", "partial", "expressed"] {
        assert!(matches!(dependents(column).as_slice(), [Dependent::Index { .. }]), "{column}");
    }
    assert!(matches!(refusal("required"), Refusal::NothingToFillWith { .. }));
}

#[test]
fn whatever_sqlite_refuses_to_drop_is_refused_and_little_else() {
    let db = Db::new(EVERYTHING);
    let found = introspect(db.path()).unwrap();
    let table = found.schema.table(&"t".into()).unwrap();
    for column in table.columns().iter().map(migration_planner::Column::name) {
        let copy = Db::new(EVERYTHING);
        copy.connect().execute_batch("DROP INDEX t_alone").unwrap();
        let native = copy.connect().execute_batch(&format!("ALTER TABLE t DROP COLUMN {column}"));
        let change = Change::drop_column("t", column).filled_with("''");
        let planned = Planner::new(&found.schema, found.server.clone()).plan(&change);
        // SQLite drops a column that a trigger writes, and then every insert fails.
        let breaks = native.is_ok() && copy.connect().prepare("INSERT INTO t DEFAULT VALUES").is_err();
        assert_eq!(planned.is_ok(), native.is_ok() && !breaks, "{column}: {planned:?} {native:?}");
        assert_eq!(breaks, column == "watched");
    }
}

#[test]
fn an_index_over_the_column_alone_goes_with_it_and_can_come_back_to_the_letter() {
    let db = Db::new(EVERYTHING);
    let plan = db.plan(&Change::drop_column("t", "alone"));
    let undo = format!("{:?}", plan.phases().last().unwrap().steps()[0].undo());
    assert!(undo.contains("CREATE INDEX t_alone ON t (alone DESC)"), "{undo}");
}

#[test]
fn rows_are_counted_and_keys_keep_their_order() {
    let db = Db::new(EVERYTHING);
    db.connect().execute_batch("INSERT INTO parents VALUES ('a', 1), ('a', 2)").unwrap();
    let found = introspect(db.path()).unwrap();
    assert_eq!(found.server.rows(&"parents".into()), Some(2));
    assert_eq!(found.schema.table(&"parents".into()).unwrap().primary_key(), ["a", "b"]);
    let keys = found.schema.table(&"t".into()).unwrap().constraints().iter().filter(
        |c| matches!(c, Constraint::ForeignKey { columns, referenced, .. } if columns == &["pa", "pb"] && referenced == &["a", "b"]),
    );
    assert_eq!(keys.count(), 1);
}

#[test]
fn a_runners_own_tables_are_not_part_of_the_schema() {
    let db = Db::new(EVERYTHING);
    let before = introspect(db.path()).unwrap().schema;
    db.begun(&Change::drop_column("t", "plain".replace("plain", "alone")));
    assert_eq!(introspect(db.path()).unwrap().schema, before);
}
