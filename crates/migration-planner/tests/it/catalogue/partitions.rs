//! Partitioned tables: their parts, their indexes, their keys, and tables that become one.

use migration_planner::{Change, Column, Constraint, Index, Object, Schema, Table};

use super::case::{Case, Outcome, prove_all};
use super::database::Target;

/// Events by number, a table that could be a part of them, and a default partition if asked for.
fn parts(has_default: bool) -> Schema {
    let columns = |name: &str| {
        Table::new(name).with_column(Column::new("id", "bigint").not_null()).with_column(Column::new("kind", "text"))
    };
    let kinds = Table::new("kinds")
        .with_column(Column::new("kind", "text").not_null())
        .with_constraint(Constraint::primary_key(["kind"]).named("kinds_pkey"));
    let events = columns("events")
        .with_constraint(Constraint::primary_key(["id"]).named("events_pkey"))
        .with_index(Index::new("events_by_kind", ["kind"]))
        .partitioned_by("RANGE (id)");
    let first = columns("events_1").partition_of("events", "FOR VALUES FROM ('1') TO ('100')");
    let schema = Schema::new().with_table(kinds).with_table(events).with_table(first).with_table(columns("events_2"));
    if has_default { schema.with_table(columns("others").partition_of("events", "DEFAULT")) } else { schema }
}

/// Lines by day without any key, and a part that has parts.
fn bare() -> Schema {
    let columns =
        |name: &str| Table::new(name).with_column(Column::new("id", "bigint")).with_column(Column::new("kind", "text"));
    let kinds = Table::new("kinds")
        .with_column(Column::new("kind", "text").not_null())
        .with_constraint(Constraint::primary_key(["kind"]).named("kinds_pkey"));
    Schema::new()
        .with_table(kinds)
        .with_table(columns("lines").partitioned_by("RANGE (id)"))
        .with_table(columns("lines_1").partition_of("lines", "FOR VALUES FROM ('1') TO ('100')"))
        .with_table(
            columns("lines_2").partition_of("lines", "FOR VALUES FROM ('100') TO ('300')").partitioned_by("RANGE (id)"),
        )
        .with_table(columns("lines_3").partition_of("lines_2", "FOR VALUES FROM ('100') TO ('200')"))
}

fn whole() -> Schema {
    let ids = Object::parse("CREATE SEQUENCE log_id_seq")
        .unwrap()
        .with_attached(["ALTER SEQUENCE log_id_seq OWNED BY log.id"]);
    let log = Table::new("log")
        .with_column(Column::new("id", "bigint").not_null().default_value("nextval('log_id_seq'::regclass)"))
        .with_column(Column::new("line", "text").comment("what was said"))
        .with_constraint(Constraint::primary_key(["id"]).named("log_pkey"))
        .with_constraint(Constraint::check("line <> ''").named("says_something"))
        .with_index(Index::new("log_by_line", ["line"]))
        .comment("what happened");
    Schema::new().with_object(ids).with_table(log)
}

const EVENTS: &str = "INSERT INTO kinds VALUES ('x'), ('y'); INSERT INTO events SELECT i, 'x' FROM generate_series(1, 20) AS i; INSERT \
                      INTO events_2 VALUES (150, 'y')";

pub(crate) fn cases() -> Vec<Case> {
    let part = |rows, change, outcome| Case::new(rows, parts(false), change, outcome).with(EVENTS);
    let beside = |rows, change, outcome| Case::new(rows, parts(true), change, outcome).with(EVENTS);
    let bare = |rows, change, outcome| {
        Case::new(rows, bare(), change, outcome)
            .with("INSERT INTO kinds VALUES ('x'); INSERT INTO lines SELECT i, 'x' FROM generate_series(90, 120) AS i")
    };
    let like = Outcome::Like;
    let bounds = "FOR VALUES FROM ('100') TO ('200')";
    let check = "id >= 100 AND id < 200";
    vec![
        part(
            &[15],
            Change::attach_partition("events", "events_2", bounds, check),
            like("ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('100') TO ('200')"),
        ),
        beside(
            &[15],
            Change::attach_partition("events", "events_2", bounds, check),
            like("ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('100') TO ('200')"),
        ),
        part(
            &[15],
            Change::attach_partition("events", "events_2", bounds, "id >= 100"),
            Outcome::Refused("while every row of it is read"),
        ),
        beside(
            &[16],
            Change::attach_partition("events", "events_3", bounds, check),
            like("CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('100') TO ('200')"),
        ),
        part(
            &[17],
            Change::detach_partition("events", "events_1", "id >= 1 AND id < 100"),
            like("ALTER TABLE events DETACH PARTITION events_1"),
        ),
        beside(
            &[17],
            Change::detach_partition("events", "events_1", "id >= 1 AND id < 100"),
            like("ALTER TABLE events DETACH PARTITION events_1"),
        ),
        part(&[18], Change::drop_table("events_1"), like("DROP TABLE events_1")),
        beside(
            &[18],
            Change::drop_table("others"),
            Outcome::Refused("the bounds of `others` are not conditions over one column"),
        ),
        bare(
            &[84],
            Change::create_index("lines", Index::new("lines_by_kind", ["kind", "lower(kind)"]).comment("both")),
            like(
                "CREATE INDEX lines_by_kind ON lines (kind, lower(kind)); COMMENT ON INDEX lines_by_kind IS 'both'",
            ),
        ),
        bare(
            &[77, 84],
            Change::add_constraint("lines", Constraint::primary_key(["id"])),
            like("ALTER TABLE lines ADD PRIMARY KEY (id)"),
        ),
        bare(
            &[74, 84],
            Change::add_constraint("lines", Constraint::unique(["id", "kind"])),
            like("ALTER TABLE lines ADD UNIQUE (id, kind)"),
        ),
        bare(
            &[73],
            Change::add_constraint("lines", Constraint::foreign_key(["kind"], "kinds", ["kind"])),
            like("ALTER TABLE lines ADD FOREIGN KEY (kind) REFERENCES kinds (kind)"),
        ),
        Case::new(
            &[14],
            whole(),
            Change::partition_table("log", "RANGE (id)", "log_old", "FOR VALUES FROM (MINVALUE) TO ('100')")
                .with_partition("log_new", "FOR VALUES FROM ('100') TO (MAXVALUE)"),
            like(
                "ALTER TABLE log RENAME TO log_old; ALTER INDEX log_pkey RENAME TO log_old_pkey; ALTER INDEX log_by_line RENAME TO \
                 log_old_line_idx; CREATE TABLE log (id bigint NOT NULL DEFAULT nextval('log_id_seq'), line text, CONSTRAINT log_pkey \
                 PRIMARY KEY (id), CONSTRAINT says_something CHECK (line <> '')) PARTITION BY RANGE (id); CREATE INDEX log_by_line ON log \
                 (line); COMMENT ON TABLE log IS 'what happened'; COMMENT ON COLUMN log.line IS 'what was said'; ALTER TABLE log ATTACH \
                 PARTITION log_old FOR VALUES FROM (MINVALUE) TO ('100'); CREATE TABLE log_new PARTITION OF log FOR VALUES FROM ('100') TO \
                 (MAXVALUE); ALTER SEQUENCE log_id_seq OWNED BY log.id",
            ),
        )
        .with("INSERT INTO log (line) SELECT 'l' || i FROM generate_series(1, 20) AS i"),
        Case::new(
            &[14],
            whole(),
            Change::partition_table("log", "RANGE (line)", "log_old", "FOR VALUES FROM (MINVALUE) TO ('m')"),
            Outcome::Refused("a key holds within one partition only"),
        ),
    ]
}

#[test]
fn changes_of_partitions_reach_their_end_and_go_back_to_the_letter() {
    prove_all(&cases());
}

#[test]
fn the_server_believes_the_checks_and_reads_no_row_to_attach() {
    let bounds = "FOR VALUES FROM ('100') TO ('200')";
    let change = Change::attach_partition("events", "events_2", bounds, "id >= 100 AND id < 200");
    let case = Case::new(&[], parts(true), change, Outcome::Like("")).with(EVENTS);
    let plan = case.plan().unwrap();
    let Some(target) = Target::new(&case.schema, EVENTS) else { return };
    let steps = plan.phases()[0].steps();
    let attach = steps.iter().position(|step| step.id() == "attach").unwrap();
    steps[..attach].iter().for_each(|step| target.do_step(step).unwrap());
    let said = target.notices(steps[attach].work());
    for implied in
        ["constraint for table \"events_2\" is implied", "constraint for default partition \"others\" is implied"]
    {
        assert!(said.contains(implied), "{implied} is not in {said}");
    }
}
