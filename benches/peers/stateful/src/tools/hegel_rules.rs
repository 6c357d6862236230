//! `hegeltest`, Hegel for Rust, with its engine linked in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hegel::{HealthCheck, Settings, Verbosity};

use super::{Asked, Tool};
use crate::machine::Machine;
use crate::runs;

pub(crate) struct Hegel;

impl Tool for Hegel {
    const NAME: &'static str = "hegeltest";

    /// It returns nothing, but runs what it reports once more at the end: the last run that failed is the report.
    fn check<M: Machine>(asked: Asked) -> Option<u64> {
        let settings = Settings::new()
            .test_cases(asked.cases.into())
            .seed(Some(asked.seed))
            .database(None)
            .verbosity(Verbosity::Quiet)
            .print_blob(false)
            .suppress_health_check(HealthCheck::all());
        let steps = asked.commands.into();
        let test = hegel::Hegel::new(move |test_case| M::hegel(test_case, steps)).settings(settings);
        catch_unwind(AssertUnwindSafe(|| test.run())).is_err().then(|| runs::read().last_failure)
    }
}
