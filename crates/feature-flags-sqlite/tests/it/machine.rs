//! The store against a model of it: whatever is put, removed, undone, reopened and torn down, it is a map with a memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use feature_flags::{Contents, Flag, Revision};
use feature_flags_sqlite::{Author, SqliteStore, StoreError};
use stateful_testing::{Command, Env, Failed, Menu, Model};
use tempfile::TempDir;

#[derive(Debug, Clone, Command)]
enum Act {
    Put(u8, u8),
    /// Puts, on the strength of what was seen at a revision.
    PutIf(u8, u8, u8),
    Remove(u8),
    Undo(u8),
    AsOf(u8),
    Reopen,
    /// The process dies in the middle of a change.
    Crash,
}

/// What each flag is, by its number.
type Flags = BTreeMap<u8, u8>;

#[derive(Debug, Clone, Default)]
struct State {
    flags: Flags,
    /// Of each change, what it was about, and what was before and after it.
    history: Vec<(u8, Option<u8>, Option<u8>)>,
}

impl State {
    fn set(&mut self, flag: u8, after: Option<u8>) {
        let before = self.flags.get(&flag).copied();
        if before == after {
            return;
        }
        match after {
            Some(value) => self.flags.insert(flag, value),
            None => self.flags.remove(&flag),
        };
        self.history.push((flag, before, after));
    }

    fn as_of(&self, revision: u8) -> Flags {
        let mut then = Self::default();
        self.history.iter().take(usize::from(revision)).for_each(|(flag, _, after)| then.set(*flag, *after));
        then.flags
    }

    fn last_change(&self, flag: u8) -> usize {
        self.history.iter().rposition(|(changed, ..)| *changed == flag).map_or(0, |index| index + 1)
    }
}

/// What can be seen: whether it was done, the newest revision, and what there is.
type Seen = (bool, usize, Flags);

struct Store {
    directory: TempDir,
    lives: u32,
    handle: Option<SqliteStore>,
}

impl Store {
    fn path(&self) -> PathBuf {
        self.directory.path().join(format!("{}.db", self.lives))
    }

    fn open(&mut self) -> Result<(), StoreError> {
        self.handle = None;
        self.handle = Some(SqliteStore::open(self.path())?);
        Ok(())
    }

    fn store(&self) -> &SqliteStore {
        self.handle.as_ref().expect("it is opened in every command that closes it")
    }

    /// What a machine that died now would have on its disk, half a change included, is where it goes on.
    fn crash(&mut self) -> Result<(), Failed> {
        let before = self.path();
        let dying = rusqlite::Connection::open(&before).map_err(failed)?;
        let half =
            "BEGIN IMMEDIATE; DELETE FROM flag_states; DELETE FROM flag_changes; UPDATE flag_store SET revision = 99;";
        dying.execute_batch(half).map_err(failed)?;
        dying.cache_flush().map_err(failed)?;
        self.lives += 1;
        let wal = |path: PathBuf| path.with_extension("db-wal");
        fs::copy(&before, self.path()).map_err(failed)?;
        fs::copy(wal(before), wal(self.path())).map_err(failed)?;
        self.open().map_err(failed)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "an error is handed on")]
fn failed(error: impl std::error::Error) -> Failed {
    Failed::new(error.to_string())
}

fn name(flag: u8) -> String {
    format!("flag-{flag}")
}

fn read(contents: &Contents) -> Flags {
    let value = |flag: &Flag| (flag.name()[5..].parse().unwrap(), flag.description_text().unwrap().parse().unwrap());
    contents.flags().iter().map(value).collect()
}

struct Machine;

impl Model for Machine {
    type State = State;
    type Command = Act;
    type Output = Seen;
    type System = Store;

    fn init(&self) -> State {
        State::default()
    }

    fn commands(&self, state: &State, menu: &mut Menu<'_, Act>) {
        let newest = u8::try_from(state.history.len()).unwrap_or(u8::MAX);
        menu.offer(4, |g| Act::Put(g.int(0..=2), g.int(0..=2)));
        menu.offer(2, |g| Act::PutIf(g.int(0..=2), g.int(0..=2), g.int(0..=newest)));
        menu.offer(2, |g| Act::Remove(g.int(0..=2)));
        menu.offer(1, |g| Act::AsOf(g.int(0..=newest)));
        if newest > 0 {
            menu.offer(3, |g| Act::Undo(g.int(1..=newest)));
        }
        menu.offer(1, |_| Act::Reopen);
        menu.offer(1, |_| Act::Crash);
    }

    fn precondition(&self, state: &State, command: &Act) -> bool {
        match command {
            Act::Undo(change) => *change > 0 && usize::from(*change) <= state.history.len(),
            Act::AsOf(revision) | Act::PutIf(.., revision) => usize::from(*revision) <= state.history.len(),
            _ => true,
        }
    }

    fn next(&self, state: &mut State, command: &Act) -> Seen {
        let mut done = true;
        match *command {
            Act::Put(flag, value) => state.set(flag, Some(value)),
            Act::PutIf(flag, value, seen) => {
                done = state.last_change(flag) <= usize::from(seen);
                if done {
                    state.set(flag, Some(value));
                }
            }
            Act::Remove(flag) => state.set(flag, None),
            Act::Undo(change) => {
                let (flag, before, after) = state.history[usize::from(change) - 1];
                done = state.flags.get(&flag).copied() == after;
                if done {
                    state.set(flag, before);
                }
            }
            Act::AsOf(revision) => return (true, usize::from(revision), state.as_of(revision)),
            Act::Reopen | Act::Crash => {}
        }
        (done, state.history.len(), state.flags.clone())
    }

    fn setup(&self, _state: &State) -> Result<Store, Failed> {
        let mut store = Store { directory: tempfile::tempdir().map_err(failed)?, lives: 0, handle: None };
        store.open().map_err(failed)?;
        Ok(store)
    }

    fn run(&self, system: &mut Store, command: &Act, _env: &mut Env) -> Result<Seen, Failed> {
        let author = Author::unknown();
        let flag = |flag: u8, value: u8| Flag::new(name(flag)).description(value.to_string());
        let revision = |number: u8| Revision::new(u64::from(number));
        let outcome = match *command {
            Act::Put(number, value) => system.store().put(&flag(number, value), &author).map(drop),
            Act::PutIf(number, value, seen) => {
                system.store().put_if(&flag(number, value), revision(seen), &author).map(drop)
            }
            Act::Remove(number) => system.store().remove(&name(number), &author).map(drop),
            Act::Undo(change) => system.store().undo(revision(change), &author).map(drop),
            Act::AsOf(number) => {
                let contents = system.store().contents_as_of(revision(number)).map_err(failed)?;
                return Ok((true, usize::from(number), read(&contents)));
            }
            Act::Reopen => system.open(),
            Act::Crash => {
                system.crash()?;
                Ok(())
            }
        };
        let done = match outcome {
            Ok(()) => true,
            Err(StoreError::Conflict { .. } | StoreError::UndoConflict { .. }) => false,
            Err(error) => return Err(failed(error)),
        };
        let contents = system.store().contents().map_err(failed)?;
        Ok((done, usize::try_from(contents.revision().number()).unwrap(), read(&contents)))
    }
}

#[test]
fn the_store_is_a_map_with_a_memory_whatever_happens_to_it() {
    stateful_testing::check(Machine).cases(60).run();
}
