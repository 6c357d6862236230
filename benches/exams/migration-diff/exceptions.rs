//! Cases that are known not to be reached, and why.

/// The case, as part and name, and the reason.
const KNOWN: &[(&str, &str)] = &[(
    "migra/partitioning",
    "a table becomes a partitioned one without a partition, and a partitioned one a plain one: its rows would have no place, so \
         that is told and left",
)];

/// Why a case is known not to be reached.
pub(crate) fn reason(part: &str, case: &str) -> Option<&'static str> {
    let name = format!("{part}/{case}");
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

/// The cases of a part that are known not to be reached.
pub(crate) fn of(part: &str) -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter_map(move |(known, _)| known.strip_prefix(part)?.strip_prefix('/'))
}
