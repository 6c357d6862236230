//! The line of a run.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::context::ContextValue;
use crate::description::Sample;
use crate::observation::{CandidateResult, Observation, RunResult};
use crate::outcome::Outcome;

/// What is written of a run: names, outcomes, times; words and context only where asked for.
#[derive(serde::Serialize)]
pub(super) struct RunLine {
    experiment: &'static str,
    run: u64,
    /// How many runs were passed over since the line before.
    #[serde(skip_serializing_if = "is_zero")]
    passed_over: u64,
    control: BehaviorLine,
    candidates: Vec<CandidateLine>,
    #[serde(skip_serializing_if = "Context::is_empty")]
    context: Context,
}

#[derive(serde::Serialize)]
struct BehaviorLine {
    /// How long it ran.
    nanos: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_nanos: Option<u64>,
    /// Its place in the order, 0 for what ran first.
    position: Option<usize>,
    /// Whether the others ran at the same time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    concurrent: bool,
    panicked: bool,
}

#[derive(serde::Serialize)]
struct CandidateLine {
    name: &'static str,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    behavior: BehaviorLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<Box<Sample>>,
}

/// Longer texts of the context are cut: what a call says of itself must not fill the queue.
const LONGEST_TEXT: usize = 200;

struct Context(Vec<(&'static str, Entry)>);

enum Entry {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
}

impl RunLine {
    pub(super) fn of(result: &RunResult<'_>, passed_over: u64, samples: bool, context: &[&str]) -> Self {
        let entries = result.context().filter(|(key, _)| context.contains(key));
        Self {
            experiment: result.experiment(),
            run: result.run(),
            passed_over,
            control: BehaviorLine::of(result.control()),
            candidates: result.candidates().map(|candidate| CandidateLine::of(candidate, samples)).collect(),
            context: Context(entries.filter_map(|(key, value)| Some((key, Entry::of(value)?))).collect()),
        }
    }
}

impl BehaviorLine {
    fn of(observation: &Observation) -> Self {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self {
            nanos: observation.duration.map(nanos),
            cpu_nanos: observation.cpu.map(nanos),
            position: observation.position,
            concurrent: observation.concurrent,
            panicked: observation.panicked,
        }
    }
}

impl CandidateLine {
    fn of(candidate: &CandidateResult, samples: bool) -> Self {
        Self {
            name: candidate.name(),
            outcome: candidate.outcome,
            reason: candidate.reason.map(|reason| reason.to_string()),
            behavior: BehaviorLine::of(&candidate.observation),
            sample: candidate.sample.clone().filter(|_| samples),
        }
    }
}

impl Entry {
    fn of(value: ContextValue<'_>) -> Option<Self> {
        match value {
            ContextValue::Text(text) => Some(Self::Text(text.chars().take(LONGEST_TEXT).collect())),
            ContextValue::Integer(number) => Some(Self::Integer(number)),
            ContextValue::Float(number) => Some(Self::Float(number)),
            ContextValue::Flag(flag) => Some(Self::Flag(flag)),
            ContextValue::Other(_) => None,
        }
    }
}

impl Context {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, entry) in &self.0 {
            match entry {
                Entry::Text(text) => map.serialize_entry(key, text)?,
                Entry::Integer(number) => map.serialize_entry(key, number)?,
                Entry::Float(number) => map.serialize_entry(key, number)?,
                Entry::Flag(flag) => map.serialize_entry(key, flag)?,
            }
        }
        map.end()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
