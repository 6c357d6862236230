//! The column goes, in phases: each consumer moves off by a deployment of its own, and a gate watches each of them.

use std::time::{Duration, Instant};

use migration_planner::{Change, Evidence, GateReason, GateState, Planner, Policy};
use migration_planner_sqlite::{Advance, PhaseState, Runner, introspect, rehearse};

use super::promised;
use crate::http::WRITE_LEGACY_NAME;
use crate::store::{LegacyName, UsersQuery, statements_on_users};
use crate::tour::latency::shown;
use crate::tour::progress::Progress;
use crate::tour::scene::{PATIENCE, Scene, column, now};
use crate::tour::{TourError, screen};

/// How long a consumer is watched without a use before its gate opens. Seconds here, days on a service that matters: longer
/// than the slowest job that may still read the column.
const OBSERVATION: Duration = Duration::from_millis(1_500);
/// How long an observation counts.
const FRESHNESS: Duration = Duration::from_secs(3);
/// How long one window of observation is.
const WINDOW: Duration = Duration::from_millis(250);

const APPLICATION: &str = "application";
const ETL: &str = "etl";
const REPORTING: &str = "reporting";

/// Plans the removal, and begins it: from here on, the plan and its journal are in the database itself.
pub(in crate::tour) fn plan(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    let mut runner = Removal::open(scene, progress)?;
    let plan = if let Some(begun) = runner.runner.plan().map_err(TourError::migration)? {
        // A process that was killed has begun it; a new one would differ, since tables have grown.
        begun
    } else {
        let found = introspect(scene.home.database()).map_err(TourError::migration)?;
        let change = Change::drop_column(column().table().name(), column().column());
        let policy = Policy::default().observation(OBSERVATION).freshness(FRESHNESS);
        Planner::new(&found.schema, found.server).policy(policy).plan(&change).map_err(TourError::migration)?
    };
    for (number, phase) in plan.phases().iter().enumerate() {
        let end = if phase.is_point_of_no_return() { "  (point of no return)" } else { "" };
        screen::line(&format!("{}. {}{end}", number + 1, phase.title()));
    }
    runner.begin(&plan)?;
    for consumer in [APPLICATION, ETL, REPORTING] {
        runner.see_closed(scene, progress, consumer)?;
    }
    let held = runner.advance()?;
    promised("a phase is held while its consumer uses the column", matches!(held, Advance::Held { .. }), || {
        format!("{held:?}")
    })
}

/// The service stops writing the column; it stopped reading it when the ramp was at its end.
pub(in crate::tour) fn application(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    moves_off(scene, progress, APPLICATION, |scene| {
        scene.edit_flags(|edit| edit.set_enabled(WRITE_LEGACY_NAME, false))?;
        scene.store.reconnect()?;
        screen::line("deployed: the column is no longer written, connections are new");
        Ok(())
    })
}

/// The export to the warehouse moves off.
pub(in crate::tour) fn etl(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    moves_off(scene, progress, ETL, |scene| {
        scene.etl.deploy_without_the_column();
        screen::line("deployed: the export reads the name instead");
        Ok(())
    })
}

/// The report moves off.
pub(in crate::tour) fn report(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    moves_off(scene, progress, REPORTING, |scene| {
        scene.report.deploy_without_the_column();
        screen::line("deployed: the report reads the name instead");
        Ok(())
    })
}

/// The last phase: every gate has to be open at this moment, then the column is dropped.
pub(in crate::tour) fn drop_column(scene: &mut Scene, progress: &mut Progress) -> Result<(), TourError> {
    let mut removal = Removal::open(scene, progress)?;
    scene.traffic.take_longest_us();
    let started = Instant::now();
    while removal.advance()? != Advance::Finished {
        removal.wait_and_observe(scene, progress, started, "the column to be dropped")?;
    }
    let found = introspect(scene.home.database()).map_err(TourError::migration)?;
    let users = found.schema.table(column().table());
    promised("the column is gone", users.is_some_and(|users| users.column(column().column()).is_none()), || {
        "the catalog still holds it".to_owned()
    })?;
    scene.watch(progress, 1.0)?;
    screen::line(&format!(
        "dropped; no request took longer than {} meanwhile, reads and writes alike",
        shown(scene.traffic.take_longest_us())
    ));
    let entries = removal.runner.journal().map_err(TourError::migration)?.len();
    screen::line(&format!("the journal in the database has {entries} entries"));
    Ok(())
}

/// Sees that `consumer` holds the plan up, deploys the version that does without the column, and waits for its gate.
fn moves_off(
    scene: &mut Scene,
    progress: &mut Progress,
    consumer: &str,
    deploy: impl FnOnce(&mut Scene) -> Result<(), TourError>,
) -> Result<(), TourError> {
    let mut removal = Removal::open(scene, progress)?;
    // Unless a process that was killed got so far: its deployment outlived it, or its plan went on.
    let deployed_before = consumer == APPLICATION && !scene.search.flags().enabled(WRITE_LEGACY_NAME, &());
    if !deployed_before && !removal.has_left(consumer)? {
        removal.see_closed(scene, progress, consumer)?;
    }
    deploy(scene)?;
    let deployed = Instant::now();
    while !removal.has_left(consumer)? {
        removal.wait_and_observe(scene, progress, deployed, "a gate to open")?;
        if let Advance::PhaseDone { phase, .. } = removal.advance()? {
            screen::line(&format!("phase {phase:?} left {} after the deployment", screen::shown(deployed.elapsed())));
        }
    }
    screen::line(&format!("now: {}", removal.gate_of(consumer)?));
    Ok(())
}

/// The plan under way, and what this process says of the consumers.
#[derive(Debug)]
struct Removal {
    runner: Runner,
    /// Names this process in evidence; another process is another witness.
    author: String,
}

impl Removal {
    fn open(scene: &Scene, progress: &Progress) -> Result<Self, TourError> {
        let runner = Runner::open(scene.home.database()).map_err(TourError::migration)?;
        Ok(Self { runner, author: format!("tour-{}", progress.known.starts) })
    }

    fn begin(&mut self, plan: &migration_planner::Plan) -> Result<(), TourError> {
        self.runner.begin(plan).map_err(TourError::migration)
    }

    fn advance(&mut self) -> Result<Advance, TourError> {
        self.runner.advance().map_err(TourError::migration)
    }

    /// Ends the window of every consumer, and rehearses what the service may send to the table.
    fn observe(&mut self, scene: &Scene) -> Result<(), TourError> {
        self.record(&scene.usage.evidence(APPLICATION, &self.author, now()))?;
        self.record(&scene.etl.usage().evidence(ETL, &self.author, now()))?;
        self.record(&scene.report.usage().evidence(REPORTING, &self.author, now()))?;
        let Some(plan) = self.runner.plan().map_err(TourError::migration)? else { return Ok(()) };
        let writes = scene.search.flags().enabled(WRITE_LEGACY_NAME, &());
        let legacy = if writes { LegacyName::Kept } else { LegacyName::LeftAlone };
        let statements = statements_on_users(UsersQuery::New, legacy);
        let path = scene.home.database();
        let rehearsed = rehearse(path, &plan, APPLICATION, statements, &self.author, now());
        self.record(&rehearsed.map_err(TourError::migration)?)
    }

    fn record(&mut self, evidence: &Evidence) -> Result<(), TourError> {
        self.runner.record(evidence).map_err(TourError::migration)
    }

    /// Waits until the gate of `consumer` is closed because the column was seen in use, and shows it.
    fn see_closed(&mut self, scene: &mut Scene, progress: &mut Progress, consumer: &str) -> Result<(), TourError> {
        let started = Instant::now();
        loop {
            self.wait_and_observe(scene, progress, started, "a consumer to be seen using the column")?;
            let state = self.gate_of(consumer)?;
            if state.reasons().iter().any(|reason| matches!(reason, GateReason::Contrary { .. })) {
                screen::line(&format!("{consumer}: {state}"));
                return Ok(());
            }
        }
    }

    fn wait_and_observe(
        &mut self,
        scene: &mut Scene,
        progress: &mut Progress,
        since: Instant,
        what: &str,
    ) -> Result<(), TourError> {
        if since.elapsed() > PATIENCE {
            self.tell_gates()?;
            return Err(TourError::TookTooLong { what: what.to_owned(), seconds: PATIENCE.as_secs() });
        }
        std::thread::sleep(WINDOW);
        scene.save(progress)?;
        self.observe(scene)
    }

    fn has_left(&mut self, consumer: &str) -> Result<bool, TourError> {
        let plan = self.plan()?;
        let index = plan.phases().iter().position(|phase| phase.gate().is_some_and(|gate| gate.consumer() == consumer));
        let status = self.runner.status().map_err(TourError::migration)?;
        Ok(index.and_then(|index| status.phases.get(index)).is_some_and(|phase| phase.state == PhaseState::Done))
    }

    /// What the gate of `consumer` says now.
    fn gate_of(&mut self, consumer: &str) -> Result<GateState, TourError> {
        let evidence = self.runner.evidence().map_err(TourError::migration)?;
        let plan = self.plan()?;
        let gate = plan.phases().iter().filter_map(|phase| phase.gate()).find(|gate| gate.consumer() == consumer);
        let none = || TourError::Broken { promise: "every consumer has a gate", found: format!("none of {consumer}") };
        Ok(gate.ok_or_else(none)?.evaluate(&evidence, now()))
    }

    fn tell_gates(&mut self) -> Result<(), TourError> {
        for consumer in [APPLICATION, ETL, REPORTING] {
            screen::line(&format!("{consumer}: {}", self.gate_of(consumer)?));
        }
        Ok(())
    }

    fn plan(&mut self) -> Result<migration_planner::Plan, TourError> {
        let none = || TourError::Broken { promise: "a plan is under way", found: "there is none".to_owned() };
        self.runner.plan().map_err(TourError::migration)?.ok_or_else(none)
    }
}
