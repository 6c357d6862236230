//! Numbers from a seed, the same on every machine and for ever.

use std::f64::consts::TAU;

/// The generator `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
pub(crate) struct Dice(u64);

impl Dice {
    /// One stream of numbers for each pair of a question and a stream.
    pub(crate) fn new(question: u64, stream: u64) -> Self {
        let mut dice = Self(question.wrapping_mul(0xA076_1D64_78BD_642F) ^ stream.wrapping_mul(0xE703_7ED1_A0B4_28DB));
        let _ = dice.bits();
        dice
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly between 0 and 1, never either.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// How many tries until the first success, at least 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^64")]
    pub(crate) fn tries(&mut self, probability: f64) -> u64 {
        (self.unit().ln() / (-probability).ln_1p()).floor() as u64 + 1
    }

    /// Student's t with 5 degrees of freedom: heavy tails, but a variance (Bailey, Math. Comp. 62, 1994).
    pub(crate) fn student(&mut self) -> f64 {
        let radius = (5.0 * (self.unit().powf(-0.4) - 1.0)).sqrt();
        radius * (TAU * self.unit()).cos()
    }
}
