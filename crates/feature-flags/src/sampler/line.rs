//! A context as a line of JSON.

use serde_json::{Map, Number, Value as Json};

use crate::context::{Context, MapContext, Value};

const LONGEST_TEXT: usize = 256;
const LONGEST_LIST: usize = 64;

/// Whether a value is worth its memory.
pub(super) fn is_small(value: Value<'_>) -> bool {
    match value {
        Value::Text(text) => text.len() <= LONGEST_TEXT,
        Value::List(list) => {
            list.len() <= LONGEST_LIST
                && (0..list.len()).filter_map(|index| list.item(index)).all(|item| match item {
                    Value::List(_) => false,
                    item => is_small(item),
                })
        }
        _ => true,
    }
}

/// Dotted paths become objects, which answer to the bare names too when they are read.
pub(super) fn of(context: &MapContext) -> String {
    let mut line = Map::new();
    for path in context.paths() {
        if let Some(value) = context.attribute(path).and_then(json) {
            put(&mut line, path, value);
        }
    }
    Json::Object(line).to_string()
}

fn put(into: &mut Map<String, Json>, path: &str, value: Json) {
    let nested = path.split_once('.').map(|(name, rest)| {
        let inner = into.entry(name).or_insert_with(|| Json::Object(Map::new()));
        (inner, rest)
    });
    match nested {
        Some((Json::Object(inner), rest)) => put(inner, rest, value),
        // Something else stands at the first name: the path is written as it is.
        _ => {
            into.insert(path.to_owned(), value);
        }
    }
}

/// `None` for numbers that JSON does not have.
fn json(value: Value<'_>) -> Option<Json> {
    Some(match value {
        Value::Bool(value) => value.into(),
        Value::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            // As text it is the same key.
            _ => value.to_string().into(),
        },
        Value::Float(value) => Number::from_f64(value)?.into(),
        Value::Text(value) => value.into(),
        Value::Ip(value) => value.to_string().into(),
        Value::Time(_) => value.to_string().into(),
        Value::List(list) => (0..list.len()).filter_map(|index| json(list.item(index)?)).collect(),
    })
}
