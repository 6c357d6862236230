//! Flagsmith's engine, `flagsmith-flag-engine`.
//!
//! Measured is `get_evaluation_result`, its only call: it evaluates every flag, from which the asked one is taken. The
//! identity is moved into the environment's context, where its own helper would copy the whole context per user.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::mem;

use flagsmith_flag_engine::engine::get_evaluation_result;
use flagsmith_flag_engine::engine_eval::EngineEvaluationContext;
use flagsmith_flag_engine::engine_eval::context::IdentityContext;
use flagsmith_flag_engine::types::{FlagsmithValue, FlagsmithValueType};
use peers_measure::Workload;
use serde_json::{Value, json};

use crate::scenario::{Asks, COUNTRIES, FlagSpec, Scene, User, asking, many, users};

pub(crate) fn evaluating(scene: Scene) -> Workload {
    let mut environment = load(&document(&scene.flags));
    let identities = users().iter().map(|user| RefCell::new(Some(identity(user)))).collect();
    asking(scene, identities, move |name, identity: &RefCell<Option<IdentityContext>>| {
        mem::swap(&mut environment.identity, &mut identity.borrow_mut());
        let result = get_evaluation_result(&environment);
        mem::swap(&mut environment.identity, &mut identity.borrow_mut());
        result.flags.get(name).is_some_and(|flag| flag.enabled)
    })
}

pub(crate) fn loading() -> Workload {
    let document = document(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(&document)));
        }
    })
}

fn load(document: &[u8]) -> EngineEvaluationContext {
    serde_json::from_slice(document).expect("the document is in the vendor's format")
}

fn identity(user: &User) -> IdentityContext {
    let country = FlagsmithValue { value_type: FlagsmithValueType::String, value: user.country.clone() };
    IdentityContext {
        identifier: user.id.clone(),
        key: format!("bench_{}", user.id),
        traits: HashMap::from([("country".to_owned(), country)]),
    }
}

fn document(flags: &[FlagSpec]) -> Vec<u8> {
    let features: serde_json::Map<String, Value> =
        flags.iter().map(|spec| (spec.name.clone(), feature(&spec.name, spec.asks == Asks::Nothing))).collect();
    let segments: serde_json::Map<String, Value> =
        flags.iter().filter(|spec| spec.asks != Asks::Nothing).map(|spec| (spec.name.clone(), segment(spec))).collect();
    let environment = json!({ "key": "bench", "name": "bench" });
    serde_json::to_vec(&json!({ "environment": environment, "features": features, "segments": segments }))
        .expect("a JSON value can be written to memory")
}

fn feature(name: &str, enabled: bool) -> Value {
    json!({ "key": name, "name": name, "enabled": enabled, "value": null })
}

/// The vendor expresses a share of users by a segment that overrides the feature.
fn segment(spec: &FlagSpec) -> Value {
    let mut conditions = vec![json!({ "operator": "PERCENTAGE_SPLIT", "property": "$.identity.key", "value": "50" })];
    if spec.asks == Asks::CountryThenHalf {
        conditions.insert(0, json!({ "operator": "IN", "property": "country", "value": COUNTRIES }));
    }
    json!({
        "key": spec.name,
        "name": spec.name,
        "rules": [{ "type": "ALL", "conditions": conditions }],
        "overrides": [feature(&spec.name, true)],
    })
}
