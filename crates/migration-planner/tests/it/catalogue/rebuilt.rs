//! Tables that are made anew beside the old one.

use migration_planner::{Change, Column, Constraint, Generated, Grant, Identity, Index, Object, Schema, Table};

use super::case::{Case, Outcome, prove_all};

/// A table with everything on it that has to go over to a new one.
pub(crate) fn full() -> Schema {
    let object = |sql: &str| Object::parse(sql).unwrap();
    let touch = object("CREATE TRIGGER touch BEFORE UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION touched()");
    Schema::new()
        .with_object(object("CREATE EXTENSION btree_gist"))
        .with_object(object(
            "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changes := NEW.changes + 1; RETURN NEW; END'",
        ))
        .with_table(rooms())
        .with_table(
            Table::new("keys")
                .with_column(Column::new("id", "bigint").not_null())
                .with_column(Column::new("room", "bigint"))
                .with_constraint(Constraint::primary_key(["id"]).named("keys_pkey"))
                .with_constraint(Constraint::foreign_key(["room"], "rooms", ["id"]).named("keys_room_fkey")),
        )
        .with_object(touch.with_attached(["COMMENT ON TRIGGER touch ON rooms IS 'counts'"]))
        .with_object(object("CREATE POLICY everybody ON rooms USING (true)"))
        .with_object(object("CREATE STATISTICS both_of_them ON number, changes FROM rooms"))
        .with_object(object("CREATE VIEW numbers AS SELECT number FROM rooms"))
        .with_object(object("CREATE VIEW low_numbers AS SELECT number FROM numbers WHERE number < 10"))
}

pub(crate) fn rooms() -> Table {
    Table::new("rooms")
        .with_column(Column::new("id", "bigint").identity(Identity::Always))
        .with_column(Column::new("number", "integer").not_null().comment("on the door"))
        .with_column(Column::new("changes", "integer").not_null().default_value("0"))
        .with_column(Column::new("double", "integer").generated(Generated::stored("(number * 2)")))
        .with_column(Column::new("within", "bigint"))
        .with_constraint(Constraint::primary_key(["id"]).named("rooms_pkey"))
        .with_constraint(Constraint::check("number > 0").named("rooms_number_check"))
        .with_constraint(Constraint::foreign_key(["within"], "rooms", ["id"]).named("rooms_within_fkey"))
        .with_index(Index::new("rooms_by_number", ["number"]).comment("for the porter"))
        .with_grant(Grant::new("SELECT", "PUBLIC"))
        .row_security(false)
        .comment("where things are")
}

pub(crate) const ROOMS: &str = "INSERT INTO rooms (number) SELECT i FROM generate_series(1, 20) AS i; UPDATE rooms SET within = 1 WHERE id > \
                                1; INSERT INTO keys SELECT i, i FROM generate_series(1, 20) AS i";

/// A table whose rows are told to subscribers by one of its indexes.
fn followed(index: &str) -> Case {
    let notes = Table::new("notes")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("number", "integer").not_null())
        .with_constraint(Constraint::primary_key(["id"]).named("notes_pkey"))
        .with_index(Index::new("notes_by_Number", ["number"]).unique())
        .replica_identity(format!(
            "USING INDEX {}",
            if index == "notes_pkey" { index.to_owned() } else { format!("\"{index}\"") }
        ));
    Case::new(
        &[13, 22],
        Schema::new().with_table(notes.clone()),
        Change::rebuild_table("notes", notes.option("fillfactor", "70")),
        Outcome::Like("ALTER TABLE notes SET (fillfactor = 70)"),
    )
    .with("INSERT INTO notes SELECT i, i FROM generate_series(1, 20) AS i")
}

pub(crate) fn cases() -> Vec<Case> {
    let case =
        |rows, to: Table, outcome| Case::new(rows, full(), Change::rebuild_table("rooms", to), outcome).with(ROOMS);
    let alone = Constraint::exclusion("EXCLUDE USING gist (number WITH =)").named("rooms_alone");
    let reordered = rooms();
    let mut columns: Vec<Column> = reordered.columns().to_vec();
    columns.rotate_left(1);
    let reordered =
        columns.iter().fold(reordered, |table, column| table.without_column(column.name()).with_column(column.clone()));
    let plain = Table::new("notes")
        .with_column(Column::new("id", "bigint").not_null())
        .with_column(Column::new("text", "text"))
        .with_constraint(Constraint::primary_key(["id"]).named("notes_pkey"));
    vec![
        case(&[13, 21], rooms(), Outcome::Like("")),
        case(
            &[13, 80],
            rooms().with_constraint(alone),
            Outcome::Like("ALTER TABLE rooms ADD CONSTRAINT rooms_alone EXCLUDE USING gist (number WITH =)"),
        ),
        case(&[13, 22], rooms().option("fillfactor", "70"), Outcome::Like("ALTER TABLE rooms SET (fillfactor = 70)")),
        Case::new(
            &[19],
            Schema::new().with_table(plain.clone()),
            Change::rebuild_table("notes", plain.clone().unlogged()),
            Outcome::Like("ALTER TABLE notes SET UNLOGGED"),
        )
        .with("INSERT INTO notes SELECT i, 'n' || i FROM generate_series(1, 20) AS i"),
        Case::new(
            &[20],
            Schema::new().with_table(plain.clone()),
            Change::rebuild_table("notes", plain.clone().in_tablespace("cutover_elsewhere")),
            Outcome::Like("ALTER TABLE notes SET TABLESPACE cutover_elsewhere"),
        )
        .with("INSERT INTO notes SELECT i, 'n' || i FROM generate_series(1, 20) AS i")
        .in_tablespace("cutover_elsewhere"),
        case(&[61], reordered, Outcome::LikeAnew),
        followed("notes_by_Number"),
        followed("notes_pkey"),
        case(&[13], rooms().without_column("double"), Outcome::Refused("it has other columns")),
    ]
}

#[test]
fn tables_that_are_made_anew_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}
