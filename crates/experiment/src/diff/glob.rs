//! Names of which some characters may be anything, such as `*_at`.

/// The pieces between the stars: there is always one more than there are stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob(Box<[Box<str>]>);

impl Glob {
    /// Every `*` in it stands for any characters, also none.
    pub(super) fn new(text: &str) -> Self {
        Self(text.split('*').map(Into::into).collect())
    }

    /// In time of the product of both lengths at most: the first place for each piece is as good as any later one.
    pub(super) fn is_match(&self, name: &str) -> bool {
        let [first, between @ .., last] = &*self.0 else {
            return self.0.first().is_some_and(|only| **only == *name);
        };
        let Some(rest) = name.strip_prefix(&**first) else { return false };
        let Some(mut rest) = rest.strip_suffix(&**last) else { return false };
        for piece in between {
            let Some(at) = rest.find(&**piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        true
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters_or_none() {
        let matching = [("*_at", "_at"), ("*_at", "updated_at"), ("x*y", "xy"), ("a*b*c", "a-b-b-c"), ("*ä*", "bär")];
        for (glob, name) in matching {
            assert!(Glob::new(glob).is_match(name), "{glob} matches {name}");
        }
        let others = [("*_at", "updated_ats"), ("x*x", "x"), ("a*b*c", "acb"), ("ab", "a"), ("a*", "ba")];
        for (glob, name) in others {
            assert!(!Glob::new(glob).is_match(name), "{glob} does not match {name}");
        }
    }
}
