//! The names somebody may have meant.

/// At most three of `known` that are close to `wanted`, nearest first.
pub(crate) fn nearest<N: AsRef<str>>(wanted: &str, known: impl IntoIterator<Item = N>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    // A third of the name may be wrong; of short names, one letter.
    let bound = (wanted.chars().count() / 3).max(1);
    let mut close: Vec<(usize, String)> = known
        .into_iter()
        .map(|name| (distance(&wanted, &name.as_ref().to_lowercase()), name.as_ref().to_owned()))
        .filter(|(distance, _)| *distance <= bound)
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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
