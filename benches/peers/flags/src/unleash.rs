//! Unleash's engine, `unleash-yggdrasil`.
//!
//! Measured is `EngineState::is_enabled` with a `Context` made beforehand, the call of its documentation. It does not
//! count usage by itself, so the counting form calls `count_toggle` as its clients do.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use peers_measure::Workload;
use serde_json::{Value, json};
use unleash_types::client_features::{ClientFeature, ClientFeatures, ClientFeaturesDelta, Context, DeltaEvent};
use unleash_yggdrasil::{EngineState, UpdateMessage};

use crate::scenario::{Asks, COUNTRIES, FlagSpec, Scene, User, asking, many, users};

pub(crate) fn evaluating(scene: Scene) -> Workload {
    let engine = load(&document(&scene.flags));
    asking(scene, contexts(), move |name, context| engine.is_enabled(name, context, &None))
}

pub(crate) fn evaluating_and_counting(scene: Scene) -> Workload {
    let engine = Arc::new(load(&document(&scene.flags)));
    counting_on(engine, scene)
}

/// For several threads on one engine, counting.
pub(crate) fn sharing(scene: Scene) -> impl Fn() -> Workload + Sync {
    let engine = Arc::new(load(&document(&scene.flags)));
    move || counting_on(Arc::clone(&engine), scene.clone())
}

pub(crate) fn loading() -> Workload {
    let document = document(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(&document)));
        }
    })
}

/// One flag of 10,000 is changed by a delta, the smallest update that the engine takes.
pub(crate) fn patching() -> Workload {
    let flags = many();
    let engine = load(&document(&flags));
    let changed: ClientFeature = serde_json::from_value(feature(&flags[5_000])).expect("as in the whole document");
    let mut event_id = 0;
    Box::new(move |calls| {
        for _ in 0..calls {
            event_id += 1;
            let event = DeltaEvent::FeatureUpdated { event_id, feature: changed.clone() };
            engine.take_state(UpdateMessage::PartialUpdate(ClientFeaturesDelta { events: vec![event] }));
        }
    })
}

fn counting_on(engine: Arc<EngineState>, scene: Scene) -> Workload {
    asking(scene, contexts(), move |name, context| {
        let enabled = engine.is_enabled(name, context, &None);
        engine.count_toggle(name, enabled);
        enabled
    })
}

fn load(document: &[u8]) -> EngineState {
    let features: ClientFeatures = serde_json::from_slice(document).expect("the document is in the vendor's format");
    let engine = EngineState::default();
    let warnings = engine.take_state(UpdateMessage::FullResponse(features));
    assert!(warnings.is_none(), "every flag compiles");
    engine
}

fn contexts() -> Vec<Context> {
    users().iter().map(context).collect()
}

fn context(user: &User) -> Context {
    Context {
        user_id: Some(user.id.clone()),
        session_id: None,
        environment: None,
        app_name: None,
        current_time: None,
        remote_address: None,
        properties: Some(HashMap::from([("country".to_owned(), user.country.clone())])),
    }
}

fn document(flags: &[FlagSpec]) -> Vec<u8> {
    let features: Vec<Value> = flags.iter().map(feature).collect();
    serde_json::to_vec(&json!({ "version": 2, "features": features })).expect("a JSON value can be written to memory")
}

fn feature(spec: &FlagSpec) -> Value {
    let half = json!({ "rollout": "50", "stickiness": "userId", "groupId": spec.name });
    let in_countries = json!([{ "contextName": "country", "operator": "IN", "values": COUNTRIES }]);
    let strategies = match spec.asks {
        Asks::Nothing => json!([{ "name": "default" }]),
        Asks::Half => json!([{ "name": "flexibleRollout", "parameters": half }]),
        Asks::CountryThenHalf => {
            json!([{ "name": "flexibleRollout", "parameters": half, "constraints": in_countries }])
        }
    };
    json!({ "name": spec.name, "type": "release", "enabled": true, "strategies": strategies })
}
