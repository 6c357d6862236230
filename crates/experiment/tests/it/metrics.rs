//! Results as metrics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use experiment::{Lab, MetricsPublisher, testing};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use parking_lot::Mutex;

/// Counts registrations and values by `name{label="value",…}`.
#[derive(Default, Clone)]
struct Fake {
    values: Arc<Mutex<BTreeMap<String, Arc<Cell>>>>,
    registrations: Arc<AtomicU64>,
}

#[derive(Default)]
struct Cell(AtomicU64);

impl CounterFn for Cell {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl HistogramFn for Cell {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Fake {
    fn cell(&self, key: &Key) -> Arc<Cell> {
        self.registrations.fetch_add(1, Ordering::Relaxed);
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::clone(self.values.lock().entry(format!("{}{{{}}}", key.name(), labels.join(","))).or_default())
    }

    /// All runs counted, whatever their labels.
    fn runs(&self) -> u64 {
        let values = self.values.lock();
        let runs = values.iter().filter(|(key, _)| key.starts_with("experiment_runs_total"));
        runs.map(|(_, cell)| cell.0.load(Ordering::Relaxed)).sum()
    }

    fn value(&self, key: &str) -> u64 {
        self.values.lock().get(key).map_or(0, |cell| cell.0.load(Ordering::Relaxed))
    }
}

impl Recorder for Fake {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.cell(key))
    }
}

#[test]
fn outcomes_are_counted_and_durations_recorded_with_handles_looked_up_once() {
    let fake = Fake::default();
    metrics::with_local_recorder(&fake, || {
        let lab = Lab::new().publisher(MetricsPublisher::new());
        for run in 0..10 {
            lab.experiment("users-query").control(|| run).candidate("new", || if run == 3 { 0 } else { run }).run();
        }
    });
    assert_eq!(fake.value("experiment_runs_total{experiment=users-query,candidate=new,outcome=match}"), 9);
    assert_eq!(fake.value("experiment_runs_total{experiment=users-query,candidate=new,outcome=mismatch}"), 1);
    assert_eq!(fake.value("experiment_duration_seconds{experiment=users-query,behavior=control}"), 10);
    assert_eq!(fake.value("experiment_duration_seconds{experiment=users-query,behavior=new}"), 10);
    assert_eq!(fake.registrations.load(Ordering::Relaxed), 10, "eight outcomes and two durations");
}

#[test]
fn a_panicked_behaviour_has_no_duration() {
    let fake = Fake::default();
    metrics::with_local_recorder(&fake, || {
        let lab = Lab::new().publisher(MetricsPublisher::new());
        lab.experiment("x").control(|| 1).candidate("new", || std::panic::resume_unwind(Box::new(()))).run();
    });
    assert_eq!(fake.value("experiment_runs_total{experiment=x,candidate=new,outcome=panicked}"), 1);
    assert_eq!(fake.value("experiment_duration_seconds{experiment=x,behavior=new}"), 0);
}

#[test]
fn the_metrics_publisher_keeps_the_contract() {
    // Process-wide, because the suite publishes from threads of its own; the other tests use recorders of their
    // threads.
    let fake = Fake::default();
    metrics::set_global_recorder(fake.clone()).expect("no other test installs a recorder");
    testing::publisher_conformance(|| {
        let (before, fake) = (fake.runs(), fake.clone());
        (MetricsPublisher::new(), move || usize::try_from(fake.runs() - before).unwrap())
    });
}
