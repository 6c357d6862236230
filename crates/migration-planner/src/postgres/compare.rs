//! What two catalogs say differently.

use std::collections::BTreeMap;

use super::catalog::PostgresCatalog;
use super::relation::{Constraint, ConstraintKind, Relation, Table};

impl PostgresCatalog {
    /// What this catalog and `other` say differently of relations, their columns and constraints: `- ` before what this one says,
    /// `+ ` before what the other does. Expressions are not compared, since a server writes them in its own way.
    ///
    /// ```
    /// use migration_planner::PostgresCatalog;
    ///
    /// let mut one = PostgresCatalog::new();
    /// one.apply("CREATE TABLE users (id int PRIMARY KEY)");
    /// let mut other = one.clone();
    /// other.apply("ALTER TABLE users ADD COLUMN name text");
    /// assert_eq!(one.differences(&other), ["+ column users.name: text"]);
    /// ```
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (mine, theirs) = (self.facts(), other.facts());
        let only = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>, sign: char| {
            let differing = these.iter().filter(|(name, fact)| those.get(*name) != Some(fact));
            differing.map(|(name, fact)| (name.clone(), format!("{sign} {name}: {fact}"))).collect::<Vec<_>>()
        };
        let mut all = [only(&mine, &theirs, '-'), only(&theirs, &mine, '+')].concat();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.into_iter().map(|(_, line)| line).collect()
    }

    /// What is known, by the name of what it is about.
    fn facts(&self) -> BTreeMap<String, String> {
        let mut facts = BTreeMap::new();
        for (name, relation) in self.relations.iter() {
            match relation {
                Relation::Table(table) => {
                    facts.insert(format!("table {name}"), words(table));
                    add_parts(&mut facts, name, table);
                }
                Relation::Index(index) => {
                    let on = format!("on {} ({})", index.table, index.columns.join(", "));
                    facts.insert(format!("index {name}"), on);
                }
                Relation::View { materialized, .. } => {
                    facts.insert(
                        format!("view {name}"),
                        if *materialized { "materialized" } else { "plain" }.to_owned(),
                    );
                }
                Relation::Sequence { owner } => {
                    let of = owner.as_ref().map_or("nothing".to_owned(), |(table, column)| format!("{table}.{column}"));
                    facts.insert(format!("sequence {name}"), format!("of {of}"));
                }
            }
        }
        facts
    }
}

fn words(table: &Table) -> String {
    let mut words = vec![if table.partitioned { "partitioned" } else { "plain" }.to_owned()];
    words.extend(table.unlogged.then(|| "unlogged".to_owned()));
    words.extend(table.partition_of.as_ref().map(|of| format!("partition of {}", of.parent)));
    words.extend(table.inherits.iter().map(|parent| format!("inherits {parent}")));
    words.join(", ")
}

fn add_parts(facts: &mut BTreeMap<String, String>, name: &str, table: &Table) {
    for column in &table.columns {
        let not_null = if column.not_null { ", not null" } else { "" };
        let default = if column.has_default { ", default" } else { "" };
        facts.insert(format!("column {name}.{}", column.name), format!("{}{not_null}{default}", column.data_type));
    }
    for constraint in &table.constraints {
        facts.insert(format!("constraint {name}.{}", constraint.name), of_constraint(constraint));
    }
}

fn of_constraint(constraint: &Constraint) -> String {
    let kind = match &constraint.kind {
        ConstraintKind::Check { .. } => "check".to_owned(),
        ConstraintKind::Keyed { columns, primary: true } => format!("primary key ({})", columns.join(", ")),
        ConstraintKind::Keyed { columns, .. } => format!("unique ({})", columns.join(", ")),
        ConstraintKind::Foreign { columns, references, .. } => {
            format!("({}) references {references}", columns.join(", "))
        }
    };
    if constraint.validated { kind } else { format!("{kind}, not valid") }
}
