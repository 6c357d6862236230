//! Flags that are part of the program.

use std::borrow::Cow;
use std::thread;
use std::time::Duration;

use super::change::Changes;
use super::contents::Contents;
use super::contract::{Source, SourceError};
use super::error::LoadError;
use super::read::{decode, read_toml};
use super::revision::Revision;

/// Flags that are part of the program, in the format of `flags.toml`: what to serve where nothing else is there.
///
/// ```
/// use feature_flags::{EmbeddedSource, Flags};
///
/// // Or `EmbeddedSource::new(include_bytes!("flags.toml"))`.
/// let source = EmbeddedSource::new("format = 1\n[flags]\nnew-search = true");
/// assert!(Flags::builder().source(source)?.enabled("new-search", &()));
/// # Ok::<(), feature_flags::LoadError>(())
/// ```
///
/// They never change. To serve them and nothing else, [`Flags::from_bytes`](crate::Flags::from_bytes) needs no thread.
#[derive(Debug, Clone)]
pub struct EmbeddedSource {
    bytes: Cow<'static, [u8]>,
}

impl EmbeddedSource {
    /// Flags of this text.
    pub fn new<T: AsRef<[u8]> + ?Sized>(text: &'static T) -> Self {
        Self { bytes: Cow::Borrowed(text.as_ref()) }
    }

    /// Flags of a text that was made while the program runs.
    ///
    /// ```
    /// use feature_flags::{EmbeddedSource, Flags};
    ///
    /// let name = "new-search";
    /// let source = EmbeddedSource::owned(format!("format = 1\n[flags]\n{name} = true"));
    /// assert!(Flags::builder().source(source)?.enabled("new-search", &()));
    /// # Ok::<(), feature_flags::LoadError>(())
    /// ```
    pub fn owned(text: impl Into<Vec<u8>>) -> Self {
        Self { bytes: Cow::Owned(text.into()) }
    }
}

impl Source for EmbeddedSource {
    fn name(&self) -> String {
        "embedded flags".to_owned()
    }

    fn load(&self) -> Result<Contents, SourceError> {
        let document = decode(&self.bytes, None).and_then(|text| read_toml(text, None));
        Ok(document.map_err(LoadError::into_source_error)?.into_contents(Revision::FIRST))
    }

    fn changes(&self, since: Revision, patience: Duration) -> Result<Changes, SourceError> {
        if since != Revision::FIRST {
            return Ok(Changes::Unknown);
        }
        thread::sleep(patience);
        Ok(Changes::None)
    }
}
