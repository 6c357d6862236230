use feature_flags::{Flags, JSON_SCHEMA};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::models::flag;

fn schema() -> Validator {
    jsonschema::validator_for(&serde_json::from_str(JSON_SCHEMA).unwrap()).unwrap()
}

/// Whether the reader takes the whole file.
fn is_read(file: &Value) -> bool {
    Flags::from_json(&file.to_string()).is_ok_and(|flags| flags.status().problems().is_empty())
}

#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    let schema = schema();
    for flags in [
        json!({ "a": { "rolout": "5%" } }),
        json!({ "a": 3 }),
        json!({ "a": null }),
        json!({ "a": {} }),
        json!({ "a": { "variants": { "x": null }, "rules": [] } }),
        json!({ "a": { "rules": [{ "serve": 3 }] } }),
        json!({ "a": { "rules": [{ "serve": { "x": "half" } }], "variants": { "x": 1 } } }),
        json!({ "a": { "requires": "b", "enabled": true } }),
        json!({ "": true }),
    ] {
        let file = json!({ "format": 1, "flags": flags });
        assert!(!schema.is_valid(&file), "{file}");
        assert!(!is_read(&file), "{file}");
    }
    for file in [
        json!({}),
        json!({ "format": 2 }),
        json!({ "format": 1, "flag": {} }),
        json!({ "format": 1, "layers": { "l": { "flags": { "a": "5%" } } } }),
        json!({ "format": 1, "layers": { "l": {} } }),
        json!({ "format": 1, "holdouts": { "h": { "flags": [] } } }),
        json!({ "format": 1, "segments": { "s": { "keys": [1], "file": "x" } } }),
        json!({ "format": 1, "segments": { "s": { "keys": [true] } } }),
    ] {
        assert!(!schema.is_valid(&file), "{file}");
        assert!(!is_read(&file), "{file}");
    }
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let schema = schema();
    for file in [
        json!({ "format": 1 }),
        json!({ "format": 1, "meta": { "x": 1 }, "flags": { "a": true, "b": "50% by id", "c": { "when": "x", "serve": false } } }),
        json!({
            "format": 1,
            "segments": { "s": { "keys": [1, "b"], "by": "org.id" } },
            "layers": { "l": { "by": "id", "flags": { "a": "0%..30%", "b": ["30%..40%", "50%..60.5%"] } } },
            "holdouts": { "h": { "share": "5%", "flags": ["a"], "layers": ["l"] } },
            "flags": { "a": { "rules": [] }, "b": { "enabled": true, "default": true } }
        }),
    ] {
        assert!(is_read(&file), "{file}");
        assert!(schema.is_valid(&file), "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_flag_that_is_written_fits_the_schema(flag in flag()) {
        let mut written: Value = serde_json::from_str(&flag.to_json()).unwrap();
        let parts = written.as_object_mut().unwrap();
        let (name, _format) = (parts.remove("name").unwrap(), parts.remove("format"));
        let file = json!({ "format": 1, "flags": { name.as_str().unwrap(): written } });
        prop_assert!(schema().is_valid(&file), "{}", file);
        prop_assert!(is_read(&file), "{}", file);
    }
}
