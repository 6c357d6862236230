//! Evaluations as OpenTelemetry names them.

mod event;
mod hook;
#[cfg(feature = "tracing")]
mod to_tracing;

pub use event::{EvaluationEvent, TelemetryOptions};
pub use hook::{Telemetry, TelemetrySink};
#[cfg(feature = "tracing")]
pub use to_tracing::TracingTelemetry;
