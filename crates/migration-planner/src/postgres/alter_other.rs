//! `ALTER`, of anything.

use super::alter_table::alter_table;
use super::catalog::{PostgresCatalog, beside};
use super::create::lock_after;
use super::cursor::Cursor;
use super::effect::Effect;
use super::relation::Relation;
use crate::step::LockMode;

pub(super) fn alter(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    if cursor.eat("table") {
        effect.then(alter_table(catalog, cursor));
    } else if cursor.eat("index") {
        cursor.eat("if exists");
        let Some(index) = cursor.name() else { return };
        let heavy = cursor.eat("set tablespace");
        effect.lock(&index, if heavy { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive });
        if heavy && !cursor.sees("pg_default") {
            effect.rewrite(&index);
        } else if cursor.eat("rename to")
            && let Some(to) = cursor.identifier()
        {
            catalog.rename(&index, &beside(&index, &to));
        } else if cursor.eat("attach partition")
            && let Some(part) = cursor.name()
        {
            effect.lock(&part, LockMode::AccessExclusive);
            if let Some(Relation::Index(part)) = catalog.relations.get_mut(&part) {
                part.parent = Some(index);
            }
        }
    } else if cursor.sees("view") || cursor.sees("materialized view") {
        cursor.eat("materialized");
        cursor.eat("view");
        cursor.eat("if exists");
        let Some(view) = cursor.name() else { return };
        effect.lock(&view, LockMode::AccessExclusive);
        if cursor.eat("rename to")
            && let Some(to) = cursor.identifier()
        {
            catalog.rename(&view, &beside(&view, &to));
        }
    } else if cursor.eat("sequence") {
        cursor.eat("if exists");
        if let Some(sequence) = cursor.name() {
            let heavy = cursor.sees("rename") || cursor.sees("set schema") || cursor.sees("owner");
            if cursor.clone().skip_past("owned by") {
                let mut owner = cursor.clone();
                owner.skip_past("owned by");
                // `NONE` has no dot.
                let of = owner.name().and_then(|name| {
                    name.rsplit_once('.').map(|(table, column)| (table.to_owned(), column.to_owned()))
                });
                if let Some((table, _)) = &of {
                    effect.lock(table, LockMode::AccessShare);
                }
                if let Some(Relation::Sequence { owner }) = catalog.relations.get_mut(&sequence) {
                    *owner = of;
                }
            } else if !heavy {
                effect.rewrite(&sequence);
            }
            effect.lock(&sequence, if heavy { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive });
            if cursor.eat("rename to")
                && let Some(to) = cursor.identifier()
            {
                catalog.rename(&sequence, &beside(&sequence, &to));
            }
        }
    } else if cursor.eat("publication") {
        alter_publication(catalog, cursor, effect);
    } else if cursor.eat("trigger") || cursor.eat("policy") || cursor.eat("rule") {
        lock_after(&mut cursor, "on", LockMode::AccessExclusive, effect);
    } else if cursor.eat("domain") {
        alter_domain(catalog, cursor, effect);
    }
}

fn alter_publication(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let Some(publication) = cursor.name() else { return };
    let sets = cursor.sees("set table");
    if !sets && !cursor.sees("add table") && !cursor.sees("drop table") {
        return;
    }
    let drops = cursor.sees("drop");
    cursor.skip_past("table");
    let tables = cursor.names();
    let known = catalog.publications.entry(publication).or_default();
    // Setting the list also takes tables out.
    let concerned = tables.iter().chain(known.iter().filter(|_| sets));
    effect.lock_all(concerned, LockMode::ShareUpdateExclusive);
    known.retain(|table| !(sets || drops && tables.contains(table)));
    if !drops {
        known.extend(tables);
    }
}

/// A constraint that is checked has every table that uses the domain read.
fn alter_domain(catalog: &mut PostgresCatalog, mut cursor: Cursor<'_>, effect: &mut Effect) {
    let Some(name) = cursor.name() else { return };
    let adds = cursor.sees("add") || cursor.sees("set not null");
    let checks = adds && !cursor.text().to_lowercase().ends_with("not valid") || cursor.sees("validate");
    if adds && let Some(domain) = catalog.domains.get_mut(&name) {
        domain.constrained = true;
    }
    if checks {
        for (relation, of) in catalog.relations.iter() {
            if let Relation::Table(table) = of
                && table.columns.iter().any(|column| column.data_type.name == name)
            {
                effect.lock(relation, LockMode::Share);
                effect.scan(relation);
            }
        }
    }
}
