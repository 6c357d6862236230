//! Holdouts and layers with what came out of them.

use std::sync::Arc;

use super::record::Record;
use super::step::{Answer, Step};
use crate::compile::{Gate, GateKind, Gated};
use crate::model::Percent;

/// The gates of a flag, with the bucket that each asked for.
pub(super) fn steps(gated: &Gated, seen: &Record) -> Vec<Step> {
    let step = |(place, gate): (usize, &Arc<Gate>)| {
        let bucket = seen.gate(place);
        let condition = match gate.kind {
            GateKind::Holdout => {
                let share = gate.bands.first().map_or(Percent::NONE, |band| band.to());
                format!("outside the {share} of holdout {:?}", gate.name)
            }
            GateKind::Layer if gate.bands.is_empty() => {
                format!("within its slot of layer {:?}, which is empty", gate.name)
            }
            GateKind::Layer => {
                let bands: Vec<String> = gate.bands.iter().map(ToString::to_string).collect();
                format!("within {} of layer {:?}", bands.join(" or "), gate.name)
            }
        };
        let answer = match bucket {
            None => Answer::Unknown,
            Some(_) if gate.lets_through(bucket) => Answer::True,
            Some(_) => Answer::False,
        };
        let seen = match (bucket, &gate.by) {
            (Some(bucket), _) => format!("bucket {bucket}"),
            (None, Some(path)) => format!("{path} has no value that can be bucketed"),
            (None, None) => "the context has no key".to_owned(),
        };
        Step { condition, answer, seen: Some(seen), parts: Vec::new() }
    };
    gated.gates.iter().enumerate().map(step).collect()
}
