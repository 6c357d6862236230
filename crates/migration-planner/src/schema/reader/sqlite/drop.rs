//! `DROP`.

use super::{Draft, Kind, object_name};
use crate::name::same_name;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// `DROP`, from behind that.
pub(super) fn drop(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let kinds = [Kind::Table, Kind::Index, Kind::View, Kind::Trigger];
    let Some(kind) = kinds.into_iter().find(|kind| cursor.eat(kind.word())) else {
        return Err(Fault::expected(cursor, "TABLE, INDEX, VIEW or TRIGGER"));
    };
    let may_lack = cursor.eat("if exists");
    let place = cursor.clone();
    let name = object_name(cursor)?;
    if may_lack && draft.find(kind, &name).is_none() {
        return Ok(Outcome::Done);
    }
    let at = draft.entry(&place, kind, &name)?;
    draft.entries.remove(at);
    if matches!(kind, Kind::Table | Kind::View) {
        draft.entries.retain(|entry| matches!(entry.kind, Kind::Table | Kind::View) || !same_name(&entry.table, &name));
    }
    Ok(Outcome::Done)
}
