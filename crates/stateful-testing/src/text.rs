//! Characters in the order of simplicity.

/// How many characters the simple ones are: the printable ones of ASCII.
pub(crate) const PRINTABLE: u64 = 95;

/// The number of the least simple character.
pub(crate) const LAST: u64 = 0x10_FFFF - SURROGATES;

const SURROGATES: u64 = 0x800;

/// The character with this number: letters, digits, space and punctuation, then all others by their code points.
pub(crate) fn character(number: u64) -> char {
    let number = u32::try_from(number.min(LAST)).expect("at most the last code point");
    let code = match number {
        0..26 => u32::from(b'a') + number,
        26..36 => u32::from(b'0') + number - 26,
        36 => u32::from(b' '),
        37..63 => u32::from(b'A') + number - 37,
        63..78 => u32::from(b'!') + number - 63,
        78..85 => u32::from(b':') + number - 78,
        85..91 => u32::from(b'[') + number - 85,
        91..95 => u32::from(b'{') + number - 91,
        95..127 => number - 95,
        127..0xD800 => number,
        _ => number + 0x800,
    };
    char::from_u32(code).expect("the surrogates are left out")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{LAST, PRINTABLE, character};

    #[test]
    fn every_character_has_one_number() {
        let all: BTreeSet<char> = (0..=LAST).map(character).collect();
        assert_eq!(all.len() as u64, LAST + 1);
        assert!((0..PRINTABLE).map(character).all(|c| c == ' ' || c.is_ascii_graphic()));
    }
}
