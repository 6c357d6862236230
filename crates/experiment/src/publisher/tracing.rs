//! Results as events of the `tracing` facade.

use std::fmt::{self, Write};

use tracing::Level;

use super::storm::{Storms, is_alarming};
use super::{PublishError, Publisher};
use crate::context::ContextValue;
use crate::description::Sample;
use crate::name::CONTROL_AGAIN;
use crate::observation::{CandidateResult, RunResult};
use crate::outcome::Outcome;

/// Emits one event per candidate of a run, with the target `experiment`.
///
/// | outcome | level |
/// |---|---|
/// | mismatch, panicked, timed out | `WARN` |
/// | dropped, cancelled | `INFO` |
/// | ignored, skipped, and all of the control's second run | `DEBUG` |
/// | match | `TRACE` |
///
/// | field | what it holds |
/// |---|---|
/// | `experiment`, `candidate` | the names |
/// | `run` | the number of the run, the first being 1 |
/// | `outcome` | as [`Outcome::as_str`] |
/// | `reason` | why it was skipped or dropped |
/// | `position` | its place in the order of the run, 0 for what ran first |
/// | `duration_seconds`, `control_duration_seconds` | how long both ran |
/// | `control_panicked` | whether the control did |
/// | `passed_over` | how many events were left out since the one before of that level, where some were |
/// | `sample_control`, `sample_candidate`, `sample_difference` | the words of the call site, only [`with_samples`](TracingPublisher::with_samples) |
/// | `context` | entries of the call, only those named to [`with_context`](TracingPublisher::with_context) |
///
/// Names and meanings of fields are stable. No value of a result or a context is in an event unless it was asked for.
/// A storm is held back: of each candidate the first five warnings are emitted, and then at most ten per second; and as many of
/// the events with the level `INFO`, of which there is one for each run that finds the background full.
///
/// Events are emitted where results are published: inside the caller's span for runs on its thread or task, outside of it
/// for runs in the background. An event that nobody is interested in is not built.
///
/// ```
/// use experiment::{Lab, TracingPublisher};
///
/// let lab = Lab::new().publisher(TracingPublisher::new().with_context(["tenant"]));
/// lab.experiment("users-query").control(|| 1).candidate("new", || 2).context("tenant", "acme").run();
/// ```
pub struct TracingPublisher {
    samples: bool,
    context: Vec<&'static str>,
    /// What holds events back; `None` if nothing does.
    storms: Option<Held>,
}

/// Apart, so that a full background keeps no warning away.
struct Held {
    warnings: Storms,
    drops: Storms,
}

impl TracingPublisher {
    /// A publisher of events without values.
    pub fn new() -> Self {
        Self {
            samples: false,
            context: Vec::new(),
            storms: Some(Held { warnings: Storms::new(), drops: Storms::new() }),
        }
    }

    /// Adds the words that call sites give to mismatches with `describe_with`, `describe_debug` or `explain_with`: what
    /// of results may be stored may then be in events, too.
    #[must_use]
    pub fn with_samples(self) -> Self {
        Self { samples: true, ..self }
    }

    /// Adds the entries of the call's context with these keys, as `key=value` separated by spaces. Values of types of the
    /// application ([`ContextValue::Other`]) are left out.
    #[must_use]
    pub fn with_context(self, keys: impl IntoIterator<Item = &'static str>) -> Self {
        Self { context: keys.into_iter().collect(), ..self }
    }

    /// Emits every event, however many there are.
    #[must_use]
    pub fn unlimited(self) -> Self {
        Self { storms: None, ..self }
    }

    fn context_of(&self, result: &RunResult<'_>) -> Option<String> {
        let mut text = String::new();
        for (key, value) in result.context().filter(|(key, _)| self.context.contains(key)) {
            let space = if text.is_empty() { "" } else { " " };
            let written = match value {
                // Quoted, so that a value can neither break the line nor look like another entry.
                ContextValue::Text(value) => write!(text, "{space}{key}={value:?}"),
                ContextValue::Integer(value) => write!(text, "{space}{key}={value}"),
                ContextValue::Float(value) => write!(text, "{space}{key}={value}"),
                ContextValue::Flag(value) => write!(text, "{space}{key}={value}"),
                ContextValue::Other(_) => Ok(()),
            };
            written.expect("writing to a string cannot fail");
        }
        (!text.is_empty()).then_some(text)
    }

    /// How many events of that kind were left out before this one; `None` if it is left out, too.
    fn admit(&self, kind: fn(&Held) -> &Storms, result: &RunResult<'_>, candidate: &CandidateResult) -> Option<u64> {
        self.storms.as_ref().map_or(Some(0), |held| kind(held).admit(result.experiment(), candidate.name()))
    }
}

impl Default for TracingPublisher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TracingPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracingPublisher")
            .field("samples", &self.samples)
            .field("context", &self.context)
            .field("limited", &self.storms.is_some())
            .finish_non_exhaustive()
    }
}

/// One event. The level is part of the place in the code, so there is one place per level.
macro_rules! emit {
    ($level:ident, $publisher:ident, $result:ident, $candidate:ident, $passed_over:expr) => {{
        let (control, observation) = ($result.control(), &$candidate.observation);
        let sample = $candidate.sample.as_deref().filter(|_| $publisher.samples);
        tracing::event!(
            target: "experiment",
            Level::$level,
            experiment = $result.experiment(),
            run = $result.run(),
            candidate = $candidate.name(),
            outcome = $candidate.outcome.as_str(),
            reason = $candidate.reason.map(tracing::field::display),
            position = observation.position,
            duration_seconds = observation.duration.map(|duration| duration.as_secs_f64()),
            control_duration_seconds = control.duration.map(|duration| duration.as_secs_f64()),
            control_panicked = control.panicked,
            passed_over = ($passed_over > 0).then_some($passed_over),
            sample_control = words(sample, |sample| &sample.control),
            sample_candidate = words(sample, |sample| &sample.candidate),
            sample_difference = words(sample, |sample| &sample.difference),
            context = $publisher.context_of($result),
        );
    }};
}

impl Publisher for TracingPublisher {
    fn publish(&self, result: &RunResult<'_>) -> Result<(), PublishError> {
        for candidate in result.candidates() {
            match level(candidate) {
                // What is held back is counted only where somebody is interested.
                Level::WARN if tracing::enabled!(target: "experiment", Level::WARN) => {
                    if let Some(passed_over) = self.admit(|held| &held.warnings, result, candidate) {
                        emit!(WARN, self, result, candidate, passed_over);
                    }
                }
                Level::INFO if tracing::enabled!(target: "experiment", Level::INFO) => {
                    if let Some(passed_over) = self.admit(|held| &held.drops, result, candidate) {
                        emit!(INFO, self, result, candidate, passed_over);
                    }
                }
                Level::DEBUG => emit!(DEBUG, self, result, candidate, 0_u64),
                Level::TRACE => emit!(TRACE, self, result, candidate, 0_u64),
                _ => {}
            }
        }
        Ok(())
    }
}

fn level(candidate: &CandidateResult) -> Level {
    match candidate.outcome {
        _ if is_alarming(candidate) => Level::WARN,
        _ if candidate.name() == CONTROL_AGAIN => Level::DEBUG,
        Outcome::Dropped | Outcome::Cancelled => Level::INFO,
        Outcome::Match => Level::TRACE,
        _ => Level::DEBUG,
    }
}

fn words<'s>(sample: Option<&'s Sample>, part: impl Fn(&'s Sample) -> &'s Option<String>) -> Option<&'s str> {
    sample.and_then(|sample| part(sample).as_deref())
}
