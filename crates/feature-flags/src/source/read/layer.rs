//! Layers and holdouts.

use super::super::tree::{Content, Table, Tree, Wrong};
use crate::expression;
use crate::handle::nearest;
use crate::model::{Band, BandError, Holdout, Layer, PercentError};

pub(super) const LAYER_KEYS: [&str; 3] = ["by", "flags", "salt"];
pub(super) const HOLDOUT_KEYS: [&str; 5] = ["by", "flags", "layers", "salt", "share"];

/// `flags` with a range of buckets each, or several.
pub(super) fn read_layer(value: &Tree<'_>) -> Result<Layer, Wrong> {
    let Content::Table(table) = &value.content else { return Err(value.unexpected("a table with `flags`")) };
    table.only(&LAYER_KEYS)?;
    layer_parts(value, table)
}

/// A layer by itself, in JSON.
#[cfg(feature = "json")]
pub(super) fn read_layer_alone(value: &Tree<'_>, table: &Table<'_>) -> Result<Layer, Wrong> {
    table.only(&[&["format"], LAYER_KEYS.as_slice()].concat())?;
    layer_parts(value, table)
}

fn layer_parts(value: &Tree<'_>, table: &Table<'_>) -> Result<Layer, Wrong> {
    let mut layer = Layer::new();
    if let Some(path) = path(table)? {
        layer = layer.by(path);
    }
    if let Some(salt) = table.text("salt")? {
        layer = layer.salt(salt);
    }
    let Some(flags) = table.get("flags") else { return Err(value.wrong("expected `flags`")) };
    for (flag, slot) in flags.table("flags")?.entries() {
        let bands = match &slot.content {
            Content::List(bands) => bands.as_slice(),
            _ => std::slice::from_ref(slot),
        };
        layer = layer.slot(flag.name.as_ref(), []).expect("no range overlaps another");
        for written in bands {
            let Content::Text(text) = &written.content else {
                return Err(written.unexpected("a range such as `0%..30%`, or a list of them"));
            };
            let band: Band = text.parse().map_err(|error: BandError| written.wrong(error.to_string()))?;
            layer = layer.slot(flag.name.as_ref(), [band]).map_err(|error| written.wrong(error.to_string()))?;
        }
    }
    Ok(layer)
}

/// A `share`, and the `flags` and `layers` it is kept out of; `layers` are those that the file has.
pub(super) fn read_holdout(value: &Tree<'_>, layers: Option<&Table<'_>>) -> Result<Holdout, Wrong> {
    let Content::Table(table) = &value.content else { return Err(value.unexpected("a table with a `share`")) };
    table.only(&HOLDOUT_KEYS)?;
    let holdout = holdout_parts(value, table)?;
    for layer in table.get("layers").map_or(Ok([].as_slice()), |listed| listed.list("texts"))? {
        known(layer, layers)?;
    }
    Ok(holdout)
}

/// A holdout by itself, in JSON.
#[cfg(feature = "json")]
pub(super) fn read_holdout_alone(value: &Tree<'_>, table: &Table<'_>) -> Result<Holdout, Wrong> {
    table.only(&[&["format"], HOLDOUT_KEYS.as_slice()].concat())?;
    holdout_parts(value, table)
}

fn holdout_parts(value: &Tree<'_>, table: &Table<'_>) -> Result<Holdout, Wrong> {
    let Some(share) = table.get("share") else { return Err(value.wrong("expected a `share`")) };
    let share = share.text()?.parse().map_err(|error: PercentError| share.wrong(error.to_string()))?;
    let mut holdout = Holdout::new(share);
    if let Some(path) = path(table)? {
        holdout = holdout.by(path);
    }
    if let Some(salt) = table.text("salt")? {
        holdout = holdout.salt(salt);
    }
    for flag in table.texts("flags")? {
        holdout = holdout.flag(flag);
    }
    for layer in table.texts("layers")? {
        holdout = holdout.layer(layer);
    }
    Ok(holdout)
}

/// A layer of the file: one that is not there would hold nobody out, and nobody would notice.
fn known(name: &Tree<'_>, layers: Option<&Table<'_>>) -> Result<(), Wrong> {
    let text = name.text()?;
    let known = layers.map(Table::entries).unwrap_or_default();
    if known.iter().any(|(key, _)| key.name == text) {
        return Ok(());
    }
    let meant = nearest(text, known.iter().map(|(key, _)| key.name.as_ref()));
    let question = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
    Err(name.wrong(format!("there is no layer `{text}`{question}")))
}

fn path<'a>(table: &'a Table<'_>) -> Result<Option<&'a str>, Wrong> {
    let Some(by) = table.get("by") else { return Ok(None) };
    match by.text()? {
        path if expression::is_path(path) => Ok(Some(path)),
        _ => Err(by.wrong("expected the name of an attribute")),
    }
}
