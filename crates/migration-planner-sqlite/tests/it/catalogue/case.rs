//! One row of the catalogue, carried out and undone by the runner.

use std::collections::BTreeMap;
use std::time::Duration;

use migration_planner::{
    Change, ColumnRef, Evidence, Finding, Plan, Planner, Policy, Refusal, Schema, Subject, Window,
};
use migration_planner_sqlite::{Advance, Clock, Runner, SystemClock, introspect};

use crate::support::{Db, catalog, rows};

/// What every case is tried on.
pub(super) const SHOP: &str = "\
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL CONSTRAINT one_each UNIQUE ON CONFLICT ABORT, name TEXT DEFAULT 'nobody', age INTEGER, \"Legacy Name\" VARCHAR(40), CONSTRAINT sane CHECK (age >= 0));
CREATE INDEX users_by_name ON users (lower(name));
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, total NUMERIC, code INT NOT NULL, twice INT AS (code * 2) STORED);
CREATE INDEX orders_by_user ON orders (user_id);
CREATE TABLE plain (a TEXT, b TEXT);
CREATE TABLE memos (user_id INTEGER PRIMARY KEY, text TEXT COLLATE nocase, at INTEGER);
CREATE TABLE parts (id INT PRIMARY KEY, label TEXT, made TEXT);
CREATE VIEW names AS SELECT id, name FROM users;
CREATE VIEW labels AS SELECT label, made FROM parts;
CREATE VIEW short_names AS SELECT name FROM names WHERE length(name) < 5;
CREATE TRIGGER stamp AFTER UPDATE OF total ON orders BEGIN UPDATE plain SET b = 'seen' WHERE a = NEW.id; END;
CREATE TRIGGER relabel INSTEAD OF UPDATE OF label ON labels BEGIN UPDATE parts SET label = NEW.label WHERE label = OLD.label; END;
CREATE TRIGGER by_view INSTEAD OF INSERT ON names BEGIN INSERT INTO users (email, name) VALUES (NEW.name, NEW.name); END;
";

const ROWS: &str = "\
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
INSERT INTO users SELECT i, i || '@example.org', CASE i % 2 WHEN 0 THEN 'n' || i END, i, '7' FROM n;
INSERT INTO users (id, email) VALUES (500, 'x'); DELETE FROM users WHERE id = 500;
INSERT INTO orders (id, user_id, total, code) SELECT id, id, id, id FROM users;
INSERT INTO memos SELECT id, nullif('memo ' || id, 'memo 3'), id * 2 FROM users WHERE id % 3 = 0;
INSERT INTO parts SELECT id, 'part ' || id, 'today' FROM users ORDER BY id;
INSERT INTO plain (rowid, a, b) VALUES (3, '1', 'x'), (9, '2', 'y');
";

pub(super) struct Case {
    pub(super) rows: &'static [u8],
    pub(super) change: Change,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// The catalog is what the shop's would be with these pieces of it written otherwise.
    Like(&'static [(&'static str, &'static str)]),
    /// There is no plan, and the reason says this.
    Refused(&'static str),
}

impl Case {
    pub(super) fn new(rows: &'static [u8], change: Change, outcome: Outcome) -> Self {
        Self { rows, change, outcome }
    }

    pub(super) fn plan(&self, db: &Db) -> Result<Plan, Refusal> {
        let found = introspect(db.path()).unwrap();
        let policy = Policy::default().batch_rows(7).observation(Duration::from_mins(1));
        Planner::new(&found.schema, found.server).policy(policy).plan(&self.change)
    }

    /// Goes as far as each boundary before the point of no return and back, and then to the end.
    ///
    /// Coming back restores the catalog to the letter and every row; at the end the catalog is the one that was asked for.
    pub(super) fn prove(&self) {
        let change = &self.change;
        let db = Db::new(&format!("{SHOP}{ROWS}"));
        let wanted = match (&self.outcome, self.plan(&db)) {
            (Outcome::Refused(reason), Err(said)) => {
                assert!(said.to_string().contains(reason), "{change}: refused, but with {said}");
                return;
            }
            (Outcome::Refused(reason), Ok(_)) => panic!("{change}: planned instead of refused with {reason}"),
            (Outcome::Like(_), Err(said)) => panic!("{change}: refused: {said}"),
            (Outcome::Like(pieces), Ok(_)) => *pieces,
        };
        let plan = self.plan(&db).unwrap();
        let reversible = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();
        let (before, content) = (catalog(&db.connect()), contents(&db));
        for boundary in 1..=reversible {
            let mut runner = db.runner();
            runner.begin(&plan).unwrap_or_else(|error| panic!("{change}: {error:?}"));
            attest(&mut runner, &change.object());
            for _ in 0..boundary {
                let said = runner.advance().unwrap_or_else(|error| panic!("{change}: {error:?}"));
                assert!(!matches!(said, Advance::Held { .. }), "{change}: {said:?}");
            }
            // What has finished is over and cannot be undone.
            if boundary == plan.phases().len() {
                self.undo_by_hand(&db, &plan);
            } else {
                runner.roll_back().unwrap_or_else(|error| panic!("{change}: going back from {boundary}: {error:?}"));
            }
            assert_eq!(meaning(&db), meaning_of(&format!("{SHOP}{ROWS}")), "{change}: back from phase {boundary}");
            if boundary < plan.phases().len() {
                assert_eq!(catalog(&db.connect()), before, "{change}: back from phase {boundary}");
            }
            if !plan.phases()[..boundary].iter().flat_map(migration_planner::Phase::steps).any(fills) {
                assert_eq!(contents(&db), content, "{change}: rows after going back from phase {boundary}");
            }
        }
        let end = Db::new(&format!("{SHOP}{ROWS}"));
        let mut runner = end.runner();
        runner.begin(&self.plan(&end).unwrap()).unwrap();
        attest(&mut runner, &change.object());
        crate::support::to_the_end(&mut runner);
        let wanted = wanted.iter().fold(SHOP.to_owned(), |sql, (from, to)| {
            assert!(from.is_empty() || sql.contains(from), "{change}: nothing to replace: {from}");
            if from.is_empty() { format!("{sql}{to}") } else { sql.replace(from, to) }
        });
        assert_eq!(meaning(&end), meaning_of(&wanted), "{change}: in the end");
        assert_eq!(end.rows("SELECT * FROM pragma_foreign_key_check"), Vec::<String>::new(), "{change}");
        assert_eq!(end.rows("PRAGMA integrity_check"), ["Text(\"ok\")"], "{change}");
        if end.connect().prepare("SELECT * FROM users").is_ok() {
            assert_eq!(end.rows("SELECT seq FROM sqlite_sequence WHERE name = 'users'"), ["Integer(500)"], "{change}");
            assert_eq!(end.rows("SELECT count(*), sum(id) FROM users"), ["Integer(20) Integer(210)"], "{change}");
        }
    }

    /// Undoes a plan that has come to its end, whose last step can be undone: as its steps say.
    fn undo_by_hand(&self, db: &Db, plan: &Plan) {
        let connection = db.connect();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for step in plan.phases().iter().rev().flat_map(migration_planner::Phase::inverse_steps) {
            let statements = match step.undo() {
                migration_planner::Undo::Sql { statements, .. }
                | migration_planner::Undo::Rebuild { statements, .. } => statements.as_slice(),
                _ => &[],
            };
            for sql in statements {
                connection.execute_batch(sql).unwrap_or_else(|error| panic!("{}: {error}: {sql}", self.change));
            }
        }
    }
}

/// Whether a step writes values that stay when it is undone.
fn fills(step: &migration_planner::Step) -> bool {
    matches!(step.work(), migration_planner::Work::Backfill { .. })
}

fn attest(runner: &mut Runner, object: &Subject) {
    for consumer in ["application", "etl", "reporting"] {
        let said = Finding::attestation("searched all of it");
        let at = Window::instant(SystemClock.now());
        match object.as_column() {
            Some(column) => runner.record(&Evidence::new(
                consumer,
                ColumnRef::new(column.table(), column.column()),
                said,
                at,
                "ada",
            )),
            None => runner.record(&Evidence::new(consumer, object.clone(), said, at, "ada")),
        }
        .unwrap();
    }
}

/// Every row of every table of the application, with its number.
fn contents(db: &Db) -> Vec<String> {
    let connection = db.connect();
    let tables = rows(
        &connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('users', 'orders', 'plain', 'memos', 'parts') ORDER BY name",
    );
    tables
        .iter()
        .flat_map(|table| {
            let name = table.trim_start_matches("Text(\"").trim_end_matches("\")");
            rows(&connection, &format!("SELECT '{name}', rowid, * FROM {name} ORDER BY rowid"))
        })
        .collect()
}

/// What a catalog says, however it is written.
fn meaning(db: &Db) -> BTreeMap<String, String> {
    facts(&introspect(db.path()).unwrap().schema)
}

fn meaning_of(sql: &str) -> BTreeMap<String, String> {
    meaning(&Db::new(sql))
}

fn facts(schema: &Schema) -> BTreeMap<String, String> {
    let text = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "");
    let mut facts = BTreeMap::new();
    for table in schema.tables() {
        let json = serde_json::to_string(table).unwrap().replace("\\\"", "").replace('"', "'");
        facts.insert(format!("table {}", table.name()), json);
        // What the schema does not say: what references do, how rows are numbered.
        let written = table.definition().unwrap_or_default().to_ascii_lowercase();
        for word in
            ["autoincrement", "on delete cascade", "on conflict abort", "constraint one_each", "constraint sane"]
        {
            facts.insert(format!("{word} of {}", table.name()), written.contains(word).to_string());
        }
    }
    facts.extend(schema.views().iter().map(|view| (format!("view {}", view.name()), text(view.definition()))));
    facts.extend(
        schema.triggers().iter().map(|trigger| (format!("trigger {}", trigger.name()), text(trigger.definition()))),
    );
    facts
}

/// Proves all cases, so that one run tells of every one that fails.
pub(super) fn prove_all(cases: &[Case]) {
    let fails = |case: &&Case| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.prove())).is_err();
    let failed: Vec<String> = cases.iter().filter(fails).map(|case| case.change.to_string()).collect();
    assert!(failed.is_empty(), "these are not as they should be: {failed:#?}");
}
