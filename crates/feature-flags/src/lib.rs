//! Feature flags evaluated in process, straight from the application's own structs.
//!
//! ```
//! use feature_flags::{Context, Flags};
//!
//! #[derive(Context)]
//! struct User {
//!     #[context(key)]
//!     id: u64,
//!     country: String,
//!     staff: bool,
//! }
//!
//! // Or `Flags::watch_file("flags.toml")?`, which serves edits while the application runs.
//! let flags = Flags::from_toml(r#"
//!     format = 1
//!
//!     [[flags.new-search.rules]]
//!     when = 'group("staff")'
//!
//!     [[flags.new-search.rules]]
//!     when = 'country in ["US", "CA"]'
//!     rollout = "50% by user.id"
//! "#)?;
//! flags.group("staff", |user: &User| user.staff);
//! flags.define("foo", |user: &User| user.id < 100);
//!
//! let user = User { id: 42, country: "US".into(), staff: true };
//! assert!(flags.enabled("new-search", &user));
//! assert!(flags.enabled("foo", &user));
//! println!("{}", flags.explain("new-search", &user));
//! # Ok::<(), feature_flags::LoadError>(())
//! ```
//!
//! What holds, always:
//! - Evaluating a flag takes no lock, allocates nothing, does no I/O, reads the clock only for rules that ask for `now`,
//!   and neither panics nor fails: it answers, with a [`Reason`].
//! - The same flag, key and configuration give the same [`Bucket`], on every platform and in every version.
//! - One flag that is wrong is served as it was before, or if it never was right, its default is; the others are not
//!   concerned.
//! - Attributes of contexts appear in explanations, and nowhere else unless you register what keeps them, by name.
//!
//! What it is not: a service, a dashboard, or a place to keep secrets and settings. Databases of
//! flags are the business of crates of their own.
//!
//! Where it can be extended: [`Context`] and [`Attribute`] for what flags are evaluated for, [`List`] for collections,
//! [`Source`] for other places where flags are kept, [`Listener`] for what happens, [`Hook`] for every evaluation, [`Clock`] for tests of rules that
//! ask for `now`; with their features, `ExposureSink` and `TelemetrySink`.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Context)]`, `#[derive(Attribute)]` |
//! | `toml` | yes | the native format: `Flags::from_toml`, `Flags::from_file` |
//! | `watch` | yes | `Flags::watch_file` |
//! | `log` | yes | events go to the `log` facade where no listener is set |
//! | `metrics` | yes | `flag_evaluations_total`, `flag_snapshot_age_seconds`, `flag_source_errors_total` |
//! | `edit` | no | changes to files that keep comments: `Edit`; whole files written: `FlagFile::save` |
//! | `json` | no | the same in JSON: `Flags::from_json`, `Flag::to_json`; `CachedSource`, `RecordedSource`, `UsageFile`, `ContextSampler` |
//! | `care` | no | what an edit would do, and which flags should go: `Preview`, `StaleEvidence` |
//! | `exposures` | no | who was shown what: `Exposures` |
//! | `telemetry` | no | evaluations as OpenTelemetry's `feature_flag.evaluation`: `Telemetry` |
//! | `tracing` | no | the same for the `tracing` facade |
//! | `typed` | no | `flags!`: the flags of a file as methods of a type, at compile time |
//! | `regex` | no | `matches` in conditions |
//! | `testing` | no | overrides for pieces of work, combinations of flags, expectations in files, conformance suites: `testing` |
//! | `serde` | no | explanations and statuses are serialised, contexts read from JSON and the like |

// So that the derives work inside this crate too.
#[cfg(all(test, feature = "derive"))]
extern crate self as feature_flags;

mod bucket;
#[cfg(feature = "care")]
mod care;
mod clock;
mod code;
mod compile;
mod context;
mod evaluate;
mod explain;
#[cfg(feature = "exposures")]
mod exposure;
mod expression;
mod handle;
mod inherit;
mod lint;
mod model;
#[cfg(feature = "json")]
mod sampler;
mod source;
#[cfg(feature = "telemetry")]
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use bucket::Bucket;
#[cfg(feature = "care")]
pub use care::{
    CodeMention, CodeScan, FlagPreview, LastChange, LastRead, Move, Preview, PreviewReport, StaleEvidence, StaleFlag,
    StaleReason, StaleReport,
};
pub use clock::{Clock, SystemClock};
pub use context::{Attribute, Context, FnContext, List, MapContext, Value};
pub use evaluate::{Decision, Reason};
pub use explain::{Answer, Explanation, RuleExplanation, Step};
#[cfg(feature = "exposures")]
pub use exposure::{
    Exposure, ExposureCounts, ExposureOptions, ExposureSink, Exposures, MemorySink, SubjectKey, SubjectKeys, Tracked,
};
pub use expression::{Expression, ExpressionError};
#[cfg(feature = "typed")]
pub use feature_flags_macros::flags;
#[cfg(feature = "derive")]
pub use feature_flags_macros::{Attribute, Context};
pub use handle::{
    Builder, ContentId, EvaluationDetails, EvaluationFailure, Event, FlagName, Flags, Hook, HookContext, Listener,
    Overrides, Readiness, Resolved, SnapshotId, Status, Text, Usage,
};
#[cfg(feature = "json")]
pub use handle::{UsageError, UsageFile, UsageReport, UsageSpan};
pub use inherit::{inherit, inherit_async};
pub use lint::{Lint, LintKind};
pub use model::{
    Band, BandError, Basis, Flag, FlagValue, Holdout, Layer, LayerError, Percent, PercentError, Ramp, Rollout, Rule,
    Segment, Serve, Share, Variant,
};
#[cfg(feature = "json")]
pub use sampler::ContextSampler;
#[cfg(feature = "toml")]
pub use source::EmbeddedSource;
#[cfg(feature = "watch")]
pub use source::FileSource;
#[cfg(feature = "json")]
pub use source::{
    CachedSource, Delivered, JSON_SCHEMA, RecordedSource, Recording, RecordingEntry, RecordingError, ReplaySource,
};
pub use source::{
    Change, Changes, Contents, EditableSource, FailoverSource, LoadError, MemorySource, Problem, ReadOnlySource,
    Revision, Source, SourceError, Standing, StrictSource,
};
#[cfg(feature = "edit")]
pub use source::{Edit, EditError};
#[cfg(feature = "toml")]
pub use source::{FlagFile, SegmentKeys, WrongPart};
#[cfg(feature = "tracing")]
pub use telemetry::TracingTelemetry;
#[cfg(feature = "telemetry")]
pub use telemetry::{EvaluationEvent, Telemetry, TelemetryOptions, TelemetrySink};
