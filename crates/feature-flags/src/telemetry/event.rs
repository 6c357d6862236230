//! One evaluation as an event of the semantic conventions.

use std::borrow::Cow;
use std::fmt;

use crate::bucket::with_key;
use crate::evaluate::Reason;
use crate::handle::{ContentId, EvaluationDetails, EvaluationFailure, HookContext};
use crate::model::FlagValue;

/// What of an evaluation goes into an event. Whom it was for does not, unless asked for.
///
/// ```
/// use feature_flags::TelemetryOptions;
///
/// let options = TelemetryOptions::new().set_id("checkout/production").provider("checkout").context_id(true).value(true);
/// # drop(options);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TelemetryOptions {
    set_id: Option<String>,
    provider: Option<String>,
    context_id: bool,
    value: bool,
}

impl TelemetryOptions {
    /// Everything but values and keys; the provider is called `feature-flags`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which set the flags belong to, such as `checkout/production`.
    #[must_use]
    pub fn set_id(mut self, id: impl Into<String>) -> Self {
        self.set_id = Some(id.into());
        self
    }

    /// Says who provides the flags.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Whether the context's key goes into the event as it is. Off unless set: it is a person's id.
    #[must_use]
    pub fn context_id(mut self, is_sent: bool) -> Self {
        self.context_id = is_sent;
        self
    }

    /// Whether the value goes into the event where a variant says enough. Off unless set; without a variant the value is
    /// always there.
    #[must_use]
    pub fn value(mut self, is_sent: bool) -> Self {
        self.value = is_sent;
        self
    }
}

/// One evaluation as the event `feature_flag.evaluation` of OpenTelemetry's semantic conventions (names as of version
/// 1.40, where the event is a release candidate). Borrowed from the evaluation: nothing but a key that is a number is
/// copied.
///
/// `Debug` leaves the key and the value out.
///
/// ```
/// use std::sync::Mutex;
/// use feature_flags::{EvaluationEvent, Flag, Flags, Telemetry, TelemetryOptions, TelemetrySink};
///
/// #[derive(Default)]
/// struct Lines(Mutex<Vec<String>>);
///
/// impl TelemetrySink for Lines {
///     fn emit(&self, event: &EvaluationEvent<'_>) {
///         let attributes: Vec<_> = event.attributes().map(|(name, value)| format!("{name}={value}")).collect();
///         self.0.lock().expect("no panic").push(attributes.join(" "));
///     }
/// }
///
/// let lines = std::sync::Arc::new(Lines::default());
/// let flags = Flags::builder().hook(Telemetry::new(TelemetryOptions::new(), lines.clone())).build();
/// assert!(!flags.enabled("no-such-flag", &()));
/// assert!(lines.0.lock().expect("no panic")[0].starts_with(r#"feature_flag.key="no-such-flag" feature_flag.result.reason="error""#));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct EvaluationEvent<'a> {
    /// `feature_flag.key`: the name that was asked for.
    pub key: &'a str,
    /// `feature_flag.result.variant`: the variant that is served, of a flag that has variants.
    pub variant: Option<&'a str>,
    /// `feature_flag.result.value`: where there is no variant, and where it is asked for.
    pub value: Option<&'a FlagValue>,
    /// `feature_flag.result.reason`.
    pub reason: &'static str,
    /// `feature_flag.provider.name`.
    pub provider: &'a str,
    /// `feature_flag.set.id`.
    pub set_id: Option<&'a str>,
    /// `feature_flag.version`: the content of the snapshot that decided, the same in all processes that serve it.
    pub version: ContentId,
    /// `feature_flag.context.id`: the context's key, where it is asked for.
    pub context_id: Option<Cow<'a, str>>,
    /// `error.type`, where the caller was served a default because something was wrong.
    pub error_type: Option<&'static str>,
    /// The same as a sentence: `feature_flag.error.message`.
    pub error: Option<EvaluationFailure>,
}

impl<'a> EvaluationEvent<'a> {
    /// The event's name.
    pub const NAME: &'static str = "feature_flag.evaluation";

    /// The event of an evaluation that a hook is told of.
    ///
    /// ```
    /// use feature_flags::{EvaluationDetails, EvaluationEvent, Flags, Hook, HookContext, TelemetryOptions};
    ///
    /// /// A hook of the application's that hands on what went wrong, and nothing else.
    /// struct Errors(TelemetryOptions);
    ///
    /// impl Hook for Errors {
    ///     fn error(&self, call: &HookContext<'_>, details: &EvaluationDetails<'_>) {
    ///         let event = EvaluationEvent::of(&self.0, call, details);
    ///         assert_eq!((event.key, event.error_type), ("no-such-flag", Some("flag_not_found")));
    ///     }
    /// }
    ///
    /// let flags = Flags::builder().hook(Errors(TelemetryOptions::new())).build();
    /// assert!(!flags.enabled("no-such-flag", &()));
    /// ```
    pub fn of(options: &'a TelemetryOptions, call: &HookContext<'a>, details: &EvaluationDetails<'a>) -> Self {
        let failure = details.failure();
        let wanted = options.value || details.variant().is_none();
        Self {
            key: call.flag(),
            variant: details.variant(),
            value: details.value().filter(|_| wanted),
            reason: reason(details),
            provider: options.provider.as_deref().unwrap_or("feature-flags"),
            set_id: options.set_id.as_deref(),
            version: details.snapshot().content(),
            context_id: if options.context_id { context_id(call) } else { None },
            error_type: failure.map(error_type),
            error: failure,
        }
    }

    /// The attributes with the names of the conventions; texts as [`FlagValue::Text`]. Allocates.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, FlagValue)> {
        let text = |text: &str| Some(FlagValue::from(text));
        [
            ("feature_flag.key", text(self.key)),
            ("feature_flag.result.variant", self.variant.and_then(text)),
            ("feature_flag.result.value", self.value.cloned()),
            ("feature_flag.result.reason", text(self.reason)),
            ("feature_flag.provider.name", text(self.provider)),
            ("feature_flag.set.id", self.set_id.and_then(text)),
            ("feature_flag.version", text(&self.version.to_string())),
            ("feature_flag.context.id", self.context_id.as_deref().and_then(text)),
            ("error.type", self.error_type.and_then(text)),
            ("feature_flag.error.message", self.error.and_then(|error| text(&error.to_string()))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// Neither the key nor the value.
impl fmt::Debug for EvaluationEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvaluationEvent")
            .field("key", &self.key)
            .field("variant", &self.variant)
            .field("reason", &self.reason)
            .field("error_type", &self.error_type)
            .finish_non_exhaustive()
    }
}

/// The word of the conventions. A rule is a match of its target, unless chance had a part; where nothing applied, what is
/// served is a default.
fn reason(details: &EvaluationDetails<'_>) -> &'static str {
    if details.failure().is_some() {
        return "error";
    }
    match details.reason() {
        Reason::Fixed | Reason::Override => "static",
        Reason::Disabled => "disabled",
        Reason::Rule { .. } | Reason::Holdout | Reason::Layer if details.is_split() => "split",
        Reason::Rule { .. } | Reason::Function => "targeting_match",
        Reason::NoRule | Reason::Requirement => "default",
        _ => "unknown",
    }
}

fn error_type(failure: EvaluationFailure) -> &'static str {
    match failure {
        EvaluationFailure::UnknownFlag => "flag_not_found",
        EvaluationFailure::Broken => "parse_error",
        EvaluationFailure::FunctionFailed => "general",
        EvaluationFailure::WrongType { .. } => "type_mismatch",
    }
}

fn context_id<'a>(call: &HookContext<'a>) -> Option<Cow<'a, str>> {
    match call.context().key()? {
        crate::Value::Text(key) => Some(Cow::Borrowed(key)),
        key => with_key(key, |key| String::from_utf8_lossy(key).into_owned().into()),
    }
}
