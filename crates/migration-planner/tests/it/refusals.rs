//! What cannot be planned is refused with its reason, before anything is touched.

use migration_planner::{
    Change, Column, Constraint, Consumer, ConsumerKind, Dependent, Index, Planner, Refusal, Schema, Server, Table,
    Trigger, View,
};

fn users() -> Table {
    Table::new("users")
        .with_column(Column::new("id", "INTEGER").primary_key())
        .with_column(Column::new("name", "TEXT"))
        .with_column(Column::new("legacy_name", "TEXT"))
}

fn refusal(table: Table, change: &Change) -> Refusal {
    refusal_in(&Schema::new().with_table(table), change)
}

fn refusal_in(schema: &Schema, change: &Change) -> Refusal {
    Planner::new(schema, Server::sqlite(3, 54, 1)).plan(change).unwrap_err()
}

fn drop_legacy() -> Change {
    Change::drop_column("users", "legacy_name")
}

#[test]
fn unknown_names_come_with_the_nearest_ones() {
    let error = refusal(users(), &Change::drop_column("user", "legacy_name"));
    assert_eq!(error.to_string(), "no table `user`; did you mean `users`?");
    let error = refusal(users(), &Change::drop_column("users", "legacy_nmae"));
    assert_eq!(error.to_string(), "no column `users.legacy_nmae`; did you mean `legacy_name`?");
    let error = refusal(users(), &Change::rename_column("users", "xyz", "a"));
    assert_eq!(error.to_string(), "no column `users.xyz`");
}

#[test]
fn names_are_found_whatever_their_case() {
    let schema = Schema::new().with_table(users());
    let plan =
        Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&Change::drop_column("USERS", "Legacy_Name")).unwrap();
    assert!(plan.to_text().contains("users.legacy_name"));
}

#[test]
fn an_index_that_orders_more_than_the_column_is_in_the_way() {
    for index in [
        Index::new("i", ["name", "legacy_name"]),
        Index::new("i", ["legacy_name"]).unique(),
        Index::new("i", ["legacy_name"]).only_where("name IS NULL"),
        Index::new("i", ["lower(legacy_name)"]),
    ] {
        let error = refusal(users().with_index(index), &drop_legacy());
        let Refusal::ColumnInUse { dependents, .. } = error else { panic!("{error}") };
        assert!(matches!(dependents.as_slice(), [Dependent::Index { .. }]));
    }
}

#[test]
fn all_that_needs_the_column_is_named_at_once() {
    let schema =
        Schema::new()
            .with_table(users().with_constraint(Constraint::check("legacy_name <> name")))
            .with_table(
                Table::new("posts")
                    .with_column(Column::new("author", "TEXT"))
                    .with_constraint(Constraint::foreign_key(["author"], "users", ["legacy_name"])),
            )
            .with_view(View::new("names", "CREATE VIEW names AS SELECT legacy_name FROM users"))
            .with_view(View::new("everything", "CREATE VIEW everything AS SELECT * FROM users"))
            .with_view(View::new("counts", "CREATE VIEW counts AS SELECT count(*) FROM users"))
            .with_trigger(
                Trigger::parse("CREATE TRIGGER t AFTER INSERT ON posts BEGIN UPDATE users SET legacy_name = 1; END")
                    .unwrap(),
            );
    assert_eq!(
        refusal_in(&schema, &drop_legacy()).to_string(),
        "`users.legacy_name` is needed by the check `legacy_name <> name`, a foreign key of `posts`, the view `names`, \
         the view `everything`, the trigger `t`"
    );
}

#[test]
fn a_column_that_must_be_written_needs_a_value_for_the_way_back() {
    let table = || users().with_column(Column::new("legacy_name", "TEXT").not_null());
    assert!(matches!(refusal(table(), &drop_legacy()), Refusal::NothingToFillWith { .. }));
    assert!(matches!(refusal(table(), &drop_legacy().filled_with("NULL")), Refusal::NothingToFillWith { .. }));
    assert!(matches!(refusal(table(), &drop_legacy().filled_with("random()")), Refusal::NothingToFillWith { .. }));
    let schema = Schema::new().with_table(table());
    let old = Planner::new(&schema, Server::sqlite(3, 45, 0)).plan(&drop_legacy().filled_with("''"));
    assert!(matches!(old, Err(Refusal::ServerTooOld { .. })));
    let plan = Planner::new(&schema, Server::sqlite(3, 54, 1)).plan(&drop_legacy().filled_with("''")).unwrap();
    assert_eq!(plan.phases().len(), 5);
    let renamed =
        Planner::new(&schema, Server::sqlite(3, 45, 0)).plan(&Change::rename_column("users", "legacy_name", "n"));
    assert!(matches!(renamed, Err(Refusal::ServerTooOld { .. })));
}

#[test]
fn a_rename_that_triggers_would_notice_is_refused() {
    let fires = |sql: &str| {
        let schema = Schema::new().with_table(users()).with_trigger(Trigger::parse(sql).unwrap());
        Planner::new(&schema, Server::sqlite(3, 54, 1))
            .plan(&Change::rename_column("users", "name", "full_name"))
            .is_err()
    };
    assert!(fires("CREATE TRIGGER t AFTER UPDATE ON users BEGIN SELECT 1; END"));
    assert!(fires("CREATE TRIGGER t BEFORE INSERT ON users BEGIN SELECT NEW.name; END"));
    assert!(!fires("CREATE TRIGGER t AFTER UPDATE OF id ON users BEGIN SELECT 1; END"));
    assert!(!fires("CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; END"));
}

#[test]
fn other_things_that_cannot_be_done_are_refused() {
    let rename = |to: &str| Change::rename_column("users", "name", to);
    assert!(matches!(refusal(users(), &rename("LEGACY_NAME")), Refusal::ColumnExists { .. }));
    assert!(matches!(refusal(users(), &rename("_cutover_x")), Refusal::ReservedName { .. }));
    assert!(matches!(refusal(users(), &Change::drop_column("_cutover_journal", "x")), Refusal::ReservedName { .. }));
    let stamped = users().with_column(Column::new("name", "TEXT").default_value("CURRENT_TIMESTAMP"));
    assert!(matches!(refusal(stamped, &rename("n")), Refusal::DefaultNotConstant { .. }));
    let alone = Table::new("users").with_column(Column::new("legacy_name", "TEXT"));
    assert!(matches!(refusal(alone, &drop_legacy()), Refusal::LastColumn { .. }));
    let hidden = users()
        .with_column(Column::new("rowid", "INT"))
        .with_column(Column::new("oid", "INT"))
        .with_column(Column::new("_rowid_", "INT"));
    assert!(matches!(refusal(hidden, &rename("n")), Refusal::NoRowKey { .. }));
    let schema = Schema::new().with_table(users());
    let planner = Planner::new(&schema, Server::sqlite(3, 30, 0));
    assert!(matches!(planner.plan(&drop_legacy()), Err(Refusal::ServerTooOld { .. })));
}

#[test]
fn consumers_must_be_there_and_be_told_apart() {
    let schema = Schema::new().with_table(users());
    let planner = || Planner::new(&schema, Server::sqlite(3, 54, 1));
    assert!(matches!(planner().consumers([]).plan(&drop_legacy()), Err(Refusal::NoConsumers)));
    let twins = [Consumer::new("a", ConsumerKind::Etl), Consumer::new("a", ConsumerKind::Reporting)];
    assert!(matches!(planner().consumers(twins).plan(&drop_legacy()), Err(Refusal::AmbiguousConsumer { .. })));
}

#[test]
fn applications_move_first_and_the_unknown_are_only_watched() {
    let schema = Schema::new().with_table(users());
    let plan = Planner::new(&schema, Server::sqlite(3, 54, 1))
        .consumers([
            Consumer::new("whoever", ConsumerKind::Unknown),
            Consumer::new("dashboards", ConsumerKind::Reporting),
            Consumer::new("api", ConsumerKind::Application),
        ])
        .plan(&drop_legacy())
        .unwrap();
    let order: Vec<String> = plan.phases().iter().map(|p| format!("{} {}", p.kind(), p.deployed_by())).collect();
    assert_eq!(order, ["switch api", "switch dashboards", "gate whoever", "contract database"]);
}
