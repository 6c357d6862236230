use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use feature_flags::Flags;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Keeps counters by name and labels.
#[derive(Default)]
struct Counters {
    values: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    looked_up: AtomicU64,
}

impl Recorder for Counters {
    fn describe_counter(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}
    fn describe_gauge(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}
    fn describe_histogram(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn register_counter(&self, key: &Key, _metadata: &Metadata<'_>) -> Counter {
        self.looked_up.fetch_add(1, Ordering::Relaxed);
        let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Counter::from_arc(Arc::clone(self.values.lock().unwrap().entry(name).or_default()))
    }

    fn register_gauge(&self, _key: &Key, _metadata: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _key: &Key, _metadata: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn flags_that_are_wrong_are_counted() {
    let recorder = Counters::default();
    metrics::with_local_recorder(&recorder, || Flags::from_toml("format = 1\n[flags]\na = 3\nb = 4").unwrap());
    let values = recorder.values.lock().unwrap();
    assert_eq!(values["flag_source_errors_total{op=flag}"].load(Ordering::Relaxed), 2);
}

#[test]
fn evaluations_are_counted_by_flag_answer_and_reason_through_handles_kept() {
    let recorder = Counters::default();
    metrics::with_local_recorder(&recorder, || {
        let flags = Flags::from_toml("format = 1\n[flags]\na = true\nb = { when = \"x == 1\" }").unwrap();
        for round in 1..=3 {
            flags.enabled("a", &());
            flags.enabled("b", &feature_flags::MapContext::new().with("x", round));
            flags.enabled("not-a-flag", &());
            flags.report_metrics();
        }
    });
    let values: Vec<(String, u64)> = recorder
        .values
        .lock()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.load(Ordering::Relaxed)))
        .collect();
    assert_eq!(
        values,
        [
            ("flag_evaluations_total{flag=a,variant=on,reason=fixed}".to_owned(), 3),
            ("flag_evaluations_total{flag=b,variant=off,reason=no_rule}".to_owned(), 2),
            ("flag_evaluations_total{flag=b,variant=on,reason=rule}".to_owned(), 1),
        ]
    );
    assert_eq!(recorder.looked_up.load(Ordering::Relaxed), 3, "each handle is looked up once");
}
