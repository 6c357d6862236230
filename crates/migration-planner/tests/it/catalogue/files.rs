//! Every plan of the catalogue, shipped as files by the rules of a migration tool.

use migration_planner::{
    Change, Column, Constraint, Dialect, FileWriter, FilesError, Layout, MigrationFile, Plan, Planner, Policy, Schema,
    Server, Table,
};

use super::case::{Case, Outcome, difference};
use super::database::Target;
use super::{
    across, added, columns, constraints, indexes, keyless, keys, others, partitions, readers, rebuilt, tables, types,
};

/// Runs files as the tool of a layout does: what it sends at once, and what it puts into a transaction.
struct Tool<'a> {
    layout: Layout,
    target: &'a Target,
}

impl Tool<'_> {
    /// Each migration, in the tool's order.
    fn up(&self, files: &[MigrationFile]) {
        let read = self.layout.read(files.iter().map(|file| (file.path(), file.text()))).unwrap();
        for migration in &read {
            self.send(migration.path(), migration.text(), migration.is_in_transaction());
        }
    }

    /// Undoes them, the last one first; the files are there in the order in which they are run.
    fn down(&self, files: &[MigrationFile]) {
        for file in files.iter().rev().filter(|file| file.path().ends_with("down.sql")) {
            let in_transaction = match self.layout {
                Layout::Sqlx => !file.text().starts_with("-- no-transaction"),
                Layout::Diesel => {
                    let settings = file.path().replace("down.sql", "metadata.toml");
                    !files.iter().any(|other| other.path() == settings)
                }
                _ => Dialect::Postgres.split(file.text()).len() > 1,
            };
            self.send(file.path(), file.text(), in_transaction);
        }
    }

    fn send(&self, path: &str, text: &str, in_transaction: bool) {
        // Flyway and a plain runner send each statement by itself, the others the whole file at once.
        let each = matches!(self.layout, Layout::Flyway | Layout::Plain) && !in_transaction;
        let sent = if each {
            let parts = Dialect::Postgres.split(text);
            let statements: Vec<&str> = parts.iter().map(migration_planner::ScriptPart::text).collect();
            self.target.run(&statements, false)
        } else {
            self.target.run(&[text], in_transaction)
        };
        sent.unwrap_or_else(|error| panic!("{path} by {}: {error}", self.layout));
    }
}

/// The files of a plan, and the layout they are in: refinery cannot run all of them.
fn written(plan: &Plan, layout: Layout) -> (Layout, Vec<MigrationFile>) {
    match FileWriter::new(layout).starting_at(20_261_129_000_000).write(plan) {
        Ok(files) => (layout, files),
        Err(FilesError::NeedsNoTransaction { .. } | FilesError::NeedsBatches { .. }) if layout == Layout::Refinery => {
            written(plan, Layout::Sqlx)
        }
        Err(error) => panic!("{}: {error}", plan.change()),
    }
}

/// Up to the point of no return and back where the layout can undo, then all the way: the catalog is what it was at the start,
/// and in the end what the change asked for.
fn prove(case: &Case, layout: Layout) {
    let (Outcome::Like(wanted), Ok(plan)) = (&case.outcome, case.plan()) else { return };
    case.make_place();
    let Some(target) = Target::new(&case.schema, case.data) else { return };
    let (layout, files) = written(&plan, layout);
    let naive = target.copy();
    if !wanted.is_empty() {
        naive.run(&[wanted], false).unwrap();
    }
    let tool = Tool { layout, target: &target };
    let start = target.catalog();
    let lost = |phase: &str| plan.phases().iter().any(|of| of.id() == phase && of.is_point_of_no_return());
    let reversible: Vec<MigrationFile> = files.iter().take_while(|file| !lost(file.phase())).cloned().collect();
    if matches!(layout, Layout::Sqlx | Layout::Diesel | Layout::GolangMigrate) && !reversible.is_empty() {
        tool.up(&reversible);
        tool.down(&reversible);
        let difference = difference(&start, &target.catalog());
        assert!(difference.is_empty(), "{} by {layout}, undone:\n{difference}", case.change);
    }
    if !files.is_empty() {
        tool.up(&files);
    }
    let difference = difference(&naive.catalog(), &target.catalog());
    assert!(difference.is_empty(), "{} by {layout}, in the end:\n{difference}", case.change);
}

#[test]
fn every_plan_of_the_catalogue_can_be_shipped_as_files_of_a_tool() {
    let all = [
        added::cases(),
        across::cases(),
        columns::cases(),
        constraints::cases(),
        indexes::cases(),
        keyless::cases(),
        keys::cases(),
        others::cases(),
        partitions::cases(),
        readers::cases(),
        rebuilt::cases(),
        tables::cases(),
        types::cases(),
    ];
    let fails = |(i, case): &(usize, &Case)| {
        // Each case by one tool, so that each tool has some of every kind.
        let layout = Layout::ALL[i % Layout::ALL.len()];
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| prove(case, layout))).is_err()
    };
    let cases = all.iter().flatten().enumerate();
    let failed: Vec<String> = cases.filter(fails).map(|(_, case)| case.change.to_string()).collect();
    assert!(failed.is_empty(), "these are not as they should be: {failed:#?}");
}

#[test]
fn batches_reach_every_row_whatever_their_number_and_key() {
    let table = Table::new("visits")
        .with_column(Column::new("site", "text").not_null())
        .with_column(Column::new("Number", "integer").not_null())
        .with_column(Column::new("seconds", "integer"))
        .with_constraint(Constraint::primary_key(["site", "Number"]));
    let schema = Schema::new().with_table(table);
    let change = Change::fill("visits", "seconds = \"Number\" * 2", "seconds IS NULL");
    let planner = Planner::new(&schema, Server::postgres(15, 18).with_rows("visits", 5_000_000));
    let plan = planner.policy(Policy::default().batch_rows(3)).plan(&change).unwrap();
    let files = FileWriter::new(Layout::Sqlx).write(&plan).unwrap();
    for rows in [0, 1, 2, 3, 4, 6, 7, 20] {
        let insert = format!("INSERT INTO visits SELECT 's' || i % 2, i FROM generate_series(1, {rows}) AS i");
        let Some(target) = Target::new(&schema, &insert) else { return };
        Tool { layout: Layout::Sqlx, target: &target }.up(&files);
        let wrong = target.ask("SELECT count(*) FROM visits WHERE seconds IS DISTINCT FROM \"Number\" * 2");
        assert_eq!((wrong.as_str(), target.ask("SELECT count(*) FROM visits")), ("0", rows.to_string()));
    }
}
