//! A file of lines that does not grow without an end.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Lines are added to a file; one that is full becomes the part before it, in place of the one there was.
pub(super) struct Log {
    path: PathBuf,
    /// Of one file; there are at most two.
    limit: u64,
    open: Option<Open>,
}

struct Open {
    file: File,
    bytes: u64,
}

impl Log {
    pub(super) fn new(path: &Path, limit: u64) -> Self {
        Self { path: path.to_owned(), limit, open: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Adds a line. A new file, the first one included, begins with what `head` says.
    pub(super) fn add(&mut self, line: &str, head: impl Fn() -> String) -> io::Result<()> {
        let added = self.try_to_add(line, head);
        if added.is_err() {
            // It may hold half a line now; opening it anew ends that.
            self.open = None;
        }
        added
    }

    fn try_to_add(&mut self, line: &str, head: impl Fn() -> String) -> io::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let mut open = Open::at(&self.path)?;
                open.write(&head())?;
                closed.insert(open)
            }
        };
        if open.bytes + line.len() as u64 <= self.limit {
            return open.write(line);
        }
        let head = head();
        if (head.len() + line.len()) as u64 > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the flags are larger than a recording may be"));
        }
        fs::rename(&self.path, before(&self.path))?;
        let mut open = Open::at(&self.path)?;
        open.write(&head)?;
        open.write(line)?;
        self.open = Some(open);
        Ok(())
    }
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let bytes = file.metadata()?.len();
        let mut open = Self { bytes, file: file.try_clone()? };
        // Half a line of a process that was killed must not swallow the next one.
        if bytes > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                open.write("\n")?;
            }
        }
        Ok(open)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.bytes += text.len() as u64;
        Ok(())
    }
}

/// Where the part before the one at `path` is.
pub(super) fn before(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".1");
    PathBuf::from(name)
}
