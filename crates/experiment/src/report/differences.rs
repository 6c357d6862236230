//! Where a candidate differs, for people.

use super::figures::{count, counted};
use crate::diff::{DifferenceReport, PathReport};

/// What the differences are about, and what is not among them.
pub(super) fn scope(report: &DifferenceReport) -> String {
    let mut parts = vec![format!("{} compared path by path", counted(report.compared, "mismatch", "mismatches"))];
    let rest = [
        (report.excused, "without a difference under the rules"),
        (report.incomplete, "larger than the limits"),
        (report.passed_over, "passed over"),
        (report.dropped, "dropped"),
        (report.unserializable, "could not be serialised"),
    ];
    parts.extend(
        rest.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{} {what}", count(number))),
    );
    if report.paired > 0 || report.unpaired > 0 {
        let lost = if report.unpaired > 0 { format!(", {} more lost", count(report.unpaired)) } else { String::new() };
        parts.push(format!("{} with a second run of the control{lost}", counted(report.paired, "pair", "pairs")));
    }
    parts.join(", ")
}

/// How often something differs at a path, after the path.
pub(super) fn at_path(path: &PathReport) -> String {
    let often = if path.runs == 0 {
        "in no run of the candidate".to_owned()
    } else {
        format!("in {}: {}", counted(path.runs, "run", "runs"), kinds(path))
    };
    match noise(path) {
        Some(noise) => format!("{often}; {noise}"),
        None => often,
    }
}

/// How the pairs at a path fell, if there are any.
pub(super) fn noise(path: &PathReport) -> Option<String> {
    let PathReport { candidate_only, noise_only, both, .. } = *path;
    let [only, again, both] = [candidate_only, noise_only, both].map(count);
    ([candidate_only, noise_only, path.both] != [0; 3])
        .then(|| format!("of the pairs {only} candidate only, {again} control only, {both} both"))
}

/// How many differences of which kind.
pub(super) fn kinds(path: &PathReport) -> String {
    let kinds: Vec<_> = path.changes.iter().map(|(kind, number)| format!("{} {kind}", count(*number))).collect();
    kinds.join(", ")
}

/// What found no place in the report.
pub(super) fn elsewhere(report: &DifferenceReport) -> Option<String> {
    let number = report.at_other_paths;
    (number > 0).then(|| format!("{} at further paths", counted(number, "difference", "differences")))
}
