//! Evaluations as events of OpenTelemetry's semantic conventions.

use std::collections::BTreeMap;
use std::sync::Arc;

use feature_flags::{
    EvaluationEvent, FlagValue, Flags, MapContext, Overrides, Telemetry, TelemetryOptions, TelemetrySink,
};
use parking_lot::Mutex;

type Attributes = BTreeMap<&'static str, FlagValue>;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Attributes>>>);

impl TelemetrySink for Kept {
    fn emit(&self, event: &EvaluationEvent<'_>) {
        assert!(!format!("{event:?}").contains("user-1"));
        self.0.lock().push(event.attributes().collect());
    }
}

const TEXT: &str = r#"
    format = 1

    [flags]
    fixed = true
    disabled = { when = "staff", enabled = false }
    targeted = { when = 'country == "DE"' }
    split = "100%"
    held = true
    broken = "a lot"
    needs = { requires = ["nobody"], rules = [{}] }
    nobody = false

    [flags.button]
    variants = { calm = "blue", loud = "red" }
    default = "calm"
    when = 'country == "DE"'
    serve = { calm = "0%", loud = "100%" }

    [holdouts.all]
    share = "100%"
    flags = ["held"]
"#;

fn flags(options: TelemetryOptions) -> (Flags, Kept) {
    let kept = Kept::default();
    let builder = Flags::builder().hook(Telemetry::new(options, kept.clone()));
    let builder = builder.define("function", |_: &String| true).define("panics", |(): &()| panic!("it always does"));
    (builder.toml(TEXT).unwrap(), kept)
}

fn ada(country: &str) -> MapContext {
    MapContext::new().with("id", "user-1").with("country", country)
}

/// The names and the words are those of the conventions (registry `feature_flag`, event `feature_flag.evaluation`).
#[test]
fn names_and_reasons_are_those_of_the_conventions() {
    assert_eq!(EvaluationEvent::NAME, "feature_flag.evaluation");
    let (flags, kept) = flags(TelemetryOptions::new());
    for (flag, country, reason, error) in [
        ("fixed", "DE", "static", None),
        ("disabled", "DE", "disabled", None),
        ("targeted", "DE", "targeting_match", None),
        ("targeted", "FR", "default", None),
        ("split", "DE", "split", None),
        ("button", "DE", "split", None),
        ("held", "DE", "split", None),
        ("needs", "DE", "default", None),
        ("broken", "DE", "error", Some("parse_error")),
        ("function", "DE", "error", Some("general")),
        ("none", "DE", "error", Some("flag_not_found")),
    ] {
        let _answer = flags.enabled(flag, &ada(country));
        let event = kept.0.lock().pop().unwrap();
        let text = |name: &str| event.get(name).and_then(FlagValue::as_text).map(str::to_owned);
        assert_eq!(text("feature_flag.key").as_deref(), Some(flag));
        assert_eq!(text("feature_flag.result.reason").as_deref(), Some(reason), "{flag}");
        assert_eq!(text("error.type").as_deref(), error, "{flag}");
        assert_eq!(text("feature_flag.error.message").is_some(), error.is_some(), "{flag}");
        assert_eq!(text("feature_flag.provider.name").as_deref(), Some("feature-flags"));
        assert_eq!(text("feature_flag.version"), Some(flags.status().snapshot().content().to_string()));
        assert!(!event.contains_key("feature_flag.context.id") && !event.contains_key("feature_flag.set.id"));
    }
    assert!(!flags.overriding(Overrides::new().off("fixed")).enabled("fixed", &()));
    assert_eq!(kept.0.lock().pop().unwrap()["feature_flag.result.reason"], FlagValue::from("static"));
    assert_eq!(flags.integer("button", &ada("DE"), 7), 7);
    let event = kept.0.lock().pop().unwrap();
    assert_eq!(event["error.type"], FlagValue::from("type_mismatch"));
    assert_eq!(event["feature_flag.error.message"], FlagValue::from("it serves text where whole number is wanted"));
}

#[test]
fn a_variant_says_enough_and_the_value_and_the_key_come_only_if_wanted() {
    let (flags, kept) = flags(TelemetryOptions::new());
    assert_eq!(&*flags.text("button", &ada("DE"), "grey"), "red");
    assert!(flags.enabled("fixed", &()));
    let events = std::mem::take(&mut *kept.0.lock());
    assert_eq!(events[0]["feature_flag.result.variant"], FlagValue::from("loud"));
    assert!(!events[0].contains_key("feature_flag.result.value"));
    assert!(!events[1].contains_key("feature_flag.result.variant"));
    assert_eq!(events[1]["feature_flag.result.value"], FlagValue::Bool(true));

    let options = TelemetryOptions::new().value(true).context_id(true).set_id("shop").provider("ours");
    let (flags, kept) = self::flags(options);
    assert_eq!(&*flags.text("button", &ada("DE"), "grey"), "red");
    assert!(flags.enabled("fixed", &("key", 42)));
    let events = std::mem::take(&mut *kept.0.lock());
    assert_eq!(events[0]["feature_flag.result.value"], FlagValue::from("red"));
    assert_eq!(events[0]["feature_flag.context.id"], FlagValue::from("user-1"));
    assert_eq!(events[1]["feature_flag.context.id"], FlagValue::from("42"));
    assert_eq!(events[0]["feature_flag.set.id"], FlagValue::from("shop"));
    assert_eq!(events[0]["feature_flag.provider.name"], FlagValue::from("ours"));
}

#[cfg(feature = "tracing")]
mod to_tracing {
    use std::fmt;

    use feature_flags::TracingTelemetry;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber};

    use super::{Arc, BTreeMap, Flags, Mutex, Telemetry, TelemetryOptions, ada};

    #[derive(Clone, Default)]
    struct Collector(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

    struct Fields<'a>(&'a mut BTreeMap<String, String>);

    impl Visit for Fields<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.insert(field.name().to_owned(), format!("{value:?}"));
        }
    }

    impl Subscriber for Collector {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            assert_eq!((event.metadata().name(), *event.metadata().level()), ("feature_flag.evaluation", Level::INFO));
            let mut fields = BTreeMap::new();
            event.record(&mut Fields(&mut fields));
            self.0.lock().push(fields);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn events_have_the_same_names_in_tracing() {
        let collector = Collector::default();
        let options = TelemetryOptions::new().context_id(true);
        let flags = Flags::builder().hook(Telemetry::new(options, TracingTelemetry)).toml(super::TEXT).unwrap();
        tracing::subscriber::with_default(collector.clone(), || {
            assert_eq!(&*flags.text("button", &ada("DE"), "grey"), "red");
            assert!(!flags.enabled("none", &()));
        });
        let events = collector.0.lock();
        let names = |event: usize| events[event].keys().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(
            names(0),
            [
                "feature_flag.context.id",
                "feature_flag.key",
                "feature_flag.provider.name",
                "feature_flag.result.reason",
                "feature_flag.result.variant",
                "feature_flag.version",
            ]
        );
        assert_eq!(events[0]["feature_flag.result.variant"], "\"loud\"");
        assert!(names(1).contains(&"error.type") && names(1).contains(&"feature_flag.error.message"), "{:?}", names(1));
    }
}
