//! What is recorded through the facades.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use migration_planner::Change;
use migration_planner_postgres::describe_metrics;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};

use crate::support::{Db, answered_for, begun, to_the_end};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text);
     INSERT INTO users SELECT i, 'n' || i FROM generate_series(1, 20) AS i;";

/// Writes down names and labels.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<BTreeSet<String>>>);

impl Names {
    fn add(&self, key: &Key) {
        let labels: Vec<&str> = key.labels().map(metrics::Label::key).collect();
        self.0.lock().unwrap().insert(format!("{}{{{}}}", key.name(), labels.join(",")));
    }
}

impl Recorder for Names {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().insert(format!("described {}", key.as_str()));
    }
    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().insert(format!("described {}", key.as_str()));
    }
    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.0.lock().unwrap().insert(format!("described {}", key.as_str()));
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.add(key);
        Counter::noop()
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.add(key);
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.add(key);
        Histogram::noop()
    }
}

#[test]
fn steps_phases_and_rows_are_recorded_as_metrics() {
    let Some(db) = Db::new(USERS) else { return };
    let names = Names::default();
    metrics::with_local_recorder(&names, || {
        describe_metrics();
        let (mut runner, plan) = begun(&db, &Change::rename_column("users", "name", "full_name"));
        answered_for(&mut runner, &plan);
        to_the_end(&mut runner);
    });
    let found: Vec<String> = names.0.lock().unwrap().iter().cloned().collect();
    assert_eq!(
        found,
        [
            "described migration_backfill_rows_total",
            "described migration_phase_info",
            "described migration_step_seconds",
            "migration_backfill_rows_total{plan}",
            "migration_phase_info{plan,phase,state}",
            "migration_step_seconds{plan,step}",
        ]
    );
}

/// Writes down what it is told by one thread. It is the whole process's, since what a thread without one is asked first is never
/// asked again.
#[derive(Clone)]
struct Lines(std::thread::ThreadId, Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("migration_planner_postgres")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        if std::thread::current().id() == self.0 {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.1.lock().unwrap().push(line.0);
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn waiting_is_told_with_who_is_in_the_way_and_without_values() {
    let Some(db) = Db::new(USERS) else { return };
    let lines = Lines(std::thread::current().id(), Arc::default());
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let (mut runner, _) = begun(&db, &Change::rename_column("users", "name", "full_name"));
    let mut holder = db.connect();
    let mut open = holder.transaction().unwrap();
    open.batch_execute("SELECT * FROM users WHERE name = 'secret'").unwrap();
    let mut open = Some(open);
    let done = runner.advance_with(|progress| {
        if matches!(progress, migration_planner_postgres::Progress::Waiting { .. })
            && let Some(open) = open.take()
        {
            open.rollback().unwrap();
        }
    });
    assert!(matches!(done.unwrap(), migration_planner_postgres::Advance::PhaseDone { .. }));
    let said = lines.1.lock().unwrap().join("\n");
    assert!(said.contains("WARN") && said.contains("name = ?") && !said.contains("secret"), "{said}");
    assert!(said.contains("a step is done") && said.contains("step=\"add-columns\""), "{said}");
    assert!(said.contains("state=\"done\""), "{said}");
}
