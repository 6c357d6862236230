//! S9: a bank that lends to itself; S12: a file system that loses what it moves; S13: an old leader that still answers; S14: an
//! abort that goes back too far; S16: a memory that stores too much.

use std::collections::{BTreeMap, BTreeSet};

use stateful_testing::{Command, Env, Failed, Menu, Model, New, Ref, Step};

/// S9: both balances of a transfer are read before either is written.
pub(crate) struct Bank;

#[derive(Debug, Clone, Command)]
pub(crate) enum BankCommand {
    Open(char),
    Deposit(char, u32),
    Transfer(char, char, u32),
    Balance(char),
}

type Accounts = BTreeMap<char, u32>;

impl Model for Bank {
    type State = Accounts;
    type Command = BankCommand;
    type Output = Option<u32>;
    type System = Accounts;

    fn init(&self) -> Accounts {
        Accounts::new()
    }
    fn commands(&self, state: &Accounts, menu: &mut Menu<'_, BankCommand>) {
        menu.offer(1, |g| BankCommand::Open(*g.pick(&['a', 'b', 'c'])));
        if !state.is_empty() {
            menu.offer(1, |g| BankCommand::Deposit(*g.pick(state.keys()), g.int(1..=100)));
            menu.offer(1, |g| BankCommand::Transfer(*g.pick(state.keys()), *g.pick(state.keys()), g.int(1..=100)));
            menu.offer(1, |g| BankCommand::Balance(*g.pick(state.keys())));
        }
    }
    fn precondition(&self, state: &Accounts, command: &BankCommand) -> bool {
        match command {
            BankCommand::Open(account) => !state.contains_key(account),
            BankCommand::Transfer(from, _, amount) => state.get(from).is_some_and(|balance| balance >= amount),
            BankCommand::Deposit(..) | BankCommand::Balance(_) => true,
        }
    }
    fn next(&self, state: &mut Accounts, command: &BankCommand) -> Option<u32> {
        match command {
            BankCommand::Open(account) => {
                state.insert(*account, 0);
            }
            BankCommand::Deposit(account, amount) => *state.entry(*account).or_default() += amount,
            BankCommand::Transfer(from, to, amount) => {
                *state.entry(*from).or_default() -= amount;
                *state.entry(*to).or_default() += amount;
            }
            BankCommand::Balance(account) => return state.get(account).copied(),
        }
        None
    }
    fn setup(&self, _state: &Accounts) -> Result<Accounts, Failed> {
        Ok(Accounts::new())
    }
    fn run(&self, system: &mut Accounts, command: &BankCommand, _env: &mut Env) -> Result<Option<u32>, Failed> {
        if let BankCommand::Transfer(from, to, amount) = command {
            let (before_from, before_to) = (system[from], system[to]);
            system.insert(*from, before_from - amount);
            system.insert(*to, before_to + amount);
            return Ok(None);
        }
        Ok(self.next(system, command))
    }
}

/// S12: renaming a directory moves only the directory.
pub(crate) struct FileSystem;

#[derive(Debug, Clone, Command)]
pub(crate) enum FileCommand {
    Mkdir(&'static str),
    Create(&'static str, &'static str),
    Rename(&'static str, &'static str),
    Exists(&'static str, &'static str),
}

/// Directories, and files as pairs of directory and name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    directories: BTreeSet<&'static str>,
    files: BTreeSet<(&'static str, &'static str)>,
}

const DIRECTORIES: [&str; 3] = ["a", "b", "c"];
const FILES: [&str; 2] = ["f", "g"];

impl Tree {
    fn apply(&mut self, command: &FileCommand, children_move: bool) -> bool {
        match command {
            FileCommand::Mkdir(directory) => self.directories.insert(directory),
            FileCommand::Create(directory, name) => {
                self.files.insert((directory, name));
                true
            }
            FileCommand::Rename(from, to) => {
                self.directories.remove(from);
                self.directories.insert(to);
                let children: Vec<_> = self.files.iter().filter(|(parent, _)| parent == from).copied().collect();
                for (parent, name) in children {
                    self.files.remove(&(parent, name));
                    if children_move {
                        self.files.insert((to, name));
                    }
                }
                true
            }
            FileCommand::Exists(directory, name) => self.files.contains(&(directory, name)),
        }
    }
}

impl Model for FileSystem {
    type State = Tree;
    type Command = FileCommand;
    type Output = bool;
    type System = Tree;

    fn init(&self) -> Tree {
        Tree::default()
    }
    fn commands(&self, state: &Tree, menu: &mut Menu<'_, FileCommand>) {
        menu.offer(1, |g| FileCommand::Mkdir(g.pick(DIRECTORIES)));
        if !state.directories.is_empty() {
            menu.offer(1, |g| FileCommand::Create(g.pick(&state.directories), g.pick(FILES)));
            menu.offer(1, |g| FileCommand::Rename(g.pick(&state.directories), g.pick(DIRECTORIES)));
        }
        menu.offer(1, |g| FileCommand::Exists(g.pick(DIRECTORIES), g.pick(FILES)));
    }
    fn precondition(&self, state: &Tree, command: &FileCommand) -> bool {
        match command {
            FileCommand::Mkdir(directory) | FileCommand::Rename(_, directory) => !state.directories.contains(directory),
            FileCommand::Create(..) | FileCommand::Exists(..) => true,
        }
    }
    fn next(&self, state: &mut Tree, command: &FileCommand) -> bool {
        state.apply(command, true)
    }
    fn setup(&self, _state: &Tree) -> Result<Tree, Failed> {
        Ok(Tree::default())
    }
    fn run(&self, system: &mut Tree, command: &FileCommand, _env: &mut Env) -> Result<bool, Failed> {
        Ok(system.apply(command, false))
    }
}

/// S13: a register on two nodes. Node 1 leads until node 2 is elected behind its back.
pub(crate) struct Replicated;

#[derive(Debug, Clone, Command)]
pub(crate) enum RegisterCommand {
    Partition,
    Heal,
    Elect,
    Put(u8, u8),
    Read(u8),
}

/// What a client may believe.
#[derive(Debug, Clone, Default)]
pub(crate) struct Belief {
    partitioned: bool,
    elected: bool,
    value: u8,
}

#[derive(Default)]
pub(crate) struct Cluster {
    partitioned: bool,
    leads: [bool; 2],
    values: [u8; 2],
}

impl Model for Replicated {
    type State = Belief;
    type Command = RegisterCommand;
    /// `None` where a node refuses.
    type Output = Option<u8>;
    type System = Cluster;

    fn init(&self) -> Belief {
        Belief::default()
    }
    fn commands(&self, state: &Belief, menu: &mut Menu<'_, RegisterCommand>) {
        if state.partitioned {
            menu.offer(1, |_| RegisterCommand::Heal);
            menu.offer(1, |_| RegisterCommand::Elect);
        } else {
            menu.offer(1, |_| RegisterCommand::Partition);
        }
        menu.offer(1, |g| RegisterCommand::Put(g.int(1..=2), g.int(..)));
        menu.offer(1, |g| RegisterCommand::Read(g.int(1..=2)));
    }
    fn next(&self, state: &mut Belief, command: &RegisterCommand) -> Option<u8> {
        match command {
            RegisterCommand::Partition => state.partitioned = true,
            RegisterCommand::Heal => state.partitioned = false,
            RegisterCommand::Elect => state.elected = true,
            RegisterCommand::Put(node, value) => {
                let leader = if state.elected { 2 } else { 1 };
                if *node == leader && (state.elected || !state.partitioned) {
                    state.value = *value;
                }
            }
            RegisterCommand::Read(_) => return Some(state.value),
        }
        None
    }
    fn setup(&self, _state: &Belief) -> Result<Cluster, Failed> {
        Ok(Cluster { leads: [true, false], ..Cluster::default() })
    }
    fn run(&self, cluster: &mut Cluster, command: &RegisterCommand, _env: &mut Env) -> Result<Option<u8>, Failed> {
        match command {
            RegisterCommand::Partition => cluster.partitioned = true,
            RegisterCommand::Heal => {
                cluster.partitioned = false;
                if cluster.leads[1] {
                    cluster.leads[0] = false;
                    cluster.values[0] = cluster.values[1];
                }
            }
            RegisterCommand::Elect => cluster.leads[1] = true,
            RegisterCommand::Put(node, value) => {
                let at = usize::from(*node) - 1;
                // An elected node has a majority with it, the old leader does not.
                if cluster.leads[at] && (at == 1 || !cluster.partitioned) && (at == 1 || !cluster.leads[1]) {
                    cluster.values[at] = *value;
                    if !cluster.partitioned {
                        cluster.values = [*value; 2];
                    }
                }
            }
            RegisterCommand::Read(node) => {
                let at = usize::from(*node) - 1;
                return Ok(cluster.leads[at].then_some(cluster.values[at]));
            }
        }
        Ok(None)
    }
    fn check(&self, step: &Step<'_, Self>) -> Result<(), Failed> {
        // A node may refuse to answer, but it may not lie.
        if step.output.is_none() { Ok(()) } else { step.outputs_are_equal() }
    }
}

/// S14: transactions within transactions.
pub(crate) struct Transactions;

#[derive(Debug, Clone, Command)]
pub(crate) enum TransactionCommand {
    Begin,
    Commit,
    Abort,
    Set(u8),
    Get,
}

/// The value and those to go back to, the outermost first.
type Versions = (u8, Vec<u8>);

impl Model for Transactions {
    type State = Versions;
    type Command = TransactionCommand;
    type Output = Option<u8>;
    type System = Versions;

    fn init(&self) -> Versions {
        (0, Vec::new())
    }
    fn commands(&self, (_, saved): &Versions, menu: &mut Menu<'_, TransactionCommand>) {
        menu.offer(1, |_| TransactionCommand::Begin);
        if !saved.is_empty() {
            menu.offer(1, |_| TransactionCommand::Commit);
            menu.offer(1, |_| TransactionCommand::Abort);
        }
        menu.offer(1, |g| TransactionCommand::Set(g.int(..)));
        menu.offer(1, |_| TransactionCommand::Get);
    }
    fn next(&self, (value, saved): &mut Versions, command: &TransactionCommand) -> Option<u8> {
        match command {
            TransactionCommand::Begin => saved.push(*value),
            TransactionCommand::Commit => drop(saved.pop()),
            TransactionCommand::Abort => *value = saved.pop().expect("offered only within a transaction"),
            TransactionCommand::Set(new) => *value = *new,
            TransactionCommand::Get => return Some(*value),
        }
        None
    }
    fn setup(&self, _state: &Versions) -> Result<Versions, Failed> {
        Ok((0, Vec::new()))
    }
    fn run(&self, system: &mut Versions, command: &TransactionCommand, _env: &mut Env) -> Result<Option<u8>, Failed> {
        if let TransactionCommand::Abort = command {
            system.0 = system.1[0];
            system.1.pop();
            return Ok(None);
        }
        Ok(self.next(system, command))
    }
}

/// S16: writing 5 to 10 stores one more.
pub(crate) struct Memory;

#[derive(Debug, Clone, Command)]
pub(crate) enum MemoryCommand {
    Create(New<usize>),
    Read(Ref<usize>),
    Write(Ref<usize>, u32),
}

impl Model for Memory {
    type State = BTreeMap<Ref<usize>, u32>;
    type Command = MemoryCommand;
    type Output = Option<u32>;
    type System = Vec<u32>;

    fn init(&self) -> Self::State {
        BTreeMap::new()
    }
    fn commands(&self, state: &Self::State, menu: &mut Menu<'_, MemoryCommand>) {
        menu.offer(1, |g| MemoryCommand::Create(g.fresh()));
        if !state.is_empty() {
            menu.offer(1, |g| MemoryCommand::Read(*g.pick(state.keys())));
            menu.offer(1, |g| MemoryCommand::Write(*g.pick(state.keys()), g.int(0..=100)));
        }
    }
    fn next(&self, state: &mut Self::State, command: &MemoryCommand) -> Option<u32> {
        match command {
            MemoryCommand::Create(cell) => drop(state.insert(cell.reference(), 0)),
            MemoryCommand::Read(cell) => return state.get(cell).copied(),
            MemoryCommand::Write(cell, value) => drop(state.insert(*cell, *value)),
        }
        None
    }
    fn setup(&self, _state: &Self::State) -> Result<Vec<u32>, Failed> {
        Ok(Vec::new())
    }
    fn run(&self, system: &mut Vec<u32>, command: &MemoryCommand, env: &mut Env) -> Result<Option<u32>, Failed> {
        match command {
            MemoryCommand::Create(cell) => {
                system.push(0);
                env.bind(*cell, system.len() - 1);
            }
            MemoryCommand::Read(cell) => return Ok(Some(system[*env.get(*cell)])),
            MemoryCommand::Write(cell, value) => {
                system[*env.get(*cell)] = if (5..=10).contains(value) { value + 1 } else { *value };
            }
        }
        Ok(None)
    }
}
