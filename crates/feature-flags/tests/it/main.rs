//! Feature flags as applications use them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod bucketing;
mod code;
mod concurrency;
mod context;
#[cfg(feature = "edit")]
mod edit;
mod explain;
#[cfg(feature = "exposures")]
mod exposures;
mod expressions;
mod format;
#[cfg(feature = "testing")]
mod golden;
mod hooks;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod json_twice;
mod layers;
mod limits;
mod lints;
#[cfg(all(feature = "edit", feature = "watch"))]
mod machine;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "json")]
mod models;
#[cfg(feature = "testing")]
mod overrides;
mod patches;
mod people;
#[cfg(feature = "care")]
mod preview;
mod ramps;
#[cfg(all(feature = "json", feature = "testing"))]
mod recording;
mod rules;
#[cfg(feature = "json")]
mod schema;
mod segments;
mod sources;
#[cfg(feature = "care")]
mod stale;
#[cfg(feature = "telemetry")]
mod telemetry;
#[cfg(feature = "typed")]
mod typed;
mod unknown;
#[cfg(feature = "json")]
mod usage_file;
mod values;
#[cfg(feature = "watch")]
mod watch;
#[cfg(all(feature = "edit", feature = "json"))]
mod whole;
#[cfg(all(feature = "json", feature = "testing"))]
mod wrappers;
