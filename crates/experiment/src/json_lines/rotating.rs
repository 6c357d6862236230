//! A file of lines that is moved aside when it is full.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::JsonLinesError;

/// The file and those that were moved aside: `name.1` is the latest of them.
pub(super) struct RotatingFile {
    path: PathBuf,
    bytes_per_file: u64,
    /// How many there are at most, the one that is written among them.
    files: u32,
    /// `None` after a failure, until it is opened again.
    file: Option<File>,
    /// How many bytes of whole lines are in the file.
    len: u64,
    /// Whether bytes of a line that was not finished may stand behind them.
    torn: bool,
    /// Held as long as the file is written, so that nobody else does.
    _lock: File,
}

/// What every line begins with: a cut one that begins otherwise was not written by this crate, and stays.
pub(crate) const LINE_START: &[u8] = b"{\"format\":";

/// How far back the beginning of a cut line is searched.
const LONGEST_TAIL: u64 = 16 << 20;

impl RotatingFile {
    pub(super) fn open(path: PathBuf, bytes_per_file: u64, files: u32) -> Result<Self, JsonLinesError> {
        let failed = |source| JsonLinesError::Open { path: path.clone(), source };
        let lock = File::create(beside(&path, "lock")).map_err(failed)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(JsonLinesError::InUse { path }),
            // Where the system knows no locks, nobody can be kept out.
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => return Err(failed(error)),
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let (file, len) = open_whole(&path).map_err(failed)?;
        Ok(Self { path, bytes_per_file, files, file: Some(file), len, torn: false, _lock: lock })
    }

    /// Writes whole lines, and moves the file aside when it is full. What fails is tried again with the next lines.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), JsonLinesError> {
        let mut too_long = 0;
        let mut rest = lines;
        while !rest.is_empty() {
            let room = self.bytes_per_file.saturating_sub(self.len);
            let end = end_within(rest, room);
            if end > 0 {
                self.append(&rest[..end], &rest[end..])?;
                rest = &rest[end..];
            } else if self.len > 0 {
                self.rotate(rest)?;
            } else {
                // It does not fit into an empty file either.
                let line = first_line(rest);
                too_long += 1;
                rest = &rest[line..];
            }
        }
        if too_long > 0 { Err(JsonLinesError::TooLong { path: self.path.clone(), lost: too_long }) } else { Ok(()) }
    }

    /// Waits until what was written is on the disk.
    pub(super) fn sync(&self) -> Result<(), JsonLinesError> {
        let failed = |source| JsonLinesError::Write { path: self.path.clone(), lost: 0, source };
        self.file.as_ref().map_or(Ok(()), |file| file.sync_data().map_err(failed))
    }

    /// Appends lines that fit; `later` are those that are lost with them if that fails.
    fn append(&mut self, lines: &[u8], later: &[u8]) -> Result<(), JsonLinesError> {
        let (written, error) = match self.ready() {
            Ok(file) => write_all(file, lines),
            Err(error) => (0, Some(error)),
        };
        let Some(source) = error else {
            self.len += lines.len() as u64;
            return Ok(());
        };
        let whole = lines[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.len += whole as u64;
        self.torn = true;
        let lost = count(&lines[whole..]) + count(later);
        Err(JsonLinesError::Write { path: self.path.clone(), lost, source })
    }

    /// The file, without a line that is not whole; made anew where somebody took it away.
    fn ready(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() || !self.path.exists() {
            let (file, len) = open_whole(&self.path)?;
            self.file = Some(file);
            self.len = len;
            self.torn = false;
        }
        let file = self.file.as_mut().expect("it was opened above");
        if self.torn {
            file.set_len(self.len)?;
            self.torn = false;
        }
        Ok(file)
    }

    fn rotate(&mut self, later: &[u8]) -> Result<(), JsonLinesError> {
        let failed = |source| JsonLinesError::Rotate { path: self.path.clone(), lost: count(later), source };
        // Closed first, since some systems do not move open files.
        if let Some(file) = self.file.take().filter(|_| self.torn) {
            file.set_len(self.len).map_err(failed)?;
        }
        move_aside(&self.path, self.files).map_err(failed)?;
        let (file, len) = open_whole(&self.path).map_err(failed)?;
        self.file = Some(file);
        self.len = len;
        self.torn = false;
        Ok(())
    }
}

/// The files of lines at `path`, the oldest first: those that were moved aside, whether or not one between them is
/// missing, and the latest.
pub(crate) fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    let moved_aside = match moved_aside(path) {
        // Its folder may be entered and not be listed: so they are looked for by their names.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => looked_for(path),
        found => found?,
    };
    let mut files: Vec<_> = moved_aside.into_iter().rev().map(|(_, file)| file).collect();
    files.push(path.to_owned());
    Ok(files)
}

/// As [`moved_aside`], without a list of what is in the folder.
fn looked_for(path: &Path) -> Vec<(u32, PathBuf)> {
    let all = (1..=MOST_LOOKED_FOR).map(|number| (number, beside(path, &number.to_string())));
    all.filter(|(_, file)| file.exists()).collect()
}

/// Looking for a file takes some microseconds.
const MOST_LOOKED_FOR: u32 = 9_999;

/// Opens a file for appending, and takes out a last line that was cut off when its writer was killed.
fn open_whole(path: &Path) -> io::Result<(File, u64)> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let len = file.metadata()?.len();
    let tail_from = len.saturating_sub(LONGEST_TAIL);
    if len == 0 || last_byte(&mut file, len)? == b'\n' {
        return Ok((file, len));
    }
    file.seek(SeekFrom::Start(tail_from))?;
    let mut tail = Vec::new();
    (&file).take(LONGEST_TAIL).read_to_end(&mut tail)?;
    let start = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = &tail[start..];
    if line.starts_with(LINE_START) || LINE_START.starts_with(line) {
        let whole = tail_from + start as u64;
        file.set_len(whole)?;
        return Ok((file, whole));
    }
    // Whatever it is, it was not written here: it is left to its owner, and ends as a line of its own.
    file.write_all(b"\n")?;
    Ok((file, len + 1))
}

fn last_byte(file: &mut File, len: u64) -> io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(len - 1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Renames `name` to `name.1`, `name.1` to `name.2` and so on, from the oldest on, so that being killed in between loses
/// nothing but a number.
fn move_aside(path: &Path, files: u32) -> io::Result<()> {
    for (number, file) in moved_aside(path)?.into_iter().rev() {
        if number.saturating_add(1) >= files {
            fs::remove_file(file)?;
        } else {
            fs::rename(file, beside(path, &(number + 1).to_string()))?;
        }
    }
    if files > 1 { fs::rename(path, beside(path, "1")) } else { fs::remove_file(path) }
}

/// The files that were moved aside, the latest first.
fn moved_aside(path: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let number = number.and_then(|digits| std::str::from_utf8(digits).ok());
        // Only as it is written here: `name.1`, never `name.01` or `name.+1`.
        let number = number.and_then(|digits| digits.parse().ok().filter(|number: &u32| number.to_string() == digits));
        if let Some(number) = number.filter(|number| *number > 0) {
            files.push((number, beside(path, &number.to_string())));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// How many of the bytes were written, and what stopped it.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, Option<io::Error>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Some(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Some(error)),
        }
    }
    (written, None)
}

/// Where the last line ends that fits into so many bytes; 0 if none does.
fn end_within(lines: &[u8], room: u64) -> usize {
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(lines.len());
    lines[..room].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

fn first_line(lines: &[u8]) -> usize {
    lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1)
}

fn count(lines: &[u8]) -> u64 {
    lines.split_inclusive(|byte| *byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests;
