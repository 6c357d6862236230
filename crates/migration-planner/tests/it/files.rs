//! Plans written as files of migration tools.

use migration_planner::{
    Change, Column, Dialect, FileWriter, FilesError, Index, Layout, Migration, MigrationFile, Phase, Plan, Planner,
    Schema, Server, Step, Table, Undo, Work,
};

fn users() -> Schema {
    let users = Table::new("users")
        .with_column(Column::new("id", "bigint").primary_key())
        .with_column(Column::new("name", "text").not_null())
        .with_column(Column::new("age", "integer"));
    Schema::new().with_table(users)
}

fn plan(change: &Change) -> Plan {
    let server = Server::postgres(15, 0).with_rows("users", 5_000_000);
    Planner::new(&users(), server).plan(change).unwrap()
}

fn index() -> Plan {
    plan(&Change::create_index("users", Index::new("users_by_age", ["age"])))
}

fn type_change() -> Plan {
    plan(&Change::change_type("users", "age", "bigint"))
}

fn paths(files: &[MigrationFile]) -> Vec<&str> {
    files.iter().map(MigrationFile::path).collect()
}

/// The statements of the steps of a plan that are SQL.
fn statements(plan: &Plan) -> Vec<String> {
    let steps = plan.phases().iter().flat_map(Phase::steps);
    steps
        .filter_map(|step| match step.work() {
            Work::Sql { statements, .. } => Some(statements.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

#[test]
fn each_layout_reads_back_the_statements_and_transactions_that_were_written() {
    for plan in [index(), type_change(), plan(&Change::drop_column("users", "age"))] {
        for layout in Layout::ALL.iter().copied().filter(|layout| *layout != Layout::Refinery) {
            let files = FileWriter::new(layout).write(&plan).unwrap();
            let detected = Layout::detect(paths(&files)).unwrap();
            // The names of golang-migrate's files are those of sqlx, and those of Flyway are refinery's without a sign of it.
            if !matches!(layout, Layout::GolangMigrate | Layout::Flyway | Layout::Plain) {
                assert_eq!(detected, layout);
            }
            let read = layout.read(files.iter().map(|file| (file.path(), file.text()))).unwrap();
            let found: Vec<String> = read
                .iter()
                .flat_map(|migration| Dialect::Postgres.split(migration.text()))
                .map(|part| part.text().to_owned())
                .filter(|text| {
                    !["SET LOCAL", "DO ", "SELECT 1", "BEGIN", "COMMIT"].iter().any(|own| text.starts_with(own))
                })
                .collect();
            assert_eq!(found, statements(&plan), "{layout}");
            for migration in &read {
                let concurrent =
                    migration.text().lines().any(|line| !line.starts_with("--") && line.contains(" CONCURRENTLY"));
                assert!(!(concurrent && migration.is_in_transaction()), "{layout}: {}", migration.path());
            }
        }
    }
}

#[test]
fn every_step_is_a_migration_of_its_own_and_says_what_it_waits_for() {
    let plan = plan(&Change::drop_column("users", "age"));
    let files = FileWriter::new(Layout::Sqlx).write(&plan).unwrap();
    let ups: Vec<&MigrationFile> = files.iter().filter(|file| file.path().ends_with(".up.sql")).collect();
    let steps: usize = plan.phases().iter().map(|phase| phase.steps().len()).sum();
    assert_eq!(ups.len(), steps);
    for consumer in ["application", "etl", "reporting"] {
        let gate = format!("Not to be shipped before: `{consumer}`");
        assert!(ups[0].text().contains(&gate), "{}", ups[0].text());
    }
    let last = ups.last().unwrap();
    assert!(last.text().contains("Point of no return") && last.text().contains("Not to be shipped before: `etl`"));
    let down = files.last().unwrap();
    assert!(down.path().ends_with(".down.sql") && down.text().contains("RAISE EXCEPTION"), "{}", down.text());
}

#[test]
fn a_phase_can_be_written_alone_with_the_gates_of_all_before_it() {
    let plan = plan(&Change::drop_column("users", "age"));
    let last = plan.phases().last().unwrap().id();
    let files = FileWriter::new(Layout::Refinery).starting_at(7).only(last).write(&plan).unwrap();
    assert!(files.iter().all(|file| file.phase() == last) && !files.is_empty());
    assert!(files[0].path().starts_with("V7__drop_column_users_age"), "{}", files[0].path());
    assert!(files[0].text().contains("Not to be shipped before: `application`"));
    let unknown = FileWriter::new(Layout::Sqlx).only("nothing").write(&plan).unwrap_err();
    assert!(
        matches!(&unknown, FilesError::UnknownPhase { known, .. } if known.contains(&last.to_owned())),
        "{unknown}"
    );
}

#[test]
fn versions_follow_on_those_that_are_there_with_as_many_digits() {
    let there = |version: &str, path: &str| Migration::new(version, path, "");
    let existing = [there("0008", "0008_a.up.sql"), there("0009", "0009_b.up.sql")];
    let files = FileWriter::new(Layout::GolangMigrate).after(&existing).write(&index()).unwrap();
    assert_eq!(
        paths(&files),
        ["0010_create_index_users_by_age_on_users.up.sql", "0010_create_index_users_by_age_on_users.down.sql"]
    );
    let flyway = [there("2.1", "V2_1__a.sql"), there("R views", "R__views.sql")];
    let files = FileWriter::new(Layout::Flyway).after(&flyway).write(&index()).unwrap();
    assert_eq!(files[0].path(), "V3__create_index_users_by_age_on_users.sql");
    assert_eq!(files[1].path(), "V3__create_index_users_by_age_on_users.sql.conf");
    let later = FileWriter::new(Layout::Sqlx).after(&[there("20200101000000", "20200101000000_a.sql")]);
    let files = later.starting_at(20_261_129_140_000).write(&index()).unwrap();
    assert!(files[0].path().starts_with("20261129140000_"));
}

#[test]
fn files_that_would_run_before_those_that_are_there_are_refused() {
    // Diesel orders by the text of a version: 10 would come before 9.
    let existing = [Migration::new("9", "9_a/up.sql", "")];
    let error = FileWriter::new(Layout::Diesel).after(&existing).write(&index()).unwrap_err();
    assert!(matches!(error, FilesError::TooEarly { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "diesel would run 10_create_index_users_by_age_on_users/up.sql before 9_a/up.sql, which is there already: start at a later \
         version"
    );
    let none = FileWriter::new(Layout::Sqlx).starting_at(u64::MAX).write(&index()).unwrap_err();
    assert!(matches!(none, FilesError::NoVersionLeft { version: u64::MAX, .. }), "{none}");
}

#[test]
fn refinery_is_refused_what_it_cannot_run_and_given_the_rest() {
    let error = FileWriter::new(Layout::Refinery).write(&index()).unwrap_err();
    assert!(matches!(error, FilesError::NeedsNoTransaction { layout: Layout::Refinery, .. }), "{error}");
    let error = FileWriter::new(Layout::Refinery).write(&type_change()).unwrap_err();
    assert!(matches!(error, FilesError::NeedsBatches { .. }), "{error}");
    let files =
        FileWriter::new(Layout::Refinery).write(&plan(&Change::add_column("users", Column::new("city", "text"))));
    let files = files.unwrap();
    assert!(files[0].text().contains("-- Undone by:\n-- ALTER TABLE users DROP COLUMN city;"), "{}", files[0].text());
}

#[test]
fn batches_are_one_statement_that_commits_after_each_of_them() {
    let plan = type_change();
    let files = FileWriter::new(Layout::Sqlx).write(&plan).unwrap();
    let batches = files.iter().find(|file| file.phase() == "backfill" && file.path().ends_with(".up.sql")).unwrap();
    assert!(
        batches.text().starts_with("-- no-transaction\n") && batches.text().contains("COMMIT;"),
        "{}",
        batches.text()
    );
    assert_eq!(Dialect::Postgres.split(batches.text()).len(), 1);
}

#[test]
fn on_sqlite_batches_are_refused_unless_there_is_one_or_one_go_is_asked_for() {
    let change = Change::rename_column("users", "name", "full_name");
    let planned =
        |rows| Planner::new(&users(), Server::sqlite(3, 53, 0).with_rows("users", rows)).plan(&change).unwrap();
    let error = FileWriter::new(Layout::Sqlx).write(&planned(100_000)).unwrap_err();
    assert!(matches!(error, FilesError::NeedsBatches { .. }), "{error}");
    assert!(FileWriter::new(Layout::Sqlx).in_one_go().write(&planned(100_000)).is_ok());
    assert!(FileWriter::new(Layout::Sqlx).write(&planned(10)).is_ok());
}

#[test]
fn a_line_break_in_a_name_does_not_end_a_comment() {
    let name = "x\nDROP TABLE users; --";
    let table = Table::new("users")
        .with_column(Column::new("id", "bigint").primary_key())
        .with_column(Column::new(name, "text"));
    let schema = Schema::new().with_table(table);
    let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::drop_column("users", name)).unwrap();
    for layout in Layout::ALL {
        for file in FileWriter::new(*layout).write(&plan).unwrap() {
            let parts = Dialect::Postgres.split(file.text());
            assert!(parts.iter().all(|part| !part.text().starts_with("DROP TABLE")), "{}", file.text());
            assert!(
                file.path().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/".contains(&byte)),
                "{}",
                file.path()
            );
        }
    }
}

#[test]
fn what_undoes_a_step_stands_in_the_file_beside_it() {
    let plan = type_change();
    let files = FileWriter::new(Layout::Diesel).write(&plan).unwrap();
    let downs: String =
        files.iter().filter(|file| file.path().ends_with("down.sql")).map(MigrationFile::text).collect();
    let undo = |step: &Step| match step.undo() {
        Undo::Sql { statements, .. } | Undo::SqlOutside { statements, .. } => statements.clone(),
        _ => Vec::new(),
    };
    for statement in plan.phases().iter().flat_map(Phase::steps).flat_map(undo) {
        assert!(downs.contains(&statement), "{statement} is not in\n{downs}");
    }
}
