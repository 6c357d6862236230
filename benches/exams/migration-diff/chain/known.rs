//! Files that are known not to be reached, and why.

const SECOND_COLUMN: &str = "the server does not read the old values by itself, so a second column takes over while both forms are \
                             written, and stands last; the file keeps its place by writing every row under a lock";

/// The file, as part and name, and the reason.
const KNOWN: &[(&str, &str)] = &[
    ("cratesio/20170315133901_make_dependencies_schema_match_use", SECOND_COLUMN),
    ("cratesio/2018-01-18-172821_use_jsonb_for_features", SECOND_COLUMN),
    ("cratesio/2020-07-14-113112_change_api_token_to_bytea", SECOND_COLUMN),
    (
        "cratesio/2019-09-18-233204_fix_int_type_in_to_semver_no_prerelease",
        "a composite type gets other attributes by being dropped, with what uses it: no change does that",
    ),
    (
        "cratesio/2023-10-19-092709_fix_semver_no_prerelease_fn",
        "a function is redefined whose values a computed column keeps: old rows would hold what the old one gave",
    ),
];

/// Why a file is known not to be reached.
pub(super) fn reason(part: &str, file: &str) -> Option<&'static str> {
    let name = format!("{part}/{file}");
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}
