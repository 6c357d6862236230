//! Cases that are known not to be reached, and why.

const NO_KEY: &str = "a table is renamed by way of a view, which finds its rows by the primary key, and it has none";

const NOT_FILLED: &str = "a column that rows must have is filled by key, and the table has none at that moment";

/// The case, as part and name, and the reason.
const KNOWN: &[(&str, &str)] = &[
    ("sqldef/tests_fk_deps/ForeignKeyDependenciesMultipleToModifiedTable", NOT_FILLED),
    ("sqldef/tests_types/AddEnumTypeColumnOnNonStandardDefaultSchema", NOT_FILLED),
    (
        "sqldef/tests_identity/IdentityWithSequenceOptions",
        "a schema does not hold the options of an identity's sequence",
    ),
    (
        "sqldef/tests_preserve_quotes/RenameQuotedMixedCaseToUnquoted",
        "two names that differ in case alone are one name to the planner",
    ),
    (
        "sqldef/tests_rename/RenameColumnQuotedDoubleQuotes",
        "a column is renamed by way of a second one, whose rows are filled by key, and the table has none",
    ),
    ("sqldef-sqlite/tests/RenameTable", NO_KEY),
    ("sqldef-sqlite/tests/RenameTableAndMultipleColumnChanges", NO_KEY),
    ("sqldef-sqlite/tests/RenameTableWithCommentVariant", NO_KEY),
    ("sqldef-sqlite/tests/RenameTableWithQuotedName", NO_KEY),
    ("migra/collations", "no change gives a column another collation"),
    (
        "migra/everything",
        "a column that a view reads changes its type, and no change takes the view away and brings it back",
    ),
    (
        "migra/partitioning",
        "a table does not become a partitioned one, or a partition another one, without being told how",
    ),
];

/// Why a case is known not to be reached.
pub(crate) fn reason(part: &str, case: &str) -> Option<&'static str> {
    let name = format!("{part}/{case}");
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

/// The cases of a part that are known not to be reached.
pub(crate) fn of(part: &str) -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter_map(move |(known, _)| known.strip_prefix(part)?.strip_prefix('/'))
}
