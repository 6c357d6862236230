//! From one format into the other.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use feature_flags::FlagFile;

use crate::output;

/// A file of flags, and the file that it becomes.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// The file of flags: JSON where its name ends in `.json`, TOML otherwise.
    from: PathBuf,
    /// The file to write, of the format that its name says. One in TOML that is there keeps its comments where what they
    /// stand at stays.
    to: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn convert(arguments: &Convert) -> anyhow::Result<()> {
    let Convert { from, to, json } = arguments;
    let file = FlagFile::read(from)?;
    check_key_files(&file, from, to)?;
    let content = file.save(to)?;
    let (flags, segments) = (file.flags().len(), file.segments().len());
    let (layers, holdouts) = (file.layers().len(), file.holdouts().len());
    if *json {
        return output::json(&serde_json::json!({
            "content": content.to_string(),
            "flags": flags,
            "segments": segments,
            "layers": layers,
            "holdouts": holdouts,
        }));
    }
    output::text(&format!(
        "converted: {flags} flags, {segments} segments, {layers} layers, {holdouts} holdouts; content {content}"
    ))
}

/// Files of keys are named from where the file of flags is: in another folder the names would lead elsewhere.
fn check_key_files(file: &FlagFile, from: &Path, to: &Path) -> anyhow::Result<()> {
    if folder(from)? == folder(to)? {
        return Ok(());
    }
    let beside = |keys: &feature_flags::SegmentKeys| keys.file().is_some_and(|name| Path::new(name).is_relative());
    if let Some((name, keys)) = file.segments().find(|(_, keys)| beside(keys)) {
        bail!(
            "segment `{name}` has its keys in `{}`, which is beside {}: convert into the same folder",
            keys.file().unwrap_or_default(),
            from.display(),
        );
    }
    Ok(())
}

fn folder(of: &Path) -> anyhow::Result<PathBuf> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|error| anyhow::anyhow!("{} could not be found: {error}", folder.display()))
}
