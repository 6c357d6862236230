//! Evaluations handed on as events.

use std::fmt;
use std::sync::Arc;

use super::event::{EvaluationEvent, TelemetryOptions};
use crate::handle::{EvaluationDetails, Hook, HookContext};

/// Where events of evaluations go: an OpenTelemetry logger, say.
///
/// # Contract
/// Called at every evaluation, on the thread that evaluates, so it must not block. A panic is caught and told, like that of
/// any [`Hook`].
///
/// # Implementing
/// The attributes come with their names.
/// ```
/// use std::sync::mpsc;
/// use feature_flags::{EvaluationEvent, Flags, Telemetry, TelemetryOptions, TelemetrySink};
///
/// /// Hands lines to a thread that sends them: it never blocks, and what does not fit is dropped.
/// struct Lines(mpsc::SyncSender<String>);
///
/// impl TelemetrySink for Lines {
///     fn emit(&self, event: &EvaluationEvent<'_>) {
///         let attributes: Vec<String> = event.attributes().map(|(name, value)| format!("{name}={value}")).collect();
///         let _is_full = self.0.try_send(attributes.join(" "));
///     }
/// }
///
/// let (sender, lines) = mpsc::sync_channel(1_000);
/// let flags = Flags::builder().hook(Telemetry::new(TelemetryOptions::new(), Lines(sender))).build();
/// assert!(!flags.enabled("no-such-flag", &()));
/// assert!(lines.try_recv()?.starts_with("feature_flag.key=\"no-such-flag\" "));
/// # Ok::<(), mpsc::TryRecvError>(())
/// ```
#[diagnostic::on_unimplemented(note = "implement `TelemetrySink`, or wrap the sink in `Arc`")]
pub trait TelemetrySink: Send + Sync + 'static {
    /// A flag was evaluated.
    fn emit(&self, event: &EvaluationEvent<'_>);
}

const _: fn(&dyn TelemetrySink) = |_| {}; // stays object-safe

impl<T: TelemetrySink + ?Sized> TelemetrySink for Arc<T> {
    fn emit(&self, event: &EvaluationEvent<'_>) {
        (**self).emit(event);
    }
}

/// A [`Hook`] that hands every evaluation to a sink as an [`EvaluationEvent`].
///
/// One event per evaluation is what the conventions wish for, and more than most log pipelines do: counts are in
/// [`Flags::usage`](crate::Flags::usage) and the metrics, at a nanosecond each.
///
/// ```
/// use feature_flags::{EvaluationEvent, Flag, Flags, Telemetry, TelemetryOptions, TelemetrySink};
///
/// struct Printer;
///
/// impl TelemetrySink for Printer {
///     fn emit(&self, event: &EvaluationEvent<'_>) {
///         println!("{} {}: {}", EvaluationEvent::NAME, event.key, event.reason);
///     }
/// }
///
/// let options = TelemetryOptions::new().set_id("checkout/production");
/// let flags = Flags::builder().flag(Flag::new("new-search")).hook(Telemetry::new(options, Printer)).build();
/// assert!(!flags.enabled("new-search", &()));
/// ```
pub struct Telemetry<S> {
    options: TelemetryOptions,
    sink: S,
}

impl<S: TelemetrySink> Telemetry<S> {
    /// Events as `options` say, for `sink`.
    pub fn new(options: TelemetryOptions, sink: S) -> Self {
        Self { options, sink }
    }
}

impl<S: TelemetrySink> Hook for Telemetry<S> {
    fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        self.sink.emit(&EvaluationEvent::of(&self.options, call, details));
    }

    fn name(&self) -> &'static str {
        "telemetry"
    }
}

impl<S> fmt::Debug for Telemetry<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("options", &self.options).finish_non_exhaustive()
    }
}
