//! Finds what is dangerous in directories of migrations, before they are deployed.

mod act;
mod advice;
mod allow;
mod compatibility;
mod hazard;
mod layout;
mod linter;
mod locks;
mod migration;
mod rebuilt;
mod release;
mod report;
mod session;
mod write_lock;

pub use hazard::{Hazard, Severity, UnknownHazard};
pub use layout::{Layout, LayoutError};
pub use linter::Linter;
pub use migration::Migration;
pub use report::{Lint, LintReport, Suppressed};
