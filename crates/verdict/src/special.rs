//! The special functions behind the bounds, each written so that no digits are lost to cancellation.
//!
//! Everything is built on two well-conditioned pieces, the error of Stirling's formula and the gap `u - ln(1 + u)`
//! (the idea of Loader, "Fast and accurate computation of binomial probabilities", 2000): logarithms of gamma
//! functions as large as 10^13 are never subtracted from each other.

pub(crate) mod expansion;
pub(crate) mod fraction;
pub(crate) mod normal;
pub(crate) mod root;
pub(crate) mod stirling;
pub(crate) mod tail;
