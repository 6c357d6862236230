//! Sections A and E of the catalogue.

use migration_planner::{Change, Column, Constraint, Grant, Index, Object, ObjectKind, Schema, Table};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

fn object(sql: &str) -> Object {
    Object::parse(sql).unwrap()
}

fn with_objects() -> Schema {
    let names = object("CREATE VIEW names AS SELECT id, name FROM users")
        .with_attached(["COMMENT ON VIEW names IS 'who is who'"]);
    shop().with_object(object("CREATE TYPE size AS ENUM ('small', 'large')")).with_object(names)
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, shop(), change, outcome).with(ROWS);
    let other = |rows, change, outcome| Case::new(rows, with_objects(), change, outcome).with(ROWS);
    let notes = Table::new("notes")
        .with_column(Column::new("id", "bigint").primary_key())
        .with_column(Column::new("user_id", "bigint").not_null().comment("whose"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]))
        .with_index(Index::new("notes_by_user", ["user_id"]));
    vec![
        case(
            &[1, 2],
            Change::create_table(notes.with_grant(Grant::new("SELECT", "PUBLIC"))),
            Outcome::Like(
                "CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id)); CREATE INDEX \
                 notes_by_user ON notes (user_id); COMMENT ON COLUMN notes.user_id IS 'whose'; GRANT SELECT ON notes TO PUBLIC",
            ),
        ),
        case(&[3], Change::create_table(Table::new("users")), Outcome::Refused("exists already")),
        case(
            &[3],
            Change::replace_table(
                Table::new("orders")
                    .with_column(Column::new("number", "bigint").primary_key())
                    .with_index(Index::new("orders_by_user", ["number"])),
            ),
            Outcome::Like(
                "DROP TABLE orders; CREATE TABLE orders (number bigint PRIMARY KEY); CREATE INDEX orders_by_user ON orders (number)",
            ),
        ),
        case(&[4], Change::drop_table("users"), Outcome::Refused("a foreign key of `orders`")),
        case(&[4, 5], Change::drop_table("orders"), Outcome::Like("DROP TABLE orders")),
        case(&[6], Change::rename_table("users", "people"), Outcome::Like("ALTER TABLE users RENAME TO people")),
        case(
            &[22],
            Change::set_table_option("users", "fillfactor", Some("70")),
            Outcome::Like("ALTER TABLE users SET (fillfactor = 70)"),
        ),
        case(
            &[23],
            Change::set_replica_identity("users", "FULL"),
            Outcome::Like("ALTER TABLE users REPLICA IDENTITY FULL"),
        ),
        case(&[8, 101], Change::delete_rows("orders", "code > 5"), Outcome::Like("")),
        case(&[101, 103], Change::fill("orders", "total = 0", "total <> 0"), Outcome::Like("")),
        // Several statements in one transaction: what changes one table's catalog alone may be together, and what reads or writes rows
        // under such a lock may not.
        case(
            &[102],
            Change::sql(
                ["ALTER TABLE orders ADD note text", "ALTER TABLE orders ALTER total SET DEFAULT 0"],
                Some(&["ALTER TABLE orders ALTER total DROP DEFAULT", "ALTER TABLE orders DROP note"]),
            ),
            Outcome::Like("ALTER TABLE orders ADD note text, ALTER total SET DEFAULT 0"),
        ),
        case(
            &[102],
            Change::sql(
                ["ALTER TABLE orders ADD note text", "UPDATE orders SET note = ''"],
                Some(&["ALTER TABLE orders DROP note"]),
            ),
            Outcome::Refused("step `run` would hold ACCESS EXCLUSIVE on `orders` while"),
        ),
        other(
            &[93],
            Change::create(object("CREATE TYPE mood AS ENUM ('good')")),
            Outcome::Like("CREATE TYPE mood AS ENUM ('good')"),
        ),
        other(
            &[93],
            Change::add_enum_value("size", "medium", Some("large")),
            Outcome::Like("ALTER TYPE size ADD VALUE 'medium' BEFORE 'large'"),
        ),
        other(
            &[94],
            Change::rename_enum_value("size", "large", "big"),
            Outcome::Like("ALTER TYPE size RENAME VALUE 'large' TO 'big'"),
        ),
        other(
            &[95],
            Change::replace(object("CREATE VIEW names AS SELECT id FROM users")),
            Outcome::Like("DROP VIEW names; CREATE VIEW names AS SELECT id FROM users"),
        ),
        other(&[95], Change::drop_object(ObjectKind::View, "names"), Outcome::Like("DROP VIEW names")),
        other(
            &[96],
            Change::create(object("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")),
            Outcome::Like("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ),
        other(&[98], Change::create(object("CREATE SEQUENCE tickets")), Outcome::Like("CREATE SEQUENCE tickets")),
        other(
            &[99],
            Change::create(object("CREATE POLICY own ON users USING (true)")),
            Outcome::Like("CREATE POLICY own ON users USING (true)"),
        ),
        other(
            &[99],
            Change::set_row_security("users", true, false),
            Outcome::Like("ALTER TABLE users ENABLE ROW LEVEL SECURITY"),
        ),
        other(&[99], Change::grant("SELECT", "users", "PUBLIC"), Outcome::Like("GRANT SELECT ON users TO PUBLIC")),
        other(
            &[100],
            Change::create(object("CREATE PUBLICATION feed FOR TABLE users")),
            Outcome::Like("CREATE PUBLICATION feed FOR TABLE users"),
        ),
    ]
}

#[test]
fn changes_of_tables_and_objects_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
