//! In which pieces a phase is undone.

use super::Phase;
use crate::step::{Step, Undo};

/// A piece of the way back of a phase, see [`Phase::way_back`].
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::create_index("users", Index::new("by_age", ["age"])))?;
/// use migration_planner::UndoPiece;
///
/// // The index goes concurrently, which the server refuses in a transaction.
/// let pieces = plan.phases()[0].way_back(|_| true);
/// assert!(matches!(pieces.as_slice(), [UndoPiece::Outside(step)] if step.id() == "build-by_age"));
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a statement is within a transaction or outside of one")]
pub enum UndoPiece<'a> {
    /// Steps that are undone in one transaction, in this order, with their entries in the journal.
    Together(Vec<&'a Step>),
    /// A step that is undone by what the server refuses in a transaction, see [`Undo::SqlOutside`].
    Outside(&'a Step),
}

impl Phase {
    /// The pieces in which the steps are undone that are done, in order.
    ///
    /// A phase is taken back at once. By the step, a runner that is killed would leave half a phase behind, such as a column
    /// without the triggers that keep it equal to another: what new versions write to it meanwhile is accepted, and lost with the
    /// column. So everything that may be in one transaction is in one, the last step first. Of what may not, the last steps come
    /// before it and the first ones after it, as they stand. What would come in between and can wait comes after it: indexes that go
    /// concurrently, most of which have gone by then, with what they are on, and the checks of constraints. Only what has to be
    /// between two others stays there, and is between two transactions: no planner of this crate makes such a phase.
    ///
    /// ```
    /// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
    /// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key());
    /// # let schema = Schema::new().with_table(users);
    /// use migration_planner::UndoPiece;
    ///
    /// let change = Change::add_column("users", Column::new("invited_by", "bigint"));
    /// let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&change)?;
    /// let pieces = plan.phases()[0].way_back(|_| true);
    /// assert!(matches!(pieces.as_slice(), [UndoPiece::Together(steps)] if steps[0].id() == "add-column"));
    /// # Ok::<(), migration_planner::Refusal>(())
    /// ```
    pub fn way_back(&self, is_done: impl Fn(&Step) -> bool) -> Vec<UndoPiece<'_>> {
        let mut pieces: Vec<UndoPiece<'_>> = Vec::new();
        let mut after = Vec::new();
        for step in self.inverse_steps().filter(|step| is_done(step)) {
            match (step.undo(), pieces.last_mut()) {
                (Undo::SqlOutside { statements }, Some(UndoPiece::Together(_)))
                    if statements.iter().all(|sql| can_wait(sql)) =>
                {
                    after.push(UndoPiece::Outside(step));
                }
                (Undo::SqlOutside { .. }, _) => {
                    pieces.append(&mut after);
                    pieces.push(UndoPiece::Outside(step));
                }
                (_, Some(UndoPiece::Together(steps))) => steps.push(step),
                _ => pieces.push(UndoPiece::Together(vec![step])),
            }
        }
        pieces.append(&mut after);
        pieces
    }
}

/// Whether a statement does the same after what would have come after it: it drops an index that may have gone already, or checks a
/// constraint that stays.
fn can_wait(sql: &str) -> bool {
    sql.starts_with("DROP INDEX CONCURRENTLY IF EXISTS ")
        || sql.starts_with("ALTER TABLE ") && sql.contains(" VALIDATE CONSTRAINT ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::PhaseKind;
    use crate::step::{Probe, Work};

    fn phase(undos: &[(&str, &str)]) -> Phase {
        let step = |(id, undo): &(&str, &str)| {
            let statements = vec![(*undo).to_owned()];
            let undo = match *undo {
                "" => Undo::Nothing,
                ALTER => Undo::Sql { statements },
                _ => Undo::SqlOutside { statements },
            };
            Step::new(id, String::new(), Work::Sql { statements: Vec::new() }, Probe::Untold, undo)
        };
        let steps = undos.iter().map(step).collect();
        Phase::database("p", String::new(), PhaseKind::Expand, String::new(), steps)
    }

    fn told(phase: &Phase, is_done: impl Fn(&Step) -> bool) -> Vec<String> {
        let piece = |piece| match piece {
            UndoPiece::Together(steps) => steps.iter().map(|step| step.id()).collect::<Vec<_>>().join("+"),
            UndoPiece::Outside(step) => format!("({})", step.id()),
        };
        phase.way_back(is_done).into_iter().map(piece).collect()
    }

    const ALTER: &str = "ALTER TABLE t DROP COLUMN a";
    const CHECK: &str = "ALTER TABLE t VALIDATE CONSTRAINT c";
    const DROP: &str = "DROP INDEX CONCURRENTLY IF EXISTS i";
    const BUILD: &str = "CREATE INDEX CONCURRENTLY i ON t (a)";

    #[test]
    fn what_may_be_in_a_transaction_is_in_one() {
        let phase = phase(&[("a", ALTER), ("b", ""), ("c", DROP), ("d", CHECK), ("e", ALTER), ("f", DROP)]);
        assert_eq!(told(&phase, |_| true), ["(f)", "e+b+a", "(d)", "(c)"]);
        assert_eq!(told(&phase, |step| step.id() < "e"), ["(d)", "(c)", "b+a"]);
        assert_eq!(told(&phase, |_| false), Vec::<String>::new());
    }

    #[test]
    fn what_has_to_be_between_two_others_stays_there() {
        let phase = phase(&[("a", ALTER), ("b", BUILD), ("c", DROP), ("d", ALTER)]);
        assert_eq!(told(&phase, |_| true), ["d", "(c)", "(b)", "a"]);
        assert_eq!(told(&phase, |step| step.id() != "a"), ["d", "(c)", "(b)"]);
    }
}
