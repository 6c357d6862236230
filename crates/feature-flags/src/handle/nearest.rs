//! Which name was meant.

/// The name closest to `name`, if it is close enough to be a slip of the finger.
///
/// Costs the product of lengths for each name of about the same length: for error paths.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.len() / 3).clamp(1, MAX_SLIPS);
    let mut rows = Rows::default();
    names
        .filter(|other| name.len() <= MAX_LENGTH && other.len().abs_diff(name.len()) <= limit)
        .map(|other| (rows.distance(name.as_bytes(), other.as_bytes()), other))
        .filter(|(distance, _)| (1..=limit).contains(distance))
        .min()
        .map(|(_, other)| other)
}

const MAX_LENGTH: usize = 200;
const MAX_SLIPS: usize = 4;

/// The last rows of the table of distances, kept from name to name.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    last: Vec<usize>,
    current: Vec<usize>,
}

impl Rows {
    /// Insertions, deletions, substitutions and swaps of neighbouring bytes that turn one into the other.
    fn distance(&mut self, wanted: &[u8], other: &[u8]) -> usize {
        let Self { before, last, current } = self;
        last.clear();
        last.extend(0..=other.len());
        for (row, byte) in wanted.iter().enumerate() {
            current.clear();
            current.push(row + 1);
            for (column, candidate) in other.iter().enumerate() {
                let mut best = last[column] + usize::from(byte != candidate);
                best = best.min(last[column + 1] + 1).min(current[column] + 1);
                if row > 0 && column > 0 && *byte == other[column - 1] && wanted[row - 1] == *candidate {
                    best = best.min(before[column - 1] + 1);
                }
                current.push(best);
            }
            std::mem::swap(before, last);
            std::mem::swap(last, current);
        }
        last[other.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["new-search", "dark-mode", "billing"];
        let nearest = |name| nearest(name, names.into_iter());
        assert_eq!(nearest("new-serach"), Some("new-search"));
        assert_eq!(nearest("darkmode"), Some("dark-mode"));
        assert_eq!(nearest("bilings"), Some("billing"));
        assert_eq!(nearest("checkout"), None);
        assert_eq!(nearest(""), None);
    }
}
