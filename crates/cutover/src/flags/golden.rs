//! Runs what is expected of flags.

use std::path::Path;
use std::process::ExitCode;

use feature_flags::testing::golden;

use crate::output;

/// Exit code 2 where something is not as expected.
pub(super) fn test(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let report = golden(file)?;
    if json {
        output::json(&report)?;
    } else {
        output::text(&report.to_string())?;
    }
    Ok(if report.is_passed() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
