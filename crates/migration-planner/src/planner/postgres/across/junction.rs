//! A reference that becomes rows of a table of its own, so that a row can refer to several.

use super::last;
use crate::name::ColumnRef;
use crate::phase::{Phase, PhaseKind};
use crate::planner::pairing::is_unique;
use crate::planner::postgres::dependents::refuse_dependents_of_column;
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::names::find_column;
use crate::planner::postgres::row_key::row_key;
use crate::planner::postgres::tables;
use crate::planner::postgres::trigger::Follower;
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Table};
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

pub(super) fn phases(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    into: &Table,
    own: &str,
    other: &str,
) -> Result<Vec<Phase>, Refusal> {
    refuse_dependents_of_column(task.schema, table, column.name())?;
    let refuse =
        |reason: String| Err(Refusal::NotPossible { change: task.words.clone(), kind: task.server.kind(), reason });
    let key = table.primary_key();
    let [key] = key.as_slice() else {
        return refuse(format!("`{}` has no primary key of one column", table.name()));
    };
    for name in [own, other] {
        find_column(into, name)?;
    }
    if !is_unique(task.server.kind(), into, &[own, other]) {
        return refuse(format!("`{}` is not unique by {own} and {other}", into.name()));
    }
    if column.is_not_null() {
        return refuse(format!(
            "`{}` has to be given, also by whoever writes the rows instead: let it be null first",
            ColumnRef::new(table.name(), column.name())
        ));
    }
    let junction = Junction { table, column, key, into, own, other };
    let mut expand: Vec<Step> = tables::create(task, into)?.iter().flat_map(|phase| phase.steps().to_vec()).collect();
    expand.push(junction.sync());
    let mut phases = vec![
        Phase::database(
            "expand",
            format!("`{}` beside `{}`", into.name(), junction.object()),
            PhaseKind::Expand,
            format!(
                "From here on both can be written. `{}` holds one of a row's references, and another one of them where that one goes.",
                junction.object()
            ),
            expand,
        ),
        Phase::database(
            "backfill",
            format!("make rows of `{}` of all references", into.name()),
            PhaseKind::Backfill,
            "Runs in short transactions and can be stopped and resumed at any time.".to_owned(),
            vec![junction.copy(task)?, junction.verify()],
        ),
    ];
    phases.extend(task.switches("moves away from", &format!(", but `{}` instead", into.name())));
    let mut statements = junction.stop();
    statements.push(format!("ALTER TABLE {} DROP COLUMN {}", postgres_name(table.name()), ident(column.name())));
    phases.push(last(format!("drop `{}`", junction.object()), statements));
    Ok(phases)
}

struct Junction<'a> {
    table: &'a Table,
    /// The reference.
    column: &'a Column,
    key: &'a str,
    into: &'a Table,
    /// The columns of `into` with the key of a row, and with what it refers to.
    own: &'a str,
    other: &'a str,
}

impl Junction<'_> {
    fn object(&self) -> ColumnRef {
        ColumnRef::new(self.table.name(), self.column.name())
    }

    fn followers(&self) -> [Follower; 2] {
        let (table, into) = (postgres_name(self.table.name()), postgres_name(self.into.name()));
        let [key, column] = [self.key, self.column.name()].map(ident);
        let [own, other] = [self.own, self.other].map(ident);
        // The new row first: as long as it is there, nothing is put in the place of what the column holds.
        let forth = format!(
            "IF TG_OP <> 'DELETE' AND NEW.{column} IS NOT NULL THEN INSERT INTO {into} ({own}, {other}) VALUES (NEW.{key}, NEW.{column}) \
             ON CONFLICT DO NOTHING; END IF; IF TG_OP = 'DELETE' THEN DELETE FROM {into} WHERE {own} = OLD.{key}; ELSIF TG_OP = 'UPDATE' AND \
             OLD.{column} IS DISTINCT FROM NEW.{column} THEN DELETE FROM {into} WHERE {own} = OLD.{key} AND {other} = OLD.{column}; END IF;"
        );
        let correct = |row: &str| {
            format!(
                "UPDATE {table} AS of_it SET {column} = (SELECT min(left_of.{other}) FROM {into} AS left_of WHERE left_of.{own} = of_it.{key}) \
                 WHERE of_it.{key} = {row}.{own} AND NOT EXISTS (SELECT FROM {into} AS there WHERE there.{own} = of_it.{key} AND \
                 there.{other} = of_it.{column}) AND (of_it.{column} IS NOT NULL OR EXISTS (SELECT FROM {into} AS there WHERE there.{own} = \
                 of_it.{key}));"
            )
        };
        let back = format!(
            "IF TG_OP <> 'DELETE' THEN {} END IF; IF TG_OP <> 'INSERT' THEN {} END IF;",
            correct("NEW"),
            correct("OLD")
        );
        let tables = format!("{}_{}", self.table.name().name(), self.into.name().name());
        [
            Follower::new(self.table.name(), ("forth", &tables), "INSERT OR UPDATE OR DELETE", forth),
            Follower::new(self.into.name(), ("back", &tables), "INSERT OR UPDATE OR DELETE", back),
        ]
    }

    fn sync(&self) -> Step {
        let followers = self.followers();
        Step::new(
            "sync",
            format!("keep `{}` and `{}` in step, whichever is written", self.object(), self.into.name()),
            Work::Sql { statements: followers.iter().flat_map(Follower::create).collect() },
            Fact::trigger(self.table.name(), &followers[0].name).probe(),
            Undo::Sql { statements: self.stop() },
        )
    }

    fn stop(&self) -> Vec<String> {
        self.followers().iter().flat_map(Follower::drop).collect()
    }

    fn copy(&self, task: &Task<'_>) -> Result<Step, Refusal> {
        Ok(Step::new(
            "copy",
            format!("make rows of `{}` of all references", self.into.name()),
            Work::Copy {
                table: self.table.name().clone(),
                key: row_key(self.table)?,
                into: self.into.name().clone(),
                columns: [self.own, self.other].map(ident).to_vec(),
                select: [self.key, self.column.name()].map(ident).to_vec(),
                needs: format!("{} IS NOT NULL", ident(self.column.name())),
                batch_rows: task.policy.batch_rows,
            },
            Probe::Untold,
            Undo::Nothing,
        ))
    }

    fn verify(&self) -> Step {
        let table = ident(self.table.name().name());
        let never = format!(
            "{table}.{0} IS NOT NULL AND NOT EXISTS (SELECT FROM {1} AS there WHERE there.{2} = {table}.{3} AND there.{4} = {table}.{0})",
            ident(self.column.name()),
            postgres_name(self.into.name()),
            ident(self.own),
            ident(self.key),
            ident(self.other)
        );
        let title = format!("check that every reference is a row of `{}`", self.into.name());
        Step::new(
            "verify",
            title,
            Work::Verify { table: self.table.name().clone(), never },
            Probe::Untold,
            Undo::Nothing,
        )
    }
}
