//! Datadog's engine, `libdd-ffe`.
//!
//! Measured is `get_assignment`, the call its clients make. The time is passed in and not read, and the contexts are
//! made beforehand, although an application would pay for both on each call.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use libdd_ffe::ExpectedFlagType;
use libdd_ffe::rules_based::{
    Attribute, Configuration, EvaluationContext, Str, UniversalFlagConfig, get_assignment, now,
};
use peers_measure::Workload;

use crate::scenario::{Scene, User, asking, many, users};
use crate::segment;
use crate::ufc;

pub(crate) fn evaluating(scene: Scene) -> Workload {
    let document = ufc::document(&scene.flags);
    asking(scene, users().iter().map(context).collect(), asker(document))
}

pub(crate) fn evaluating_segment() -> Workload {
    let members = segment::members();
    let document = ufc::document_of_segment(segment::FLAG, &members);
    segment::asking(&members, context, asker(document))
}

pub(crate) fn loading() -> Workload {
    let document = ufc::document(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(document.clone())));
        }
    })
}

fn asker(document: Vec<u8>) -> impl FnMut(&str, &EvaluationContext) -> bool {
    let configuration = load(document);
    let now = now();
    move |name, context| {
        let assignment = get_assignment(Some(&configuration), name, context, ExpectedFlagType::Boolean, now);
        assignment.is_ok_and(|assignment| *assignment.variation_key == *"on")
    }
}

fn load(document: Vec<u8>) -> Configuration {
    let flags = UniversalFlagConfig::from_json(document).expect("the document is in the vendor's format");
    Configuration::from_server_response(flags)
}

fn context(user: &User) -> EvaluationContext {
    let attributes = HashMap::from([(Str::new("country"), Attribute::from(user.country.clone()))]);
    EvaluationContext::new(Some(Str::new(&user.id)), Arc::new(attributes))
}
