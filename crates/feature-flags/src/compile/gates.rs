//! What keeps flags off before anything else is asked: holdouts and layers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::program::{KEY, NOW, Names, path_number};
use crate::bucket::{Bucket, Salt};
use crate::model::{Band, Holdout, Layer, Percent};

/// All holdouts and layers, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sections {
    pub(crate) holdouts: BTreeMap<String, Holdout>,
    pub(crate) layers: BTreeMap<String, Layer>,
}

/// One holdout or layer, as it is for one flag.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) kind: GateKind,
    pub(crate) name: Box<str>,
    pub(crate) by: Option<Box<str>>,
    /// What a holdout takes out, or what a layer gives to the flag.
    pub(crate) bands: Box<[Band]>,
    pub(crate) path: u16,
    pub(crate) salt: Salt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateKind {
    Holdout,
    Layer,
}

impl Gate {
    /// Whether a context of this bucket gets through; one without a bucket does not.
    pub(crate) fn lets_through(&self, bucket: Option<Bucket>) -> bool {
        let inside = bucket.map(|bucket| self.bands.iter().any(|band| band.holds(bucket)));
        match self.kind {
            GateKind::Holdout => inside == Some(false),
            GateKind::Layer => inside == Some(true),
        }
    }
}

/// The gates of each flag that has any, holdouts first.
pub(super) type ByFlag<'a> = HashMap<&'a str, Vec<Arc<Gate>>>;

impl Sections {
    pub(super) fn by_flag(&self, paths: &mut Arc<Names>) -> ByFlag<'_> {
        let mut gates = ByFlag::new();
        for (name, holdout) in &self.holdouts {
            let band = Band::new(Percent::NONE, holdout.share()).expect("no share is below none");
            let salt = holdout.own_salt().map_or_else(|| format!("holdouts/{name}"), str::to_owned);
            let gate = Arc::new(Gate {
                kind: GateKind::Holdout,
                name: name.as_str().into(),
                by: holdout.path().map(Into::into),
                bands: [band].into(),
                path: number(holdout.path(), paths),
                salt: Salt::new(&salt),
            });
            let of_layers = holdout.layers().filter_map(|layer| self.layers.get(layer)).flat_map(Layer::slots);
            for flag in holdout.flags().chain(of_layers.map(|(flag, _)| flag)) {
                let own = gates.entry(flag).or_default();
                // A flag may be in it by itself and by its layer.
                if own.last().is_none_or(|last| !Arc::ptr_eq(last, &gate)) {
                    own.push(Arc::clone(&gate));
                }
            }
        }
        for (name, layer) in &self.layers {
            let salt = Salt::new(&layer.own_salt().map_or_else(|| format!("layers/{name}"), str::to_owned));
            let path = number(layer.path(), paths);
            for (flag, bands) in layer.slots() {
                gates.entry(flag).or_default().push(Arc::new(Gate {
                    kind: GateKind::Layer,
                    name: name.as_str().into(),
                    by: layer.path().map(Into::into),
                    bands: bands.into(),
                    path,
                    salt,
                }));
            }
        }
        gates
    }
}

/// One that cannot be numbered any more is taken for the clock, which is no key, so that nobody gets through.
fn number(path: Option<&str>, paths: &mut Arc<Names>) -> u16 {
    path.map_or(KEY, |path| path_number(path, paths).unwrap_or(NOW))
}
