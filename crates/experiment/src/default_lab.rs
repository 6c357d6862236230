//! The one process-wide lab, for applications that want no handle.

use std::sync::OnceLock;

use crate::experiment::Experiment;
use crate::lab::Lab;

/// The one static of the crate: an opt-in convenience, untouched by everything but the three functions below.
static DEFAULT: OnceLock<Lab> = OnceLock::new();

/// The experiment called `name` in the default lab.
///
/// ```
/// use experiment::experiment;
/// # struct Db;
/// # fn old_query(_: &Db) -> Vec<&'static str> { vec!["Ann", "Bob"] }
/// # fn new_query(_: &Db) -> Vec<&'static str> { vec!["Ann", "Bob"] }
/// # fn fancy_query(_: &Db) -> Vec<&'static str> { vec!["Ann"] }
/// # let db = Db;
///
/// let users = experiment("users-query")
///     .control(|| old_query(&db))
///     .candidate("new", || new_query(&db))
///     .candidate("fancy", || fancy_query(&db))
///     .run();
/// assert_eq!(users, ["Ann", "Bob"]);
/// ```
#[inline]
pub fn experiment(name: &'static str) -> Experiment<'static> {
    default_lab().experiment(name)
}

/// The default lab: the one given to [`install_default_lab`], or [`Lab::new`] if none was given before the first use.
///
/// ```
/// for report in experiment::default_lab().reports() {
///     println!("{report}");
/// }
/// ```
#[inline]
pub fn default_lab() -> &'static Lab {
    DEFAULT.get_or_init(Lab::new)
}

/// Makes `lab` the default lab. Only binaries should do this, at their start: libraries take a [`Lab`] from their
/// caller.
///
/// ```
/// use experiment::{Lab, Order};
///
/// let lab = experiment::install_default_lab(Lab::new().order(Order::ControlFirst))?;
/// lab.define("users-query").expect("it is a good name").switch_off();
/// # Ok::<(), experiment::InstallError>(())
/// ```
///
/// # Errors
/// [`InstallError::AlreadyInUse`] when a default lab was installed before, or used: what ran so far would be lost from
/// the report.
pub fn install_default_lab(lab: Lab) -> Result<&'static Lab, InstallError> {
    let mut lab = Some(lab);
    let installed = DEFAULT.get_or_init(|| lab.take().unwrap_or_default());
    if lab.is_none() { Ok(installed) } else { Err(InstallError::AlreadyInUse {}) }
}

/// Why a lab could not become the default.
///
/// ```
/// use experiment::{InstallError, Lab, default_lab, install_default_lab};
///
/// default_lab().experiment("x").control(|| 1).run();
/// assert!(matches!(install_default_lab(Lab::new()), Err(InstallError::AlreadyInUse { .. })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// There is one already. Install yours earlier, before the first experiment runs.
    #[error("the default lab is in use already")]
    #[non_exhaustive]
    AlreadyInUse {},
}
