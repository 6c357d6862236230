//! Figures for the `metrics` facade.

use metrics::{Counter, Unit, counter, describe_counter, describe_gauge, gauge};

use super::usage::{Key, Total};

const EVALUATIONS: &str = "flag_evaluations_total";
const AGE: &str = "flag_snapshot_age_seconds";
const ERRORS: &str = "flag_source_errors_total";

/// Says what each metric of this crate is, in its unit.
pub(super) fn describe() {
    describe_counter!(EVALUATIONS, Unit::Count, "evaluations of a flag, by what it said and why");
    describe_gauge!(AGE, Unit::Seconds, "time since the flags were last known to be what their source holds");
    describe_counter!(ERRORS, Unit::Count, "times that a source of flags could not be read, by what failed");
}

/// Brings the recorder up to the total; its handle is looked up once per flag, answer and reason.
pub(super) fn evaluations(key: &Key, total: &mut Total) {
    let register = || -> Counter {
        let (flag, variant) = (key.flag.to_string(), key.variant.clone());
        counter!(EVALUATIONS, "flag" => flag, "variant" => variant, "reason" => key.reason)
    };
    total.counter.get_or_insert_with(register).absolute(total.count);
}

pub(super) fn snapshot_age(seconds: f64) {
    gauge!(AGE).set(seconds);
}

pub(super) fn source_error(op: &'static str) {
    counter!(ERRORS, "op" => op).increment(1);
}
