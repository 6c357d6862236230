//! What happens to flags, for those who want to hear of it.

use std::fmt;
use std::sync::Arc;

use super::status::Status;
use crate::source::{LoadError, Problem};

/// Told what happens to flags: edits that arrive, edits that are refused, names that do not exist.
///
/// Without a listener, events go to the `log` facade (feature `log`).
///
/// # Contract
/// Called from whatever thread it happens on, also from the one that evaluates a flag, so `event` must be quick. No
/// lock is held: it may use the [`Flags`](crate::Flags) it hears of. A panic is caught and dropped.
///
/// # Implementing
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use std::sync::Arc;
/// use feature_flags::{Event, Flags, Listener};
///
/// #[derive(Default)]
/// struct Unknown(AtomicUsize);
///
/// impl Listener for Unknown {
///     fn event(&self, event: &Event<'_>) {
///         if let Event::UnknownFlag { .. } = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let unknown = Arc::new(Unknown::default());
/// let flags = Flags::builder().listener(unknown.clone()).build();
/// assert!(!flags.enabled("no-such-flag", &()));
/// assert!(!flags.enabled("no-such-flag", &()));
/// assert_eq!(unknown.0.load(Ordering::Relaxed), 1);
/// ```
#[diagnostic::on_unimplemented(note = "implement `Listener`, or wrap the listener in `Arc`")]
pub trait Listener: Send + Sync + 'static {
    /// Something happened.
    fn event(&self, event: &Event<'_>);
}

const _: fn(&dyn Listener) = |_| {}; // stays object-safe

impl<T: Listener + ?Sized> Listener for Arc<T> {
    fn event(&self, event: &Event<'_>) {
        (**self).event(event);
    }
}

/// Something that happened to flags. `Display` gives the line for a log.
///
/// ```
/// use std::sync::mpsc;
/// use feature_flags::{Event, Flags, Listener};
///
/// struct Lines(std::sync::Mutex<mpsc::Sender<String>>);
///
/// impl Listener for Lines {
///     fn event(&self, event: &Event<'_>) {
///         let _nobody_reads = self.0.lock().map(|lines| lines.send(event.to_string()));
///     }
/// }
///
/// let (sender, lines) = mpsc::channel();
/// let flags = Flags::builder().listener(Lines(sender.into())).build();
/// assert!(lines.recv()?.starts_with("serving 0 flags of snapshot 1"));
/// assert!(!flags.enabled("new-search", &()));
/// assert_eq!(lines.recv()?, "there is no flag `new-search`, so it is off");
/// # Ok::<(), mpsc::RecvError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Code asked for a flag that does not exist. Told once per name, for at most 256 names.
    #[non_exhaustive]
    UnknownFlag {
        /// What it asked for.
        name: &'a str,
        /// The existing name that is closest, if one is close.
        nearest: Option<&'a str>,
    },
    /// A flag serves a value of another type than code asks for, which gets its default. Told once per name, for at most
    /// 256 names.
    #[non_exhaustive]
    WrongType {
        /// The flag's name.
        name: &'a str,
        /// The type that code wants.
        wanted: &'static str,
        /// The type that the flag serves.
        found: &'static str,
    },
    /// A new snapshot is served.
    #[non_exhaustive]
    Loaded {
        /// What is served now.
        status: &'a Status,
    },
    /// A flag of the new snapshot is wrong: it is served as it was, or if it never was right, its default is.
    #[non_exhaustive]
    BrokenFlag {
        /// What is wrong with it.
        problem: &'a Problem,
    },
    /// The source could not be read, or what it holds is malformed: the last good snapshot is served on.
    #[non_exhaustive]
    SourceFailed {
        /// What failed: `read`, `parse` or `watch`.
        op: &'static str,
        /// Why.
        error: &'a LoadError,
    },
    /// A [`Hook`](crate::Hook) panicked; the caller has its answer all the same. Told of the first time, the second, the
    /// fourth, the eighth and so on.
    #[non_exhaustive]
    HookPanicked {
        /// The hook's name.
        hook: &'a str,
        /// Where: `before`, `after`, `error` or `finally`.
        stage: &'static str,
        /// How often it has panicked so far.
        times: u64,
    },
    /// A sink of exposures failed or panicked. Told of the first time in a row, the second, the fourth and so on, and when
    /// something is lost at the end.
    #[non_exhaustive]
    ExposuresNotDelivered {
        /// How many are kept to be delivered again.
        kept: usize,
        /// How many are lost, since this was the last attempt.
        lost: usize,
        /// Why.
        error: &'a str,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag { name, nearest: Some(nearest) } => {
                write!(f, "there is no flag `{name}`, so it is off; did you mean `{nearest}`?")
            }
            Self::UnknownFlag { name, nearest: None } => write!(f, "there is no flag `{name}`, so it is off"),
            Self::WrongType { name, wanted, found } => {
                write!(f, "flag `{name}` serves {found} where {wanted} is wanted, so the caller's default is used")
            }
            Self::Loaded { status } => write!(f, "serving {} flags of snapshot {}", status.flags(), status.snapshot()),
            Self::BrokenFlag { problem } if problem.keeps_last_good() => {
                write!(f, "{problem}; the flag is served as it was")
            }
            Self::BrokenFlag { problem } => write!(f, "{problem}; the flag serves its default"),
            Self::SourceFailed { error, .. } => {
                write!(f, "{}; the last good flags are served on", error.in_one_line())
            }
            Self::HookPanicked { hook, stage, times: 1 } => write!(f, "hook {hook} panicked in `{stage}`"),
            Self::HookPanicked { hook, stage, times } => {
                write!(f, "hook {hook} panicked in `{stage}`; it has panicked {times} times so far")
            }
            Self::ExposuresNotDelivered { kept, lost, error } => {
                write!(f, "exposures could not be delivered: {error}; {kept} are kept, {lost} are lost")
            }
        }
    }
}

/// Used where the application sets none.
pub(crate) struct Unattended;

impl Listener for Unattended {
    #[cfg(feature = "log")]
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Loaded { .. } => log::info!("{event}"),
            Event::UnknownFlag { .. } | Event::WrongType { .. } => log::warn!("{event}"),
            Event::BrokenFlag { .. }
            | Event::SourceFailed { .. }
            | Event::HookPanicked { .. }
            | Event::ExposuresNotDelivered { .. } => log::error!("{event}"),
        }
    }

    #[cfg(not(feature = "log"))]
    fn event(&self, _event: &Event<'_>) {}
}
