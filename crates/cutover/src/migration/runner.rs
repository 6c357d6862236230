//! One runner for the verbs, whichever server the database is on.

use anyhow::Context;
use clap::ValueEnum;
use migration_planner::run::{self, Advance, DryRun, Status};
use migration_planner::{Evidence, Plan};
use migration_planner_postgres as postgres;
use migration_planner_sqlite as sqlite;

use super::bar::Bar;
use super::place::Place;

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
    Sqlite(Box<sqlite::Runner>),
    Postgres(Box<postgres::Runner>),
}

impl Runner {
    pub(super) fn open(place: &Place) -> anyhow::Result<Self> {
        Self::open_with(place, OnDrift::Refuse)
    }

    pub(super) fn open_with(place: &Place, on_drift: OnDrift) -> anyhow::Result<Self> {
        let on_drift = match on_drift {
            OnDrift::Refuse => run::OnDrift::Refuse,
            OnDrift::Accept => run::OnDrift::Accept,
            OnDrift::Replan => run::OnDrift::Replan,
        };
        match place {
            Place::Sqlite(path) => {
                let options = sqlite::RunnerOptions::default().on_drift(on_drift);
                let runner = sqlite::Runner::open_with(path, options).with_context(|| place.to_string())?;
                Ok(Self::Sqlite(Box::new(runner)))
            }
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

    pub(super) fn advance(&mut self) -> anyhow::Result<Advance> {
        let mut bar = Bar::new();
        match self {
            Self::Sqlite(runner) => Ok(runner.advance_with(|progress| bar.show(progress))?),
            Self::Postgres(runner) => Ok(runner.advance_with(|progress| bar.show(progress))?),
        }
    }

    /// What advancing, or rolling back, would do.
    pub(super) fn dry_run(&mut self, back: bool) -> anyhow::Result<DryRun> {
        match self {
            Self::Sqlite(runner) => Ok(if back { runner.dry_run_back()? } else { runner.dry_run()? }),
            Self::Postgres(runner) => Ok(if back { runner.dry_run_back()? } else { runner.dry_run()? }),
        }
    }

    pub(super) fn roll_back(&mut self) -> anyhow::Result<()> {
        let mut bar = Bar::new();
        match self {
            Self::Sqlite(runner) => Ok(runner.roll_back_with(|progress| bar.show(progress))?),
            Self::Postgres(runner) => Ok(runner.roll_back_with(|progress| bar.show(progress))?),
        }
    }

    pub(super) fn roll_back_phase(&mut self) -> anyhow::Result<Option<String>> {
        let mut bar = Bar::new();
        match self {
            Self::Sqlite(runner) => Ok(runner.roll_back_phase_with(|progress| bar.show(progress))?),
            Self::Postgres(runner) => Ok(runner.roll_back_phase_with(|progress| bar.show(progress))?),
        }
    }

    pub(super) fn pause(&mut self, author: &str, reason: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(runner) => Ok(runner.pause(author, reason)?),
            Self::Postgres(runner) => Ok(runner.pause(author, reason)?),
        }
    }

    pub(super) fn resume(&mut self, author: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(runner) => Ok(runner.resume(author)?),
            Self::Postgres(runner) => Ok(runner.resume(author)?),
        }
    }

    pub(super) fn status(&mut self) -> anyhow::Result<Status> {
        match self {
            Self::Sqlite(runner) => Ok(runner.status()?),
            Self::Postgres(runner) => Ok(runner.status()?),
        }
    }
}
