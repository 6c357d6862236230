//! One row of the catalogue, carried out and undone.

use migration_planner::{Change, Plan, Planner, Schema, Server};

use super::database::Target;

/// A change, what it is tried on, and what has to come of it.
pub(crate) struct Case {
    /// The rows of the catalogue that it proves.
    pub(crate) rows: &'static [u8],
    pub(crate) schema: Schema,
    /// What puts rows into the tables.
    pub(crate) data: &'static str,
    pub(crate) change: Change,
    pub(crate) outcome: Outcome,
    /// A place that has to be there besides.
    tablespace: Option<&'static str>,
}

pub(crate) enum Outcome {
    /// The catalog is what these statements would have made of it in one go.
    Like(&'static str),
    /// The catalog is that of a database in which the rebuilt table was made so from the start.
    LikeAnew,
    /// There is no plan, and the reason says this.
    Refused(&'static str),
}

impl Case {
    pub(crate) fn new(rows: &'static [u8], schema: Schema, change: Change, outcome: Outcome) -> Self {
        Self { rows, schema, data: "", change, outcome, tablespace: None }
    }

    pub(crate) fn with(mut self, data: &'static str) -> Self {
        self.data = data;
        self
    }

    pub(crate) fn in_tablespace(mut self, name: &'static str) -> Self {
        self.tablespace = Some(name);
        self
    }

    /// Makes what has to be there besides the schema.
    pub(crate) fn make_place(&self) {
        if let Some(name) = self.tablespace {
            Target::make_tablespace(name);
        }
    }

    /// The plan for a table that is large enough for it to matter.
    pub(crate) fn plan(&self) -> Result<Plan, String> {
        let mut server = Server::postgres(15, 18);
        for table in self.schema.tables() {
            server = server.with_rows(table.name(), 5_000_000);
        }
        Planner::new(&self.schema, server).plan(&self.change).map_err(|refusal| refusal.to_string())
    }

    /// Goes forward to the point of no return, back to the start and forward to the end.
    ///
    /// At every boundary of phases the catalog on the way back is what it was on the way there, and at the end it is what the
    /// change asked for.
    pub(crate) fn prove(&self) {
        let change = &self.change;
        let wanted = match (&self.outcome, self.plan()) {
            (Outcome::Refused(reason), Err(said)) => {
                assert!(said.contains(reason), "{change}: refused, but with {said}");
                return;
            }
            (Outcome::Refused(reason), Ok(_)) => panic!("{change}: planned instead of refused with {reason}"),
            (_, Err(said)) => panic!("{change}: refused: {said}"),
            (_, Ok(plan)) => plan,
        };
        let plan = wanted;
        self.make_place();
        let Some(target) = Target::new(&self.schema, self.data) else { return };
        let naive = match (&self.outcome, change) {
            (Outcome::LikeAnew, Change::RebuildTable { to, .. }) => {
                // Over the one there is, in the place that it has in the order.
                let tables = self.schema.tables().iter().filter(|table| table.name() != to.name());
                let anew = tables
                    .fold(self.schema.clone().without_table(to.name()).with_table((**to).clone()), |schema, table| {
                        schema.with_table(table.clone())
                    });
                let Some(naive) = Target::new(&anew, self.data) else { return };
                naive
            }
            (Outcome::Like(sql), _) if !sql.is_empty() => {
                let naive = target.copy();
                naive.run(&[sql], false).unwrap();
                naive
            }
            _ => target.copy(),
        };
        let reversible: Vec<_> = plan.phases().iter().take_while(|phase| !phase.is_point_of_no_return()).collect();
        let mut seen = vec![target.catalog()];
        for phase in &reversible {
            target.forward(phase);
            if phase.steps().is_empty() {
                seen.push(seen.last().unwrap().clone());
            } else {
                seen.push(target.catalog());
            }
        }
        for (i, phase) in reversible.iter().enumerate().rev() {
            target.back(phase);
            if !phase.steps().is_empty() {
                let difference = difference(&seen[i], &target.catalog());
                assert!(difference.is_empty(), "{change}: after undoing {}:\n{difference}", phase.id());
            }
        }
        plan.phases().iter().for_each(|phase| target.forward(phase));
        let difference = difference(&naive.catalog(), &target.catalog());
        assert!(difference.is_empty(), "{change}: in the end:\n{difference}");
    }
}

/// Proves all cases, so that one run tells of every one that fails.
pub(crate) fn prove_all(cases: &[Case]) {
    let fails = |case: &&Case| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.prove())).is_err();
    let failed: Vec<String> = cases.iter().filter(fails).map(|case| case.change.to_string()).collect();
    assert!(failed.is_empty(), "these are not as they should be: {failed:#?}");
}

/// Lines that are only in one of two texts.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    if expected == found {
        return String::new();
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let missing = a.iter().filter(|line| !b.contains(line)).map(|line| format!("- {line}"));
    let surplus = b.iter().filter(|line| !a.contains(line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = missing.chain(surplus).collect();
    if lines.is_empty() { "the same lines in another order".to_owned() } else { lines.join("\n") }
}
