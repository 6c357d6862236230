//! The name of a flag.

use std::fmt;

/// Most names are short, and lie in the flag: ten thousand flags of a file are ten thousand pieces of memory less.
#[derive(Clone)]
pub(super) enum Name {
    Short { length: u8, bytes: [u8; IN_PLACE] },
    Long(Box<str>),
}

const IN_PLACE: usize = 22;

const _: () = assert!(size_of::<Name>() == 24, "no larger than a `String`");

impl Name {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Short { .. } => str::from_utf8(self.as_bytes()).expect("these are the bytes of a text"),
            Self::Long(name) => name,
        }
    }

    /// The same for those who need no text, and save a look at every byte.
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(name) => name.as_bytes(),
        }
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        match u8::try_from(name.len()) {
            Ok(length) if name.len() <= IN_PLACE => {
                let mut bytes = [0; IN_PLACE];
                bytes[..name.len()].copy_from_slice(name.as_bytes());
                Self::Short { length, bytes }
            }
            _ => Self::Long(name.into()),
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_PLACE, Name};

    #[test]
    fn names_of_every_length_are_what_they_were() {
        for length in 0..=2 * IN_PLACE {
            for name in ["a".repeat(length), "\u{e9}".repeat(length)] {
                let kept = Name::from(name.as_str());
                assert_eq!((kept.as_str(), kept.as_bytes()), (name.as_str(), name.as_bytes()));
                assert_eq!(matches!(kept, Name::Short { .. }), name.len() <= IN_PLACE);
                assert_eq!((format!("{kept:?}"), kept == kept.clone()), (format!("{name:?}"), true));
                assert!(kept != Name::from("another"));
            }
        }
    }
}
