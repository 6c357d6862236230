//! What is done where the database has changed under a plan.

/// What a runner does where a table of its plan is not as it left it.
///
/// ```
/// use migration_planner::run::OnDrift;
///
/// assert_eq!(OnDrift::default(), OnDrift::Refuse);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnDrift {
    /// It refuses, and says what differs.
    #[default]
    Refuse,
    /// It writes into the journal what differs, and goes on with the plan it has. Where a step of the plan makes a table anew by
    /// statements that were written for the table as it was, it refuses all the same: see
    /// [`RunError::WouldLose`](super::RunError::WouldLose).
    Accept,
    /// It undoes what it has done, makes a plan of the same change for the database as it is then, and begins that.
    Replan,
}
