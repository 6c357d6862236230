//! One runner for the verbs, whichever server the database is on.

use anyhow::{Context, bail};
use clap::ValueEnum;
use migration_planner::{Evidence, GateState, Plan};
use migration_planner_postgres as postgres;
use migration_planner_sqlite as sqlite;

use super::bar::Bar;
use super::place::Place;
use super::standing::Standing;

/// What a runner does where somebody else has changed a table of the plan.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum OnDrift {
    /// It says what differs and does nothing.
    #[default]
    Refuse,
    /// It writes down what differs and goes on.
    Accept,
    /// It undoes what it did and plans the change anew.
    Replan,
}

/// A runner on one of the servers.
pub(super) enum Runner {
    Sqlite(sqlite::Runner),
    Postgres(Box<postgres::Runner>),
}

/// What working on a phase came to.
pub(super) enum Outcome {
    PhaseDone(String),
    Held(String, Vec<(String, GateState)>),
    Paused(String),
    Finished,
}

const ON_SQLITE: &str = "is there on PostgreSQL alone";

impl Runner {
    pub(super) fn open(place: &Place) -> anyhow::Result<Self> {
        Self::open_with(place, OnDrift::Refuse)
    }

    pub(super) fn open_with(place: &Place, on_drift: OnDrift) -> anyhow::Result<Self> {
        let on_drift = match on_drift {
            OnDrift::Refuse => postgres::OnDrift::Refuse,
            OnDrift::Accept => postgres::OnDrift::Accept,
            OnDrift::Replan => postgres::OnDrift::Replan,
        };
        match place {
            Place::Sqlite(path) => sqlite::Runner::open(path).map(Self::Sqlite).with_context(|| place.to_string()),
            Place::Postgres(url) => {
                let options = postgres::RunnerOptions::default().on_drift(on_drift);
                let runner = postgres::Runner::open_with(url, options).with_context(|| place.to_string())?;
                Ok(Self::Postgres(Box::new(runner)))
            }
        }
    }

    pub(super) fn begin(&mut self, plan: &Plan) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(runner) => Ok(runner.begin(plan)?),
            Self::Postgres(runner) => Ok(runner.begin(plan)?),
        }
    }

    pub(super) fn plan(&mut self) -> anyhow::Result<Option<Plan>> {
        match self {
            Self::Sqlite(runner) => Ok(runner.plan()?),
            Self::Postgres(runner) => Ok(runner.plan()?),
        }
    }

    pub(super) fn record(&mut self, evidence: &Evidence) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(runner) => Ok(runner.record(evidence)?),
            Self::Postgres(runner) => Ok(runner.record(evidence)?),
        }
    }

    pub(super) fn advance(&mut self) -> anyhow::Result<Outcome> {
        let mut bar = Bar::new();
        Ok(match self {
            Self::Sqlite(runner) => match runner.advance_with(|progress| bar.sqlite(progress))? {
                sqlite::Advance::PhaseDone { phase, .. } => Outcome::PhaseDone(phase),
                sqlite::Advance::Held { phase, gates, .. } => Outcome::Held(phase, gates),
                sqlite::Advance::Finished => Outcome::Finished,
                other => bail!("an answer that this version does not know: {other:?}"),
            },
            Self::Postgres(runner) => match runner.advance_with(|progress| bar.postgres(progress))? {
                postgres::Advance::PhaseDone { phase, .. } => Outcome::PhaseDone(phase),
                postgres::Advance::Held { phase, gates, .. } => Outcome::Held(phase, gates),
                postgres::Advance::Paused { pause, .. } => Outcome::Paused(pause.to_string()),
                postgres::Advance::Finished => Outcome::Finished,
                other => bail!("an answer that this version does not know: {other:?}"),
            },
        })
    }

    /// What advancing, or rolling back, would do.
    pub(super) fn dry_run(&mut self, back: bool) -> anyhow::Result<postgres::DryRun> {
        match self {
            Self::Sqlite(_) => {
                bail!("--dry-run {ON_SQLITE}; on SQLite, `cutover plan` rehearses nothing and changes nothing")
            }
            Self::Postgres(runner) => Ok(if back { runner.dry_run_back()? } else { runner.dry_run()? }),
        }
    }

    pub(super) fn roll_back(&mut self) -> anyhow::Result<()> {
        let mut bar = Bar::new();
        match self {
            Self::Sqlite(runner) => Ok(runner.roll_back_with(|progress| bar.sqlite(progress))?),
            Self::Postgres(runner) => Ok(runner.roll_back_with(|progress| bar.postgres(progress))?),
        }
    }

    pub(super) fn roll_back_phase(&mut self) -> anyhow::Result<Option<String>> {
        let mut bar = Bar::new();
        match self {
            Self::Sqlite(_) => bail!("rolling back one phase {ON_SQLITE}"),
            Self::Postgres(runner) => Ok(runner.roll_back_phase_with(|progress| bar.postgres(progress))?),
        }
    }

    pub(super) fn pause(&mut self, author: &str, reason: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => bail!("pausing {ON_SQLITE}; on SQLite, end the process: the next one resumes"),
            Self::Postgres(runner) => Ok(runner.pause(author, reason)?),
        }
    }

    pub(super) fn resume(&mut self, author: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => bail!("pausing {ON_SQLITE}, and so is resuming"),
            Self::Postgres(runner) => Ok(runner.resume(author)?),
        }
    }

    pub(super) fn status(&mut self) -> anyhow::Result<Standing> {
        match self {
            Self::Sqlite(runner) => Standing::of_sqlite(&runner.status()?),
            Self::Postgres(runner) => Standing::of_postgres(&runner.status()?),
        }
    }
}
