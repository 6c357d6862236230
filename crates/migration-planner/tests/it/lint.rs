//! What is dangerous in migrations, and what is not.

use migration_planner::{Dialect, Hazard, LintReport, Linter, LockMode, Migration, Severity};
use proptest::prelude::*;

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int DEFAULT 0);
    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);";

/// What is found in a second migration, after one that makes two tables.
fn found(sql: &str) -> Vec<Hazard> {
    hazards(&report(sql, false))
}

fn in_transaction(sql: &str) -> Vec<Hazard> {
    hazards(&report(sql, true))
}

fn hazards(report: &LintReport) -> Vec<Hazard> {
    report.lints().iter().map(migration_planner::Lint::hazard).collect()
}

fn report(sql: &str, in_transaction: bool) -> LintReport {
    let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", sql).in_transaction(in_transaction)];
    Linter::new(Dialect::Postgres).assume_lock_timeout().since("2").check(&files)
}

#[test]
fn each_hazard_is_found_and_its_safe_form_is_not() {
    use Hazard::*;
    let cases: [(&str, &[Hazard], &str); 19] = [
        (
            "ALTER TABLE users ALTER age TYPE bigint",
            &[RewritesTable, ChangesType],
            "ALTER TABLE users ALTER name TYPE varchar",
        ),
        (
            "ALTER TABLE users ADD token uuid DEFAULT gen_random_uuid()",
            &[RewritesTable],
            "ALTER TABLE users ADD token uuid; ALTER TABLE users ALTER token SET DEFAULT gen_random_uuid()",
        ),
        ("CREATE INDEX i ON users (name)", &[ScansUnderLock], "CREATE INDEX CONCURRENTLY i ON users (name)"),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users",
            &[ScansUnderLock],
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users NOT VALID; \
             ALTER TABLE orders VALIDATE CONSTRAINT f",
        ),
        (
            "ALTER TABLE users ADD CHECK (age > 0)",
            &[ScansUnderLock],
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c",
        ),
        (
            "ALTER TABLE users ADD UNIQUE (name)",
            &[ScansUnderLock],
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (name); ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX u",
        ),
        (
            "ALTER TABLE users ALTER age SET NOT NULL",
            &[ScansUnderLock, ForbidsNull],
            "ALTER TABLE users ALTER name SET NOT NULL",
        ),
        (
            "ALTER TABLE users DROP COLUMN age",
            &[DropsColumn],
            "ALTER TABLE users ADD note text; ALTER TABLE users DROP note",
        ),
        ("DROP TABLE users", &[DropsTable], "CREATE TABLE fresh (id int); DROP TABLE fresh"),
        ("TRUNCATE users, orders", &[Truncates, Truncates], "CREATE TABLE fresh (id int); TRUNCATE fresh"),
        ("DROP TYPE mood", &[DropsObject], "SELECT 1"),
        (
            "ALTER TABLE users RENAME age TO years",
            &[RenamesColumn],
            "ALTER TABLE users ADD a int; ALTER TABLE users RENAME a TO b",
        ),
        (
            "ALTER TABLE users RENAME TO people",
            &[RenamesTable],
            "CREATE TABLE fresh (id int); ALTER TABLE fresh RENAME TO other",
        ),
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", &[RenamesObject], "ALTER TYPE mood ADD VALUE 'blue'"),
        (
            "ALTER TABLE users ADD email text NOT NULL",
            &[ScansUnderLock, AddsRequiredColumn],
            "ALTER TABLE users ADD email text NOT NULL DEFAULT ''",
        ),
        ("ALTER TABLE users ALTER name DROP NOT NULL", &[AllowsNull], "ALTER TABLE users ALTER name SET DEFAULT ''"),
        ("ALTER TABLE users ALTER age DROP DEFAULT", &[DropsDefault], "ALTER TABLE users ALTER age SET DEFAULT 1"),
        (
            "ALTER TABLE users DROP CONSTRAINT users_pkey",
            &[DropsKey],
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID; ALTER TABLE users DROP CONSTRAINT c",
        ),
        ("UPDATE users SET age = 1", &[UnboundedWrite], "UPDATE users SET age = 1 WHERE id = 7"),
    ];
    for (bad, hazards, good) in cases {
        assert_eq!(found(bad), hazards, "{bad}");
        assert_eq!(found(good), [], "{good}");
    }
}

#[test]
fn what_is_made_in_the_same_release_is_locked_for_nobody_however_many_files_it_has() {
    let files = [
        Migration::new("1", "1.sql", "CREATE TABLE users (id int)"),
        Migration::new("2", "2.sql", "CREATE TABLE orders (id int)"),
        Migration::new("3", "3.sql", "ALTER TABLE orders ALTER id TYPE bigint; ALTER TABLE orders RENAME TO sales"),
        Migration::new("4", "4.sql", "CREATE INDEX ON sales (id); DROP TABLE sales"),
    ];
    let linter = Linter::new(Dialect::Postgres);
    assert_eq!(hazards(&linter.clone().since("2").check(&files)), []);
    assert!(linter.clone().since("3").check(&files).lints().len() >= 4);
    // Renaming does not make a table new.
    let renamed = hazards(&linter.assume_lock_timeout().since("4").check(&files));
    assert_eq!(renamed, [Hazard::ScansUnderLock, Hazard::DropsTable]);
}

#[test]
fn a_table_made_again_under_the_name_of_one_that_was_dropped_loses_only_the_columns_it_lacks() {
    let rebuilt = "CREATE TABLE new (id bigint PRIMARY KEY, name text NOT NULL, age int);
        INSERT INTO new SELECT id, name, age FROM users; DROP TABLE users; ALTER TABLE new RENAME TO users;";
    let files = |sql: &str| [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", sql)];
    let linter = Linter::new(Dialect::Sqlite).since("2");
    assert_eq!(hazards(&linter.check(&files(rebuilt))), []);
    let less = rebuilt.replace(", age int", "").replace(", age FROM", " FROM");
    let report = linter.check(&files(&less));
    assert_eq!(hazards(&report), [Hazard::DropsColumn]);
    assert!(report.lints()[0].message().contains("`users.age`"), "{report:?}");
    let plain = linter.check(&files("DROP TABLE users"));
    assert_eq!(hazards(&plain), [Hazard::DropsTable]);
}

#[test]
fn a_table_made_again_without_its_rows_loses_them() {
    let again = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int);";
    let of = |sql: &str| {
        let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", sql)];
        Linter::new(Dialect::Postgres).assume_lock_timeout().since("2").check(&files)
    };
    for drop in ["DROP TABLE users;", "DROP TABLE IF EXISTS users;"] {
        for filled in ["", "INSERT INTO users VALUES (1, 'root', 0);"] {
            let report = of(&format!("{drop} {again} {filled}"));
            assert_eq!(hazards(&report), [Hazard::DropsTable], "{drop} {filled}");
            assert!(report.lints()[0].message().ends_with("begins without its rows"), "{report:?}");
        }
    }
    let kept = "CREATE TABLE kept AS SELECT * FROM users; DROP TABLE users;";
    assert_eq!(hazards(&of(&format!("{kept} {again} INSERT INTO users SELECT * FROM kept; DROP TABLE kept;"))), []);
    // Which columns a query has is not known, nor then what was lost.
    assert_eq!(hazards(&of(&format!("{kept} CREATE TABLE users AS SELECT * FROM kept;"))), [Hazard::DropsTable]);
}

#[test]
fn a_table_is_named_before_its_indexes_where_a_lock_is_waited_for() {
    let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", "DROP TABLE users")];
    let report = Linter::new(Dialect::Postgres).since("2").check(&files);
    let waits = report.lints().iter().find(|lint| lint.hazard() == Hazard::NoLockTimeout).unwrap();
    assert!(waits.message().contains("ACCESS EXCLUSIVE on `users`,"), "{waits:?}");
}

#[test]
fn what_refuses_a_transaction_is_found_in_one_however_it_was_begun() {
    let sql = "CREATE INDEX CONCURRENTLY i ON users (name)";
    assert_eq!(in_transaction(sql), [Hazard::ConcurrentlyInTransaction]);
    assert_eq!(found(&format!("BEGIN; {sql}; COMMIT")), [Hazard::ConcurrentlyInTransaction]);
    assert_eq!(found(&format!("BEGIN; SELECT 1; COMMIT; {sql}")), []);
}

#[test]
fn a_lock_that_is_held_while_something_slow_runs_is_found_only_within_one_transaction() {
    let sql = "ALTER TABLE users ADD note text; UPDATE orders SET user_id = 1;";
    assert_eq!(in_transaction(sql), [Hazard::LockHeldDuringWork, Hazard::UnboundedWrite]);
    assert_eq!(found(sql), [Hazard::UnboundedWrite]);
    let report = report(sql, true);
    assert_eq!(report.lints()[0].message(), "ACCESS EXCLUSIVE on `users`, taken in line 1, is held while this runs");
}

#[test]
fn waiting_without_end_is_found_once_a_transaction_unless_something_limits_it() {
    let linter = Linter::new(Dialect::Postgres).since("2");
    let of = |sql: &str, wrapped: bool| {
        let second = Migration::new("2", "2.sql", sql).in_transaction(wrapped);
        hazards(&linter.check(&[Migration::new("1", "1.sql", USERS), second]))
    };
    let two = "ALTER TABLE users ADD a int; ALTER TABLE users ADD b int;";
    assert_eq!(of(two, true), [Hazard::NoLockTimeout]);
    assert_eq!(of(two, false), [Hazard::NoLockTimeout; 2]);
    for limit in [
        "SET lock_timeout = '50ms';",
        "SET lock_timeout TO 50;",
        "SET SESSION lock_timeout = 50;",
        "SELECT set_config('lock_timeout', '50ms', false);",
    ] {
        assert_eq!(of(&format!("{limit} {two}"), false), [], "{limit}");
    }
    for none in [
        "SET lock_timeout = 0;",
        "SET lock_timeout = '0s';",
        "SET lock_timeout TO DEFAULT;",
        "SET statement_timeout = 5;",
    ] {
        assert_eq!(of(&format!("{none} {two}"), true), [Hazard::NoLockTimeout], "{none}");
    }
    // What is set for a transaction ends with it.
    assert_eq!(
        of(&format!("BEGIN; SET LOCAL lock_timeout = 50; {two} COMMIT; ALTER TABLE users ADD c int"), false),
        [Hazard::NoLockTimeout]
    );
}

#[test]
fn a_text_that_gets_shorter_refuses_what_versions_that_are_running_write() {
    let longer = "ALTER TABLE users ADD code varchar(10); ";
    let files =
        |sql: &str| [Migration::new("1", "1.sql", format!("{USERS} {longer}")), Migration::new("2", "2.sql", sql)];
    let found =
        |sql: &str| hazards(&Linter::new(Dialect::Postgres).assume_lock_timeout().since("2").check(&files(sql)));
    assert_eq!(found("ALTER TABLE users ALTER code TYPE varchar(20)"), []);
    assert_eq!(found("ALTER TABLE users ALTER code TYPE text"), []);
    assert!(found("ALTER TABLE users ALTER code TYPE varchar(5)").contains(&Hazard::ChangesType));
    assert!(found("ALTER TABLE users ALTER name TYPE varchar(5)").contains(&Hazard::ChangesType));
}

#[test]
fn the_strongest_lock_of_a_transaction_is_the_one_that_is_told() {
    let sql = "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION f(); ALTER TABLE users ADD note text;\nUPDATE orders SET user_id = 1;";
    let report = report(sql, true);
    let held = report.lints().iter().find(|lint| lint.hazard() == Hazard::LockHeldDuringWork).unwrap();
    assert_eq!(held.message(), "ACCESS EXCLUSIVE on `users`, taken in line 1, is held while this runs");
}

#[test]
fn a_new_value_of_an_enumeration_is_not_to_be_used_in_its_transaction() {
    let sql = "ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO orders VALUES (1, 'calm');";
    assert_eq!(in_transaction(sql), [Hazard::UsesNewEnumValue]);
    assert_eq!(found(sql), []);
}

#[test]
fn what_cannot_be_told_is_said() {
    assert_eq!(found("DO $$ BEGIN DELETE FROM users; END $$"), [Hazard::UnknownEffect]);
    assert_eq!(found("ALTER TABLE never_seen ADD a int"), [Hazard::UnknownEffect]);
    assert_eq!(found("ALTER TABLE IF EXISTS never_seen ADD a int"), []);
    assert_eq!(found("DROP VIEW never_seen"), [Hazard::UnknownEffect, Hazard::DropsObject]);
}

#[test]
fn small_tables_may_be_read_and_written_whole() {
    let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", "CREATE INDEX ON users (name)")];
    let linter = Linter::new(Dialect::Postgres).assume_lock_timeout();
    assert_eq!(hazards(&linter.clone().with_rows("users", 10_000).check(&files)), []);
    assert_eq!(hazards(&linter.with_rows("users", 10_001).check(&files)), [Hazard::ScansUnderLock]);
}

#[test]
fn a_comment_allows_a_hazard_with_its_reason_and_only_there() {
    let report = report(
        "-- cutover: allow drops-column, rewrites-table because nobody reads it since release 41
         ALTER TABLE users DROP age;
         ALTER TABLE users DROP name;",
        false,
    );
    assert_eq!(report.suppressed().len(), 1);
    assert_eq!(report.suppressed()[0].reason(), "nobody reads it since release 41");
    assert_eq!(
        report.lints().iter().map(|lint| (lint.hazard(), lint.line())).collect::<Vec<_>>(),
        [(Hazard::DropsColumn, 3)]
    );
    let whole = "ALTER TABLE users DROP age; ALTER TABLE users DROP name;\n-- cutover: allow-file drops-column because of a test";
    assert_eq!(found(whole), []);
}

#[test]
fn suppressions_that_say_no_reason_or_suppress_nothing_are_found_themselves() {
    for (comment, why) in [
        ("-- cutover: allow drops-column", "a suppression needs a reason: `because ..`"),
        ("-- cutover: allow drops-colum because x", "no hazard is called drops-colum: did you mean drops-column?"),
        ("-- cutover: ignore drops-column because x", "expected `allow HAZARD because REASON`"),
        ("-- cutover: allow drops-column because x", "allows what is not there: remove it"),
    ] {
        let report = report(&format!("SELECT 1;\n{comment}\nSELECT 2;"), false);
        assert_eq!(hazards(&report), [Hazard::Suppression], "{comment}");
        let lint = &report.lints()[0];
        assert!(lint.message().starts_with(why), "{lint:?}");
        assert_eq!(lint.line(), 2);
    }
    // In a text it is no comment.
    assert_eq!(found("SELECT '\n-- cutover: nonsense\n'"), []);
}

#[test]
fn advice_is_given_where_asked_for() {
    let files = [Migration::new(
        "1",
        "1.sql",
        "CREATE TABLE a (id serial PRIMARY KEY, at timestamp, code char(3), more json, ok timestamptz, n int, PRIMARY KEY (id));",
    )];
    assert_eq!(hazards(&Linter::new(Dialect::Postgres).check(&files)), []);
    let report = Linter::new(Dialect::Postgres).with_advice().check(&files);
    let expected = [Hazard::NarrowKey, Hazard::TimestampWithoutZone, Hazard::PaddedText, Hazard::TextualJson];
    assert_eq!(hazards(&report), expected);
    assert_eq!(report.worst(), Some(Severity::Advice));
}

#[cfg(feature = "syntax")]
#[test]
fn a_statement_that_the_server_refuses_is_found_with_its_place() {
    let report = report("SELECT 1;\nALTER TABEL users ADD a int;", false);
    let lint = report.lints().iter().find(|lint| lint.hazard() == Hazard::Syntax).unwrap();
    assert_eq!((lint.path(), lint.line()), ("2.sql", 2));
}

#[test]
fn a_finding_tells_place_locks_and_the_way_around() {
    let report = report("SELECT 1;\n   CREATE INDEX i ON users (name);", false);
    let lint = &report.lints()[0];
    assert_eq!((lint.line(), lint.column(), lint.severity()), (2, 4, Severity::Error));
    assert_eq!(lint.locks(), [("users".to_owned(), LockMode::Share)]);
    assert_eq!(lint.instead().len(), 2);
    let text = report.to_text();
    assert!(text.starts_with("2.sql:2:4: error[scans-under-lock]: reads every row of `users`;"), "{text}");
    assert!(text.trim_end().ends_with("2 statements in 1 migrations: 1 errors, 0 warnings, 0 suppressed"), "{text}");
}

#[test]
fn reports_for_machines_keep_their_form() {
    let sql = "-- cutover: allow drops-table because 100% sure, really: yes\nDROP TABLE orders;\nDROP TABLE users;";
    let report = report(sql, false);
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["lints"][0]["hazard"], "drops-table");
    assert_eq!(json["lints"][0]["locks"][0][0], "users");
    assert_eq!(json["suppressed"][0]["reason"], "100% sure, really: yes");

    let sarif: serde_json::Value = serde_json::from_str(&report.to_sarif()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), Hazard::ALL.len());
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "2.sql");
    }
    assert_eq!(results[1]["suppressions"][0]["kind"], "inSource");

    let github = report.to_github();
    assert!(github.starts_with("::error file=2.sql,line=3,col=1,title=drops-table::`users` goes away"), "{github}");
    assert_eq!(github.lines().count(), report.lints().len(), "{github}");
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_every_place_lies_in_it(text in ".{0,200}", wrapped: bool) {
        let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", text.clone()).in_transaction(wrapped)];
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
            for lint in Linter::new(dialect).with_advice().check(&files).lints() {
                let lines = if lint.path() == "2.sql" { text.split('\n').count() } else { USERS.split('\n').count() };
                prop_assert!(lint.line() >= 1 && lint.line() <= lines, "{lint:?}");
            }
        }
    }

    #[test]
    fn any_words_of_sql_in_any_order_are_read_without_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "ALTER", "TABLE", "users", "ADD", "COLUMN", "DROP", "CONSTRAINT", "NOT", "NULL", "TYPE", "USING", "(", ")", ",", ";", "RENAME",
            "TO", "SET", "lock_timeout", "=", "BEGIN", "COMMIT", "CREATE", "INDEX", "ON", "CONCURRENTLY", "'x'", "1", "SELECT", "FROM", ".",
            "-- cutover: allow drops-table because x\n", "VALUE", "set_config", "DEFAULT", "TRUNCATE", "CASCADE", "\"q\"",
        ]), 0..40),
    ) {
        let text = words.join(" ");
        let files = [Migration::new("1", "1.sql", USERS), Migration::new("2", "2.sql", text)];
        Linter::new(Dialect::Postgres).with_advice().check(&files);
    }
}

#[test]
fn what_is_written_in_a_file_cannot_change_what_a_terminal_shows() {
    let report = report("ALTER TABLE users DROP COLUMN \"age\u{1b}[2J\u{202e}\n::error::x\"", false);
    let text = report.to_text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\n::error"), "{text}");
    assert!(report.to_github().lines().all(|line| line.starts_with("::")), "{}", report.to_github());
}

#[cfg(feature = "syntax")]
#[test]
fn a_file_that_undoes_is_read_before_the_day_it_is_needed() {
    let migration =
        Migration::new("1", "1.up.sql", "CREATE TABLE a (id int)").undone_by("1.down.sql", "\nDORP TABLE a");
    let report = Linter::new(Dialect::Postgres).check(&[migration]);
    let lint = &report.lints()[0];
    assert_eq!((lint.hazard(), lint.path(), lint.line()), (Hazard::Syntax, "1.down.sql", 2));
}

#[test]
fn the_rules_of_other_versions_are_those_of_their_servers() {
    use migration_planner::ServerVersion;
    let of = |major: u32, sql: &str, wrapped: bool| {
        let second = Migration::new("2", "2.sql", sql).in_transaction(wrapped);
        let linter = Linter::new(Dialect::Postgres).for_version(ServerVersion::new(major, 0, 0)).assume_lock_timeout();
        hazards(&linter.since("2").check(&[Migration::new("1", "1.sql", USERS), second]))
    };
    let default = "ALTER TABLE users ADD level int NOT NULL DEFAULT 1";
    assert_eq!(of(10, default, false), [Hazard::RewritesTable]);
    assert_eq!(of(11, default, false), []);
    let checked = "ALTER TABLE users ADD CONSTRAINT c CHECK (age IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c; \
        ALTER TABLE users ALTER age SET NOT NULL";
    assert_eq!(of(11, checked, false), [Hazard::ScansUnderLock, Hazard::ForbidsNull]);
    assert_eq!(of(12, checked, false), [Hazard::ForbidsNull]);
    let value = "ALTER TYPE mood ADD VALUE 'calm'";
    assert_eq!(of(11, value, true), [Hazard::ConcurrentlyInTransaction]);
    assert_eq!(of(12, value, true), []);
    let computed = "ALTER TABLE users ADD twice int GENERATED ALWAYS AS (age * 2)";
    assert_eq!(of(18, &format!("{computed} VIRTUAL"), false), []);
    assert_eq!(of(18, &format!("{computed} STORED"), false), [Hazard::RewritesTable]);
    let not_null = "ALTER TABLE users ADD CONSTRAINT n NOT NULL age NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n; \
        ALTER TABLE users ALTER age SET NOT NULL";
    assert_eq!(of(18, not_null, false), [Hazard::ForbidsNull]);
    assert_eq!(of(18, "ALTER TABLE users ADD NOT NULL age", false), [Hazard::ScansUnderLock]);
}
