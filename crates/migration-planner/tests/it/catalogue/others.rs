//! Partitions, identities, domains, publications and statements of the user's own.

use migration_planner::{Change, Column, Constraint, Generated, Identity, Object, ObjectKind, Schema, Table};

use super::case::{Case, Outcome, prove_all};
use super::{ROWS, shop};

fn object(sql: &str) -> Object {
    Object::parse(sql).unwrap()
}

fn things() -> Schema {
    let tickets = Table::new("tickets")
        .with_column(Column::new("id", "integer").not_null().default_value("nextval('tickets_id_seq'::regclass)"))
        .with_column(Column::new("twice", "integer").generated(Generated::stored("id * 2")))
        .with_column(Column::new("number", "integer").identity(Identity::Always))
        .with_constraint(Constraint::primary_key(["id"]).named("tickets_pkey"));
    let sequence = object("CREATE SEQUENCE tickets_id_seq AS integer")
        .with_attached(["ALTER SEQUENCE tickets_id_seq OWNED BY tickets.id"]);
    shop()
        .with_object(object("CREATE DOMAIN percent AS int"))
        .with_object(object("CREATE TYPE size AS ENUM ('small')"))
        .with_object(sequence)
        .with_table(tickets)
        .with_object(object("CREATE MATERIALIZED VIEW sums AS SELECT id, total FROM orders"))
        .with_object(object("CREATE PUBLICATION feed FOR TABLE users"))
        .with_object(object("CREATE SCHEMA archive"))
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| {
        Case::new(rows, things(), change, outcome)
            .with("INSERT INTO tickets DEFAULT VALUES; INSERT INTO tickets DEFAULT VALUES")
    };
    vec![
        case(
            &[58],
            Change::set_identity("tickets", "id", Some(Identity::ByDefault)),
            Outcome::Like(
                "ALTER TABLE tickets ALTER id DROP DEFAULT; DROP SEQUENCE tickets_id_seq; ALTER TABLE tickets ALTER id ADD GENERATED \
                 BY DEFAULT AS IDENTITY",
            ),
        ),
        case(
            &[59],
            Change::drop_expression("tickets", "twice"),
            Outcome::Like("ALTER TABLE tickets ALTER twice DROP EXPRESSION"),
        ),
        case(
            &[82],
            Change::add_domain_check("percent", "in_range", "VALUE >= 0"),
            Outcome::Like("ALTER DOMAIN percent ADD CONSTRAINT in_range CHECK (VALUE >= 0)"),
        ),
        case(
            &[94],
            Change::rename_object(ObjectKind::Type, "size", "dimension"),
            Outcome::Like("ALTER TYPE size RENAME TO dimension"),
        ),
        case(&[7], Change::move_table("users", "archive"), Outcome::Like("ALTER TABLE users SET SCHEMA archive")),
        case(
            &[100],
            Change::publish("feed", "orders", ["id"]),
            Outcome::Like("ALTER PUBLICATION feed ADD TABLE orders (id)"),
        ),
        case(&[100], Change::unpublish("feed", "users"), Outcome::Like("ALTER PUBLICATION feed DROP TABLE users")),
        case(&[98], Change::create(object("CREATE SCHEMA audit")), Outcome::Like("CREATE SCHEMA audit")),
        case(
            &[98],
            Change::drop_object(ObjectKind::Sequence, "tickets_id_seq"),
            Outcome::Refused("the column `tickets.id`"),
        ),
        case(
            &[101],
            Change::sql(["CREATE TABLE own (id int)"], Some(&["DROP TABLE own"])),
            Outcome::Like("CREATE TABLE own (id int)"),
        ),
        Case::new(
            &[66],
            shop(),
            Change::validate_constraint("users", "age_is_sane"),
            Outcome::Refused("that is how it is already"),
        )
        .with(ROWS),
    ]
}

#[test]
fn changes_of_other_things_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
