//! Views, materialized or not: known by the query as it is written.

use super::Draft;
use super::create_table::called;
use super::index::IndexDraft;
use super::names::object_name;
use crate::name::ObjectName;
use crate::postgres::cursor::Cursor;
use crate::schema::reader::fault::{Fault, Outcome, Read};
use crate::schema::{Object, ObjectKind};
use crate::sql::tokens::selects_everything;
use crate::sql::{idents, literal};

#[derive(Debug, Clone)]
pub(super) struct ViewDraft {
    pub(super) name: ObjectName,
    materialized: bool,
    columns: Vec<String>,
    query: String,
    pub(super) indexes: Vec<IndexDraft>,
    pub(super) comment: Option<String>,
}

impl ViewDraft {
    pub(super) fn kind(&self) -> ObjectKind {
        if self.materialized { ObjectKind::MaterializedView } else { ObjectKind::View }
    }

    /// Whether it may need a table, or a column of it.
    pub(super) fn may_use(&self, table: &str, column: Option<&str>) -> bool {
        let cursor = Cursor::new(&self.query);
        cursor.mentions(table) && column.is_none_or(|column| cursor.mentions(column) || selects_everything(&self.query))
    }

    pub(super) fn finish(&self) -> Object {
        let words = if self.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let name = called(&self.name);
        let columns = if self.columns.is_empty() { String::new() } else { format!(" ({})", idents(&self.columns)) };
        let definition = format!("CREATE {words} {name}{columns} AS\n{}", self.query);
        let comment = self.comment.as_ref().map(|text| format!("COMMENT ON {words} {name} IS {}", literal(text)));
        let mut indexes: Vec<&IndexDraft> = self.indexes.iter().collect();
        indexes.sort_by_key(|index| &index.name);
        let indexes = indexes.into_iter().map(|index| index.definition(&self.name));
        Object::new(self.kind(), &self.name, definition).with_attached(comment.into_iter().chain(indexes))
    }
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`, from behind that.
pub(super) fn create(draft: &mut Draft, cursor: &mut Cursor<'_>, replace: bool, materialized: bool) -> Read<Outcome> {
    let may_exist = cursor.eat("if not exists");
    let place = cursor.clone();
    let name = object_name(cursor, "the name of a view")?;
    let columns = if cursor.sees_symbol('(') { super::names::columns(cursor)? } else { Vec::new() };
    if cursor.sees("with") || cursor.sees("using") || cursor.sees("tablespace") {
        return Err(Fault::database(cursor, "options of a view"));
    }
    if !cursor.eat("as") {
        return Err(Fault::expected(cursor, "AS"));
    }
    // Whether a materialized view is filled is not part of a schema.
    let start = cursor.clone();
    let ends =
        ["with data", "with no data", "with check option", "with local check option", "with cascaded check option"];
    while !cursor.is_at_end() && !ends.iter().any(|end| cursor.sees(end)) {
        cursor.skip_one();
    }
    let query = start.up_to(cursor).text();
    if !materialized && !cursor.is_at_end() {
        return Err(Fault::database(cursor, "the check option of a view"));
    }
    let known = draft.views.iter().position(|view| view.name == name);
    if let Some(at) = known.filter(|_| replace) {
        (draft.views[at].columns, draft.views[at].query) = (columns, query);
        return Ok(Outcome::Done);
    }
    if draft.is_relation(name.schema(), name.name()) {
        return if may_exist { Ok(Outcome::Done) } else { Err(Fault::exists(&place, "relation", name.to_string())) };
    }
    draft.views.push(ViewDraft { name, materialized, columns, query, indexes: Vec::new(), comment: None });
    Ok(Outcome::Done)
}
