//! Evidence that may be multiplied.

use crate::Alpha;
use std::fmt;

/// Evidence against a hypothesis, as a bet: what one coin has grown to by betting against it, fairly.
///
/// If the hypothesis holds, the value *ever* reaches `1 / alpha` with probability at most `alpha` (Ville's
/// inequality), so it may be looked at after every run. Values about independent streams, or about consecutive stages
/// of one stream, multiply; values with any other relation may be averaged.
///
/// Reference: Vovk and Wang, "E-values: calibration, combination and applications", Annals of Statistics 49(3), 2021,
/// 1736-1754.
///
/// ```
/// use verdict::{Alpha, EValue};
///
/// let first_stage = EValue::from_ln(2.0);
/// let second_stage = EValue::from_ln(1.5);
/// assert!(!first_stage.rejects(Alpha::FIVE_PERCENT));
/// assert!(first_stage.times(second_stage).rejects(Alpha::FIVE_PERCENT));
/// ```
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct EValue {
    ln: f64,
}

impl EValue {
    /// No evidence either way.
    pub const ONE: Self = Self { ln: 0.0 };

    /// From its natural logarithm; what is not a number counts as no evidence.
    pub fn from_ln(ln: f64) -> Self {
        Self { ln: if ln.is_nan() { 0.0 } else { ln } }
    }

    /// The natural logarithm, in nats.
    pub fn ln(self) -> f64 {
        self.ln
    }

    /// The value itself, at least 0; infinite beyond `exp(709)`.
    pub fn get(self) -> f64 {
        self.ln.exp()
    }

    /// Whether the hypothesis is refuted at the error probability `alpha`.
    ///
    /// Assumption and reference: those of the type. Unit: none; true from `1 / alpha` on. Cost: one logarithm.
    ///
    /// ```
    /// use verdict::{Alpha, EValue};
    ///
    /// let twenty_fold = EValue::from_ln(20.5_f64.ln());
    /// assert!(twenty_fold.rejects(Alpha::FIVE_PERCENT) && !twenty_fold.rejects(Alpha::ONE_PERCENT));
    /// ```
    pub fn rejects(self, alpha: Alpha) -> bool {
        self.ln >= alpha.nats()
    }

    /// The p-value, in `0..=1`, that holds at any time: the smallest `alpha` that [`rejects`](Self::rejects).
    ///
    /// Assumption and reference: those of the type. Unit: a probability. Cost: one exponential.
    ///
    /// ```
    /// use verdict::EValue;
    ///
    /// assert!((EValue::from_ln(20.0_f64.ln()).p_value() - 0.05).abs() < 1e-12);
    /// assert_eq!(EValue::ONE.p_value(), 1.0);
    /// ```
    pub fn p_value(self) -> f64 {
        (-self.ln).exp().min(1.0)
    }

    /// Joint evidence of two independent streams, or of two stages the second of which began when the first was over.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self::from_ln(self.ln + other.ln)
    }

    /// Joint evidence of values with any relation: their mean. [`EValue::ONE`] for none.
    ///
    /// ```
    /// use verdict::EValue;
    ///
    /// let mean = EValue::mean([EValue::from_ln(0.0), EValue::from_ln(3.0_f64.ln())]);
    /// assert!((mean.get() - 2.0).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn mean(values: impl IntoIterator<Item = Self>) -> Self {
        // One pass, with the largest so far taken out, so that nothing overflows.
        let (mut top, mut sum, mut count) = (f64::NEG_INFINITY, 0.0, 0.0);
        for Self { ln } in values {
            count += 1.0;
            if ln > top {
                sum = sum * (top - ln).exp() + 1.0;
                top = ln;
            } else if ln > f64::NEG_INFINITY {
                sum += (ln - top).exp();
            }
        }
        if count == 0.0 { Self::ONE } else { Self::from_ln(top + (sum / count).ln()) }
    }
}

impl fmt::Debug for EValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EValue(exp({}))", self.ln)
    }
}
