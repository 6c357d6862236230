//! What is known of flags, put together.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::code::CodeScan;
use super::constant;
use super::stale::{LastChange, LastRead, StaleFlag, StaleReason, StaleReport};
use crate::compile::{Definition, Table};
use crate::context::Timestamp;
use crate::handle::{Flags, UsageReport, UsageSpan};
use crate::model::Flag;

const DAY: Duration = Duration::from_hours(24);

/// What is known of flags besides their definition. What is not handed in is not known, and the report says so.
///
/// ```
/// use feature_flags::{Flags, LastRead, StaleEvidence};
///
/// let flags = Flags::from_toml("format = 1\n[flags.old-search]\nenabled = true\nexpires = \"2020-01-31\"\nowner = \"ada\"")?;
/// let report = StaleEvidence::new().report(&flags);
/// let flag = &report.flags[0];
/// assert_eq!(flag.reasons[0].to_string(), "it should be gone since 2020-01-31");
/// assert_eq!((flag.last_read, flag.code.as_ref()), (LastRead::Unknown, None));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
#[derive(Debug, Default)]
pub struct StaleEvidence {
    days: Option<u32>,
    now: Option<SystemTime>,
    usage: Option<UsageReport>,
    changes: BTreeMap<String, LastChange>,
    all_changed: LastChange,
    code: Option<CodeScan>,
}

impl StaleEvidence {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes so many days for long; 30 unless set.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use feature_flags::{Flag, Flags, LastChange, StaleEvidence};
    ///
    /// let day = Duration::from_hours(24);
    /// let now = SystemTime::UNIX_EPOCH + 20_000 * day;
    /// let flags = Flags::builder().flag(Flag::new("new-search").enabled(true)).build();
    /// let stale_after = |days| {
    ///     let evidence = StaleEvidence::new().now(now).days(days).changed("new-search", LastChange::At(now - 10 * day));
    ///     evidence.report(&flags).stale().count()
    /// };
    /// assert_eq!((stale_after(30), stale_after(7)), (0, 1), "it is on for all, for ten days now");
    /// ```
    #[must_use]
    pub fn days(mut self, days: u32) -> Self {
        self.days = Some(days);
        self
    }

    /// As of this time; the clock's of the flags unless set.
    #[must_use]
    pub fn now(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// What processes handed over. Of several calls, all counts.
    ///
    /// ```
    /// use feature_flags::{Flag, Flags, LastRead, StaleEvidence, UsageFile, UsageReport};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("web-1.usage.json");
    /// let flags = Flags::builder().flag(Flag::new("new-search")).flag(Flag::new("old-search")).build();
    /// assert!(!flags.enabled("new-search", &()));
    /// UsageFile::new(&path).add(&flags)?;
    /// let report = StaleEvidence::new().usage(UsageReport::read(&path)?).report(&flags);
    /// assert!(matches!(report.flags[0].last_read, LastRead::At(_)));
    /// assert!(matches!(report.flags[1].last_read, LastRead::NotSince(_)));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn usage(mut self, usage: UsageReport) -> Self {
        match &mut self.usage {
            Some(known) => known.merge(usage),
            unknown => *unknown = Some(usage),
        }
        self
    }

    /// When one flag was changed last.
    #[must_use]
    pub fn changed(mut self, flag: impl Into<String>, last: LastChange) -> Self {
        self.changes.insert(flag.into(), last);
        self
    }

    /// When flags were changed of which nothing else is said.
    #[must_use]
    pub fn all_changed(mut self, last: LastChange) -> Self {
        self.all_changed = last;
        self
    }

    /// What code names. Of several calls, all counts.
    #[must_use]
    pub fn code(mut self, code: CodeScan) -> Self {
        match &mut self.code {
            Some(known) => known.merge(code),
            unknown => *unknown = Some(code),
        }
        self
    }

    /// Puts together what is known of each flag.
    pub fn report(&self, flags: &Flags) -> StaleReport {
        let core = flags.core();
        let now = self.now.unwrap_or_else(|| core.now());
        let snapshot = core.snapshot();
        let table = snapshot.table();
        let mut all: Vec<StaleFlag> = table.definitions().map(|definition| self.flag(definition, table, now)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        let is_flag = |name: &str| table.find(name).is_some();
        let perhaps_new = all.iter().filter(|flag| self.is_perhaps_new(flag, now));
        let perhaps_new = perhaps_new.map(|flag| flag.name.clone()).collect();
        StaleReport {
            days: self.long(),
            flags: all,
            perhaps_new,
            usage: self.usage.as_ref().map(|usage| (usage.from(), usage.to())),
            files: self.code.as_ref().map(CodeScan::files),
            unread_files: self.code.as_ref().map(|code| code.unread().to_vec()).unwrap_or_default(),
            undeclared: self.code.as_ref().map(|code| code.undeclared(is_flag)).unwrap_or_default(),
        }
    }

    fn long(&self) -> u32 {
        self.days.unwrap_or(30)
    }

    fn flag(&self, definition: &Definition, table: &Table, now: SystemTime) -> StaleFlag {
        let name = definition.name();
        let flag = match definition {
            Definition::Flag(flag) => Some(&**flag),
            Definition::Code { .. } | Definition::Broken { .. } => None,
        };
        let mut stale = StaleFlag {
            name: name.to_owned(),
            owner: flag.and_then(Flag::owner_name).map(str::to_owned),
            expires: flag.and_then(Flag::expiry).map(str::to_owned),
            last_change: self.changes.get(name).copied().unwrap_or(self.all_changed),
            last_read: self.last_read(name),
            constant: flag.and_then(|flag| constant::answer(flag, table.sections())).map(str::to_owned),
            code: self.code.as_ref().map(|code| code.of(name)),
            reasons: Vec::new(),
        };
        stale.reasons = self.reasons(&stale, now);
        stale
    }

    fn reasons(&self, flag: &StaleFlag, now: SystemTime) -> Vec<StaleReason> {
        let long_ago = self.long_before(now);
        let expired = flag.expires.clone().filter(|day| is_over(day, now)).map(|day| StaleReason::Expired { day });
        let changed = match flag.last_change {
            LastChange::Unknown => None,
            LastChange::At(at) | LastChange::NotAfter(at) => Some(at),
        };
        let same_for_all = changed.filter(|since| *since <= long_ago).and_then(|since| {
            let variant = flag.constant.clone()?;
            Some(StaleReason::SameForAll { variant, since })
        });
        let long_in_usage = self.long_in_usage(now);
        // A flag that was changed starts anew.
        let for_long = |since: SystemTime| {
            let since = match flag.last_change {
                LastChange::At(at) => since.max(at),
                LastChange::Unknown | LastChange::NotAfter(_) => since,
            };
            (Some(since) <= long_in_usage).then_some(since)
        };
        let not_read = match flag.last_read {
            LastRead::Unknown => None,
            // Usage that began before the flag was there says nothing of it.
            LastRead::NotSince(since) => self.there_since(flag).and_then(|there| for_long(since.max(there))),
            LastRead::At(since) => for_long(since),
        };
        let not_read = not_read.map(|since| StaleReason::NotRead { since });
        let same_answer = self.usage.as_ref().filter(|_| not_read.is_none());
        let same_answer = same_answer.and_then(|usage| one_answer(usage, &flag.name)).and_then(|(variant, since)| {
            let since = for_long(since)?;
            Some(StaleReason::SameAnswer { variant, since })
        });
        // Files that were not read may name it.
        let is_absent =
            self.code.as_ref().is_some_and(|code| code.unread().is_empty() && code.of(&flag.name).is_empty());
        let not_in_code = is_absent.then_some(StaleReason::NotInCode);
        [expired, same_for_all, same_answer, not_read, not_in_code].into_iter().flatten().collect()
    }

    fn long_before(&self, end: SystemTime) -> SystemTime {
        end.checked_sub(DAY * self.long()).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// What has been so since then has been so for long. Of what came after usage was handed over last, nothing is known.
    fn long_in_usage(&self, now: SystemTime) -> Option<SystemTime> {
        self.usage.as_ref().map(|usage| self.long_before(usage.to().min(now)))
    }

    /// Whether usage has known nothing of the flag for long, and nobody knows whether it was there for as long.
    fn is_perhaps_new(&self, flag: &StaleFlag, now: SystemTime) -> bool {
        let LastRead::NotSince(since) = flag.last_read else { return false };
        let long_in_usage = self.long_in_usage(now);
        let is_known_to_be_old = self.there_since(flag).is_some_and(|there| Some(there) <= long_in_usage);
        Some(since) <= long_in_usage && !is_known_to_be_old && !matches!(flag.last_change, LastChange::At(_))
    }

    /// Since when the flag is known to be there, at the latest.
    fn there_since(&self, flag: &StaleFlag) -> Option<SystemTime> {
        let changed = match flag.last_change {
            LastChange::Unknown => None,
            LastChange::At(at) | LastChange::NotAfter(at) => Some(at),
        };
        let handed_over = self.usage.as_ref().and_then(|usage| usage.there_since(&flag.name));
        changed.into_iter().chain(handed_over).min()
    }

    fn last_read(&self, flag: &str) -> LastRead {
        let Some(usage) = &self.usage else { return LastRead::Unknown };
        let last = usage.of(flag).iter().map(|span| span.last).max();
        last.map_or(LastRead::NotSince(usage.from()), LastRead::At)
    }
}

/// The one answer that the flag has given since then: since the last other one, or since it was looked at first.
fn one_answer(usage: &UsageReport, flag: &str) -> Option<(String, SystemTime)> {
    let spans = usage.of(flag);
    let newest = spans.iter().max_by_key(|span| span.last)?;
    let is_other = |span: &&UsageSpan| (&span.variant, span.enabled) != (&newest.variant, newest.enabled);
    let others = spans.iter().filter(is_other).map(|span| span.last).max();
    let own = spans.iter().filter(|span| !is_other(span)).map(|span| span.first).min()?;
    let since = others.map_or(own, |other| other.max(own));
    // Two answers in the last time that was handed over: it is not one.
    (others != Some(newest.last)).then(|| (newest.variant.clone(), since))
}

fn is_over(day: &str, now: SystemTime) -> bool {
    let day_after = i128::try_from(DAY.as_nanos()).expect("a day is short");
    Timestamp::parse(day).is_some_and(|expiry| Timestamp::from(now).nanoseconds_since(expiry) >= day_after)
}
