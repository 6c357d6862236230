//! Who uses the database.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::as_millis;

/// What a consumer is to the organisation: decides in which order consumers move.
///
/// ```
/// use migration_planner::ConsumerKind;
///
/// assert!(ConsumerKind::Application < ConsumerKind::Reporting); // applications move first
/// assert_eq!(ConsumerKind::Etl.to_string(), "ETL");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsumerKind {
    /// The services that own the data.
    Application,
    /// Jobs that copy data elsewhere.
    Etl,
    /// Reports and dashboards.
    Reporting,
    /// Whoever else may hold a connection.
    Unknown,
}

impl fmt::Display for ConsumerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "application",
            Self::Etl => "ETL",
            Self::Reporting => "reporting",
            Self::Unknown => "unknown",
        })
    }
}

/// Somebody who uses the database and has to move before something of it can go.
///
/// ```
/// use migration_planner::{Consumer, ConsumerKind};
/// use std::time::Duration;
///
/// let report = Consumer::new("month-end", ConsumerKind::Reporting).period(Duration::from_secs(31 * 86_400));
/// assert_eq!(report.name(), "month-end");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    name: String,
    kind: ConsumerKind,
    #[serde(rename = "period_ms", with = "as_millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    period: Duration,
}

impl Consumer {
    /// A consumer that is always at work.
    pub fn new(name: impl Into<String>, kind: ConsumerKind) -> Self {
        Self { name: name.into(), kind, period: Duration::ZERO }
    }

    /// Says that the consumer runs once every `period`: evidence that it no longer uses something has to cover at least
    /// as much.
    #[must_use]
    pub fn period(mut self, period: Duration) -> Self {
        self.period = period;
        self
    }

    /// The three that every plan has unless told otherwise: `application`, `etl` and `reporting`.
    ///
    /// ```
    /// use migration_planner::Consumer;
    ///
    /// let names: Vec<_> = Consumer::defaults().iter().map(|c| c.name().to_owned()).collect();
    /// assert_eq!(names, ["application", "etl", "reporting"]);
    /// ```
    pub fn defaults() -> Vec<Self> {
        vec![
            Self::new("application", ConsumerKind::Application),
            Self::new("etl", ConsumerKind::Etl),
            Self::new("reporting", ConsumerKind::Reporting),
        ]
    }

    /// The name evidence is filed under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    pub fn kind(&self) -> ConsumerKind {
        self.kind
    }

    /// How often it runs; zero if it always does.
    pub fn runs_every(&self) -> Duration {
        self.period
    }
}
