//! Expectations that are written beside the flags.

use std::any::{Any, TypeId};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use parking_lot::Mutex;

use crate::source::golden::{Case, Expected, Golden, read};
use crate::{Clock, Context, Flags, LoadError, MapContext, Reason, Value};

/// Runs the expectations of a file such as `flags.tests.toml`, so that an edit of flags that says something else than
/// people think fails in CI. `cutover flags test` does the same from the command line.
///
/// ```toml
/// format = 1
/// flags = "flags.toml"                # beside this file; this is the default
///
/// [[tests]]
/// name = "staff see it first"         # for people
/// flag = "new-search"
/// context = { id = 42, country = "US", org = { seats = 12 } }
/// groups = ["staff"]                  # groups in code that take the context in; all others do not
/// at = 2026-12-01T08:00:00Z           # what the clock says, for rules that ask it
/// enabled = true                      # at least one of enabled, variant, value, reason and rule
/// reason = "rule"
/// rule = 1
/// ```
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("flags.toml"), "format = 1\n[flags.new-search]\nwhen = 'country == \"US\"'")?;
/// # let test = "flag = 'new-search'\ncontext = { country = 'US' }\nenabled = true";
/// # std::fs::write(folder.path().join("flags.tests.toml"), format!("format = 1\n[[tests]]\n{test}"))?;
/// // In a `#[test]`:
/// feature_flags::testing::golden(folder.path().join("flags.tests.toml"))?.assert();
/// # Ok(()) }
/// ```
///
/// # Errors
/// If a file cannot be read or is malformed. A flag that is wrong, and a flag whose rules ask for the time where the test
/// does not say `at`, are failures.
pub fn golden(path: impl AsRef<Path>) -> Result<GoldenReport, LoadError> {
    let path = path.as_ref();
    let Golden { flags, cases } = read(path)?;
    let beside = path.parent().unwrap_or_else(|| Path::new("")).join(flags.as_deref().unwrap_or("flags.toml"));
    let clock = CaseClock::default();
    let groups: BTreeSet<String> = cases.iter().flat_map(|case| case.groups.iter().cloned()).collect();
    let builder = groups.into_iter().fold(Flags::builder().clock(clock.clone()), |builder, group| {
        let name = group.clone();
        builder.group(&name, move |context: &CaseContext| context.groups.contains(&group))
    });
    let flags = builder.file(&beside)?;
    let wrong = flags.status().problems().iter().map(ToString::to_string).collect();
    let count = cases.len();
    let failures: Vec<GoldenFailure> = cases.into_iter().filter_map(|case| run(&flags, &clock, case)).collect();
    Ok(GoldenReport { file: path.display().to_string(), passed: count - failures.len(), failures, wrong })
}

/// What came of a file of expectations. `{}` prints each failure with its place.
///
/// ```
/// use feature_flags::testing::golden;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("flags.tests.toml");
/// std::fs::write(folder.path().join("flags.toml"), "format = 1\n[flags]\nnew-search = false")?;
/// std::fs::write(&path, "format = 1\n[[tests]]\nflag = 'new-search'\nenabled = true")?;
/// let report = golden(&path)?;
/// assert!(!report.is_passed());
/// assert_eq!((report.passed, report.failures.len(), report.wrong.len()), (0, 1, 0));
/// println!("{report}");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GoldenReport {
    /// The file of expectations.
    pub file: String,
    /// How many held.
    pub passed: usize,
    /// Those that did not.
    pub failures: Vec<GoldenFailure>,
    /// What is wrong with flags of the file of flags, each with its place.
    pub wrong: Vec<String>,
}

/// An expectation that does not hold.
///
/// ```
/// use feature_flags::testing::golden;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("flags.tests.toml");
/// std::fs::write(folder.path().join("flags.toml"), "format = 1\n[flags]\nnew-search = false")?;
/// std::fs::write(&path, "format = 1\n[[tests]]\nflag = 'new-search'\nenabled = true")?;
/// let report = golden(&path)?;
/// let failure = &report.failures[0];
/// assert_eq!((failure.flag.as_str(), failure.line), ("new-search", 2));
/// assert!(failure.explanation.starts_with("new-search is off"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GoldenFailure {
    /// Where it begins in the file, counted from 1.
    pub line: usize,
    /// What people call it.
    pub name: Option<String>,
    /// The flag.
    pub flag: String,
    /// What is different.
    pub differences: Vec<GoldenDifference>,
    /// Why the flag says what it says, in one line.
    pub explanation: String,
}

/// One thing that is not as expected.
///
/// ```
/// use feature_flags::testing::golden;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("flags.tests.toml");
/// std::fs::write(folder.path().join("flags.toml"), "format = 1\n[flags]\nnew-search = false")?;
/// std::fs::write(&path, "format = 1\n[[tests]]\nflag = 'new-search'\nenabled = true")?;
/// let report = golden(&path)?;
/// let difference = &report.failures[0].differences[0];
/// assert_eq!((difference.what, difference.expected.as_str(), difference.found.as_str()), ("enabled", "true", "false"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GoldenDifference {
    /// `enabled`, `variant`, `value`, `reason`, `rule` or `at`.
    pub what: &'static str,
    /// What the test says.
    pub expected: String,
    /// What the flag says.
    pub found: String,
}

impl GoldenReport {
    /// Whether everything is as expected, and no flag is wrong.
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty() && self.wrong.is_empty()
    }

    /// Fails the test unless everything is as expected.
    ///
    /// # Panics
    /// Then, with the report.
    pub fn assert(&self) {
        assert!(self.is_passed(), "{self}");
    }
}

impl fmt::Display for GoldenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, passed, failures, wrong } = self;
        for problem in wrong {
            writeln!(f, "{problem}")?;
        }
        for GoldenFailure { line, name, flag, differences, explanation } in failures {
            write!(f, "{file}:{line}: `{flag}`")?;
            match name {
                Some(name) => writeln!(f, " ({name})")?,
                None => writeln!(f)?,
            }
            for GoldenDifference { what, expected, found } in differences {
                writeln!(f, "  {what}: expected {expected}, found {found}")?;
            }
            writeln!(f, "  {explanation}")?;
        }
        write!(f, "{passed} passed, {} failed", failures.len())?;
        match wrong.len() {
            0 => Ok(()),
            1 => f.write_str(", 1 flag is wrong"),
            several => write!(f, ", {several} flags are wrong"),
        }
    }
}

fn run(flags: &Flags, clock: &CaseClock, case: Case) -> Option<GoldenFailure> {
    let Case { line, name, flag, context, groups, at, expected } = case;
    let context = CaseContext { attributes: context, groups };
    *clock.at.lock() = at;
    clock.asked.store(false, Ordering::Relaxed);
    let resolved = flags.resolve(&flag, &context);
    let asked = clock.asked.load(Ordering::Relaxed);
    let mut differences = Vec::new();
    let mut compare = |what, expected: Option<String>, found: Option<String>| {
        if let Some(expected) = expected.filter(|expected| found.as_ref() != Some(expected)) {
            let found = found.unwrap_or_else(|| "none".to_owned());
            differences.push(GoldenDifference { what, expected, found });
        }
    };
    let Expected { enabled, variant, value, reason, rule } = expected;
    let decision = resolved.decision();
    compare("enabled", enabled.map(|enabled| enabled.to_string()), Some(decision.enabled().to_string()));
    compare("variant", variant, resolved.variant().map(str::to_owned));
    compare("value", value.map(|value| value.to_string()), resolved.value().map(ToString::to_string));
    compare("reason", reason, Some(decision.reason().code().to_owned()));
    let number = match decision.reason() {
        Reason::Rule { number } => Some(number.to_string()),
        _ => None,
    };
    compare("rule", rule.map(|rule| rule.to_string()), number);
    if asked && at.is_none() {
        compare("at", Some("a time, since the rules ask for it".to_owned()), None);
    }
    if differences.is_empty() {
        return None;
    }
    let explanation = flags.explain(&flag, &context).to_string();
    Some(GoldenFailure { line, name, flag, differences, explanation })
}

/// The time that a test says.
#[derive(Clone, Default)]
struct CaseClock {
    at: Arc<Mutex<Option<SystemTime>>>,
    asked: Arc<AtomicBool>,
}

impl Clock for CaseClock {
    fn now(&self) -> SystemTime {
        self.asked.store(true, Ordering::Relaxed);
        self.at.lock().unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// The context of a test, and the groups that take it in.
struct CaseContext {
    attributes: MapContext,
    groups: BTreeSet<String>,
}

impl Context for CaseContext {
    fn attribute(&self, path: &str) -> Option<Value<'_>> {
        self.attributes.attribute(path)
    }

    fn key(&self) -> Option<Value<'_>> {
        self.attributes.key()
    }

    fn part(&self, of: TypeId) -> Option<&dyn Any> {
        if of == TypeId::of::<Self>() { Some(self) } else { None }
    }
}
