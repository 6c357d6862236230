//! Another type for a column: in place where the stored values stay as they are, else by a second column that takes over.

use super::in_step::InStep;
use super::{last, plain_type};
use crate::name::{ColumnRef, RESERVED_PREFIX};
use crate::phase::{Phase, PhaseKind};
use crate::planner::postgres::add_constraint::{in_two, key_steps};
use crate::planner::postgres::dependents::refuse_dependents_for_type;
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::identity::sequence_of;
use crate::planner::postgres::impact::catalog;
use crate::planner::postgres::indexes::build;
use crate::planner::postgres::not_null;
use crate::planner::postgres::plain::One;
use crate::planner::postgres::statements::{
    beside, column_attached, comment_on_constraint, comment_on_index, constraint_definition, index_body,
    with_name_replaced,
};
use crate::planner::task::Task;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Index, Table};
use crate::sql::tokens::{Token, spanned};
use crate::sql::{Dialect, ident, postgres_name};
use crate::step::{LockMode, Probe, Step, Undo, Work};

pub(in crate::planner::postgres) fn change_type(
    task: &Task<'_>,
    table: &Table,
    column: &Column,
    data_type: &str,
    up: Option<&str>,
    down: Option<&str>,
) -> Result<Vec<Phase>, Refusal> {
    let is_same = column.data_type().eq_ignore_ascii_case(data_type);
    if is_same && up.is_none() {
        return Err(task.nothing_to_do());
    }
    if up.is_none()
        && let Some(phases) = in_place(task, table, column, data_type)
    {
        return Ok(phases);
    }
    refuse_dependents_for_type(task, table, column.name())?;
    if column.generation().is_some() || column.identity_kind().is_some() {
        return Err(Refusal::NotPossible {
            change: task.words.clone(),
            kind: task.server.kind(),
            reason: "the server gives it its values: drop the expression or the identity first".to_owned(),
        });
    }
    // Without a way back from what was asked for by name, what is written in the new form never reaches the old one.
    let is_two_way = up.is_none() || down.is_some();
    let takeover = Takeover { table, column, data_type, shadow: format!("{RESERVED_PREFIX}new_{}", column.name()) };
    let step = InStep {
        table,
        news: vec![(takeover.column_as(&takeover.shadow), up.map(str::to_owned))],
        olds: vec![(column.name().to_owned(), down.map(str::to_owned))],
        is_two_way,
        aliases: vec![(column.name().to_owned(), takeover.shadow.clone())],
    };
    let mut phases = vec![step.expand(), step.backfill(task, takeover.prepare()?)?];
    phases.extend(task.switches("works with the old and the new form of", ""));
    phases.extend(takeover.finish(&step));
    Ok(phases)
}

/// One step, if neither rows nor indexes are touched under its lock.
fn in_place(task: &Task<'_>, table: &Table, column: &Column, data_type: &str) -> Option<Vec<Phase>> {
    let alter = |to: &str| {
        let name = postgres_name(table.name());
        format!("ALTER TABLE {name} ALTER COLUMN {} TYPE {to}", ident(column.name()))
    };
    let mut before = catalog(task);
    // Free at UTC: the plan says so itself and does not count on the session.
    let mut forward = vec![alter(data_type)];
    let is_time = |text: &str| text.trim_start().to_lowercase().starts_with("timestamp");
    if is_time(column.data_type()) && is_time(data_type) {
        forward.insert(0, "SET LOCAL timezone TO 'UTC'".to_owned());
    }
    let there = before.apply(&forward.join(";\n"));
    let small = task.rows(table).is_some_and(|rows| rows <= task.policy.small_table);
    if !(there.rewritten().is_empty() && there.scanned().is_empty() || small)
        || there.locks().values().max() != Some(&LockMode::AccessExclusive)
    {
        return None;
    }
    // On the way back the server has to look at every value, as it would for any narrower type.
    let back = before.predict(&alter(column.data_type()));
    let is_reversible = small || back.rewritten().is_empty();
    let one = One {
        forward: forward.clone(),
        back: Some(forward[..forward.len() - 1].iter().cloned().chain([alter(column.data_type())]).collect()),
        instructions: if is_reversible {
            "Every version of every consumer works before and after."
        } else {
            "Every version of every consumer works before and after. Rolling back writes every row anew while others wait."
        },
        ..One::new("change-type", String::new(), String::new())
    };
    Some(vec![one.phase(task)])
}

/// A second column that takes the place of the first, with all that hangs on it.
struct Takeover<'a> {
    table: &'a Table,
    column: &'a Column,
    data_type: &'a str,
    /// The second column, until it takes the name.
    shadow: String,
}

/// An index or a constraint that the second column gets as well: its name, and how it is renamed.
struct Twin {
    name: String,
    is_index: bool,
    comment: Option<String>,
}

impl Takeover<'_> {
    fn column_as(&self, name: &str) -> Column {
        let bare = Column::new(name, plain_type(self.data_type));
        let is_text =
            ["text", "varchar", "char", "citext"].iter().any(|text| self.data_type.to_lowercase().contains(text));
        match self.column.collation_name().filter(|_| is_text) {
            Some(collation) => bare.collation(collation),
            None => bare,
        }
    }

    /// NOT NULL, indexes and constraints for the second column.
    fn prepare(&self) -> Result<Vec<Step>, Refusal> {
        let with_it = self.table.clone().with_column(self.column_as(&self.shadow));
        let mut steps = Vec::new();
        if self.column.is_not_null() {
            steps.extend(not_null::steps(&with_it, &self.shadow));
        }
        for index in self.indexes() {
            let twin = self.twin_of_index(index);
            steps.push(build(&with_it, &twin, twin.name().name()));
        }
        for constraint in self.constraints() {
            let name = Self::new_name(&constraint.name_on(self.table.name().name()));
            let twin = self.twin_of_constraint(constraint).named(name);
            steps.extend(match constraint {
                Constraint::Unique { .. } => key_steps(&with_it, &twin)?,
                _ => in_two(&with_it, &twin),
            });
        }
        Ok(steps)
    }

    fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.table.indexes().iter().filter(|index| index.involves(self.column.name()))
    }

    fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.table.constraints().iter().filter(|constraint| constraint.involves(self.column.name()))
    }

    fn new_name(name: &str) -> String {
        format!("{RESERVED_PREFIX}new_{name}")
    }

    fn twin_of_index(&self, index: &Index) -> Index {
        let body = with_name_replaced(&index_body(self.table, index), self.column.name(), &self.shadow);
        let unique = if index.is_unique() { "UNIQUE " } else { "" };
        let name = Self::new_name(index.name().name());
        let twin = Index::new(name, [self.shadow.as_str()]).defined_by(format!("CREATE {unique}INDEX i ON t {body}"));
        if index.is_unique() { twin.unique() } else { twin }
    }

    /// The same constraint over the second column. What stands after REFERENCES is about another table.
    fn twin_of_constraint(&self, constraint: &Constraint) -> Constraint {
        let whole = constraint_definition(constraint);
        let at = spanned(&whole, Dialect::Postgres)
            .find(|(token, _)| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("references")))
            .map_or(whole.len(), |(_, range)| range.start);
        let own = with_name_replaced(&whole[..at], self.column.name(), &self.shadow);
        constraint.clone().defined_by(format!("{own}{}", &whole[at..]))
    }

    fn twins(&self) -> Vec<Twin> {
        let indexes = self.indexes().map(|index| Twin {
            name: index.name().name().to_owned(),
            is_index: true,
            comment: comment_on_index(self.table, index),
        });
        let constraints = self.constraints().map(|constraint| Twin {
            name: constraint.name_on(self.table.name().name()),
            is_index: false,
            comment: comment_on_constraint(self.table, constraint),
        });
        indexes.chain(constraints).collect()
    }

    fn rename(&self, twin: &Twin, from: &str, to: &str) -> String {
        if twin.is_index {
            return format!("ALTER INDEX {} RENAME TO {}", postgres_name(&beside(self.table.name(), from)), ident(to));
        }
        format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", postgres_name(self.table.name()), ident(from), ident(to))
    }

    /// The second column takes the name, with all that has one, in one transaction; then the first one goes.
    fn finish(&self, step: &InStep<'_>) -> Vec<Phase> {
        let name = self.column.name();
        let old = format!("{RESERVED_PREFIX}old_{name}");
        let alter = format!("ALTER TABLE {}", postgres_name(self.table.name()));
        let rename = |from: &str, to: &str| format!("{alter} RENAME COLUMN {} TO {}", ident(from), ident(to));
        let mut forward = vec![rename(name, &old), rename(&self.shadow, name)];
        let mut back = Vec::new();
        if let Some(default) = self.column.default() {
            forward.push(format!(
                "{alter} ALTER COLUMN {} SET DEFAULT {}",
                ident(name),
                Self::default_for_new(default)
            ));
            back.push(format!("{alter} ALTER COLUMN {} DROP DEFAULT", ident(name)));
        }
        if let Some(sequence) = self.column.default().and_then(|_| sequence_of(self.column)) {
            let owned = |by: &str| {
                format!(
                    "ALTER SEQUENCE {} OWNED BY {}.{}",
                    ident(sequence),
                    postgres_name(self.table.name()),
                    ident(by)
                )
            };
            forward.push(owned(name));
            back.push(owned(&old));
        }
        for twin in self.twins() {
            let (new, gone) = (Self::new_name(&twin.name), format!("{RESERVED_PREFIX}old_{}", twin.name));
            forward.extend([self.rename(&twin, &twin.name, &gone), self.rename(&twin, &new, &twin.name)]);
            forward.extend(twin.comment.clone());
            back.extend([self.rename(&twin, &twin.name, &new), self.rename(&twin, &gone, &twin.name)]);
        }
        back.extend([rename(name, &self.shadow), rename(&old, name)]);
        forward.extend(column_attached(self.table.name(), self.column));
        let object = ColumnRef::new(self.table.name(), name);
        let gone = [old.clone(), step.marker()].map(|name| format!("DROP COLUMN {}", ident(&name)));
        let drop = format!("{alter} {}", gone.join(", "));
        let title = format!("the new form takes the name `{object}`");
        let is_swapped = Fact::column(self.table.name(), &self.shadow).not().probe();
        if !step.is_two_way {
            let statements = step.stop().into_iter().chain(forward).chain([drop]).collect();
            let swap = Step::new("swap", title.clone(), Work::Sql { statements }, is_swapped, Undo::Impossible);
            return vec![last(title, "What was in the column is gone for good.", swap)];
        }
        // From here on the new form is the one that is written; the old one follows until it goes.
        let after = InStep {
            table: step.table,
            news: vec![(self.column.clone(), None)],
            olds: vec![(old, step.olds.first().and_then(|(_, down)| down.clone()))],
            is_two_way: true,
            aliases: Vec::new(),
        };
        forward.push(step.running(after.down()).create_function());
        back.push(step.function().create_function());
        let swap = Step::new(
            "swap",
            title.clone(),
            Work::Sql { statements: forward },
            is_swapped,
            Undo::Sql { statements: back },
        );
        let swap = Phase::database(
            "swap",
            title,
            PhaseKind::Contract,
            "Whoever fails with the new form is helped at once by rolling this phase back: the old one follows until it goes.".to_owned(),
            vec![swap],
        );
        let statements = step.stop().into_iter().chain([drop]).collect();
        let title = format!("drop the old form of `{object}`");
        let drop = Step::new("drop-old", title.clone(), Work::Sql { statements }, Probe::Untold, Undo::Impossible);
        vec![swap, last(title, "What was in the old form, and cannot be made of the new one, is gone for good.", drop)]
    }

    /// A literal without the type that it was cast to, so that it becomes one of the new type.
    fn default_for_new(default: &str) -> String {
        let words: Vec<_> = spanned(default, Dialect::Postgres).collect();
        match words.as_slice() {
            [(Token::Text(_), range), (Token::Symbol(':'), _), (Token::Symbol(':'), _), ..] => {
                default[range.clone()].to_owned()
            }
            _ => default.to_owned(),
        }
    }
}
