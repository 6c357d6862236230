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
//! - Attributes of contexts appear in explanations, and nowhere else.
//!
//! What it is not: a service, a dashboard, or a place to keep secrets and settings. Databases of
//! flags are the business of crates of their own.
//!
//! Where it can be extended: [`Context`] and [`Attribute`] for what flags are evaluated for, [`List`] for collections,
//! [`Source`] for other places where flags are kept, [`Listener`] for what happens, [`Clock`] for tests of rules that ask for `now`.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Context)]`, `#[derive(Attribute)]` |
//! | `toml` | yes | the native format: `Flags::from_toml`, `Flags::from_file` |
//! | `watch` | yes | `Flags::watch_file` |
//! | `log` | yes | events go to the `log` facade where no listener is set |
//! | `metrics` | yes | `flag_evaluations_total`, `flag_snapshot_age_seconds`, `flag_source_errors_total` |
//! | `edit` | no | changes to files that keep comments: `Edit`; whole files written: `FlagFile::save` |
//! | `json` | no | the same in JSON: `Flags::from_json`, `Flag::to_json`; `CachedSource` |
//! | `typed` | no | `flags!`: the flags of a file as methods of a type, at compile time |
//! | `regex` | no | `matches` in conditions |
//! | `testing` | no | overrides for pieces of work, combinations of flags, expectations in files, conformance suites: `testing` |
//! | `serde` | no | explanations and statuses are serialised, contexts read from JSON and the like |

// So that the derives work inside this crate too.
#[cfg(all(test, feature = "derive"))]
extern crate self as feature_flags;

mod bucket;
mod clock;
mod code;
mod compile;
mod context;
mod evaluate;
mod explain;
mod expression;
mod handle;
mod inherit;
mod lint;
mod model;
mod source;
#[cfg(feature = "testing")]
pub mod testing;

pub use bucket::Bucket;
pub use clock::{Clock, SystemClock};
pub use context::{Attribute, Context, FnContext, List, MapContext, Value};
pub use evaluate::{Decision, Reason};
pub use explain::{Answer, Explanation, RuleExplanation, Step};
pub use expression::{Expression, ExpressionError};
#[cfg(feature = "typed")]
pub use feature_flags_macros::flags;
#[cfg(feature = "derive")]
pub use feature_flags_macros::{Attribute, Context};
pub use handle::{
    Builder, ContentId, Event, FlagName, Flags, Listener, Overrides, Readiness, Resolved, SnapshotId, Status, Text,
    Usage,
};
pub use inherit::{inherit, inherit_async};
pub use lint::{Lint, LintKind};
pub use model::{
    Band, BandError, Basis, Flag, FlagValue, Holdout, Layer, LayerError, Percent, PercentError, Ramp, Rollout, Rule,
    Segment, Serve, Share, Variant,
};
#[cfg(feature = "json")]
pub use source::CachedSource;
#[cfg(feature = "toml")]
pub use source::EmbeddedSource;
#[cfg(feature = "watch")]
pub use source::FileSource;
#[cfg(feature = "json")]
pub use source::JSON_SCHEMA;
pub use source::{
    Change, Changes, Contents, EditableSource, FailoverSource, LoadError, MemorySource, Problem, ReadOnlySource,
    Revision, Source, SourceError, Standing, StrictSource,
};
#[cfg(feature = "edit")]
pub use source::{Edit, EditError};
#[cfg(feature = "toml")]
pub use source::{FlagFile, SegmentKeys, WrongPart};
