//! One row of the catalogue, carried out and undone by the runner.

use std::time::Duration;

use migration_planner::{Change, Plan, Planner, Policy, Schema, Server};
use migration_planner_postgres::{Advance, CatalogSnapshot, Event, Runner, introspect};

use crate::support::{Db, answered_for, quick};

/// A change, what it is tried on, and what has to come of it.
pub(crate) struct Case {
    schema: Schema,
    data: &'static str,
    change: Change,
    outcome: Outcome,
}

/// How thoroughly a case is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Short,
    #[allow(dead_code, reason = "an exam asks")]
    Long,
}

pub(crate) enum Outcome {
    /// The catalog is what these statements would have made of it in one go.
    Like(&'static str),
    /// There is no plan.
    Refused(#[allow(dead_code, reason = "the planner's own test looks at it")] &'static str),
}

impl Case {
    pub(crate) fn new(_rows: &'static [u8], schema: Schema, change: Change, outcome: Outcome) -> Self {
        Self { schema, data: "", change, outcome }
    }

    pub(crate) fn with(mut self, data: &'static str) -> Self {
        self.data = data;
        self
    }

    /// Whether there is a plan for it.
    #[allow(dead_code, reason = "an exam asks")]
    pub(crate) fn is_planned(&self) -> bool {
        matches!(self.outcome, Outcome::Like(_))
    }

    /// Forward to the point of no return, back to the start phase by phase, and forward to the end; in the long form also back at
    /// once. At every boundary of phases on the way back, the catalog is what it was on the way there.
    fn prove(&self, form: Form) {
        let change = &self.change;
        let Outcome::Like(sql) = self.outcome else { return };
        let Some(db) = Db::new("") else { return };
        self.schema.to_postgres().iter().for_each(|statement| db.run(statement));
        db.run(self.data);
        let naive = db.copy();
        naive.run(sql);
        let plan = self.plan(&db);
        let mut runner = Runner::open_with(&db.url(), quick()).unwrap();
        runner.begin(&plan).unwrap();
        let reversible = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).count();

        let seen = self.forward(&mut runner, &plan, reversible, &db);
        for (index, phase) in plan.phases().iter().enumerate().take(reversible).rev() {
            let undone = runner.roll_back_phase().unwrap();
            assert_eq!(undone.as_deref(), Some(phase.id()), "{change}");
            Self::same(change, &format!("after undoing {}", phase.id()), &seen[index], &db);
        }
        assert_eq!(runner.roll_back_phase().unwrap(), None, "{change}: nothing is left to undo");
        if form == Form::Long {
            self.forward(&mut runner, &plan, reversible, &db);
            runner.roll_back().unwrap();
            Self::same(change, "after rolling back", &seen[0], &db);
            runner.begin(&plan).unwrap();
        }
        self.forward(&mut runner, &plan, plan.phases().len(), &db);
        assert_eq!(runner.journal().unwrap().last().unwrap().event, Event::Finished, "{change}");
        Self::same(change, "in the end", &naive.catalog(), &db);
    }

    /// The plan for what is in the database, as if it were large enough for it to matter.
    fn plan(&self, db: &Db) -> Plan {
        let found = introspect(&db.url()).unwrap();
        let mut server = Server::postgres(15, 0);
        for table in found.schema.tables() {
            server = server.with_rows(table.name(), 5_000_000);
        }
        let policy = Policy::default().batch_rows(7).observation(Duration::ZERO);
        let planned = Planner::new(&found.schema, server).policy(policy).plan(&self.change);
        planned.unwrap_or_else(|refusal| panic!("{}: refused: {refusal}", self.change))
    }

    /// Leaves this many phases, somebody answering for everybody; gives the catalog before each of them and after the last.
    fn forward(&self, runner: &mut Runner, plan: &Plan, phases: usize, db: &Db) -> Vec<CatalogSnapshot> {
        let mut seen = vec![db.catalog()];
        for phase in plan.phases().iter().take(phases) {
            answered_for(runner, plan);
            match runner.advance().unwrap_or_else(|error| panic!("{}: {}: {error:?}", self.change, phase.id())) {
                Advance::PhaseDone { .. } | Advance::Finished => seen.push(db.catalog()),
                held => panic!("{}: {}: {held:?}", self.change, phase.id()),
            }
        }
        seen
    }

    fn same(change: &Change, when: &str, expected: &CatalogSnapshot, db: &Db) {
        let differences = expected.differences(&db.catalog());
        assert!(differences.is_empty(), "{change}: {when}:\n{}", differences.join("\n"));
    }
}

/// Proves all cases, so that one run tells of every one that fails.
pub(crate) fn prove_all(cases: &[Case]) {
    let failed = failing(cases, Form::Short);
    assert!(failed.is_empty(), "these are not as they should be: {failed:#?}");
}

/// The changes that are not as they should be.
pub(crate) fn failing(cases: &[Case], form: Form) -> Vec<String> {
    let fails = |case: &&Case| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.prove(form))).is_err();
    cases.iter().filter(fails).map(|case| case.change.to_string()).collect()
}
