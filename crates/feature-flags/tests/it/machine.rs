//! The sources that can be edited against a model of them: a map whose every state has a number.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use feature_flags::{Change, Changes, EditableSource, FileSource, Flag, MemorySource, Revision, Source};
use stateful_testing::{Command, Env, Failed, Menu, Model};
use tempfile::TempDir;

#[derive(Debug, Clone, Command)]
enum Act {
    Put(u8, u8),
    Remove(u8),
    /// Applies what changed since a follower looked last, or loads all where the source cannot tell.
    Follow,
    /// The process ends in the middle of an edit, and another begins.
    Crash,
}

/// What each flag is, by its number.
type Flags = BTreeMap<u8, u8>;

/// A kind of source, and what is left of it after a crash.
trait Kind: 'static {
    type Source: EditableSource;
    const SURVIVES: bool;

    fn open(directory: &TempDir) -> Result<Self::Source, Failed>;
    fn tear(directory: &TempDir) -> Result<(), Failed>;
}

struct Memory;

impl Kind for Memory {
    type Source = MemorySource;
    const SURVIVES: bool = false;

    fn open(_directory: &TempDir) -> Result<MemorySource, Failed> {
        Ok(MemorySource::new())
    }

    fn tear(_directory: &TempDir) -> Result<(), Failed> {
        Ok(())
    }
}

struct File;

fn path(directory: &TempDir) -> PathBuf {
    directory.path().join("flags.toml")
}

impl Kind for File {
    type Source = FileSource;
    const SURVIVES: bool = true;

    fn open(directory: &TempDir) -> Result<FileSource, Failed> {
        if !path(directory).exists() {
            fs::write(path(directory), "format = 1\n").map_err(failed)?;
        }
        FileSource::new(path(directory)).map_err(failed)
    }

    /// Half of the next text stands beside the file, under the name that the next edit would use.
    fn tear(directory: &TempDir) -> Result<(), Failed> {
        let beside = directory.path().join(format!(".flags.toml.{}.0.new", std::process::id()));
        fs::write(beside, "format = 1\n[flags]\nhalf = tr").map_err(failed)
    }
}

struct System<K: Kind> {
    directory: TempDir,
    source: Arc<K::Source>,
    /// Who follows the source, and what it made of it.
    followed: (Revision, Flags),
}

#[allow(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn failed(error: impl std::error::Error) -> Failed {
    Failed::new(error.to_string())
}

fn read(flag: &Flag) -> (u8, u8) {
    (flag.name()[5..].parse().unwrap(), flag.description_text().unwrap().parse().unwrap())
}

impl<K: Kind> System<K> {
    fn load(&mut self) -> Result<(), Failed> {
        let contents = self.source.load().map_err(failed)?;
        self.followed = (contents.revision(), contents.flags().iter().map(read).collect());
        Ok(())
    }

    fn follow(&mut self) -> Result<(), Failed> {
        let (since, flags) = &mut self.followed;
        match self.source.changes(*since, Duration::ZERO).map_err(failed)? {
            Changes::None => {}
            Changes::Some(changes) => {
                for change in changes {
                    *since = change.revision().max(*since);
                    match change {
                        Change::Put { flag, .. } => flags.extend([read(&flag)]),
                        change => drop(flags.remove(&change.name()[5..].parse().unwrap())),
                    }
                }
            }
            _ => self.load()?,
        }
        Ok(())
    }
}

struct Machine<K>(std::marker::PhantomData<K>);

impl<K: Kind> Model for Machine<K> {
    type State = Flags;
    type Command = Act;
    type Output = Flags;
    type System = System<K>;

    fn init(&self) -> Flags {
        Flags::new()
    }

    fn commands(&self, _state: &Flags, menu: &mut Menu<'_, Act>) {
        menu.offer(4, |g| Act::Put(g.int(0..=2), g.int(0..=2)));
        menu.offer(2, |g| Act::Remove(g.int(0..=2)));
        menu.offer(2, |_| Act::Follow);
        menu.offer(1, |_| Act::Crash);
    }

    fn next(&self, state: &mut Flags, command: &Act) -> Flags {
        match *command {
            Act::Put(flag, value) => drop(state.insert(flag, value)),
            Act::Remove(flag) => drop(state.remove(&flag)),
            Act::Crash if !K::SURVIVES => state.clear(),
            Act::Crash | Act::Follow => {}
        }
        state.clone()
    }

    fn setup(&self, _state: &Flags) -> Result<System<K>, Failed> {
        let directory = tempfile::tempdir().map_err(failed)?;
        let source = Arc::new(K::open(&directory)?);
        Ok(System { directory, source, followed: (Revision::ZERO, Flags::new()) })
    }

    fn run(&self, system: &mut System<K>, command: &Act, _env: &mut Env) -> Result<Flags, Failed> {
        match *command {
            Act::Put(flag, value) => {
                let flag = Flag::new(format!("flag-{flag}")).description(value.to_string());
                system.source.put(flag).map_err(failed)?;
            }
            Act::Remove(flag) => drop(system.source.remove(&format!("flag-{flag}")).map_err(failed)?),
            Act::Follow => {
                system.follow()?;
                return Ok(system.followed.1.clone());
            }
            Act::Crash => {
                K::tear(&system.directory)?;
                system.source = Arc::new(K::open(&system.directory)?);
                system.load()?;
            }
        }
        let contents = system.source.load().map_err(failed)?;
        Ok(contents.flags().iter().map(read).collect())
    }
}

#[test]
fn the_source_in_memory_is_a_map_that_can_be_followed() {
    stateful_testing::check(Machine::<Memory>(std::marker::PhantomData)).run();
}

#[test]
fn a_file_is_a_map_that_can_be_followed_and_outlives_crashes() {
    stateful_testing::check(Machine::<File>(std::marker::PhantomData)).cases(30).run();
}
