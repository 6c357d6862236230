//! The names somebody may have meant.

use strsim::osa_distance;

/// At most three of `known` that are close to `wanted`, nearest first.
pub(crate) fn nearest<N: AsRef<str>>(wanted: &str, known: impl IntoIterator<Item = N>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    // A third of the name may be wrong; of short names, one letter.
    let bound = (wanted.chars().count() / 3).max(1);
    let mut close: Vec<(usize, String)> = known
        .into_iter()
        .map(|name| (osa_distance(&wanted, &name.as_ref().to_lowercase()), name.as_ref().to_owned()))
        .filter(|(distance, _)| *distance <= bound)
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_comes_first_and_far_ones_not_at_all() {
        assert_eq!(nearest("legacy_nmae", ["name", "legacy_name", "legacy_names"]), ["legacy_name", "legacy_names"]);
        assert_eq!(nearest("USERS", ["users", "todos"]), ["users"]);
        assert!(nearest("x", ["users", "todos"]).is_empty());
    }
}
