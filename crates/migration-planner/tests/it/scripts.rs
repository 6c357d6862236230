//! Scripts are split and checked as their servers would.

use migration_planner::Dialect;
use proptest::prelude::*;

fn split(dialect: Dialect, script: &str) -> Vec<&str> {
    dialect.split(script).iter().map(migration_planner::ScriptPart::text).collect()
}

#[test]
fn semicolons_within_statements_do_not_end_them() {
    let trigger =
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 ELSE 3 END; DELETE FROM d; END";
    assert_eq!(split(Dialect::Sqlite, &format!("{trigger};\nSELECT ';'; -- ;\n;;")), [trigger, "SELECT ';'"]);
    let atomic = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
    assert_eq!(split(Dialect::Postgres, &format!("{atomic}; SELECT 1")), [atomic, "SELECT 1"]);
    let quoted = "CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN; RETURN NEW; END $body$ LANGUAGE plpgsql";
    assert_eq!(split(Dialect::Postgres, &format!("BEGIN; {quoted}; COMMIT")), ["BEGIN", quoted, "COMMIT"]);
    assert_eq!(split(Dialect::Mysql, "SELECT 'it\\'s;' # ;\n; SELECT \";\""), ["SELECT 'it\\'s;'", "SELECT \";\""]);
    let procedure = "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; SELECT 2; END";
    assert_eq!(split(Dialect::Mysql, &format!("{procedure}; SELECT 1")), [procedure, "SELECT 1"]);
}

#[test]
fn lines_are_those_of_the_first_word() {
    let lines: Vec<usize> = Dialect::Sqlite
        .split("-- a\nSELECT 1;\n\n/* b\n*/ SELECT\n2; SELECT 3")
        .iter()
        .map(migration_planner::ScriptPart::line)
        .collect();
    assert_eq!(lines, [2, 5, 6]);
}

proptest! {
    #[test]
    fn no_script_makes_splitting_panic_or_lose_order(script in "([a-z ';\"$`*/\\[\\]-]|BEGIN |END |CREATE |TRIGGER |E'|\n|é){0,60}") {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            let mut at = 0;
            for part in dialect.split(&script) {
                prop_assert!(part.range().start >= at && !part.text().is_empty());
                prop_assert_eq!(part.text(), &script[part.range()]);
                at = part.range().end;
            }
        }
    }
}

#[cfg(feature = "syntax")]
mod syntax {
    use migration_planner::Dialect;

    use crate::corpora::{Direction, scripts};

    #[test]
    fn an_error_has_its_place_and_what_was_expected() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
            let error = dialect.check("SELECT 1;\n\n  CREATE TABLE é (a int;").unwrap_err();
            assert_eq!(error.line, 3, "{dialect:?}: {error}");
            assert!(error.column > 2 && !error.message.is_empty(), "{error}");
        }
    }

    #[track_caller]
    fn corpus(folder: &str, dialect: Dialect, direction: Direction, statements: usize) {
        let Some(scripts) = scripts(folder, direction) else { return };
        let mut found = 0;
        let mut rejected = Vec::new();
        for (path, text) in scripts {
            found += dialect.split(&text).len();
            if let Err(error) = dialect.check(&text) {
                rejected.push(format!("{}: {error}", path.display()));
            }
        }
        assert!(rejected.is_empty(), "{}", rejected.join("\n"));
        assert_eq!(found, statements);
    }

    #[test]
    fn every_statement_of_the_corpora_is_accepted() {
        corpus("cratesio/migrations", Dialect::Postgres, Direction::Up, 620);
        corpus("svix/server", Dialect::Postgres, Direction::Up, 56);
        corpus("svix/server", Dialect::Postgres, Direction::Down, 33);
        corpus("vaultwarden/migrations/postgresql", Dialect::Postgres, Direction::Up, 101);
        corpus("vaultwarden/migrations/sqlite", Dialect::Sqlite, Direction::Up, 105);
        corpus("vaultwarden/migrations/mysql", Dialect::Mysql, Direction::Up, 102);
    }

    /// PostgreSQL rejects it, too.
    #[test]
    fn the_one_typo_of_the_corpora_is_rejected_with_its_place() {
        let Some(scripts) = scripts("cratesio/migrations", Direction::Down) else { return };
        let mut statements = 0;
        let mut rejected = Vec::new();
        for (path, text) in &scripts {
            match Dialect::Postgres.check(text) {
                Ok(parts) => statements += parts.len(),
                Err(error) => {
                    statements += Dialect::Postgres.split(text).len();
                    rejected.push(format!("{}: {error}", path.parent().unwrap().file_name().unwrap().display()));
                }
            }
        }
        assert_eq!(statements, 481);
        assert_eq!(rejected.len(), 1, "{rejected:?}");
    }
}

#[test]
fn scripts_for_psql_hold_commands_and_rows_that_are_no_statements() {
    let script = "\\set ON_ERROR_STOP on\r\n\\i 'other.sql'\nCREATE TABLE t (a text);\nCOPY t (a) FROM STDIN;\nit's; $$ /* --\n\\.\nDROP TABLE t;";
    let parts = Dialect::Postgres.split(script);
    let found: Vec<(&str, usize)> = parts.iter().map(|part| (part.text(), part.line())).collect();
    let expected = [
        ("\\set ON_ERROR_STOP on", 1),
        ("\\i 'other.sql'", 2),
        ("CREATE TABLE t (a text)", 3),
        ("COPY t (a) FROM STDIN", 4),
        ("DROP TABLE t", 7),
    ];
    assert_eq!(found, expected);
    // Without the line that ends them there are no rows, and others have no such commands.
    assert_eq!(split(Dialect::Postgres, "COPY t FROM stdin; SELECT 1"), ["COPY t FROM stdin", "SELECT 1"]);
    assert_eq!(split(Dialect::Postgres, "COPY t FROM 'stdin'; 1\n\\.\n;"), ["COPY t FROM 'stdin'", "1\n\\."]);
    assert_eq!(split(Dialect::Sqlite, "\\a\nb; c"), ["\\a\nb", "c"]);
}

#[test]
fn a_byte_order_mark_hides_no_statement() {
    assert_eq!(split(Dialect::Postgres, "\u{feff}DROP TABLE t;"), ["DROP TABLE t"]);
}

#[cfg(feature = "syntax")]
mod hostile {
    use migration_planner::Dialect;

    fn refused(script: &str) -> (usize, usize, String) {
        let error = Dialect::Postgres.check(script).unwrap_err();
        (error.line, error.column, error.message)
    }

    #[test]
    fn what_the_server_refuses_is_told_with_its_place() {
        for (script, line, column, said) in [
            ("SELECT 1;\nALTER TABLE t ADD \0 a int;", 2, 19, "NUL"),
            ("SELECT 1;\nCREATE FUNCTION f() RETURNS int AS $$ SELECT 1;", 2, 36, "dollar"),
            ("SELECT 1;\n-- fine\n/* never /* ends */\nDROP TABLE t;", 3, 1, "never ends"),
            ("SELECT 'never ends;\nDROP TABLE t;", 1, 8, "'"),
            ("\u{feff}SELECT 1", 1, 1, "byte order mark"),
            ("SELECT 1;\n \\connect app\nSELECT 1;", 2, 2, "`\\connect` is a command of psql"),
        ] {
            let found = refused(script);
            assert_eq!((found.0, found.1), (line, column), "{script}: {}", found.2);
            assert!(found.2.contains(said), "{script}: {}", found.2);
        }
        assert!(Dialect::Postgres.check("SELECT 1; -- fine\n/* fine /* too */ */ ;").is_ok());
        assert!(Dialect::Sqlite.check("SELECT 1; /* SQLite ends it with the text").is_ok());
    }

    #[test]
    fn nesting_without_end_is_refused_and_nobody_runs_out_of_stack() {
        let wrapped = |open: &str, n: usize, close: &str| format!("SELECT {}1{}", open.repeat(n), close.repeat(n));
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
            for (open, close) in
                [("(", ")"), ("(", ""), ("- ", ""), ("NOT ", ""), ("CASE WHEN 1 THEN ", " END"), ("a[", "]")]
            {
                let error = dialect.check(&wrapped(open, 10_000, close)).unwrap_err();
                assert!(!error.message.is_empty(), "{open}");
            }
        }
        for (open, close) in [("(", ")"), ("- ", ""), ("NOT ", ""), ("CASE WHEN 1 = 1 THEN ", " END"), ("a[", "]")] {
            assert!(Dialect::Postgres.check(&wrapped(open, 150, close)).is_ok(), "{open}");
        }
        assert!(Dialect::Postgres.check(&format!("SELECT 1 = 1{}", " OR 1 = 1".repeat(20_000))).is_ok());
        assert!(refused(&format!("SELECT 1{}", " + 1".repeat(200_000))).2.contains("operators"));
    }
}
