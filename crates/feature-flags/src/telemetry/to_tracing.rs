//! Events for the `tracing` facade.

use super::event::EvaluationEvent;
use super::hook::TelemetrySink;

/// Sends events to the `tracing` facade, at the level INFO, with the target and the name `feature_flag.evaluation`: a layer
/// that exports to OpenTelemetry finds the attributes under their names.
///
/// ```
/// use feature_flags::{Flags, Telemetry, TelemetryOptions, TracingTelemetry};
///
/// let flags = Flags::builder().hook(Telemetry::new(TelemetryOptions::new(), TracingTelemetry)).build();
/// assert!(!flags.enabled("new-search", &()));
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it will never have fields")]
pub struct TracingTelemetry;

impl TelemetrySink for TracingTelemetry {
    fn emit(&self, event: &EvaluationEvent<'_>) {
        tracing::event!(
            name: "feature_flag.evaluation",
            target: "feature_flag.evaluation",
            tracing::Level::INFO,
            "feature_flag.key" = event.key,
            "feature_flag.result.variant" = event.variant,
            "feature_flag.result.value" = event.value.map(tracing::field::display),
            "feature_flag.result.reason" = event.reason,
            "feature_flag.provider.name" = event.provider,
            "feature_flag.set.id" = event.set_id,
            "feature_flag.version" = %event.version,
            "feature_flag.context.id" = event.context_id.as_deref(),
            "error.type" = event.error_type,
            "feature_flag.error.message" = event.error.map(tracing::field::display),
        );
    }
}
