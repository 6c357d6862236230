//! Rows of the catalogue that are no change of a schema but a way to write migrations: the linter answers them, and says what to do
//! instead.

use migration_planner::{Dialect, Hazard, Linter, Migration};

/// A migration, and what the linter has to say of it.
pub(crate) struct Answer {
    /// The rows of the catalogue that it answers.
    pub(crate) rows: &'static [u8],
    pub(crate) sql: &'static str,
    pub(crate) hazard: Hazard,
    /// The same, as it is to be written; nothing is said of it.
    instead: &'static str,
}

pub(crate) fn answers() -> Vec<Answer> {
    let answer = |rows, hazard, sql, instead| Answer { rows, sql, hazard, instead };
    vec![
        answer(
            &[91],
            Hazard::WideIndex,
            "CREATE INDEX CONCURRENTLY i ON users (a, b, c, id)",
            "CREATE INDEX CONCURRENTLY i ON users (a, b)",
        ),
        answer(
            &[91],
            Hazard::HashIndex,
            "CREATE INDEX CONCURRENTLY i ON users USING hash (a)",
            "CREATE INDEX CONCURRENTLY i ON users (a)",
        ),
        answer(
            &[102],
            Hazard::LockHeldDuringWork,
            "BEGIN; ALTER TABLE users ADD d int; UPDATE users SET a = '' WHERE b = 'x'; COMMIT",
            "ALTER TABLE users ADD d int; UPDATE users SET a = '' WHERE id = 1",
        ),
        answer(
            &[102],
            Hazard::ConcurrentlyInTransaction,
            "BEGIN; CREATE INDEX CONCURRENTLY i ON users (a); COMMIT",
            "CREATE INDEX CONCURRENTLY i ON users (a)",
        ),
        answer(&[102, 103], Hazard::UnboundedWrite, "UPDATE users SET a = ''", "UPDATE users SET a = '' WHERE id = 1"),
        answer(
            &[103],
            Hazard::NarrowKey,
            "CREATE TABLE t (id int PRIMARY KEY)",
            "CREATE TABLE t (id bigint PRIMARY KEY)",
        ),
        answer(
            &[103],
            Hazard::TimestampWithoutZone,
            "CREATE TABLE t (at timestamp)",
            "CREATE TABLE t (at timestamptz)",
        ),
        answer(
            &[103],
            Hazard::PaddedText,
            "CREATE TABLE t (a char(3))",
            "CREATE TABLE t (a text CHECK (length(a) <= 3))",
        ),
        answer(
            &[103],
            Hazard::LongName,
            "CREATE TABLE a_name_that_is_longer_than_the_server_keeps_of_one_by_a_few_letters (id bigint)",
            "CREATE TABLE a_name_that_the_server_keeps (id bigint)",
        ),
    ]
}

fn hazards(sql: &str) -> Vec<Hazard> {
    let users = "CREATE TABLE users (id bigint PRIMARY KEY, a text, b text, c text)";
    let files = [Migration::new("1", "1.sql", users), Migration::new("2", "2.sql", sql)];
    let report = Linter::new(Dialect::Postgres).with_advice().assume_lock_timeout().since("2").check(&files);
    report
        .lints()
        .iter()
        .inspect(|lint| assert!(!lint.instead().is_empty(), "{sql}: nothing to do instead"))
        .map(migration_planner::Lint::hazard)
        .collect()
}

#[test]
fn the_linter_answers_what_is_no_change_of_a_schema() {
    for Answer { sql, hazard, instead, .. } in answers() {
        assert!(hazards(sql).contains(&hazard), "{sql}: {:?}", hazards(sql));
        assert_eq!(hazards(instead), [], "{instead}");
    }
}
