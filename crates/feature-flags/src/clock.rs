//! What time it is.

use std::sync::Arc;
use std::time::SystemTime;

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
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it will never have fields")]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
