//! LaunchDarkly's engine, `launchdarkly-server-sdk-evaluation`.
//!
//! Measured is `evaluate` with a `Context` made beforehand. Its clients get the flag from a store that hands out an
//! owned copy per call (`Store::flag`); the form with a borrowed flag is the engine alone.

use std::collections::HashMap;
use std::hint::black_box;

use launchdarkly_server_sdk_evaluation::{Context, ContextBuilder, Flag, FlagValue, Segment, Store, evaluate};
use peers_measure::Workload;
use serde_json::{Value, json};

use crate::scenario::{Asks, COUNTRIES, FlagSpec, Scene, User, asking, many, users};
use crate::segment;

/// What the vendor's in-memory store is: maps behind the trait that hands out copies.
struct Memory {
    flags: HashMap<String, Flag>,
    segments: HashMap<String, Segment>,
}

impl Store for Memory {
    fn flag(&self, flag_key: &str) -> Option<Flag> {
        self.flags.get(flag_key).cloned()
    }

    fn segment(&self, segment_key: &str) -> Option<Segment> {
        self.segments.get(segment_key).cloned()
    }
}

pub(crate) fn evaluating_borrowed(scene: Scene) -> Workload {
    let store = load(&document(&scene.flags));
    asking(scene, users().iter().map(context).collect(), move |name, context| {
        store.flags.get(name).is_some_and(|flag| is_on(&store, flag, context))
    })
}

pub(crate) fn evaluating_through_store(scene: Scene) -> Workload {
    let store = load(&document(&scene.flags));
    asking(scene, users().iter().map(context).collect(), move |name, context| {
        store.flag(name).is_some_and(|flag| is_on(&store, &flag, context))
    })
}

pub(crate) fn evaluating_segment() -> Workload {
    let members = segment::members();
    let clause = json!([{ "attribute": "key", "op": "segmentMatch", "values": ["members"], "negate": false }]);
    let rules = json!([{ "id": "rule", "clauses": clause, "variation": 1, "trackEvents": false }]);
    let flags = json!({ segment::FLAG: flag_with(segment::FLAG, &rules, &json!({ "variation": 0 })) });
    let group =
        json!({ "key": "members", "version": 1, "included": members, "excluded": [], "rules": [], "salt": "s" });
    let store = Memory {
        flags: serde_json::from_value(flags).expect("the flag is in the vendor's format"),
        segments: HashMap::from([(
            "members".to_owned(),
            serde_json::from_value(group).expect("the segment is in the vendor's format"),
        )]),
    };
    segment::asking(&members, context, move |name, context| {
        store.flags.get(name).is_some_and(|flag| is_on(&store, flag, context))
    })
}

pub(crate) fn loading() -> Workload {
    let document = document(&many());
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(load(black_box(&document)).flags.len());
        }
    })
}

/// One flag of 10,000 is replaced in the map; what locks the readers wait for is not part of the figure.
pub(crate) fn patching() -> Workload {
    let flags = many();
    let mut store = load(&document(&flags));
    let changed: Flag = serde_json::from_value(flag(&flags[5_000])).expect("as in the whole document");
    Box::new(move |calls| {
        for _ in 0..calls {
            store.flags.insert(changed.key.clone(), black_box(changed.clone()));
        }
    })
}

fn is_on(store: &Memory, flag: &Flag, context: &Context) -> bool {
    matches!(evaluate(store, flag, context, None).value, Some(FlagValue::Bool(true)))
}

fn load(document: &[u8]) -> Memory {
    let flags = serde_json::from_slice(document).expect("the document is in the vendor's format");
    Memory { flags, segments: HashMap::new() }
}

fn context(user: &User) -> Context {
    ContextBuilder::new(user.id.as_str())
        .set_string("country", user.country.as_str())
        .build()
        .expect("the key is not empty and the kind is the default one")
}

fn document(flags: &[FlagSpec]) -> Vec<u8> {
    let flags: serde_json::Map<String, Value> = flags.iter().map(|spec| (spec.name.clone(), flag(spec))).collect();
    serde_json::to_vec(&flags).expect("a JSON value can be written to memory")
}

fn flag(spec: &FlagSpec) -> Value {
    let half = json!({ "rollout": { "variations": [
        { "variation": 1, "weight": 50_000 },
        { "variation": 0, "weight": 50_000 },
    ] } });
    let (rules, fallthrough) = match spec.asks {
        Asks::Nothing => (json!([]), json!({ "variation": 1 })),
        Asks::Half => (json!([]), half),
        Asks::CountryThenHalf => {
            let clause = json!({ "attribute": "country", "op": "in", "values": COUNTRIES, "negate": false });
            let mut rule = json!({ "id": "rule", "clauses": [clause], "trackEvents": false });
            rule["rollout"] = half["rollout"].clone();
            (json!([rule]), json!({ "variation": 0 }))
        }
    };
    flag_with(&spec.name, &rules, &fallthrough)
}

fn flag_with(name: &str, rules: &Value, fallthrough: &Value) -> Value {
    json!({
        "key": name,
        "version": 1,
        "on": true,
        "targets": [],
        "rules": rules,
        "prerequisites": [],
        "fallthrough": fallthrough,
        "offVariation": 0,
        "variations": [false, true],
        "clientSide": false,
        "salt": name,
    })
}
