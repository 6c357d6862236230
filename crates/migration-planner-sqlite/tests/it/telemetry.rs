//! What is recorded through the facades.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use migration_planner::Change;
use migration_planner_sqlite::describe_metrics;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};

use crate::support::{Db, attest_all, to_the_end};

const USERS: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'secret'), (2, 'n');";

fn rename() -> Change {
    Change::rename_column("users", "name", "full_name")
}

/// Writes down what metrics are described and recorded, with the names of their labels.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeSet<String>>>);

impl Seen {
    fn described(&self, name: &KeyName) {
        self.0.lock().unwrap().insert(format!("described {}", name.as_str()));
    }

    fn recorded<T>(&self, key: &Key, handle: T) -> T {
        let labels: Vec<&str> = key.labels().map(metrics::Label::key).collect();
        self.0.lock().unwrap().insert(format!("{}{{{}}}", key.name(), labels.join(",")));
        handle
    }
}

impl Recorder for Seen {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.recorded(key, Counter::noop())
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.recorded(key, Gauge::noop())
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.recorded(key, Histogram::noop())
    }
}

#[test]
fn steps_phases_and_rows_are_recorded_as_metrics() {
    let db = Db::new(USERS);
    let seen = Seen::default();
    metrics::with_local_recorder(&seen, || {
        describe_metrics();
        let mut runner = db.begun(&rename());
        attest_all(&mut runner, &rename().object());
        to_the_end(&mut runner);
    });
    let seen: Vec<String> = seen.0.lock().unwrap().iter().cloned().collect();
    assert_eq!(
        seen,
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

/// Writes down the events of this crate.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("migration_planner_sqlite")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// It is the whole process's subscriber, since what a thread without one is asked first is never asked again: other tests are heard
/// as well.
#[test]
fn steps_phases_batches_and_drift_are_told_without_values() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let db = Db::new(USERS);
    let mut runner = db.begun(&rename());
    let plan = runner.plan().unwrap().unwrap();
    for _ in 0..2 {
        let _done = runner.advance().unwrap();
    }
    db.connect().execute_batch("ALTER TABLE users ADD COLUMN told_as_drift INT").unwrap();
    assert!(runner.advance().is_err());
    runner.roll_back().unwrap();
    let own = format!("plan=\"{}\"", plan.hash().short());
    let all = lines.0.lock().unwrap();
    let said: Vec<&str> = all.iter().filter(|line| line.contains(&own)).map(String::as_str).collect();
    let said = said.join("\n");
    for expected in
        ["INFO", "a step is done", "a batch is done", "state=\"done\"", "state=\"rolled-back\"", "undone=true"]
    {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert!(said.lines().any(|line| line.starts_with("WARN") && line.contains("+ users.told_as_drift: INT")), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
