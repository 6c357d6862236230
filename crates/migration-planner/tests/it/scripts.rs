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
