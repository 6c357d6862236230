//! Columns and constraints that a table loses, and what goes with them.

use super::key::{Body, Key};
use super::{Draft, TriggerDraft};
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// A constraint goes, and references that rely on it.
pub(super) fn drop_constraint(
    draft: &mut Draft,
    place: &Cursor<'_>,
    table: &ObjectName,
    name: &str,
    may_lack: bool,
    cascade: bool,
) -> Read<Outcome> {
    let own = draft.table(place, table)?;
    if may_lack && own.key(place, name).is_err() {
        return Ok(Outcome::Done);
    }
    let key = own.key(place, name)?.clone();
    own.keys.retain(|own| own.name != name);
    // The server notes of a reference which key it relies on; where two keys have the same columns only it knows.
    if let Body::Primary { columns, .. } | Body::Unique { columns, .. } = &key.body {
        let still = draft.table(place, table)?.keys.iter().any(|other| match &other.body {
            Body::Primary { columns: own, .. } | Body::Unique { columns: own, .. } => own == columns,
            _ => false,
        });
        let uses = |other: &Key| {
            matches!(&other.body, Body::Foreign { references, referenced, .. }
            if references == table && referenced == columns)
        };
        if !still {
            drop_references(draft, place, name, cascade, uses)?;
        }
    }
    Ok(Outcome::Done)
}

/// Drops references that can no longer be, or says which one is in the way.
pub(super) fn drop_references(
    draft: &mut Draft,
    place: &Cursor<'_>,
    name: &str,
    cascade: bool,
    uses: impl Fn(&Key) -> bool,
) -> Read<()> {
    for own in &mut draft.tables {
        if cascade {
            own.keys.retain(|key| !uses(key));
        } else if let Some(key) = own.keys.iter().find(|key| uses(key)) {
            return Err(Fault::in_use(place, name, format!("the constraint `{}` of `{}`", key.name, own.name)));
        }
    }
    Ok(())
}

/// A column goes, and what hangs on it.
pub(super) fn drop_column(
    draft: &mut Draft,
    place: &Cursor<'_>,
    table: &ObjectName,
    name: &str,
    cascade: bool,
) -> Read<Outcome> {
    let own = draft.table(place, table)?;
    own.column(place, name)?;
    own.columns.retain(|column| column.name() != name);
    own.keys.retain(|key| !key.involves(name));
    own.indexes.retain(|index| !index.involves(name));
    if own
        .columns
        .iter()
        .any(|column| column.generation().is_some_and(|of| Cursor::new(of.expression()).mentions(name)))
    {
        return Err(Fault::database(place, "a generated column is computed from it"));
    }
    if cascade {
        draft.not_in_views(place, table, Some(name))?;
    }
    let uses = |key: &Key| {
        matches!(&key.body, Body::Foreign { references, referenced, .. }
        if references == table && referenced.iter().any(|own| own == name))
    };
    drop_references(draft, place, name, cascade, uses)?;
    draft.sequences.retain(|own| own.owner.as_ref().is_none_or(|(of, column)| of != table || column != name));
    let fires = |own: &TriggerDraft| own.table == *table && own.needs_column(name);
    if let Some(trigger) = draft.triggers.iter().find(|own| !cascade && fires(own)) {
        return Err(Fault::in_use(place, name, format!("the trigger `{}`", trigger.name)));
    }
    draft.triggers.retain(|own| !fires(own));
    Ok(Outcome::Done)
}
