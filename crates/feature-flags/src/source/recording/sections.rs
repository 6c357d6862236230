//! Layers and holdouts as a file has them.

use serde_json::{Map, Value, json};

use crate::compile::Sections;
use crate::source::read_json;

/// `None` where there are none.
pub(super) fn write(sections: &Sections) -> Option<String> {
    if *sections == Sections::default() {
        return None;
    }
    let layers = sections.layers.iter().map(|(name, layer)| {
        let slots = layer.slots().map(|(flag, bands)| {
            let bands: Vec<String> = bands.iter().map(ToString::to_string).collect();
            (flag.to_owned(), json!(bands))
        });
        let mut members = head(layer.path(), layer.own_salt());
        members.insert("flags".to_owned(), Value::Object(slots.collect()));
        (name.clone(), Value::Object(members))
    });
    let holdouts = sections.holdouts.iter().map(|(name, holdout)| {
        let mut members = head(holdout.path(), holdout.own_salt());
        members.insert("share".to_owned(), json!(holdout.share().to_string()));
        members.insert("flags".to_owned(), json!(holdout.flags().collect::<Vec<_>>()));
        members.insert("layers".to_owned(), json!(holdout.layers().collect::<Vec<_>>()));
        (name.clone(), Value::Object(members))
    });
    let (layers, holdouts): (Map<String, Value>, Map<String, Value>) = (layers.collect(), holdouts.collect());
    Some(json!({ "format": 1, "layers": layers, "holdouts": holdouts }).to_string())
}

pub(super) fn read(text: &str) -> Result<Sections, String> {
    let document = read_json(text, None).map_err(|error| error.in_one_line())?;
    Ok((**document.sections()).clone())
}

fn head(by: Option<&str>, salt: Option<&str>) -> Map<String, Value> {
    let members = [("by", by), ("salt", salt)].into_iter();
    members.filter_map(|(key, text)| Some((key.to_owned(), json!(text?)))).collect()
}
