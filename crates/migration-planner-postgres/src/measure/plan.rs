//! A whole plan, measured step by step.

use std::fmt;
use std::time::{Duration, Instant};

use migration_planner::{Plan, Step, TransactionMode, Work};

use super::{Measure, Measurement};
use crate::error::DatabaseError;
use crate::introspect;
use crate::name::qualified;

impl Measure {
    /// Measures every step of `plan`, in order, beside what is predicted of it. The steps are kept, as if
    /// [`keeping_changes`](Self::keeping_changes) had been said: give it a copy of the database that the plan was made for.
    ///
    /// Batches are measured as one statement over all rows; a runner takes the same locks for the time of a batch.
    ///
    /// # Errors
    /// [`DatabaseError`] if the server refuses a statement. What was measured until then is kept in the copy.
    pub fn plan(&self, plan: &Plan) -> Result<PlanMeasurement, DatabaseError> {
        let keeping = Self { address: self.address.clone(), keeps: true };
        let mut catalog = introspect::read(&mut self.address.connect()?)?.catalog();
        let mut steps = Vec::new();
        for phase in plan.phases() {
            for step in phase.steps() {
                let began = Instant::now();
                let mut measured = Vec::new();
                for sql in scripts(step) {
                    measured.push(keeping.statement(&catalog, &sql)?);
                    catalog.apply(&sql);
                }
                let (phase, step, title) = (phase.id().to_owned(), step.id().to_owned(), step.title().to_owned());
                steps.push(StepMeasurement { phase, step, title, measured, took: began.elapsed() });
            }
        }
        Ok(PlanMeasurement { steps })
    }
}

/// What is run in one transaction each.
fn scripts(step: &Step) -> Vec<String> {
    match step.work() {
        Work::Sql { statements, .. } if step.transaction() == TransactionMode::Outside => statements.clone(),
        Work::Sql { statements, .. } | Work::WatchWrites { statements, .. } => vec![statements.join(";\n")],
        Work::Backfill { table, set, needs, .. } => {
            vec![format!("UPDATE {} SET {set} WHERE {needs}", qualified(table))]
        }
        Work::Copy { table, into, columns, select, needs, .. } => {
            let (into, columns, select) = (qualified(into), columns.join(", "), select.join(", "));
            vec![format!("INSERT INTO {into} ({columns}) SELECT {select} FROM {} WHERE {needs}", qualified(table))]
        }
        Work::Delete { table, when, .. } => vec![format!("DELETE FROM {} WHERE {when}", qualified(table))],
        Work::Verify { table, never, .. } => vec![format!("SELECT count(*) FROM {} WHERE {never}", qualified(table))],
        _ => Vec::new(),
    }
}

/// What the steps of a plan did, beside what was predicted.
///
/// ```no_run
/// use migration_planner::Plan;
/// use migration_planner_postgres::Measure;
///
/// let plan = Plan::from_json(&std::fs::read_to_string("plan.json")?)?;
/// let found = Measure::on("postgresql://localhost/copy_of_app")?.plan(&plan)?;
/// assert!(found.agrees(), "{found}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanMeasurement {
    /// The steps, in order.
    pub steps: Vec<StepMeasurement>,
}

impl PlanMeasurement {
    /// Whether every step did what was predicted, and nothing else.
    pub fn agrees(&self) -> bool {
        self.steps.iter().flat_map(|step| &step.measured).all(Measurement::agrees)
    }
}

/// What a step of a plan did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepMeasurement {
    /// The phase it is in.
    pub phase: String,
    /// Its id.
    pub step: String,
    /// What it does.
    pub title: String,
    /// What was run, each in a transaction or by itself.
    pub measured: Vec<Measurement>,
    /// How long it took, with the looks at the server's locks.
    pub took: Duration,
}

impl fmt::Display for PlanMeasurement {
    /// A step after the other, each with a line per relation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{}/{}: {} ({} ms)", step.phase, step.step, step.title, step.took.as_millis())?;
            for measured in &step.measured {
                measured.to_string().lines().try_for_each(|line| writeln!(f, "  {line}"))?;
            }
        }
        let disagree = self.steps.iter().flat_map(|step| &step.measured).filter(|measured| !measured.agrees()).count();
        match disagree {
            0 => writeln!(f, "every step did what was predicted"),
            some => writeln!(f, "{some} did something else than was predicted: see the lines with `!`"),
        }
    }
}
