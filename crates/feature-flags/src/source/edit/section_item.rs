//! Segments, layers and holdouts as they are written in a file.

use toml_edit::{Array, InlineTable, Item, Table, Value};

use super::super::flag_file::SegmentKeys;
use crate::model::{Band, Holdout, Layer};

pub(super) fn segment_item(segment: &SegmentKeys) -> Item {
    let mut table = Table::new();
    text(&mut table, "by", segment.path());
    text(&mut table, "file", segment.file());
    if let Some(keys) = segment.keys() {
        table.insert("keys", toml_edit::value(keys.iter().collect::<Array>()));
    }
    Item::Table(table)
}

pub(super) fn layer_item(layer: &Layer) -> Item {
    let mut table = Table::new();
    text(&mut table, "by", layer.path());
    text(&mut table, "salt", layer.own_salt());
    let slots = layer.slots().map(|(flag, bands)| (flag, slot(bands)));
    table.insert("flags", toml_edit::value(slots.collect::<InlineTable>()));
    Item::Table(table)
}

pub(super) fn holdout_item(holdout: &Holdout) -> Item {
    let mut table = Table::new();
    text(&mut table, "share", Some(&holdout.share().to_string()));
    text(&mut table, "by", holdout.path());
    text(&mut table, "salt", holdout.own_salt());
    for (key, names) in [("flags", holdout.flags().collect::<Array>()), ("layers", holdout.layers().collect::<Array>())]
    {
        if !names.is_empty() {
            table.insert(key, toml_edit::value(names));
        }
    }
    Item::Table(table)
}

fn text(table: &mut Table, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        table.insert(key, toml_edit::value(text));
    }
}

/// A text for one range, a list for none or several.
fn slot(bands: &[Band]) -> Value {
    match bands {
        [only] => Value::from(only.to_string()),
        bands => Value::from(bands.iter().map(ToString::to_string).collect::<Array>()),
    }
}
