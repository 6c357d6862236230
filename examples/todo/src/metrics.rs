//! What the crates count, in the words of Prometheus.

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Everything that this process counts through the facade `metrics`.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

/// Something in this process counts already.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be kept")]
pub struct InstallError(#[source] BuildError);

impl Metrics {
    /// Counts from here on. Only once in a process, and before anything that is to be counted starts.
    ///
    /// # Errors
    ///
    /// [`InstallError`] where something counts already.
    pub fn install() -> Result<Self, InstallError> {
        let handle = PrometheusBuilder::new().install_recorder().map_err(InstallError)?;
        experiment::describe_metrics();
        Ok(Self { handle })
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
