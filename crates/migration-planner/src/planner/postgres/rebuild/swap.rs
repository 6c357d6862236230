//! The transaction in which the new table takes the place of the old one, and the one that takes that back.

use super::is_indexed;
use super::parts::{Follows, Parts};
use crate::name::ObjectName;
use crate::planner::postgres::add_constraint::validation;
use crate::planner::postgres::facts::Fact;
use crate::planner::postgres::identity::{hand_over, identity_sequence, sequence_of};
use crate::planner::postgres::names::own_name;
use crate::planner::postgres::statements::{add_constraint, beside, comment_on_constraint, drop_constraint};
use crate::schema::Table;
use crate::sql::{ident, postgres_name};
use crate::step::{Probe, Step, Undo, Work};

/// The tables that are swapped, and what goes with them.
pub(super) struct Swap<'a> {
    pub(super) table: &'a Table,
    /// The new table as it is made.
    pub(super) new: &'a Table,
    /// The new table as it is to be.
    pub(super) to: &'a Table,
    pub(super) parts: &'a Parts<'a>,
    /// What keeps the new one in step before, and the old one after.
    pub(super) forth: Follows,
    pub(super) back: Follows,
}

impl Swap<'_> {
    /// Lets the server know the values of the new table. Where the swap was undone, references to the old one are checked again.
    pub(super) fn rehearse(&self) -> Step {
        let valid = self.parts.references.iter().filter(|(_, reference)| reference.detail().is_validated());
        let back = valid.map(|(of, reference)| validation(of, &reference.name_on(of.name().name()))).collect();
        Step::new(
            "analyze",
            format!("look at the values of the new `{}`", self.table.name()),
            Work::Sql { statements: vec![format!("ANALYZE {}", postgres_name(self.new.name()))] },
            Probe::Untold,
            Undo::SqlOutside { statements: back },
        )
    }

    pub(super) fn step(&self) -> Step {
        let name = self.table.name();
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", postgres_name(name));
        let drops = || self.references().map(|(of, own)| drop_constraint(of, &own));
        let adds = || {
            self.parts.references.iter().flat_map(|(of, own)| {
                std::iter::once(add_constraint(of, &(*own).clone().not_valid())).chain(comment_on_constraint(of, own))
            })
        };
        let mut forward = vec![lock.clone()];
        forward.extend(self.forth.drop());
        forward.extend(self.parts.take());
        forward.extend(drops());
        forward.extend(self.renames(Way::Forth));
        forward.extend(self.numbers(Way::Forth));
        forward.extend(adds());
        forward.extend(self.security());
        forward.extend(self.parts.give());
        forward.extend(self.back.create());
        let mut back = vec![lock];
        back.extend(self.back.drop());
        back.extend(self.parts.take());
        back.extend(
            self.security().map(|statement| {
                statement.replace(" ENABLE ROW", " DISABLE ROW").replace(" FORCE ROW", " NO FORCE ROW")
            }),
        );
        back.extend(drops());
        back.extend(self.numbers(Way::Back));
        back.extend(self.renames(Way::Back));
        back.extend(adds());
        back.extend(self.parts.give());
        back.extend(self.forth.create());
        Step::new(
            "swap",
            format!("the new `{name}` takes the place of the old one"),
            Work::Sql { statements: forward },
            Fact::relation(&self.old()).probe(),
            Undo::Sql { statements: back },
        )
    }

    /// The old table goes.
    pub(super) fn end(&self) -> Vec<String> {
        self.back.drop().into_iter().chain([format!("DROP TABLE {}", postgres_name(&self.old()))]).collect()
    }

    fn old(&self) -> ObjectName {
        beside(self.table.name(), &old_name(self.table.name().name()))
    }

    fn references(&self) -> impl Iterator<Item = (&ObjectName, String)> {
        self.parts.references.iter().map(|(of, own)| (of.name(), own.name_on(of.name().name())))
    }

    /// The tables and their indexes change names.
    fn renames(&self, way: Way) -> Vec<String> {
        let own = self.table.name().name();
        let mut all = self.renames_of(self.table, self.table.name(), own, &old_name(own), old_name);
        all.extend(self.renames_of(self.to, self.new.name(), self.new.name().name(), own, str::to_owned));
        match way {
            Way::Forth => all.into_iter().map(|rename| rename.statement(false)).collect(),
            Way::Back => all.into_iter().rev().map(|rename| rename.statement(true)).collect(),
        }
    }

    /// The renames of one of the tables, whose keys and indexes are those of `of`: the names it has, and those it gets.
    fn renames_of(
        &self,
        of: &Table,
        table: &ObjectName,
        from: &str,
        to: &str,
        named: impl Fn(&str) -> String,
    ) -> Vec<Rename> {
        let own = of.name().name();
        let is_new = from != self.table.name().name();
        let before = |name: &str| if is_new { new_name(name) } else { name.to_owned() };
        let mut all = Vec::new();
        for constraint in of.constraints().iter().filter(|constraint| is_indexed(constraint)) {
            let name = constraint.name_on(own);
            all.push(Rename { of: Renamed::Constraint(table.clone()), from: before(&name), to: named(&name) });
        }
        for index in of.indexes() {
            let name = index.name().name();
            all.push(Rename { of: Renamed::Index(table.clone()), from: before(name), to: named(name) });
        }
        all.push(Rename { of: Renamed::Table(table.clone()), from: from.to_owned(), to: to.to_owned() });
        all
    }

    /// Sequences go over to the table that has the name.
    fn numbers(&self, way: Way) -> Vec<String> {
        let (name, old) = (self.table.name(), self.old());
        let (from, to) = match way {
            Way::Forth => (&old, name),
            Way::Back => (name, &old),
        };
        let mut statements = Vec::new();
        for column in self.to.columns() {
            if column.identity_kind().is_some() {
                let sequence = identity_sequence(name, column.name());
                statements.extend(hand_over((from, column.name()), (to, column.name()), &sequence, column));
            } else if let Some(sequence) = sequence_of(column) {
                statements.push(format!(
                    "ALTER SEQUENCE {} OWNED BY {}.{}",
                    ident(sequence),
                    postgres_name(to),
                    ident(column.name())
                ));
            }
        }
        statements
    }

    fn security(&self) -> impl Iterator<Item = String> {
        let alter = format!("ALTER TABLE {}", postgres_name(self.table.name()));
        let enable = self.to.has_row_security().then(|| format!("{alter} ENABLE ROW LEVEL SECURITY"));
        let force = self.to.forces_row_security().then(|| format!("{alter} FORCE ROW LEVEL SECURITY"));
        enable.into_iter().chain(force)
    }
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Forth,
    Back,
}

/// What gets another name, with its table as it is called before.
enum Renamed {
    Table(ObjectName),
    Index(ObjectName),
    Constraint(ObjectName),
}

struct Rename {
    of: Renamed,
    from: String,
    to: String,
}

impl Rename {
    fn statement(&self, back: bool) -> String {
        let (from, to) = if back { (&self.to, &self.from) } else { (&self.from, &self.to) };
        match &self.of {
            Renamed::Table(table) => {
                format!("ALTER TABLE {} RENAME TO {}", postgres_name(&beside(table, from)), ident(to))
            }
            Renamed::Index(table) => {
                format!("ALTER INDEX {} RENAME TO {}", postgres_name(&beside(table, from)), ident(to))
            }
            Renamed::Constraint(table) => {
                format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", postgres_name(table), ident(from), ident(to))
            }
        }
    }
}

fn new_name(name: &str) -> String {
    own_name("new", name)
}

fn old_name(name: &str) -> String {
    own_name("old", name)
}
