//! Tables whose rows have no key: they are filled by the blocks that they are stored in.

use migration_planner::{
    Change, Column, Constraint, FileWriter, Index, Key, Layout, Phase, Planner, Policy, Schema, Server, Table, Work,
};

use super::case::{Case, Outcome, prove_all};
use super::database::Target;

fn log() -> Schema {
    let log = Table::new("log")
        .with_column(Column::new("at", "integer"))
        .with_column(Column::new("word", "text"))
        .with_column(Column::new("size", "integer").not_null().default_value("1"))
        .with_constraint(Constraint::check("size > 0").named("log_size_check"))
        .with_index(Index::new("log_by_word", ["word"]));
    Schema::new().with_table(log)
}

/// Some rows are there twice.
const LINES: &str = "INSERT INTO log SELECT i % 7, 'w' || i % 3 FROM generate_series(1, 40) AS i";

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, change, outcome| Case::new(rows, log(), change, outcome).with(LINES);
    let like = Outcome::Like;
    vec![
        case(
            &[28],
            Change::add_column("log", Column::new("kind", "text").not_null()).filled_with("'k' || size"),
            like("ALTER TABLE log ADD kind text NOT NULL DEFAULT ''; ALTER TABLE log ALTER kind DROP DEFAULT"),
        ),
        case(&[38], Change::rename_column("log", "word", "label"), like("ALTER TABLE log RENAME word TO label")),
        case(
            &[47],
            Change::change_type("log", "size", "bigint"),
            like(
                "ALTER TABLE log ADD c2 bigint NOT NULL DEFAULT 1, DROP size; ALTER TABLE log RENAME c2 TO size; \
                 ALTER TABLE log ADD CONSTRAINT log_size_check CHECK (size > 0)",
            ),
        ),
        case(
            &[43],
            Change::set_not_null("log", "at").filled_with("0"),
            like("UPDATE log SET at = 0 WHERE at IS NULL; ALTER TABLE log ALTER at SET NOT NULL"),
        ),
        case(&[101], Change::delete_rows("log", "at = 3"), like("DELETE FROM log WHERE at = 3")),
    ]
}

#[test]
fn tables_without_a_key_are_changed_as_those_with_one() {
    prove_all(&cases());
}

#[test]
fn their_rows_are_found_by_where_they_are() {
    for case in cases() {
        let plan = case.plan().unwrap();
        let keys = plan.phases().iter().flat_map(Phase::steps).filter_map(|step| match step.work() {
            Work::Backfill { key, .. } | Work::Delete { key, .. } => Some(key.clone()),
            _ => None,
        });
        assert!(keys.clone().count() > 0 && keys.clone().all(|key| key == Key::Ctid), "{}", case.change);
    }
}

#[test]
fn a_file_goes_through_a_table_without_a_key_block_after_block() {
    let change = Change::fill("log", "size = 2", "size <> 2");
    let schema = log();
    let planner = Planner::new(&schema, Server::postgres(15, 18).with_rows("log", 5_000_000));
    let plan = planner.policy(Policy::default().batch_rows(300)).plan(&change).unwrap();
    let files = FileWriter::new(Layout::Sqlx).write(&plan).unwrap();
    let [file] = files.iter().filter(|file| file.path().ends_with(".up.sql")).collect::<Vec<_>>()[..] else {
        panic!("{files:?}")
    };
    for rows in [0, 1, 3_000] {
        let insert = format!("INSERT INTO log SELECT i, 'w' FROM generate_series(1, {rows}) AS i");
        let Some(target) = Target::new(&schema, &insert) else { return };
        target.run(&[file.text()], false).unwrap();
        assert_eq!(target.ask("SELECT count(*) FROM log WHERE size = 2"), rows.to_string());
        // As many transactions as the table had pairs of blocks, and no row for nothing.
        let written = target.ask("SELECT count(DISTINCT xmin::text) FROM log").parse::<u32>().unwrap();
        assert!(written >= rows / 300, "{rows} rows in {written} transactions");
    }
}
