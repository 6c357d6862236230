//! Everything through the public API.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a failing test may panic, exact ends are exact, and the counts here are small"
)]

mod documented;
mod judge;
mod properties;
mod reference;
