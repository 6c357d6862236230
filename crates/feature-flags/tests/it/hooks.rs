//! Hooks: which stages, for whom, and that they do no harm.

use std::panic;
use std::sync::Arc;

use feature_flags::{
    EvaluationDetails, EvaluationFailure, Event, Flag, FlagName, Flags, Hook, HookContext, Listener, MapContext,
    Overrides, Reason, Rule, Serve,
};
use parking_lot::Mutex;

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Heard {
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Heard {
    fn called(&self, name: &'static str) -> Self {
        Self { name, lines: Arc::clone(&self.lines) }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock())
    }

    fn note(&self, stage: &str, call: &HookContext<'_>, details: Option<&EvaluationDetails<'_>>) {
        let answer = details.map(|details| format!(" {} {}", details.variant_or_switch(), details.reason().code()));
        self.lines.lock().push(format!("{}{stage} {}{}", self.name, call.flag(), answer.unwrap_or_default()));
    }
}

impl Hook for Heard {
    fn before(&self, call: &HookContext<'_>) {
        self.note("before", call, None);
    }

    fn after(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        assert_eq!(details.failure(), None);
        self.note("after", call, Some(details));
    }

    fn error(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        assert!(details.failure().is_some());
        self.note("error", call, Some(details));
    }

    fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
        self.note("finally", call, Some(details));
    }
}

fn flags(hook: impl Hook) -> Flags {
    Flags::builder()
        .flag(Flag::new("on").enabled(true))
        .flag(Flag::new("size").variant("large", 100).rule(Rule::new().serve(Serve::Variant("large".to_owned()))))
        .define("code", |_: &String| panic!("it always does"))
        .hook(hook)
        .build()
}

#[test]
fn every_kind_of_call_is_told_in_the_same_stages() {
    let heard = Heard::default();
    let flags = flags(heard.clone());
    let name = FlagName::new("on");
    let on = ["before on", "after on on fixed", "finally on on fixed"];
    assert!(flags.enabled("on", &()));
    assert_eq!(heard.take(), on);
    assert!(flags.enabled_by(&name, &()));
    assert_eq!(heard.take(), on);
    assert_eq!(flags.decide("on", &()).reason(), Reason::Fixed);
    assert_eq!(heard.take(), on);
    assert!(flags.resolve("on", &()).decision().enabled() && flags.resolve_by(&name, &()).decision().enabled());
    assert_eq!(heard.take(), [on, on].concat());
    let size = ["before size", "after size large rule", "finally size large rule"];
    assert_eq!(flags.integer("size", &(), 1), 100);
    assert_eq!(heard.take(), size);
    assert!(flags.explain("on", &()).enabled());
    assert!(heard.take().is_empty(), "explaining is no evaluation");
}

#[test]
fn what_goes_wrong_is_told_as_an_error_with_its_cause() {
    #[derive(Default)]
    struct Failures(Mutex<Vec<EvaluationFailure>>);

    impl Hook for Failures {
        fn error(&self, _call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
            self.0.lock().extend(details.failure());
        }
    }

    let failures = Arc::new(Failures::default());
    let flags = flags(Arc::clone(&failures));
    assert!(!flags.enabled("none", &()) && !flags.enabled("code", &()));
    assert_eq!(&*flags.text("size", &(), "small"), "small");
    let failures = failures.0.lock();
    assert_eq!(failures[..2], [EvaluationFailure::UnknownFlag, EvaluationFailure::FunctionFailed]);
    assert!(
        matches!(failures[2], EvaluationFailure::WrongType { wanted: "text", found: "whole number", .. }),
        "{failures:?}"
    );
}

#[cfg(feature = "toml")]
#[test]
fn a_broken_flag_is_told_as_broken() {
    let heard = Heard::default();
    let flags = Flags::builder().hook(heard.clone()).toml("format = 1\n[flags]\nbad = 'a lot'").unwrap();
    assert!(!flags.enabled("bad", &()));
    assert_eq!(heard.take(), ["before bad", "error bad off broken", "finally bad off broken"]);
}

#[test]
fn hooks_nest_in_the_order_of_their_registration() {
    let heard = Heard::default();
    let flags = Flags::builder().hook(heard.called("1 ")).hook(heard.called("2 ")).build();
    assert!(!flags.with_hook(heard.called("3 ")).enabled("f", &()));
    let stages: Vec<String> = heard.take().iter().map(|line| line[..8].trim_end().to_owned()).collect();
    assert_eq!(
        stages,
        ["1 before", "2 before", "3 before", "3 error", "2 error", "1 error", "3 finall", "2 finall", "1 finall"]
    );
    assert!(!flags.enabled("f", &()));
    assert!(heard.take().iter().all(|line| !line.starts_with('3')), "a handle's hook is that handle's");
}

#[test]
fn overrides_are_told_and_stay_with_hooks() {
    let heard = Heard::default();
    let overridden = flags(heard.clone()).overriding(Overrides::new().off("on").value("size", 7));
    assert!(!overridden.enabled("on", &()));
    assert_eq!(heard.take(), ["before on", "after on off override", "finally on off override"]);
    assert_eq!(overridden.with_hook(heard.called("x ")).integer("size", &(), 0), 7, "an override outlives a hook");
    assert_eq!(heard.take().len(), 6);
}

#[test]
fn hooks_hear_of_whom_it_is_about_and_do_not_print_it() {
    struct Country;

    impl Hook for Country {
        fn finally(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
            assert_eq!(call.context().attribute("country").map(|value| value.to_string()).as_deref(), Some("\"DE\""));
            assert!(details.flag().is_some_and(|flag| flag.name() == "on"));
            assert!(!format!("{call:?} {details:?}").contains("DE"));
        }
    }

    assert!(flags(Country).enabled("on", &MapContext::new().with("country", "DE")));
}

/// Keeps what it is told of hooks.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Listener for Told {
    fn event(&self, event: &Event<'_>) {
        if let Event::HookPanicked { .. } = event {
            self.0.lock().push(event.to_string());
        }
    }
}

#[test]
fn a_panicking_hook_harms_neither_the_caller_nor_other_hooks_and_is_told_ever_more_rarely() {
    struct Panics;

    impl Hook for Panics {
        fn before(&self, _: &HookContext<'_>) {
            panic!("before");
        }

        fn after(&self, _: &HookContext<'_>, _: &EvaluationDetails<'_>) {
            panic!("after");
        }

        fn name(&self) -> &'static str {
            "panics"
        }
    }

    let (told, heard) = (Told::default(), Heard::default());
    let flags = Flags::builder()
        .listener(told.clone())
        .flag(Flag::new("on").enabled(true))
        .hook(Panics)
        .hook(heard.clone())
        .build();
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answers: Vec<bool> = (0..100).map(|_| flags.enabled("on", &())).collect();
    panic::set_hook(quiet);
    assert!(answers.iter().all(|answer| *answer));
    assert_eq!(heard.take().len(), 300);
    let told = told.0.lock();
    assert_eq!(told[0], "hook panics panicked in `before`");
    assert_eq!(told[1], "hook panics panicked in `after`; it has panicked 2 times so far");
    assert_eq!(told.len(), 8, "1, 2, 4 up to 128 of 200: {told:?}");
}

#[test]
fn a_hook_that_evaluates_flags_does_not_call_itself() {
    struct Asks(Mutex<Option<Flags>>, Mutex<u32>);

    impl Hook for Asks {
        fn before(&self, _: &HookContext<'_>) {
            *self.1.lock() += 1;
            let flags = self.0.lock().clone();
            assert!(flags.is_none_or(|flags| flags.enabled("on", &())));
        }
    }

    let asks = Arc::new(Asks(Mutex::new(None), Mutex::new(0)));
    let flags = flags(Arc::clone(&asks));
    *asks.0.lock() = Some(flags.clone());
    assert!(flags.enabled("on", &()));
    assert_eq!(*asks.1.lock(), 1);
    // A hook that holds the flags it hears of is a circle; it ends here.
    *asks.0.lock() = None;
}

#[test]
fn evaluations_with_hooks_are_counted_like_others() {
    let flags = flags(Heard::default());
    assert!(flags.enabled("on", &()) && flags.resolve("on", &()).decision().enabled());
    assert_eq!(flags.usage().iter().find(|usage| usage.flag == "on").map(|usage| usage.count), Some(2));
}
