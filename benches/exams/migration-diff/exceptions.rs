//! Cases that are known not to be reached, and why.

const COMPUTED: &str =
    "a column with values of its own is to be computed: they would be lost, so that is told and left";

const INHERITED: &str = "columns move between a table and the one that it inherits from: that is told and left";

/// The case, as part and name, and the reason.
const KNOWN: &[(&str, &str)] = &[
    ("migra/generated", COMPUTED),
    ("migra/identitycols", COMPUTED),
    ("migra/inherit", INHERITED),
    ("migra/inherit2", INHERITED),
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
