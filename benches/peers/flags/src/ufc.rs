//! The configuration format that Eppo and Datadog share.

use serde_json::{Value, json};

use crate::scenario::{Asks, COUNTRIES, FlagSpec};

/// The document that the vendor's server would send for these flags.
pub(crate) fn document(flags: &[FlagSpec]) -> Vec<u8> {
    let flags: serde_json::Map<String, Value> = flags.iter().map(|spec| (spec.name.clone(), flag(spec))).collect();
    with_flags(&Value::Object(flags))
}

/// One flag that is on for the given ids and no others.
pub(crate) fn document_of_segment(name: &str, ids: &[String]) -> Vec<u8> {
    let rules = json!([{ "conditions": [{ "attribute": "id", "operator": "ONE_OF", "value": ids }] }]);
    with_flags(&json!({ name: flag_with(name, &rules, &json!([])) }))
}

fn with_flags(flags: &Value) -> Vec<u8> {
    let document = json!({
        "createdAt": "2026-01-01T00:00:00Z",
        "format": "SERVER",
        "environment": { "name": "bench" },
        "flags": flags,
    });
    serde_json::to_vec(&document).expect("a JSON value can be written to memory")
}

fn flag(spec: &FlagSpec) -> Value {
    let rules = match spec.asks {
        Asks::CountryThenHalf => {
            json!([{ "conditions": [{ "attribute": "country", "operator": "ONE_OF", "value": COUNTRIES }] }])
        }
        Asks::Nothing | Asks::Half => json!([]),
    };
    let shards = match spec.asks {
        Asks::Nothing => json!([]),
        Asks::Half | Asks::CountryThenHalf => {
            json!([{ "salt": spec.name, "totalShards": 10_000, "ranges": [{ "start": 0, "end": 5_000 }] }])
        }
    };
    flag_with(&spec.name, &rules, &shards)
}

/// `doLog` is off: no assignment event is built, which is the cheapest the rivals can do.
fn flag_with(name: &str, rules: &Value, shards: &Value) -> Value {
    json!({
        "key": name,
        "enabled": true,
        "variationType": "BOOLEAN",
        "variations": { "on": { "key": "on", "value": true }, "off": { "key": "off", "value": false } },
        "allocations": [{
            "key": "main",
            "rules": rules,
            "splits": [{ "variationKey": "on", "shards": shards }],
            "doLog": false,
        }],
        "totalShards": 10_000,
    })
}
