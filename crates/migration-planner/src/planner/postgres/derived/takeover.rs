//! A second column that takes the place of the first, with everything that hangs on it.

use super::in_step::InStep;
use super::plain_type;
use crate::diff::reversed;
use crate::planner::postgres::add_constraint::{in_two, key_steps};
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::identity::{hand_over, identity_sequence, sequence_of};
use crate::planner::postgres::indexes::build;
use crate::planner::postgres::names::own_name;
use crate::planner::postgres::not_null;
use crate::planner::postgres::statements::{
    beside, column_attached, column_detached, comment_on_constraint, comment_on_index, constraint_definition,
    index_body, with_name_replaced,
};
use crate::planner::task::Task;
use crate::postgres::same_type;
use crate::refusal::Refusal;
use crate::schema::{Column, Constraint, Index, ObjectKind, Table};
use crate::sql::tokens::{Token, mentions, spanned};
use crate::sql::{Dialect, ident, postgres_name};
use crate::step::Step;

/// A second column that takes the place of the first, with all that hangs on it.
pub(super) struct Takeover<'a> {
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
    pub(super) data_type: String,
    /// The second column, until it takes the name.
    pub(super) shadow: String,
    /// The expressions that make a new value of an old one, and back.
    up: Option<String>,
    down: Option<String>,
    /// Names of constraints that others see to.
    apart: Vec<String>,
}

/// An index or a constraint that the second column gets as well: its name, and how it is renamed.
struct Twin {
    name: String,
    is_index: bool,
    comment: Option<String>,
}

impl<'a> Takeover<'a> {
    pub(super) fn new(
        table: &'a Table,
        column: &'a Column,
        data_type: &str,
        up: Option<String>,
        down: Option<String>,
    ) -> Self {
        let shadow = Self::new_name(column.name());
        Self { table, column, data_type: data_type.to_owned(), shadow, up, down, apart: Vec::new() }
    }

    /// The same for another column: the same type, by the same expressions where they are the server's own.
    pub(super) fn of<'b>(&self, table: &'b Table, column: &'b Column) -> Takeover<'b> {
        let is_it = table.name() == self.table.name() && column.name() == self.column.name();
        let over = |expression: &Option<String>| {
            expression
                .as_ref()
                .map(|sql| if is_it { sql.clone() } else { with_name_replaced(sql, self.column.name(), column.name()) })
        };
        Takeover::new(table, column, &self.data_type, over(&self.up), over(&self.down))
    }

    /// Leaves these constraints to others.
    pub(super) fn without(mut self, constraints: Vec<String>) -> Self {
        self.apart = constraints;
        self
    }

    /// Both columns of a row kept in step.
    pub(super) fn in_step(&self, is_two_way: bool) -> InStep<'a> {
        InStep {
            table: self.table,
            news: vec![(self.column_as(&self.shadow), self.up.clone())],
            olds: vec![(self.column.name().to_owned(), self.down.clone())],
            is_two_way,
            aliases: vec![(self.column.name().to_owned(), self.shadow.clone())],
        }
    }

    /// The table with the second column.
    pub(super) fn table_with_it(&self) -> Table {
        self.table.clone().with_column(self.column_as(&self.shadow))
    }

    fn column_as(&self, name: &str) -> Column {
        let bare = Column::new(name, plain_type(&self.data_type));
        let is_text =
            ["text", "varchar", "char", "citext"].iter().any(|text| self.data_type.to_lowercase().contains(text));
        let says_so = self.data_type.to_lowercase().contains(" collate ");
        match self.column.collation_name().filter(|_| is_text && !says_so) {
            Some(collation) => bare.collation(collation),
            None => bare,
        }
    }

    /// NOT NULL, indexes and constraints for the second column.
    pub(super) fn prepare(&self) -> Result<Vec<Step>, Refusal> {
        let with_it = self.table_with_it();
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
        let is_left = |constraint: &Constraint| self.apart.contains(&constraint.name_on(self.table.name().name()));
        let own = self.table.constraints().iter().filter(|constraint| constraint.involves(self.column.name()));
        own.filter(move |constraint| !is_left(constraint))
    }

    pub(super) fn new_name(name: &str) -> String {
        own_name("new", name)
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

    /// The name that the first column has once the second one has taken its own.
    pub(super) fn old_name(&self) -> String {
        own_name("old", self.column.name())
    }

    /// The statements with which the second column takes the name, with all that has one, and those that give it back.
    pub(super) fn swap(&self, task: &Task<'_>) -> (Vec<String>, Vec<String>) {
        let (name, old) = (self.column.name(), self.old_name());
        let alter = format!("ALTER TABLE {}", postgres_name(self.table.name()));
        let rename = |from: &str, to: &str| format!("{alter} RENAME COLUMN {} TO {}", ident(from), ident(to));
        let mut forward = vec![rename(name, &old), rename(&self.shadow, name)];
        let mut back = Vec::new();
        if let Some(default) = self.column.default() {
            let new = uncast(default);
            let set = |column: &str, what: &str| format!("{alter} ALTER COLUMN {} {what}", ident(column));
            forward.extend([set(name, &format!("SET DEFAULT {new}")), set(&old, "DROP DEFAULT")]);
            back.extend([set(name, "DROP DEFAULT"), set(&old, &format!("SET DEFAULT {default}"))]);
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
            if let Some((narrow, wide)) = self.sequence_types(task, sequence) {
                let typed = |to: &str| format!("ALTER SEQUENCE {} AS {to}", ident(sequence));
                forward.push(typed(wide));
                back.push(typed(narrow));
            }
        }
        if self.column.identity_kind().is_some() {
            let (table, sequence) = (self.table.name(), identity_sequence(self.table.name(), name));
            forward.extend(hand_over((table, &old), (table, name), &sequence, self.column));
            back.extend(hand_over((table, name), (table, &old), &sequence, self.column));
        }
        for twin in self.twins() {
            let (new, gone) = (Self::new_name(&twin.name), own_name("old", &twin.name));
            forward.extend([self.rename(&twin, &twin.name, &gone), self.rename(&twin, &new, &twin.name)]);
            forward.extend(twin.comment.clone());
            back.extend(twin.comment.as_deref().and_then(reversed));
            back.extend([self.rename(&twin, &twin.name, &new), self.rename(&twin, &gone, &twin.name)]);
        }
        forward.extend(column_attached(self.table.name(), self.column));
        back.extend(column_detached(self.table.name(), self.column, &self.data_type));
        back.extend([rename(name, &self.shadow), rename(&old, name)]);
        (forward, back)
    }

    /// The type of a sequence before and after, where it has to give larger numbers than it does.
    fn sequence_types(&self, task: &Task<'_>, sequence: &str) -> Option<(&'static str, &'static str)> {
        let known = task.schema.objects_named(ObjectKind::Sequence, &beside(self.table.name(), sequence)).next()?;
        let narrow = ["smallint", "integer"].into_iter().find(|narrow| mentions(known.definition(), narrow))?;
        let wide = ["integer", "bigint"].into_iter().find(|wide| same_type(wide, &self.data_type))?;
        (narrow != wide && self.column.data_type() != self.data_type).then_some((narrow, wide))
    }

    /// From the swap on the new form is the one that is written; the old one follows until it goes.
    fn follower(&self) -> InStep<'a> {
        InStep {
            table: self.table,
            news: vec![(self.column.clone(), None)],
            olds: vec![(self.old_name(), self.down.clone())],
            is_two_way: true,
            aliases: Vec::new(),
        }
    }

    /// The function of the trigger for the time after the swap, and for the time before.
    pub(super) fn functions(&self, step: &InStep<'_>) -> (String, String) {
        (step.running(self.follower().down()).create_function(), step.function().create_function())
    }

    /// The statements that end it: the first column goes.
    pub(super) fn end(&self, step: &InStep<'_>) -> Vec<String> {
        let gone = [self.old_name(), step.marker()].map(|name| format!("DROP COLUMN {}", ident(&name)));
        let drop = format!("ALTER TABLE {} {}", postgres_name(self.table.name()), gone.join(", "));
        step.stop().into_iter().chain([drop]).collect()
    }

    /// Whether the second column has its own name no longer.
    pub(super) fn is_swapped(&self) -> Fact {
        Fact::column(self.table.name(), &self.shadow).not()
    }
}

/// A literal without the type that it was cast to, so that it becomes one of the new type.
pub(super) fn uncast(default: &str) -> String {
    let words: Vec<_> = spanned(default, Dialect::Postgres).collect();
    match words.as_slice() {
        [(Token::Text(_), range), (Token::Symbol(':'), _), (Token::Symbol(':'), _), ..] => {
            default[range.clone()].to_owned()
        }
        _ => default.to_owned(),
    }
}
