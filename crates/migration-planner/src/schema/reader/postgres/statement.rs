//! Which statement is which.

use super::function::calls_changing;
use super::{
    Draft, alter_table, comment, create_table, domain, drop, function, grant, index, object, sequence, trigger,
    user_type, view,
};
use crate::postgres::cursor::Cursor;
use crate::schema::ObjectKind;
use crate::schema::reader::fault::{Fault, Outcome, Read};

/// What changes rows and not the schema.
const ROWS: [&str; 9] = ["insert", "update", "delete", "select", "with", "copy", "truncate", "merge", "values"];

/// What changes neither.
const NEITHER: [(&str, &str); 22] = [
    ("begin", "where a transaction starts or ends"),
    ("start", "where a transaction starts or ends"),
    ("commit", "where a transaction starts or ends"),
    ("end", "where a transaction starts or ends"),
    ("rollback", "where a transaction starts or ends"),
    ("savepoint", "where a transaction starts or ends"),
    ("release", "where a transaction starts or ends"),
    ("set", "a setting of the session"),
    ("reset", "a setting of the session"),
    ("show", "a setting of the session"),
    ("lock", "a lock"),
    ("vacuum", "maintenance"),
    ("analyze", "maintenance"),
    ("reindex", "maintenance"),
    ("cluster", "maintenance"),
    ("refresh", "maintenance"),
    ("checkpoint", "maintenance"),
    ("discard", "a setting of the session"),
    ("notify", "a message"),
    ("listen", "a message"),
    ("explain", "a plan of a query"),
    ("table", "rows"),
];

impl Draft {
    /// Follows one statement.
    pub(in crate::schema::reader) fn follow(&mut self, statement: &str) -> Read<Outcome> {
        let mut cursor = Cursor::new(statement);
        let start = cursor.clone();
        if cursor.eat("create") {
            return create(self, &mut cursor);
        }
        if cursor.eat("alter") {
            return alter(self, &mut cursor);
        }
        if cursor.eat("drop") {
            return drop::drop(self, &mut cursor);
        }
        if cursor.eat("comment on") {
            return comment::comment(self, &mut cursor);
        }
        if cursor.sees("grant") || cursor.sees("revoke") {
            let gives = cursor.eat("grant");
            cursor.eat("revoke");
            return grant::grant(self, &mut cursor, gives);
        }
        if ROWS.iter().any(|word| cursor.sees(word)) {
            if cursor.sees("select") && into_table(&cursor) {
                return Err(Fault::database(&cursor, "the columns of SELECT INTO"));
            }
            return match calls_changing(self, &cursor) {
                Some(function) => Err(Fault::database(&cursor, format!("what `{function}` does to the schema"))),
                None => Outcome::omitted("rows"),
            };
        }
        if cursor.sees("set") && (cursor.mentions("search_path") || cursor.mentions("schema")) {
            // Where nothing but `public` is searched, it is what is taken for granted.
            let names = cursor.all_names();
            let known = ["set", "local", "session", "search_path", "to", "public", "pg_catalog", "schema"];
            if names.iter().any(|name| !known.contains(&name.as_str())) {
                return Err(Fault::database(&cursor, "another search path"));
            }
            self.path_is_set = true;
        }
        match NEITHER.into_iter().find(|(word, _)| cursor.sees(word)) {
            Some((_, what)) => Outcome::omitted(what),
            None => Err(Fault::database(&start, "what this statement does")),
        }
    }
}

/// Whether a query makes a table of its rows.
fn into_table(cursor: &Cursor<'_>) -> bool {
    let mut cursor = cursor.clone();
    cursor.skip_past("into")
}

fn create(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    let replace = cursor.eat("or replace");
    if cursor.sees("temp") || cursor.sees("temporary") || cursor.sees("local") || cursor.sees("global") {
        return Outcome::omitted("something temporary");
    }
    let unlogged = cursor.eat("unlogged");
    if cursor.eat("table") {
        create_table::create(draft, cursor, unlogged)
    } else if cursor.eat("unique index") {
        index::create(draft, cursor, true)
    } else if cursor.eat("index") {
        index::create(draft, cursor, false)
    } else if cursor.eat("sequence") {
        sequence::create(draft, cursor)
    } else if cursor.eat("materialized view") {
        view::create(draft, cursor, replace, true)
    } else if cursor.eat("view") {
        view::create(draft, cursor, replace, false)
    } else if cursor.eat("function") {
        function::create(draft, cursor, replace, ObjectKind::Function)
    } else if cursor.eat("procedure") {
        function::create(draft, cursor, replace, ObjectKind::Procedure)
    } else if cursor.eat("constraint trigger") {
        trigger::create(draft, cursor, replace, true)
    } else if cursor.eat("trigger") {
        trigger::create(draft, cursor, replace, false)
    } else if cursor.eat("schema") {
        object::create_schema(draft, cursor)
    } else if cursor.eat("extension") {
        object::create_extension(draft, cursor)
    } else if cursor.eat("type") {
        user_type::create_type(draft, cursor)
    } else if cursor.eat("domain") {
        domain::create_domain(draft, cursor)
    } else if cursor.eat("policy") {
        object::create_policy(draft, cursor)
    } else if cursor.eat("publication") {
        object::create_publication(draft, cursor)
    } else if cursor.sees("role") || cursor.sees("user") || cursor.sees("database") || cursor.sees("tablespace") {
        Outcome::omitted("something of the whole server")
    } else {
        Err(Fault::database(cursor, "what this makes"))
    }
}

fn alter(draft: &mut Draft, cursor: &mut Cursor<'_>) -> Read<Outcome> {
    if cursor.eat("table") {
        alter_table::alter(draft, cursor)
    } else if cursor.eat("index") {
        alter_table::alter_index(draft, cursor)
    } else if cursor.eat("sequence") {
        sequence::alter(draft, cursor)
    } else if cursor.eat("type") {
        user_type::alter_type(draft, cursor)
    } else if cursor.eat("domain") {
        domain::alter_domain(draft, cursor)
    } else if cursor.eat("function") || cursor.eat("procedure") {
        function::alter(draft, cursor)
    } else if cursor.sees("role") || cursor.sees("user") || cursor.sees("database") || cursor.sees("system") {
        Outcome::omitted("something of the whole server")
    } else {
        Err(Fault::database(cursor, "what this changes"))
    }
}
