//! What time it is.

use std::sync::Arc;
#[cfg(feature = "json")]
use std::time::Duration;
use std::time::SystemTime;
#[cfg(any(feature = "json", all(feature = "serde", feature = "exposures")))]
use std::time::UNIX_EPOCH;

/// Says what time it is, to rules that ask for `now`.
///
/// # Contract
/// Called at most once per evaluation, and only if a rule asks. Must not block.
///
/// # Implementing
/// ```
/// use std::time::{Duration, SystemTime};
/// use feature_flags::{Clock, Flag, Flags, Rule};
///
/// struct Fixed(SystemTime);
///
/// impl Clock for Fixed {
///     fn now(&self) -> SystemTime {
///         self.0
///     }
/// }
///
/// let after = Rule::new().when(r#"now >= t"1970-01-02""#.parse()?);
/// let second_day = SystemTime::UNIX_EPOCH + Duration::from_secs(100_000);
/// let flags = Flags::builder().clock(Fixed(second_day)).flag(Flag::new("sale").rule(after)).build();
/// assert!(flags.enabled("sale", &()));
/// # Ok::<(), feature_flags::ExpressionError>(())
/// ```
#[diagnostic::on_unimplemented(note = "implement `Clock`, or use `SystemClock`")]
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> SystemTime;
}

const _: fn(&dyn Clock) = |_| {}; // stays object-safe

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}

/// The clock of the machine.
///
/// ```
/// use std::sync::Arc;
/// use feature_flags::{Clock, Flags, SystemClock};
///
/// /// One clock for the whole application: the machine's, unless a test hands in another.
/// fn application(clock: Option<Arc<dyn Clock>>) -> Flags {
///     Flags::builder().clock(clock.unwrap_or_else(|| Arc::new(SystemClock))).build()
/// }
///
/// assert!(!application(None).enabled("sale", &()));
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it will never have fields")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Milliseconds since 1970, as files and events have times; 0 before.
#[cfg(any(feature = "json", all(feature = "serde", feature = "exposures")))]
pub(crate) fn to_milliseconds(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// The inverse; 1970 where the machine's clock cannot say it.
#[cfg(feature = "json")]
pub(crate) fn from_milliseconds(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)).unwrap_or(UNIX_EPOCH)
}
