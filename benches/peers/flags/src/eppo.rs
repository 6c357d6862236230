//! Eppo's engine, `eppo_core`.
//!
//! Measured are `get_assignment` and `get_assignment_details`, the calls its client makes. The time is passed in and
//! not read, and the contexts are made beforehand, although an application would pay for both on each call.

use std::hint::black_box;
use std::sync::Arc;

use chrono::Utc;
use eppo_core::eval::{get_assignment, get_assignment_details};
use eppo_core::ufc::{AssignmentValue, UniversalFlagConfig, VariationType};
use eppo_core::{AttributeValue, Attributes, Configuration, SdkMetadata, Str};
use peers_measure::Workload;

use crate::scenario::{Scene, User, asking, many, users};
use crate::segment;
use crate::ufc;

type Subject = (Str, Arc<Attributes>);

pub(crate) fn evaluating(scene: Scene) -> Workload {
    let document = ufc::document(&scene.flags);
    asking(scene, users().iter().map(subject).collect(), asker(document))
}

/// With the reasons why each allocation matched or did not.
pub(crate) fn explaining(scene: Scene) -> Workload {
    let configuration = load(ufc::document(&scene.flags));
    let now = Utc::now();
    asking(scene, users().iter().map(subject).collect(), move |name, (key, attributes): &Subject| {
        let (result, _event) =
            get_assignment_details(Some(&configuration), name, key, attributes, Some(VariationType::Boolean), now);
        black_box(&result.evaluation_details);
        result.variation.as_ref().is_some_and(|value| matches!(value, AssignmentValue::Boolean(true)))
    })
}

pub(crate) fn evaluating_segment() -> Workload {
    let members = segment::members();
    let document = ufc::document_of_segment(segment::FLAG, &members);
    segment::asking(&members, subject, asker(document))
}

pub(crate) fn loading() -> Workload {
    let document = ufc::document(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(document.clone())));
        }
    })
}

fn asker(document: Vec<u8>) -> impl FnMut(&str, &Subject) -> bool {
    let configuration = load(document);
    let now = Utc::now();
    move |name, (key, attributes)| {
        let assignment = get_assignment(Some(&configuration), name, key, attributes, Some(VariationType::Boolean), now);
        matches!(assignment, Ok(Some(assignment)) if matches!(assignment.value, AssignmentValue::Boolean(true)))
    }
}

fn load(document: Vec<u8>) -> Configuration {
    let sdk = SdkMetadata { name: "bench", version: "0" };
    let flags = UniversalFlagConfig::from_json(sdk, document).expect("the document is in the vendor's format");
    Configuration::from_server_response(flags, None)
}

fn subject(user: &User) -> Subject {
    let country = AttributeValue::categorical(user.country.as_str());
    (Str::new(&user.id), Arc::new(Attributes::from([(Str::new("country"), country)])))
}
