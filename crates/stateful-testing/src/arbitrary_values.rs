//! Arguments of types that make themselves of bytes.

use arbitrary::{Arbitrary, Unstructured};

use crate::generator::Gen;

/// How many bytes a value is made of at most; where they end, it reads zeros.
const BYTES: usize = 64;

/// How often bytes are drawn before those are taken of which almost every type makes something.
const DRAWS: usize = 8;

impl Gen {
    /// A value of a type that implements [`Arbitrary`], as those do that are made for fuzz targets (feature `arbitrary`).
    ///
    /// Its bytes, 64 at most, are choices like all others: shrinking leaves some out, lowers others, and lets the type make the value again. In a
    /// fuzz target they come from the fuzzer, see [`Check::run_bytes`](crate::Check::run_bytes). A type that can also be made by
    /// [`Generate`](crate::Generate) shrinks better by it, since there the parts of a value are known: of bytes, 1,024 is simpler than 1,000.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stateful_testing::testing::generated;
    ///
    /// let (pause, name): (Duration, String) = generated(3, |g| g.arbitrary());
    /// assert!(pause <= Duration::MAX && name.len() <= 64);
    /// ```
    ///
    /// # Panics
    /// If the type makes nothing of bytes, whatever they are.
    #[track_caller]
    pub fn arbitrary<T: for<'a> Arbitrary<'a>>(&mut self) -> T {
        let drawn = (0..DRAWS).find_map(|_| {
            let bytes: Vec<u8> = self.list(0..=BYTES, |g| g.int(..));
            made(&bytes)
        });
        // Zeros make no `NonZero`, and little else that is refused is refused with a 1 in front.
        let value = drawn.or_else(|| made(&[1])).or_else(|| made(&[1; BYTES])).or_else(|| made(&[u8::MAX; BYTES]));
        value.unwrap_or_else(|| panic!("`{}` makes no value of any bytes that were tried", std::any::type_name::<T>()))
    }
}

fn made<T: for<'a> Arbitrary<'a>>(bytes: &[u8]) -> Option<T> {
    T::arbitrary(&mut Unstructured::new(bytes)).ok()
}
