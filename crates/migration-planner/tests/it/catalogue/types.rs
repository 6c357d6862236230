//! Columns that get another type, on tables that have the types in question.

use migration_planner::{Change, Column, Constraint, Index, Object, Schema, Table};

use super::case::{Case, Outcome, prove_all};

pub(crate) fn kinds() -> Schema {
    let object = |sql: &str| Object::parse(sql).unwrap();
    let things = Table::new("things")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("word", "text"))
        .with_column(Column::new("uid", "text").not_null())
        .with_column(Column::new("host", "text"))
        .with_column(Column::new("note", "json"))
        .with_column(Column::new("at", "timestamp without time zone"))
        .with_column(Column::new("seen", "timestamp with time zone"))
        .with_column(Column::new("size", "size"))
        .with_column(Column::new("mood", "text"))
        .with_constraint(Constraint::primary_key(["id"]).named("things_pkey"))
        .with_constraint(Constraint::unique(["uid"]).named("things_uid_key"))
        .with_index(Index::new("things_by_word", ["word"]))
        .with_index(Index::new("things_by_at", ["at"]));
    Schema::new()
        .with_object(object("CREATE EXTENSION citext"))
        .with_object(object("CREATE TYPE size AS ENUM ('small', 'large')"))
        .with_object(object("CREATE TYPE mood AS ENUM ('good', 'bad')"))
        .with_table(things)
}

pub(crate) const THINGS: &str = "INSERT INTO things SELECT i, 'Word' || i, md5(i::text), '10.0.0.' || i, '{\"a\": 1,   \"b\": 2}', \
                                 '2026-01-01 10:00:00.4'::timestamp + i * interval '1 day', \
                                 '2026-01-01 10:00:00.4+00'::timestamptz, CASE i % 2 WHEN 0 THEN 'small' END::size, 'good' \
                                 FROM generate_series(1, 20) AS i";

/// The column at the end, with its new type: what a second column that takes over comes to.
macro_rules! taken_over {
    ($column:literal, $type:literal) => {
        concat!("ALTER TABLE things ADD c2 ", $type, ", DROP ", $column, "; ALTER TABLE things RENAME c2 TO ", $column)
    };
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, kinds(), change, outcome).with(THINGS);
    let to = |column: &str, data_type: &str| Change::change_type("things", column, data_type);
    let like = Outcome::Like;
    vec![
        case(
            &[46],
            to("word", "citext"),
            like(concat!(taken_over!("word", "citext"), "; CREATE INDEX things_by_word ON things (word)")),
        ),
        case(
            &[46],
            to("word", "text COLLATE \"POSIX\""),
            like(concat!(
                taken_over!("word", "text COLLATE \"POSIX\""),
                "; CREATE INDEX things_by_word ON things (word)"
            )),
        ),
        case(&[51], to("host", "character varying(30)"), like(taken_over!("host", "character varying(30)"))),
        case(
            &[53],
            to("at", "timestamp with time zone"),
            like(concat!(taken_over!("at", "timestamp with time zone"), "; CREATE INDEX things_by_at ON things (at)")),
        ),
        case(
            &[53],
            to("seen", "timestamp without time zone"),
            like("SET timezone TO 'UTC'; ALTER TABLE things ALTER seen TYPE timestamp"),
        ),
        case(
            &[54],
            to("seen", "timestamp(0) with time zone"),
            like(taken_over!("seen", "timestamp(0) with time zone")),
        ),
        case(&[55], to("note", "jsonb"), like(taken_over!("note", "jsonb"))),
        case(&[56], to("size", "text"), like(taken_over!("size", "text"))),
        case(&[56], to("mood", "mood"), like(taken_over!("mood", "mood"))),
        case(
            &[57],
            to("uid", "uuid"),
            like(
                "ALTER TABLE things ADD c2 uuid, DROP uid; ALTER TABLE things RENAME c2 TO uid; UPDATE things SET uid = \
                 gen_random_uuid(); ALTER TABLE things ALTER uid SET NOT NULL, ADD CONSTRAINT things_uid_key UNIQUE (uid)",
            ),
        ),
        case(
            &[57],
            to("host", "inet").convertible_when("host ~ '^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$'"),
            like(taken_over!("host", "inet")),
        ),
        case(&[57], to("host", "inet"), Outcome::Refused("say with `convertible_when` which rows can be converted")),
    ]
}

#[test]
fn changes_of_types_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
