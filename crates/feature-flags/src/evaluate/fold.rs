//! Upper and lower case made alike, without an allocation.

/// The characters of `text` without regard to case: the lower case of the upper case, so that `ς` is `σ` and `ß` is
/// `ss`, as Unicode's full case folding has it. The Turkish `ı` stays itself, as it does there.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> + Clone + '_ {
    text.chars().flat_map(Folded::of)
}

/// Up to three characters of upper case, each of up to three of lower case.
#[derive(Clone)]
enum Folded {
    One(Option<char>),
    Several(std::iter::FlatMap<std::char::ToUppercase, std::char::ToLowercase, fn(char) -> std::char::ToLowercase>),
}

impl Folded {
    fn of(c: char) -> Self {
        match c {
            'ı' => Self::One(Some(c)),
            _ if c.is_ascii() => Self::One(Some(c.to_ascii_lowercase())),
            _ => Self::Several(c.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
}

impl Iterator for Folded {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(c) => c.take(),
            Self::Several(rest) => rest.next(),
        }
    }
}

/// Whether folded `text` equals `literal`, which is folded already.
pub(super) fn equal(text: &str, literal: &str) -> bool {
    folded(text).eq(literal.chars())
}

/// Whether folded `text` starts with `literal`, which is folded already.
pub(super) fn starts_with(text: &str, literal: &str) -> bool {
    prefix(folded(text), literal)
}

/// Whether folded `text` ends with `literal`, which is folded already.
pub(super) fn ends_with(text: &str, literal: &str) -> bool {
    let (length, wanted) = (folded(text).count(), literal.chars().count());
    length >= wanted && folded(text).skip(length - wanted).eq(literal.chars())
}

/// Whether folded `text` contains `literal`, which is folded already.
pub(super) fn contains(text: &str, literal: &str) -> bool {
    let mut rest = folded(text);
    loop {
        if prefix(rest.clone(), literal) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

fn prefix(mut text: impl Iterator<Item = char>, literal: &str) -> bool {
    literal.chars().all(|c| text.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        folded(text).collect()
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        for (a, b) in
            [("HELLO", "hello"), ("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ÅNGSTRÖM", "ångström"), ("ſ", "S")]
        {
            assert_eq!(fold(a), fold(b));
            assert!(equal(a, &fold(b)));
        }
        assert_ne!(fold("ı"), fold("i"));
    }

    #[test]
    fn parts_of_a_folded_text_are_found() {
        assert!(starts_with("STRASSE 1", &fold("straß")));
        assert!(ends_with("Große STRASSE", &fold("straße")));
        assert!(contains("die Große Straße", &fold("GROSSE")));
        assert!(!contains("abc", &fold("abd")) && contains("abc", ""));
        assert!(!ends_with("a", "ba"));
    }
}
