//! A list of which most have one item.

/// One item lies in place, so that a flag with one rule is one piece of memory.
#[derive(Debug, Clone)]
pub(super) enum Few<T> {
    One(T),
    /// Any other number of them.
    Several(Vec<T>),
}

impl<T> Few<T> {
    /// None yet.
    pub(super) const fn new() -> Self {
        Self::Several(Vec::new())
    }

    pub(super) fn push(&mut self, item: T) {
        match self {
            Self::Several(items) if items.is_empty() => *self = Self::One(item),
            Self::Several(items) => items.push(item),
            Self::One(_) => {
                let Self::One(first) = std::mem::replace(self, Self::new()) else { return };
                *self = Self::Several(vec![first, item]);
            }
        }
    }

    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Several(items) => items,
        }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => std::slice::from_mut(item),
            Self::Several(items) => items,
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn items_stay_in_the_order_in_which_they_came() {
        let mut few = Few::new();
        for number in 0..5 {
            assert_eq!(few.as_slice(), (0..number).collect::<Vec<_>>());
            few.push(number);
        }
        few.as_mut_slice()[0] = 7;
        assert_eq!(few.as_slice(), [7, 1, 2, 3, 4]);
    }

    #[test]
    fn one_item_is_one_item_wherever_it_lies() {
        assert_eq!(Few::One(3), Few::Several(vec![3]));
        assert_ne!(Few::One(3), Few::new());
    }
}
