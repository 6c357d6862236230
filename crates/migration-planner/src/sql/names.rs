//! Names and texts as PostgreSQL reads them.

use crate::name::ObjectName;

/// A name as it can stand in a statement: as it is where PostgreSQL reads it so, else in double quotes.
pub(crate) fn ident(name: &str) -> String {
    let mut characters = name.chars();
    let plain = characters.next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && RESERVED.binary_search(&name).is_err();
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// An object's name, with its schema if it has one.
pub(crate) fn postgres_name(name: &ObjectName) -> String {
    match name.schema() {
        Some(schema) => format!("{}.{}", ident(schema), ident(name.name())),
        None => ident(name.name()),
    }
}

/// Names of columns with commas between.
pub(crate) fn idents<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    names.into_iter().map(|name| ident(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// How many bytes of a name PostgreSQL keeps; it cuts off the rest with no more than a notice.
pub(crate) const LONGEST_NAME: usize = 63;

/// The beginning of a text, at most `bytes` long.
pub(crate) fn clipped(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `first_second_label`, as PostgreSQL names what has no name: the longer of the two parts is cut until the whole is short enough.
pub(crate) fn object_label(first: &str, second: &str, label: &str) -> String {
    let overhead = label.len() + usize::from(!label.is_empty()) + usize::from(!second.is_empty());
    let (mut one, mut two) = (first.len(), second.len());
    while one + two + overhead > LONGEST_NAME && one + two > 0 {
        if one > two { one -= 1 } else { two -= 1 }
    }
    let parts = [clipped(first, one), clipped(second, two), label];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// A text as an SQL literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Every word that PostgreSQL does not read as the name of a column, a table or a function, sorted.
const RESERVED: [&str; 155] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json_array",
    "json_object",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, expected) in
            [("users", "users"), ("Users", "\"Users\""), ("order", "\"order\""), ("a\"b", "\"a\"\"b\"")]
        {
            assert_eq!(ident(name), expected);
        }
        assert!(RESERVED.is_sorted());
        assert_eq!(literal("it's"), "'it''s'");
    }

    #[test]
    fn long_names_are_cut_where_the_server_cuts_them() {
        let name = object_label(&"a".repeat(60), "column", "fkey");
        assert_eq!(name.len(), 63);
        assert!(name.ends_with("_column_fkey"), "{name}");
        assert_eq!(object_label("t", "", "pkey"), "t_pkey");
        // 31 letters of two bytes each fit, the 32nd does not, and none is cut in two.
        assert_eq!(clipped(&"я".repeat(40), LONGEST_NAME), "я".repeat(31));
    }
}
