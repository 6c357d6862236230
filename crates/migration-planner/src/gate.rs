//! Whether a consumer has moved: open, closed with reasons, or unknown, which is never taken for open.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Finding};
use crate::server::ServerKind;
use crate::subject::Subject;
use crate::time::{Timestamp, Window, as_millis, readable};

/// What has to be shown before a phase can be left: that a consumer no longer uses an object.
///
/// ```
/// use migration_planner::{ColumnRef, Evidence, Finding, Gate, GateState, Timestamp, Window};
/// use std::time::Duration;
///
/// let minute = Duration::from_secs(60);
/// let object = ColumnRef::new("users", "legacy_name");
/// let gate = Gate::new("etl", object.clone(), 10 * minute, minute);
/// let start = Timestamp::from_unix_millis(0);
/// let now = start.plus(10 * minute);
/// assert!(!gate.evaluate(&[], now).is_open());
///
/// let quiet = Window::new(start, now).expect("in order");
/// let seen = Evidence::new("etl", object, Finding::usage(1, 0, 0, 0), quiet, "etl-1");
/// assert!(gate.evaluate(&[seen], now).is_open());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Gate {
    consumer: String,
    object: Subject,
    #[serde(rename = "observation_ms", with = "as_millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    observation: Duration,
    #[serde(rename = "freshness_ms", with = "as_millis")]
    #[cfg_attr(test, schemars(with = "u64"))]
    freshness: Duration,
}

impl Gate {
    /// `consumer` must be shown not to have used `object` for `observation`, and that observation may have ended at most
    /// `freshness` ago.
    pub fn new(
        consumer: impl Into<String>,
        object: impl Into<Subject>,
        observation: Duration,
        freshness: Duration,
    ) -> Self {
        Self { consumer: consumer.into(), object: object.into(), observation, freshness }
    }

    /// The consumer that has to have moved.
    pub fn consumer(&self) -> &str {
        &self.consumer
    }

    /// The object it may no longer use.
    pub fn object(&self) -> &Subject {
        &self.object
    }

    /// How long it must have been watched without a use.
    pub fn observation(&self) -> Duration {
        self.observation
    }

    /// How long ago the observation may have ended.
    pub fn freshness(&self) -> Duration {
        self.freshness
    }

    /// Judges `evidence` at the instant `now`. Records about other consumers or objects are passed over.
    ///
    /// The gate is open if, since the last record that speaks against it, either
    /// - somebody answered for the consumer and that is still fresh, or
    /// - one author's usage windows, joined where they touch, cover the observation without a use and end freshly. If
    ///   inserts were seen whose columns the probe could not know, a fresh rehearsal without a failing statement is
    ///   needed as well.
    ///
    /// A search of the code never opens a gate, since SQL can be put together at run time; what it finds closes one.
    /// Records that end in the future are judged `Unknown`: some clock is wrong.
    ///
    /// Costs time linear in the number of records, plus sorting.
    ///
    /// Names are compared without regard to ASCII case, as SQLite does; [`Judgement`](crate::run::Judgement) knows the server.
    pub fn evaluate(&self, evidence: &[Evidence], now: Timestamp) -> GateState {
        self.evaluate_on(ServerKind::Sqlite, evidence, now)
    }

    /// The same for an object of `server`: where `Users` and `users` are two, what is known of the one does not open the gate of the
    /// other. Still it closes it: whoever recorded it may have meant this one.
    pub(crate) fn evaluate_on(&self, server: ServerKind, evidence: &[Evidence], now: Timestamp) -> GateState {
        let is_about = |item: &Evidence| match server {
            ServerKind::Postgres if !item.is_contrary() => *item.object() == self.object,
            ServerKind::Sqlite | ServerKind::Postgres => item.object().matches(&self.object),
        };
        let about: Vec<&Evidence> =
            evidence.iter().filter(|item| item.consumer() == self.consumer && is_about(item)).collect();
        let future: Vec<GateReason> = about
            .iter()
            .filter(|item| item.observed().to() > now)
            .map(|item| GateReason::FromTheFuture { author: item.author().to_owned(), ends: item.observed().to() })
            .collect();
        if !future.is_empty() {
            return GateState::Unknown { reasons: future };
        }
        let contrary = about.iter().filter(|item| item.is_contrary()).max_by_key(|item| item.observed().to());
        let since = contrary.map(|item| item.observed().to());

        let mut doubts = Vec::new();
        let mut reasons = Vec::new();
        if let Some(item) = contrary {
            reasons.push(GateReason::Contrary {
                author: item.author().to_owned(),
                finding: item.finding().to_string(),
                until: item.observed().to(),
            });
        }
        for claim in Self::claims(&about, since) {
            match self.weigh(&claim, &about, since, now) {
                Weight::Enough { until } => return GateState::Open { until },
                Weight::Doubtful(doubt) => doubts.push(doubt),
                Weight::Short(reason) => reasons.push(reason),
            }
        }
        // A doubt is only that where nothing speaks against the consumer.
        if contrary.is_none() && !doubts.is_empty() {
            return GateState::Unknown { reasons: doubts };
        }
        reasons.append(&mut doubts);
        if reasons.is_empty() {
            reasons.push(GateReason::Missing { consumer: self.consumer.clone() });
        }
        GateState::Closed { reasons }
    }

    /// What could open the gate: attestations, and per author the latest run of touching windows without a use.
    fn claims<'a>(about: &[&'a Evidence], since: Option<Timestamp>) -> Vec<Claim<'a>> {
        let mut claims = Vec::new();
        let mut quiet: BTreeMap<&str, Vec<&'a Evidence>> = BTreeMap::new();
        for item in about.iter().filter(|item| !item.is_contrary()) {
            match item.finding() {
                Finding::Attestation { .. } => claims.push(Claim::attested(item)),
                Finding::Usage { .. } => quiet.entry(item.author()).or_default().push(item),
                Finding::Rehearsal { .. } | Finding::CodeScan { .. } => {}
            }
        }
        for windows in quiet.values_mut() {
            windows.sort_by_key(|item| (item.observed().from(), item.observed().to()));
            let mut runs = windows.iter().map(|item| Claim::observed(item)).fold(Vec::new(), Claim::join);
            claims.extend(runs.pop());
        }
        for claim in &mut claims {
            claim.start_after(since);
        }
        claims
    }

    fn weigh(&self, claim: &Claim<'_>, about: &[&Evidence], since: Option<Timestamp>, now: Timestamp) -> Weight {
        let author = claim.author.to_owned();
        let ended = claim.window.to();
        let until = self.fresh_until(ended, claim.expires);
        if claim.usage && claim.connections == 0 {
            return Weight::Doubtful(GateReason::NothingWatched { author });
        }
        if since.is_some_and(|since| ended <= since) {
            return Weight::Short(GateReason::Superseded { author, ended });
        }
        if now >= until {
            return Weight::Short(GateReason::Stale { author, ended, bound: until.since(ended) });
        }
        if claim.usage && claim.window.length() < self.observation {
            let observed = claim.window.length();
            return Weight::Short(GateReason::TooShort { author, observed, required: self.observation });
        }
        if claim.inserts > 0 {
            let rehearsed = about
                .iter()
                .filter(|item| {
                    !item.is_contrary() && matches!(item.finding(), Finding::Rehearsal { statements: 1.., .. })
                })
                .filter(|item| since.is_none_or(|since| item.observed().to() >= since))
                .map(|item| self.fresh_until(item.observed().to(), item.expiry()))
                .filter(|until| now < *until)
                .max();
            return match rehearsed {
                Some(rehearsed) => Weight::Enough { until: until.min(rehearsed) },
                None => Weight::Doubtful(GateReason::InsertsUnseen { author, inserts: claim.inserts }),
            };
        }
        Weight::Enough { until }
    }

    fn fresh_until(&self, ended: Timestamp, expires: Option<Timestamp>) -> Timestamp {
        let bound = ended.plus(self.freshness);
        expires.map_or(bound, |expires| expires.min(bound))
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { consumer, object, observation, freshness } = self;
        write!(f, "`{consumer}` has not used `{object}` for {}", readable(*observation))?;
        write!(f, ", shown at most {} ago", readable(*freshness))
    }
}

/// A gate at one instant.
///
/// ```
/// use migration_planner::{ColumnRef, Gate, Timestamp};
/// use std::time::Duration;
///
/// let gate = Gate::new("etl", ColumnRef::new("users", "name"), Duration::from_mins(10), Duration::from_mins(1));
/// let state = gate.evaluate(&[], Timestamp::from_unix_millis(0));
/// assert_eq!(state.to_string(), "closed: no evidence about etl");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum GateState {
    /// The evidence suffices.
    #[non_exhaustive]
    Open {
        /// From when on it no longer will, unless more comes in.
        until: Timestamp,
    },
    /// The evidence is missing, stale, too little, or speaks against it.
    #[non_exhaustive]
    Closed {
        /// Why, never empty.
        reasons: Vec<GateReason>,
    },
    /// The evidence cannot be judged; counts as closed.
    #[non_exhaustive]
    Unknown {
        /// Why, never empty.
        reasons: Vec<GateReason>,
    },
}

impl GateState {
    /// Whether the evidence suffices.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Why it is not open; empty if it is.
    pub fn reasons(&self) -> &[GateReason] {
        match self {
            Self::Open { .. } => &[],
            Self::Closed { reasons } | Self::Unknown { reasons } => reasons,
        }
    }
}

impl fmt::Display for GateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Open { until } => return write!(f, "open until {until}"),
            Self::Closed { .. } => "closed",
            Self::Unknown { .. } => "unknown",
        };
        write!(f, "{word}: ")?;
        for (i, reason) in self.reasons().iter().enumerate() {
            write!(f, "{}{reason}", if i > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

/// Why a gate is not open.
///
/// ```
/// # use migration_planner::{Change, Column, Index, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "int"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::drop_column("users", "age"))?;
/// use migration_planner::{GateReason, GateState, Timestamp};
///
/// let gate = plan.phases()[0].gate().expect("the application has to stop first");
/// let GateState::Closed { reasons, .. } = gate.evaluate(&[], Timestamp::from(std::time::SystemTime::UNIX_EPOCH)) else { panic!("nobody has said anything") };
/// assert!(matches!(reasons[0], GateReason::Missing { .. }));
/// assert_eq!(reasons[0].to_string(), "no evidence about application");
/// # Ok::<(), migration_planner::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the words of the message, which `Display` writes out")]
pub enum GateReason {
    /// Nobody has said or seen anything.
    #[non_exhaustive]
    Missing { consumer: String },
    /// The object was used.
    #[non_exhaustive]
    Contrary { author: String, finding: String, until: Timestamp },
    /// What spoke for it is older than what speaks against it.
    #[non_exhaustive]
    Superseded { author: String, ended: Timestamp },
    /// What speaks for it is too old.
    #[non_exhaustive]
    Stale {
        author: String,
        ended: Timestamp,
        #[serde(rename = "bound_ms", with = "as_millis")]
        #[cfg_attr(test, schemars(with = "u64"))]
        bound: Duration,
    },
    /// The consumer was not watched for long enough.
    #[non_exhaustive]
    TooShort {
        author: String,
        #[serde(rename = "observed_ms", with = "as_millis")]
        #[cfg_attr(test, schemars(with = "u64"))]
        observed: Duration,
        #[serde(rename = "required_ms", with = "as_millis")]
        #[cfg_attr(test, schemars(with = "u64"))]
        required: Duration,
    },
    /// The probe was attached to no connection.
    #[non_exhaustive]
    NothingWatched { author: String },
    /// Rows were inserted and nobody knows with which columns.
    #[non_exhaustive]
    InsertsUnseen { author: String, inserts: u64 },
    /// The record ends in the future: some clock is wrong.
    #[non_exhaustive]
    FromTheFuture { author: String, ends: Timestamp },
}

impl fmt::Display for GateReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { consumer } => write!(f, "no evidence about {consumer}"),
            Self::Contrary { author, finding, until } => {
                write!(f, "still used until {until}: {finding}, says {author}")
            }
            Self::Superseded { author, ended } => {
                write!(f, "what {author} showed at {ended} was contradicted later")
            }
            Self::Stale { author, ended, bound } => {
                write!(f, "what {author} showed ended at {ended}, which counts for {}", readable(*bound))
            }
            Self::TooShort { author, observed, required } => {
                write!(f, "{author} watched {} of {}", readable(*observed), readable(*required))
            }
            Self::NothingWatched { author } => write!(f, "{author} watched no connection"),
            Self::InsertsUnseen { author, inserts } => write!(
                f,
                "{author} saw {inserts} inserts without their columns; rehearse the statements against the future schema"
            ),
            Self::FromTheFuture { author, ends } => write!(f, "what {author} says ends in the future, at {ends}"),
        }
    }
}

struct Claim<'a> {
    author: &'a str,
    usage: bool,
    window: Window,
    expires: Option<Timestamp>,
    connections: u64,
    inserts: u64,
}

impl<'a> Claim<'a> {
    fn attested(item: &'a Evidence) -> Self {
        let (author, window, expires) = (item.author(), item.observed(), item.expiry());
        Self { author, usage: false, window, expires, connections: 0, inserts: 0 }
    }

    fn observed(item: &'a Evidence) -> Self {
        let (connections, inserts) = match item.finding() {
            Finding::Usage { connections, inserts, .. } => (*connections, *inserts),
            _ => (0, 0),
        };
        Self { usage: true, connections, inserts, ..Self::attested(item) }
    }

    /// Windows that touch are one observation; a gap means that nobody looked, so what was before it does not count.
    fn join(mut runs: Vec<Self>, next: Self) -> Vec<Self> {
        match runs.last_mut() {
            // A window in which nothing was watched proves nothing and ends the run.
            Some(run) if next.window.from() <= run.window.to() && (run.connections > 0) == (next.connections > 0) => {
                let to = run.window.to().max(next.window.to());
                run.window = Window::new(run.window.from(), to).expect("the end only moves on");
                run.connections = run.connections.max(next.connections);
                run.inserts = run.inserts.saturating_add(next.inserts);
                // The whole rests on each of its windows, so it counts no longer than the first of them.
                run.expires = [run.expires, next.expires].into_iter().flatten().min();
            }
            _ => runs.push(next),
        }
        runs
    }

    fn start_after(&mut self, since: Option<Timestamp>) {
        if let Some(since) = since
            && self.window.from() < since
        {
            self.window = Window::new(since.min(self.window.to()), self.window.to()).expect("the start was held back");
        }
    }
}

enum Weight {
    Enough { until: Timestamp },
    Short(GateReason),
    Doubtful(GateReason),
}
