//! Tables that inherit from others, partitions that come and go, and columns that are computed later: one database is made what another
//! one is, and back.

use migration_planner::{Change, SchemaDiffer, ServerKind};
use migration_planner_postgres::introspect;

use crate::differences::reached;
use crate::support::{Db, answered_for, begun, to_the_end};

fn plain() -> SchemaDiffer {
    SchemaDiffer::new(ServerKind::Postgres)
}

#[test]
fn tables_that_inherit_are_made_with_what_they_declare_themselves() {
    let Some(db) = Db::new("CREATE TABLE other (id int)") else { return };
    let wanted = "CREATE TABLE other (id int); CREATE TABLE binding (id bigserial, kind text NOT NULL, CHECK (id > 0));
                  CREATE TABLE binding_a (note text, kind text, CHECK (kind = 'A'), UNIQUE (id, kind)) INHERITS (binding);
                  CREATE TABLE binding_aa () INHERITS (binding_a);";
    let made = reached(&db, wanted, &plain()).unwrap();
    let tables: Vec<&String> = made.iter().filter(|change| change.contains("table")).collect();
    assert_eq!(tables[..3], ["create table binding", "create table binding_a", "create table binding_aa"]);
    db.run("INSERT INTO binding_aa (kind) VALUES ('A')");
    assert_eq!(db.rows("SELECT kind FROM binding"), ["A"]);
}

#[test]
fn a_table_keeps_the_column_that_the_one_it_inherits_from_loses() {
    let Some(db) = Db::new(
        "CREATE TABLE base (at date, e int); CREATE TABLE a (x int, y int) INHERITS (base); CREATE TABLE b () INHERITS (base);
         CREATE TABLE aa () INHERITS (a); INSERT INTO base VALUES ('2026-01-01', 1); INSERT INTO a VALUES ('2026-01-02', 2, 3, 4);
         INSERT INTO b VALUES ('2026-01-03', 5); INSERT INTO aa VALUES ('2026-01-04', 6, 7, 8)",
    ) else {
        return;
    };
    let wanted =
        "CREATE TABLE base (at date); CREATE TABLE a (e int, x int) INHERITS (base); CREATE TABLE aa () INHERITS (a);
                  CREATE TABLE b () INHERITS (base);";
    let made = reached(&db, wanted, &plain()).unwrap();
    let made: std::collections::BTreeSet<String> = made.into_iter().collect();
    assert_eq!(made, ["drop column a.y", "drop column b.e", "drop column base.e"].map(str::to_owned).into());
    assert_eq!(db.rows("SELECT e FROM a ORDER BY e"), ["2", "6"]);
    assert_eq!(db.rows("SELECT count(*) FROM base"), ["4"]);
}

#[test]
fn columns_come_and_go_in_the_table_that_declares_them() {
    let Some(db) = Db::new(
        "CREATE TABLE base (id int, old text); CREATE TABLE a (x int) INHERITS (base); INSERT INTO a VALUES (1, 'o', 2)",
    ) else {
        return;
    };
    let wanted =
        "CREATE TABLE base (id int); CREATE TABLE a (x int, y int) INHERITS (base); ALTER TABLE base ADD new text;";
    let made = reached(&db, wanted, &plain()).unwrap();
    assert_eq!(made, ["add column a.y", "add column base.new", "drop column base.old"]);
    assert_eq!(db.rows("SELECT id, x, y, new FROM a"), ["1 2 NULL NULL"]);
}

#[test]
fn a_table_leaves_one_that_it_inherits_from_and_joins_another() {
    let Some(db) = Db::new(
        "CREATE TABLE p (id int); CREATE TABLE q (id int, more text); CREATE TABLE a (x int) INHERITS (p);
         CREATE TABLE lone (id int, more text); INSERT INTO a VALUES (1, 2); INSERT INTO lone VALUES (3, 'm')",
    ) else {
        return;
    };
    let wanted = "CREATE TABLE p (id int); CREATE TABLE q (id int, more text); CREATE TABLE a (id int, x int);
                  CREATE TABLE lone (id int, more text); ALTER TABLE lone INHERIT q;";
    let made = reached(&db, wanted, &plain()).unwrap();
    assert_eq!(made, ["run ALTER TABLE a NO INHERIT p", "run ALTER TABLE lone INHERIT q"]);
    assert_eq!(db.rows("SELECT count(*) FROM p UNION ALL SELECT count(*) FROM q"), ["0", "1"]);
}

#[test]
fn a_partition_becomes_a_table_of_its_own_and_a_table_a_partition() {
    let Some(db) = Db::new(
        "CREATE TABLE m (at date NOT NULL, n int) PARTITION BY RANGE (at); CREATE INDEX ON m (at);
         CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
         CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
         CREATE TABLE m3 (at date NOT NULL, n int);
         INSERT INTO m VALUES ('2026-01-05', 1), ('2026-02-05', 2); INSERT INTO m3 VALUES ('2026-03-05', 3)",
    ) else {
        return;
    };
    let wanted = "CREATE TABLE m (at date NOT NULL, n int) PARTITION BY RANGE (at); CREATE INDEX ON m (at);
                  CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
                  CREATE TABLE m2 (at date NOT NULL, n int); CREATE INDEX ON m2 (at); ALTER TABLE m ADD extra text;
                  CREATE TABLE m3 PARTITION OF m FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');";
    let made = reached(&db, wanted, &plain()).unwrap();
    assert_eq!(made.first().map(String::as_str), Some("detach partition m2 from m"), "{made:#?}");
    assert_eq!(made.last().map(String::as_str), Some("attach partition m3 to m"), "{made:#?}");
    assert_eq!(db.rows("SELECT n FROM m ORDER BY n"), ["1", "3"]);
    assert_eq!(db.rows("SELECT n FROM m2"), ["2"]);
}

#[test]
fn a_column_that_is_computed_later_is_told_as_a_loss_and_replaced() {
    let Some(db) = Db::new("CREATE TABLE t (n int, twice int); INSERT INTO t VALUES (2, 5)") else { return };
    let wanted = "CREATE TABLE t (n int, twice int GENERATED ALWAYS AS (n * 2) STORED)";
    let Some(to) = Db::new(wanted) else { return };
    let [from, to] = [&db, &to].map(|db| introspect(&db.url()).unwrap().schema);
    let diff = plain().between(&from, &to).unwrap();
    assert_eq!(diff.losses().map(ToString::to_string).collect::<Vec<_>>(), ["replace column t.twice"]);
    assert_eq!(reached(&db, wanted, &plain()).unwrap(), ["replace column t.twice"]);
    assert_eq!(db.rows("SELECT n, twice FROM t"), ["2 4"]);
}

#[test]
fn a_column_that_another_table_has_as_well_is_not_hidden_from_it() {
    let Some(db) = Db::new(
        "CREATE TABLE base (id int, e int); CREATE TABLE a (e int) INHERITS (base); INSERT INTO a VALUES (1, 2)",
    ) else {
        return;
    };
    let (mut runner, plan) = begun(&db, &Change::drop_column("base", "e"));
    answered_for(&mut runner, &plan);
    to_the_end(&mut runner);
    assert_eq!(db.rows("SELECT e FROM a"), ["2"]);
}
