//! Names and pieces of SQL that a server would read otherwise than they were meant, and input that is made to take long.

use std::collections::BTreeSet;
use std::fmt::Write;

use migration_planner::{
    Change, Column, Constraint, Dialect, Index, Linter, Migration, Object, ObjectKind, Plan, Planner, Refusal, Schema,
    Server, Table, Undo, Work,
};

fn users() -> Table {
    Table::new("users")
        .with_column(Column::new("id", "bigint").primary_key())
        .with_column(Column::new("name", "text"))
        .with_column(Column::new("age", "int"))
}

fn refusal(server: Server, change: &Change) -> Refusal {
    Planner::new(&Schema::new().with_table(users()), server.with_rows("users", 9)).plan(change).unwrap_err()
}

#[test]
fn a_name_that_the_server_would_not_keep_whole_is_refused() {
    // 64 bytes, also of letters that take two.
    for long in ["n".repeat(64), "я".repeat(32)] {
        for change in [
            Change::rename_column("users", "name", long.as_str()),
            Change::rename_table("users", long.as_str()),
            Change::add_column("users", Column::new(long.as_str(), "int")),
            Change::create_index("users", Index::new(long.as_str(), ["age"])),
            Change::add_constraint("users", Constraint::check("age > 0").named(long.as_str())),
            Change::create_table(Table::new(long.as_str()).with_column(Column::new("id", "int"))),
            Change::add_enum_value("mood", long.as_str(), None),
        ] {
            let refused = refusal(Server::postgres(15, 0), &change);
            assert!(matches!(refused, Refusal::UnusableName { .. }), "{change:?}: {refused}");
            assert!(refused.to_string().contains("longer than 63 bytes"), "{refused}");
        }
    }
    let longest = Change::rename_column("users", "name", "n".repeat(63));
    assert!(Planner::new(&Schema::new().with_table(users()), Server::postgres(15, 0)).plan(&longest).is_ok());
    // SQLite keeps them; nobody keeps these.
    for server in [Server::postgres(15, 0), Server::sqlite(3, 54, 1)] {
        for name in ["", "a\0b"] {
            let change = Change::rename_column("users", "name", name);
            assert!(matches!(refusal(server.clone(), &change), Refusal::UnusableName { .. }), "{name:?}");
        }
    }
}

#[test]
fn a_piece_of_sql_that_would_end_its_statement_is_refused_on_both_servers() {
    for broken in ["0); DROP TABLE users; --", "0; DROP TABLE users", "0) OR (1=1", "'", "0 --", "/*", "0\0"] {
        for change in [
            Change::set_default("users", "age", Some(broken)),
            Change::add_column("users", Column::new("a", "int").default_value(broken)),
            Change::add_column("users", Column::new("a", broken)),
            Change::add_constraint("users", Constraint::check(broken).named("c")),
            Change::set_not_null("users", "age").filled_with(broken),
            Change::fill("users", "age = 1", broken),
            Change::delete_rows("users", broken),
            Change::create_index("users", Index::new("i", ["age"]).only_where(broken)),
        ] {
            for server in [Server::postgres(15, 0), Server::sqlite(3, 54, 1)] {
                let refused = refusal(server, &change);
                assert!(matches!(refused, Refusal::BrokenSql { .. }), "{change:?}: {refused}");
            }
        }
    }
    let open = Change::create(Object::new(ObjectKind::View, "v", "CREATE VIEW v AS SELECT 'open"));
    assert!(matches!(refusal(Server::postgres(15, 0), &open), Refusal::BrokenSql { .. }));
}

/// Every statement of a plan, forward and back.
fn statements(plan: &Plan) -> Vec<String> {
    let steps = plan.phases().iter().flat_map(migration_planner::Phase::steps);
    let all = steps.flat_map(|step| {
        let forward = match step.work() {
            Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } | Work::Rebuild { statements, .. } => {
                statements.clone()
            }
            _ => Vec::new(),
        };
        let back = match step.undo() {
            Undo::Sql { statements, .. } | Undo::SqlOutside { statements, .. } | Undo::Rebuild { statements, .. } => {
                statements.clone()
            }
            _ => Vec::new(),
        };
        forward.into_iter().chain(back)
    });
    all.collect()
}

#[test]
fn names_with_anything_in_them_stay_names_in_every_statement() {
    let evil = "a\"b; DROP TABLE users; --";
    for server in [Server::postgres(15, 0), Server::sqlite(3, 54, 1)] {
        let dialect = if server.to_string().starts_with("SQLite") { Dialect::Sqlite } else { Dialect::Postgres };
        for (table, column) in [(evil, "select"), ("order", evil), ("Ünïcode", "日本語"), ("select", "table")] {
            let table_of = Table::new(table)
                .with_column(Column::new("id", "INTEGER").primary_key())
                .with_column(Column::new(column, "text"))
                .with_column(Column::new("other", "text"));
            let schema = Schema::new().with_table(table_of);
            let planner = Planner::new(&schema, server.clone().with_rows(table, 9));
            for change in [
                Change::drop_column(table, column),
                Change::rename_column(table, column, "to'\"; x"),
                Change::create_index(table, Index::new("i'\";", [column])),
                Change::rename_table(table, "t\n\"; --"),
            ] {
                for sql in statements(&planner.plan(&change).unwrap()) {
                    let words: Vec<&str> = sql.split_whitespace().collect();
                    assert!(!words.starts_with(&["DROP", "TABLE", "users"]), "{sql}");
                    assert_eq!(dialect.split(&sql).len(), 1, "{sql}");
                    #[cfg(feature = "syntax")]
                    assert!(dialect.check(&sql).is_ok(), "{sql}: {:?}", dialect.check(&sql));
                }
            }
        }
    }
}

#[test]
fn names_of_a_plans_own_are_short_enough_and_stay_apart() {
    let long = |end: &str| format!("{}{end}", "n".repeat(62));
    let (one, other) = (long("1"), long("2"));
    let table = users()
        .with_column(Column::new(one.as_str(), "int"))
        .with_column(Column::new(other.as_str(), "int"))
        .with_index(Index::new(long("3"), [one.as_str()]))
        .with_constraint(Constraint::check(format!("{one} > 0")).named(long("4")));
    let schema = Schema::new().with_table(table);
    let planner = Planner::new(&schema, Server::postgres(15, 0).with_rows("users", 5_000_000));
    let mut names = BTreeSet::new();
    for column in [&one, &other] {
        for change in [
            Change::change_type("users", column.as_str(), "bigint"),
            Change::set_not_null("users", column.as_str()).filled_with("0"),
            Change::drop_column("users", column.as_str()),
            Change::rename_column("users", column.as_str(), "short"),
        ] {
            for sql in statements(&planner.plan(&change).unwrap()) {
                let own = sql
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .filter(|word| word.starts_with("_cutover_"));
                names.extend(own.map(str::to_owned));
            }
        }
    }
    assert!(names.iter().all(|name| name.len() <= 63), "{names:?}");
    // One for each of the columns, though they begin alike.
    for what in ["_cutover_gone_", "_cutover_not_null_nnn", "_cutover_fill_"] {
        assert_eq!(names.iter().filter(|name| name.starts_with(what)).count(), 2, "{what}: {names:?}");
    }
}

#[test]
fn a_plan_is_told_in_lines_that_cannot_be_broken_out_of() {
    let name = "a\n```\n# gotcha\u{1b}[2J|x";
    let table = users().with_column(Column::new(name, "text"));
    let schema = Schema::new().with_table(table);
    let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::drop_column("users", name)).unwrap();
    for text in [plan.to_text(), plan.to_mermaid()] {
        assert!(!text.contains("\n# gotcha") && !text.contains("\n```") && !text.contains('\u{1b}'), "{text}");
    }
    let markdown = plan.to_markdown();
    assert!(!markdown.contains("\n# gotcha"), "{markdown}");
    // The fence around statements is longer than the one within them.
    assert!(markdown.contains("  ````sql\n") && !markdown.contains("  ```sql"), "{markdown}");
}

#[test]
fn a_plan_asks_the_server_for_no_more_locks_than_it_has() {
    let mut schema = Schema::new().with_table(
        Table::new("events").with_column(Column::new("at", "date").not_null()).partitioned_by("RANGE (at)"),
    );
    for n in 0..70 {
        let bounds = format!("FOR VALUES FROM ('{}-01-01') TO ('{}-01-01')", 2000 + n, 2001 + n);
        let part = Table::new(format!("events_{n}")).with_column(Column::new("at", "date").not_null());
        schema = schema.with_table(part.partition_of("events", bounds));
    }
    let add = Change::add_column("events", Column::new("kind", "text"));
    let server = |locks: &str| {
        Server::postgres(15, 0).with_setting("max_connections", "1").with_setting("max_locks_per_transaction", locks)
    };
    let refused = Planner::new(&schema, server("64")).plan(&add).unwrap_err();
    assert!(matches!(refused, Refusal::TooManyLocks { locks: 71, room: 64, .. }), "{refused}");
    assert!(Planner::new(&schema, server("100")).plan(&add).is_ok());
    assert!(Planner::new(&schema, Server::postgres(15, 0)).plan(&add).is_ok(), "what is not known refuses nothing");
}

#[test]
fn what_the_server_can_do_and_how_it_is_set_change_the_plan() {
    let schema = Schema::new().with_table(users());
    let add = Change::add_column("users", Column::new("kind", "text"));
    for (major, is_planned) in [(9, false), (11, false), (12, true), (15, true), (18, true)] {
        let planned = Planner::new(&schema, Server::postgres(major, 0)).plan(&add);
        assert_eq!(planned.is_ok(), is_planned, "{major}: {planned:?}");
        assert!(is_planned || matches!(planned, Err(Refusal::ServerTooOld { .. })));
    }
    // Before 14 a partition is not detached concurrently.
    let at = Column::new("at", "date").not_null();
    let whole = Table::new("events").with_column(at.clone()).partitioned_by("RANGE (at)");
    let part = Table::new("events_1")
        .with_column(at)
        .partition_of("events", "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");
    let parts = Schema::new().with_table(whole).with_table(part);
    let detach = Change::detach_partition("events", "events_1", "at >= '2026-01-01' AND at < '2027-01-01'");
    for (major, concurrently) in [(13, false), (14, true)] {
        let plan = Planner::new(&parts, Server::postgres(major, 0)).plan(&detach).unwrap();
        assert_eq!(statements(&plan).iter().any(|sql| sql.ends_with("CONCURRENTLY")), concurrently, "{major}");
    }
    let compress = Change::set_column("users", "name", migration_planner::ColumnSetting::Compression, "lz4");
    assert!(matches!(
        Planner::new(&schema, Server::postgres(13, 0)).plan(&compress),
        Err(Refusal::ServerTooOld { .. })
    ));
    // Without a write-ahead log SQLite's readers wait as well.
    let drop = Change::drop_column("users", "age");
    for (mode, wait) in [("wal", false), ("delete", true)] {
        let plan =
            Planner::new(&schema, Server::sqlite(3, 54, 1).with_setting("journal_mode", mode)).plan(&drop).unwrap();
        assert_eq!(plan.to_markdown().contains("Readers wait meanwhile"), wait, "{mode}");
    }
}

#[test]
fn linting_takes_time_that_grows_as_its_input_does() {
    // A statement that looked at every table, or at all rows behind it, would take minutes for these.
    let (mut tables, mut more) = (String::new(), String::new());
    for n in 0..1_500 {
        writeln!(tables, "CREATE TABLE t{n} (id int PRIMARY KEY, a int REFERENCES t0);").unwrap();
        writeln!(more, "ALTER TABLE t{n} ADD b int; CREATE INDEX ON t{n} (a);").unwrap();
    }
    let same = "ALTER TABLE t0 ADD COLUMN c int;\nCREATE INDEX ON t1 (a);\nCOPY t0 FROM stdin;\n".repeat(1_500);
    let files =
        [Migration::new("1", "1.sql", tables), Migration::new("2", "2.sql", more), Migration::new("3", "3.sql", same)];
    let report = Linter::new(Dialect::Postgres).since("1").check(&files);
    assert_eq!((report.files(), report.statements()), (3, 9_000));
}

#[cfg(feature = "syntax")]
#[test]
fn whatever_stands_within_itself_is_told_and_not_followed_without_end() {
    for piece in [
        "CREATE FUNCTION f() BEGIN ATOMIC ",
        "PREPARE p AS ",
        "DECLARE c CURSOR FOR ",
        "EXPLAIN ",
        "SELECT CASE ",
        "((",
    ] {
        let error = Dialect::Postgres.check(&piece.repeat(100_000)).unwrap_err();
        assert!(error.to_string().contains("levels deep"), "{piece}: {error}");
    }
    let many = format!(
        "CREATE PROCEDURE p() BEGIN ATOMIC {} END",
        "INSERT INTO t VALUES (CASE WHEN true THEN 1 END);".repeat(500)
    );
    assert_eq!(Dialect::Postgres.check(&many).map(|parts| parts.len()), Ok(1));
    let error = Dialect::Postgres.check("SELECT 1;\nSELECT 2\0; DROP TABLE a").unwrap_err();
    assert_eq!((error.line, error.column), (2, 9), "{error}");
    assert!(Dialect::Sqlite.check("SELECT 1\0").is_err());
}
