//! What has to change so that one schema becomes another.

use migration_planner::{
    Change, Column, Constraint, DiffError, Generated, Grant, Identity, Index, Object, ObjectKind, Planner, Schema,
    SchemaDiff, SchemaDiffer, Server, ServerKind, Table,
};
use proptest::prelude::*;

fn diff(from: &Schema, to: &Schema) -> SchemaDiff {
    SchemaDiffer::new(ServerKind::Postgres).between(from, to).unwrap()
}

fn told(diff: &SchemaDiff) -> Vec<String> {
    diff.changes().iter().map(ToString::to_string).collect()
}

fn users() -> Table {
    Table::new("users").with_column(Column::new("id", "bigint").not_null())
}

fn schema<T: IntoIterator<Item = Table>>(tables: T) -> Schema {
    tables.into_iter().fold(Schema::new(), Schema::with_table)
}

#[test]
fn what_is_the_same_is_no_difference() {
    let table = users().with_constraint(Constraint::primary_key(["id"])).with_index(Index::new("i", ["id"]));
    let found = diff(&schema([table.clone()]), &schema([table]));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_rename_is_never_guessed_and_said_to_lose_data() {
    let before = schema([users().with_column(Column::new("name", "text"))]);
    let after = schema([users().with_column(Column::new("full_name", "text"))]);
    let found = diff(&before, &after);
    assert_eq!(told(&found), ["add column users.full_name", "drop column users.name"]);
    let lost: Vec<String> = found.losses().map(ToString::to_string).collect();
    assert_eq!(lost, ["drop column users.name"]);
}

#[test]
fn renames_that_are_named_are_renames_and_nothing_else() {
    let key = |columns: [&str; 1]| Constraint::unique(columns).named("users_name_key");
    let orders = |table: &str| {
        Table::new("orders")
            .with_column(Column::new("user_id", "bigint"))
            .with_constraint(Constraint::foreign_key(["user_id"], table, ["id"]).named("orders_user"))
    };
    let before = schema([
        users()
            .with_column(Column::new("name", "text"))
            .with_constraint(key(["name"]))
            .with_index(Index::new("old", ["name"])),
        orders("users"),
    ]);
    let after = schema([
        users()
            .called("people")
            .with_column(Column::new("full_name", "text"))
            .with_constraint(key(["full_name"]))
            .with_index(Index::new("new", ["full_name"])),
        orders("people"),
    ]);
    let differ = SchemaDiffer::new(ServerKind::Postgres)
        .rename_column("people", "name", "full_name")
        .rename_table("users", "people")
        .rename_index("old", "new");
    let found = differ.between(&before, &after).unwrap();
    assert_eq!(
        told(&found),
        ["rename table users to people", "rename index old to new", "rename column people.name to full_name"]
    );
    assert_eq!(found.losses().count(), 0);
}

#[test]
fn a_rename_that_fits_neither_schema_is_an_error_that_says_why() {
    let (before, after) = (schema([users()]), schema([users()]));
    for (differ, reason) in [
        (SchemaDiffer::new(ServerKind::Postgres).rename_table("people", "users"), "there is no people before"),
        (SchemaDiffer::new(ServerKind::Postgres).rename_table("users", "people"), "there is no people later"),
        (SchemaDiffer::new(ServerKind::Postgres).rename_column("users", "name", "id"), "there is no users.name before"),
        (SchemaDiffer::new(ServerKind::Postgres).rename_column("none", "a", "b"), "there is no table none"),
    ] {
        let DiffError::Rename { reason: found, .. } = differ.between(&before, &after).unwrap_err() else { panic!() };
        assert!(found.contains(reason), "{found}");
    }
}

#[test]
fn what_is_used_is_made_before_what_uses_it_and_goes_after_it() {
    let mood = Object::new(ObjectKind::Type, "mood", "CREATE TYPE mood AS ENUM ('sad', 'happy')");
    let next = Object::parse("CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql AS $$ SELECT 1 $$").unwrap();
    let first = Object::parse("CREATE VIEW a_first AS SELECT id FROM users").unwrap();
    let second = Object::parse("CREATE VIEW \"0_second\" AS SELECT id FROM a_first").unwrap();
    let full = schema([users()
        .with_column(Column::new("mood", "mood"))
        .with_column(Column::new("number", "bigint").default_value("next_number()"))])
    .with_object(second)
    .with_object(first)
    .with_object(next)
    .with_object(mood);
    let place = |told: &[String], words: &str| told.iter().position(|line| line.contains(words)).unwrap();
    let made = told(&diff(&Schema::new(), &full));
    let gone = told(&diff(&full, &Schema::new()));
    assert_eq!((made.len(), gone.len()), (5, 5), "{made:?} {gone:?}");
    for (used, user) in [("mood", "table"), ("next_number", "table"), ("table", "a_first"), ("a_first", "0_second")] {
        assert!(place(&made, used) < place(&made, user), "{made:?}");
        assert!(place(&gone, used) > place(&gone, user), "{gone:?}");
    }
}

#[test]
fn tables_that_refer_to_each_other_get_their_references_at_the_end() {
    let table = |name: &str, other: &str| {
        Table::new(name)
            .with_column(Column::new("id", "bigint").not_null())
            .with_constraint(Constraint::primary_key(["id"]))
            .with_constraint(Constraint::foreign_key(["id"], other, ["id"]))
    };
    let found = diff(&Schema::new(), &schema([table("a", "b"), table("b", "a")]));
    assert_eq!(
        told(&found),
        ["create table a", "create table b", "add constraint a_id_fkey to a", "add constraint b_id_fkey to b"]
    );
}

#[test]
fn each_part_of_a_column_has_its_change() {
    let one = |column: Column| schema([users().with_column(column)]);
    let plain = Column::new("c", "integer");
    for (from, to, expected) in [
        (plain.clone(), plain.clone().typed("bigint"), vec!["change type of users.c to bigint"]),
        (plain.clone(), plain.clone().default_value("1"), vec!["set default of users.c to 1"]),
        (plain.clone().default_value("1"), plain.clone(), vec!["drop default of users.c"]),
        (plain.clone(), plain.clone().not_null(), vec!["set users.c not null"]),
        (plain.clone().not_null(), plain.clone(), vec!["let users.c be null"]),
        (plain.clone().not_null(), plain.clone().identity(Identity::Always), vec!["make users.c an identity"]),
        (plain.clone(), plain.clone().comment("x"), vec!["comment on column users.c"]),
        (plain.clone().generated(Generated::stored("id")), plain.clone(), vec!["drop expression of users.c"]),
        (
            plain.clone().default_value("1"),
            plain.clone().typed("text").default_value("'a'"),
            vec!["drop default of users.c", "change type of users.c to text", "set default of users.c to 'a'"],
        ),
    ] {
        assert_eq!(told(&diff(&one(from), &one(to))), expected);
    }
}

#[test]
fn constraints_indexes_grants_and_settings_are_told_by_name() {
    let before = users()
        .with_constraint(Constraint::check("id > 0").named("positive"))
        .with_constraint(Constraint::unique(["id"]).named("gone"))
        .with_index(Index::new("i", ["id"]))
        .with_grant(Grant::new("SELECT", "reader"));
    let after = users()
        .with_constraint(Constraint::check("id > 1").named("positive"))
        .with_index(Index::new("i", ["id"]).unique())
        .with_grant(Grant::new("UPDATE", "writer").grantable())
        .row_security(false)
        .option("fillfactor", "70")
        .unlogged()
        .comment("who");
    let told = told(&diff(&schema([before]), &schema([after])));
    for words in [
        "drop constraint gone of users",
        "replace constraint positive of users",
        "replace index i",
        "revoke SELECT on users from reader",
        "run GRANT UPDATE ON users TO writer WITH GRANT OPTION",
        "enable row security of users",
        "set fillfactor of users to 70",
        "run ALTER TABLE users SET UNLOGGED",
        "comment on table users",
    ] {
        assert!(told.iter().any(|line| line == words), "{words} is not in {told:#?}");
    }
    assert_eq!(told.len(), 9, "{told:#?}");
}

#[test]
fn an_enum_gains_values_in_their_places_and_loses_none_in_silence() {
    let named = |values: &str| {
        Schema::new().with_object(Object::new(ObjectKind::Type, "t", format!("CREATE TYPE t AS ENUM ({values})")))
    };
    let found = diff(&named("'b', 'd'"), &named("'a', 'b', 'c', 'd', 'e', 'f'"));
    assert_eq!(told(&found), ["f", "e", "c", "a"].map(|value| format!("add value {value} to type t")));
    let before: Vec<_> = found
        .changes()
        .into_iter()
        .map(|change| match change {
            Change::AddEnumValue { before, .. } => before.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(before, [None, Some("f".to_owned()), Some("d".to_owned()), Some("b".to_owned())]);
    let lost = diff(&named("'a', 'b'"), &named("'a'"));
    assert_eq!((lost.changes().len(), lost.inexpressible().len()), (0, 1));
}

#[test]
fn a_generated_column_is_computed_anew_and_a_plain_one_is_given_up_as_a_loss() {
    let one = |column: Column| schema([users().with_column(column)]);
    let computed = |expression: &str| Column::new("c", "bigint").generated(Generated::stored(expression));
    let found = diff(&one(computed("id")), &one(computed("id + 1")));
    assert_eq!(told(&found), ["drop column users.c", "add column users.c"]);
    assert_eq!(found.losses().count(), 0);
    let given_up = diff(&one(Column::new("c", "bigint")), &one(computed("id")));
    assert_eq!(told(&given_up), ["replace column users.c"]);
    assert_eq!(given_up.losses().count(), 1);
}

#[test]
fn on_sqlite_a_table_is_built_anew_where_altering_it_does_not_do() {
    let sqlite = |from: &Table, to: &Table| {
        SchemaDiffer::new(ServerKind::Sqlite).between(&schema([from.clone()]), &schema([to.clone()])).unwrap()
    };
    let (plain, more) = (users(), users().with_column(Column::new("age", "INTEGER")));
    assert_eq!(told(&sqlite(&plain, &more)), ["add column users.age"]);
    assert_eq!(told(&sqlite(&more, &plain)), ["drop column users.age"]);
    let checked = more.clone().with_constraint(Constraint::check("age > 0"));
    assert_eq!(told(&sqlite(&more, &checked)), ["add constraint users_check to users"]);
    assert_eq!(told(&sqlite(&more, &more.clone().strict())), ["rebuild table users"]);
    assert_eq!(sqlite(&more, &plain).losses().count(), 1);
}

fn tables() -> impl Strategy<Value = Schema> {
    let column = (0..4_usize, prop::sample::select(vec!["integer", "bigint", "text"]), any::<bool>());
    let columns = prop::collection::vec(column, 0..4);
    prop::collection::vec((0..3_usize, columns, any::<bool>()), 0..3).prop_map(|tables| {
        tables.into_iter().fold(Schema::new(), |schema, (name, columns, indexed)| {
            let mut table = Table::new(format!("t{name}")).with_column(Column::new("id", "bigint").not_null());
            for (column, data_type, not_null) in columns {
                let column = Column::new(format!("c{column}"), data_type);
                table = table.with_column(if not_null { column.not_null() } else { column });
            }
            let index = Index::new(format!("i{name}"), ["id"]);
            schema.with_table(if indexed { table.with_index(index) } else { table })
        })
    })
}

proptest! {
    #[test]
    fn nothing_is_different_from_itself_and_every_change_can_be_planned_or_says_why_not(from in tables(), to in tables()) {
        prop_assert!(diff(&from, &from).is_empty());
        let found = diff(&from, &to);
        prop_assert_eq!(found.is_empty(), from == to || diff(&to, &from).is_empty());
        if let Some(first) = found.changes().first() {
            // A refusal has a reason; what the planner does not know at all would be a hole between the two.
            let refused = Planner::new(&from, Server::postgres(15, 0)).plan(first).err().map(|refusal| refusal.to_string());
            prop_assert!(refused.as_ref().is_none_or(|reason| !reason.contains("not planned")), "{:?}", refused);
        }
    }
}

#[test]
fn an_index_on_a_materialized_view_is_taken_back_by_dropping_it() {
    let view = Object::parse("CREATE MATERIALIZED VIEW stats.recent AS SELECT 1 AS a, 2 AS b").unwrap();
    let (a, b) = ("CREATE UNIQUE INDEX recent_a ON stats.recent (a)", "CREATE INDEX \"recent B\" ON stats.recent (b)");
    let with = |indexes: &[&str]| Schema::new().with_object(view.clone().with_attached(indexes.iter().copied()));
    let changes = |from: &Schema, to: &Schema| {
        let diff = SchemaDiffer::new(ServerKind::Postgres).between(from, to).unwrap();
        diff.changes().into_iter().cloned().collect::<Vec<_>>()
    };
    let dropped = "DROP INDEX stats.\"recent B\"";
    assert_eq!(changes(&with(&[a]), &with(&[a, b])), [Change::sql([b], Some(&[dropped]))]);
    assert_eq!(changes(&with(&[a, b]), &with(&[a])), [Change::sql([dropped], Some(&[b]))]);
}

#[test]
fn a_reference_of_a_table_that_goes_does_so_before_the_key_that_it_needs() {
    let key = |column: &str| Constraint::primary_key([column]).named("users_pkey");
    let tags = Table::new("tags")
        .with_column(Column::new("user_id", "bigint"))
        .with_constraint(Constraint::foreign_key(["user_id"], "users", ["id"]).named("tags_user"));
    let people = users().with_column(Column::new("number", "bigint").not_null());
    let before = schema([people.clone().with_constraint(key("id")), tags]);
    let found = diff(&before, &schema([people.with_constraint(key("number"))]));
    let expected = [
        "drop constraint tags_user of tags",
        "drop constraint users_pkey of users",
        "add constraint users_pkey to users",
        "drop table tags",
    ];
    assert_eq!(told(&found), expected);
}

#[test]
fn a_column_goes_where_it_is_declared_and_with_it_where_it_is_not() {
    let base = |columns: &[&str]| {
        columns.iter().fold(Table::new("base"), |table, name| table.with_column(Column::new(*name, "int")))
    };
    let child = |name: &str, columns: &[Column]| {
        columns.iter().fold(Table::new(name).inheriting("base"), |table, column| table.with_column(column.clone()))
    };
    let (id, e) = (|| Column::new("id", "int").inherited(), || Column::new("e", "int"));
    let before =
        schema([base(&["id", "e"]), child("a", &[id(), e().inherited()]), child("b", &[id(), e().inherited()])]);
    let everywhere = schema([base(&["id"]), child("a", &[id()]), child("b", &[id()])]);
    assert_eq!(told(&diff(&before, &everywhere)), ["drop column base.e"]);
    let kept = schema([base(&["id"]), child("a", &[id(), e()]), child("b", &[id()])]);
    let found = diff(&before, &kept);
    assert_eq!(told(&found), ["drop column base.e", "drop column b.e"]);
    assert_eq!(*found.changes()[0], Change::drop_column("base", "e").kept_by_children());
    let new =
        schema([base(&["id", "e", "f"]), child("a", &[id(), e().inherited(), Column::new("f", "int").inherited()])]);
    let before = schema([base(&["id", "e"]), child("a", &[id(), e().inherited()])]);
    assert_eq!(told(&diff(&before, &new)), ["add column base.f"]);
    let own = schema([base(&["id", "e"]), child("a", &[id(), e()])]);
    assert_eq!(diff(&before, &own).inexpressible().len(), 1, "no statement declares what is inherited");
}

#[test]
fn a_table_that_leaves_another_cannot_join_it_again_as_it_was() {
    let child = |column: Column| Table::new("a").with_column(column);
    let base = Table::new("base").with_column(Column::new("id", "int"));
    let joined = |column: Column| schema([base.clone(), child(column).inheriting("base")]);
    let alone = schema([base.clone(), child(Column::new("id", "int"))]);
    let statements = |diff: &SchemaDiff| match diff.changes()[0] {
        Change::Sql { statements, undo, .. } => (statements.concat(), undo.clone().map(|undo| undo.concat())),
        other => panic!("{other}"),
    };
    let (leave, join) = ("ALTER TABLE a NO INHERIT base".to_owned(), "ALTER TABLE a INHERIT base".to_owned());
    let own = joined(Column::new("id", "int"));
    assert_eq!(statements(&diff(&own, &alone)), (leave.clone(), Some(join.clone())));
    assert_eq!(statements(&diff(&joined(Column::new("id", "int").inherited()), &alone)), (leave.clone(), None));
    assert_eq!(statements(&diff(&alone, &own)), (join, Some(leave)));
}
