//! What a run does, after the environment has had its say.

use std::panic::Location;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::check::Wishes;
use crate::child::Isolation;
use crate::command::Command;
use crate::environment::{Environment, Shard, random_seed};
use crate::failure::Failure;
use crate::generate::Limits;
use crate::regressions;
use crate::replay;
use crate::requirement::Cover;
use crate::script::Draft;
use crate::search::Search;
use crate::tally::Tally;

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) cases: u32,
    pub(crate) max_commands: usize,
    pub(crate) faults: usize,
    pub(crate) search: Search,
    pub(crate) budget: u32,
    pub(crate) failures: usize,
    pub(crate) exhaustive: Option<usize>,
    pub(crate) regressions: Option<PathBuf>,
    pub(crate) replay: Option<Vec<Draft>>,
    pub(crate) shard: Shard,
    pub(crate) deadline: Option<(Duration, &'static Location<'static>)>,
    pub(crate) isolation: Option<Isolation>,
    pub(crate) explain: bool,
    pub(crate) required: Vec<(Cover, u64)>,
    /// The name of the test, as `cargo test` takes it.
    pub(crate) test: Option<String>,
}

impl Settings {
    /// What holds for every random sequence.
    pub(crate) fn limits(&self) -> Limits {
        Limits { max_commands: self.max_commands, faults: self.faults, search: self.search }
    }

    pub(crate) fn resolve<C: Command>(wishes: &Wishes) -> Result<Self, Failure<C>> {
        let environment = Environment::read()?;
        let replay = environment.replay.as_deref().map(|text| {
            replay::read::<C>(text)
                .map_err(|unreadable| Failure::setting("STATEFUL_REPLAY", unreadable.part, unreadable.why))
        });
        let settings = Self {
            // Shards share a seed, or they would not be parts of one search.
            seed: environment
                .seed
                .or(wishes.seed)
                .unwrap_or_else(|| if environment.shard.is_some() { 0 } else { random_seed() }),
            cases: environment.cases.or(wishes.cases).unwrap_or(256),
            max_commands: wishes.max_commands.unwrap_or(50),
            faults: wishes.faults.unwrap_or(3),
            search: wishes.search,
            budget: environment.budget.or(wishes.budget).unwrap_or(1000),
            failures: wishes.failures.unwrap_or(1),
            exhaustive: wishes.exhaustive,
            regressions: wishes.regressions.as_deref().map(regressions::resolve),
            replay: replay.transpose()?,
            shard: environment.shard.unwrap_or(Shard::WHOLE),
            required: wishes.required.clone(),
            deadline: wishes.deadline,
            isolation: wishes.isolation.clone(),
            explain: wishes.explain,
            test: thread::current().name().filter(|name| *name != "main").map(str::to_owned),
        };
        let tally = Tally::new(C::NAMES);
        if let Some((cover, _)) = settings.required.iter().find(|(cover, _)| cover.count(&tally).is_none()) {
            let wrong = format!("names a command that does not exist; there are: {}", C::NAMES.join(", "));
            return Err(Failure::setting("require", cover.to_string().replace('`', ""), wrong));
        }
        let at_least_1 = [
            ("cases", settings.cases as usize),
            ("max_commands", settings.max_commands),
            ("budget", settings.budget as usize),
            ("failures", settings.failures),
            ("exhaustive", settings.exhaustive.unwrap_or(1)),
        ];
        match at_least_1.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(Failure::setting(name, "0", "should be at least 1")),
            None => Ok(settings),
        }
    }
}
