//! GrowthBook's engine, `growthbook-rust`.
//!
//! Measured are `GrowthBookClient::is_on`, the call of its documentation, and `GrowthBook::check`, the engine below it.
//! The client takes the attributes by value, so the copy it asks for is part of the call, as in its own benchmark.

use std::hint::black_box;

use growthbook_rust::client::{GrowthBookClient, GrowthBookClientBuilder, GrowthBookClientTrait};
use growthbook_rust::growthbook::GrowthBook;
use growthbook_rust::model_public::GrowthBookAttribute;
use peers_measure::Workload;
use serde_json::{Value, json};

use crate::scenario::{Asks, COUNTRIES, FlagSpec, Scene, User, asking, many, users};
use crate::segment;

type Attributes = Option<Vec<GrowthBookAttribute>>;

pub(crate) fn evaluating_core(scene: Scene) -> Workload {
    let engine = engine(&client(features(&scene.flags), Value::Null));
    asking(scene, users().iter().map(attributes).collect(), move |name, attributes| engine.check(name, attributes).on)
}

pub(crate) fn evaluating_client(scene: Scene) -> Workload {
    let client = client(features(&scene.flags), Value::Null);
    asking(scene, users().iter().map(attributes).collect(), move |name, attributes| {
        client.is_on(name, attributes.clone())
    })
}

pub(crate) fn evaluating_segment() -> Workload {
    let members = segment::members();
    let rule = json!({ "condition": { "id": { "$inGroup": "members" } }, "force": true });
    let features = json!({ segment::FLAG: { "defaultValue": false, "rules": [rule] } });
    let engine = engine(&client(features, json!({ "members": members })));
    segment::asking(&members, attributes, move |name, attributes| engine.check(name, attributes).on)
}

/// From the text, as the client's gateway does it.
pub(crate) fn loading() -> Workload {
    let document = features(&many()).to_string();
    Box::new(move |calls| {
        for _ in 0..calls {
            let features = serde_json::from_str(black_box(&document)).expect("the document was written just before");
            black_box(client(features, Value::Null));
        }
    })
}

fn client(features: Value, saved_groups: Value) -> GrowthBookClient {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without any driver");
    let builder = GrowthBookClientBuilder::new().features_json(features).expect("the vendor's format");
    let builder = if saved_groups.is_null() { builder } else { builder.saved_groups(saved_groups) };
    runtime.block_on(builder.build()).expect("a client that has its features asks no server")
}

fn engine(client: &GrowthBookClient) -> GrowthBook {
    client.gb.read().expect("nobody panicked with the lock").clone()
}

#[allow(clippy::unnecessary_wraps, reason = "the engine asks for an option")]
fn attributes(user: &User) -> Attributes {
    let attributes = GrowthBookAttribute::from(json!({ "id": user.id, "country": user.country }));
    Some(attributes.expect("attributes are an object"))
}

fn features(flags: &[FlagSpec]) -> Value {
    Value::Object(flags.iter().map(|spec| (spec.name.clone(), feature(spec))).collect())
}

fn feature(spec: &FlagSpec) -> Value {
    let half = json!({ "force": true, "coverage": 0.5, "hashAttribute": "id" });
    match spec.asks {
        Asks::Nothing => json!({ "defaultValue": true }),
        Asks::Half => json!({ "defaultValue": false, "rules": [half] }),
        Asks::CountryThenHalf => {
            let mut rule = half;
            rule["condition"] = json!({ "country": { "$in": COUNTRIES } });
            json!({ "defaultValue": false, "rules": [rule] })
        }
    }
}
