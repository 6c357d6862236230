//! What hangs on a table that is rebuilt and has to go over to the new one.

use super::refers_to;
use crate::name::ObjectName;
use crate::planner::postgres::trigger::Follower;
use crate::planner::task::Task;
use crate::refusal::{Dependent, Refusal};
use crate::schema::{Constraint, Object, ObjectKind, Table};
use crate::sql::tokens::{mentions, names_exactly};
use crate::sql::{ident, idents, postgres_name};

/// What hangs on a table beside its own constraints and indexes.
pub(super) struct Parts<'a> {
    /// Triggers, policies, rules and statistics, in order.
    pub(super) own: Vec<&'a Object>,
    /// Views that read it, and those that read these, in order.
    pub(super) views: Vec<&'a Object>,
    /// Foreign keys that refer to it, each of the table that it is of.
    pub(super) references: Vec<(&'a Table, &'a Constraint)>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(task: &Task<'a>, table: &Table) -> Result<Self, Refusal> {
        let (mut own, mut views, mut in_the_way): (Vec<&'a Object>, Vec<&'a Object>, Vec<Dependent>) =
            Default::default();
        for object in task.schema.objects().iter().filter(|object| !object.name().is_reserved()) {
            let names_it = names_exactly(object.definition(), table.name().name());
            let names_view = views.iter().any(|view| names_exactly(object.definition(), view.name().name()));
            let is_on_it = object.table().is_some_and(|on| on == table.name());
            match object.kind() {
                ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule if is_on_it => own.push(object),
                ObjectKind::Statistics if names_it => own.push(object),
                ObjectKind::View if names_it || names_view => views.push(object),
                // A function whose body is parsed knows the table itself and not its name; so does a publication.
                ObjectKind::Function | ObjectKind::Procedure if !mentions(object.definition(), "atomic") => {}
                ObjectKind::Sequence | ObjectKind::Type => {}
                _ if names_it || names_view => {
                    in_the_way.push(Dependent::Object { kind: object.kind(), name: object.name().clone() });
                }
                _ => {}
            }
        }
        if !in_the_way.is_empty() {
            return Err(Refusal::InUse { name: table.name().to_string(), dependents: in_the_way });
        }
        let refers = |of: &'a Table| {
            let own = of.constraints().iter().filter(|own| refers_to(own, table.name()));
            own.map(move |constraint| (of, constraint))
        };
        let references = task.schema.tables().iter().flat_map(refers).collect();
        Ok(Self { own, views, references })
    }

    /// The statements that take views and the table's own parts away.
    pub(super) fn take(&self) -> Vec<String> {
        self.views.iter().rev().chain(self.own.iter().rev()).map(|object| object.drop_statement()).collect()
    }

    /// The statements that make them again, for the table that has the name.
    pub(super) fn give(&self) -> Vec<String> {
        let all = self.own.iter().chain(&self.views);
        all.flat_map(|object| std::iter::once(object.definition()).chain(object.attached().iter().map(String::as_str)))
            .map(str::to_owned)
            .collect()
    }
}

/// Triggers that write to one table what is written to another.
pub(super) struct Follows {
    rows: Follower,
    truncation: Follower,
}

impl Follows {
    pub(super) fn new(from: &ObjectName, to: &ObjectName, key: &[String], columns: &[&str], way: &str) -> Self {
        let own = postgres_name(to);
        let same: Vec<String> = key.iter().map(|key| format!("{0} = OLD.{0}", ident(key))).collect();
        let values: Vec<String> = columns.iter().map(|column| format!("NEW.{}", ident(column))).collect();
        let rows = format!(
            "IF TG_OP <> 'INSERT' THEN DELETE FROM {own} WHERE {}; END IF; \
             IF TG_OP <> 'DELETE' THEN INSERT INTO {own} ({}) VALUES ({}); END IF;",
            same.join(" AND "),
            idents(columns),
            values.join(", ")
        );
        let (of_rows, of_all) = (format!("{way}_rows"), format!("{way}_all"));
        Self {
            rows: Follower::new(from, (&of_rows, from.name()), "INSERT OR UPDATE OR DELETE", rows),
            truncation: Follower::new(from, (&of_all, from.name()), "TRUNCATE", format!("DELETE FROM {own};")),
        }
    }

    pub(super) fn create(&self) -> Vec<String> {
        [self.rows.create(), self.truncation.create()].concat()
    }

    pub(super) fn drop(&self) -> Vec<String> {
        [self.truncation.drop(), self.rows.drop()].concat()
    }
}
