//! Integers in the order of simplicity: 0, 1, -1, 2, -2, ...

use std::ops::{Bound, RangeBounds};

/// An integer type a [`Gen`](crate::Gen) can make: `u8` to `u64`, `i8` to `i64`, `usize` and `isize`.
///
/// Sealed: it is there to be used, not to be implemented.
///
/// ```
/// use stateful_testing::testing::generated;
/// use stateful_testing::{Gen, Integer};
///
/// fn twice<T: Integer>(g: &mut Gen) -> [T; 2] {
///     [g.int(..), g.int(..)]
/// }
/// let _bytes: [u8; 2] = generated(1, twice);
/// ```
pub trait Integer: sealed::Wide + Copy {}

pub(crate) mod sealed {
    pub trait Wide: Sized {
        const MIN: i128;
        const MAX: i128;
        fn wide(self) -> i128;
        fn narrow(wide: i128) -> Self;
    }
}

macro_rules! integers {
    ($($ty:ty),*) => {
        $(impl sealed::Wide for $ty {
            #[allow(clippy::cast_lossless, reason = "`From` is not there for `usize` and cannot be called in a constant")]
            const MIN: i128 = <$ty>::MIN as i128;
            #[allow(clippy::cast_lossless, reason = "as above")]
            const MAX: i128 = <$ty>::MAX as i128;
            fn wide(self) -> i128 {
                i128::try_from(self).expect("at most 64 bits")
            }
            fn narrow(wide: i128) -> Self {
                Self::try_from(wide).expect("numbers are drawn from within the type's range")
            }
        }
        impl Integer for $ty {})*
    };
}
integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// The integers of a range, numbered from the simplest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Simplicity {
    origin: i128,
    below: i128,
    above: i128,
}

impl Simplicity {
    /// Numbers the integers in `range`; `None` if it is empty.
    pub(crate) fn of<T: Integer>(range: &impl RangeBounds<T>) -> Option<Self> {
        let low = match range.start_bound() {
            Bound::Included(low) => low.wide(),
            Bound::Excluded(low) => low.wide() + 1,
            Bound::Unbounded => T::MIN,
        };
        let high = match range.end_bound() {
            Bound::Included(high) => high.wide(),
            Bound::Excluded(high) => high.wide() - 1,
            Bound::Unbounded => T::MAX,
        };
        (low <= high).then(|| {
            let origin = 0.clamp(low, high);
            Self { origin, below: origin - low, above: high - origin }
        })
    }

    /// Those from `below` under 0 to `above` over it.
    pub(crate) fn around_0(below: u64, above: u64) -> Self {
        Self { origin: 0, below: i128::from(below), above: i128::from(above) }
    }

    /// How many are less than the simplest.
    pub(crate) fn below(self) -> u64 {
        u64::try_from(self.below).expect("the types have at most 64 bits")
    }

    /// The number of the least simple one.
    pub(crate) fn max(self) -> u64 {
        u64::try_from(self.below + self.above).expect("the types have at most 64 bits")
    }

    /// The integer with this number.
    pub(crate) fn at<T: Integer>(self, number: u64) -> T {
        T::narrow(self.origin + self.offset(number))
    }

    /// How far the integer with this number is from the simplest.
    pub(crate) fn offset(self, number: u64) -> i128 {
        let number = i128::from(number);
        let both = self.below.min(self.above);
        if number > 2 * both {
            if self.above > self.below { number - both } else { both - number }
        } else if number % 2 == 1 {
            (number + 1) / 2
        } else {
            -(number / 2)
        }
    }

    /// The number of the integer that is so far from the simplest; `None` if it is not in the range.
    pub(crate) fn number(self, offset: i128) -> Option<u64> {
        let both = self.below.min(self.above);
        let number = match offset.abs() {
            _ if offset < -self.below || offset > self.above => return None,
            distance if distance > both => distance + both,
            distance if offset > 0 => 2 * distance - 1,
            distance => 2 * distance,
        };
        u64::try_from(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Simplicity;

    fn all<const N: usize>(range: std::ops::RangeInclusive<i8>) -> [i8; N] {
        let simplicity = Simplicity::of(&range).unwrap();
        assert_eq!(simplicity.max(), N as u64 - 1);
        std::array::from_fn(|number| simplicity.at(number as u64))
    }

    #[test]
    fn numbers_near_zero_are_the_simplest() {
        assert_eq!(all(-2..=2), [0, 1, -1, 2, -2]);
        assert_eq!(all(-1..=3), [0, 1, -1, 2, 3]);
        assert_eq!(all(-3..=1), [0, 1, -1, -2, -3]);
        assert_eq!(all(3..=6), [3, 4, 5, 6]);
        assert_eq!(all(-6..=-3), [-3, -4, -5, -6]);
    }

    #[test]
    fn numbers_and_offsets_belong_together() {
        for (below, above) in [(0, 9), (9, 0), (4, 4), (2, 7), (7, 2)] {
            let simplicity = Simplicity::around_0(below, above);
            for number in 0..=simplicity.max() {
                assert_eq!(simplicity.number(simplicity.offset(number)), Some(number));
            }
            assert_eq!(simplicity.number(i128::from(above) + 1), None);
            assert_eq!(simplicity.number(-i128::from(below) - 1), None);
        }
    }

    #[test]
    fn the_whole_of_a_type_is_a_range() {
        let simplicity = Simplicity::of::<u64>(&(..)).unwrap();
        assert_eq!(simplicity.max(), u64::MAX);
        assert_eq!(simplicity.at::<u64>(u64::MAX), u64::MAX);
        assert!(Simplicity::of(&(3..3)).is_none());
    }
}
