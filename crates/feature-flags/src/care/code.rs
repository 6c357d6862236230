//! Where code names flags.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use super::rust::{self, Kind, Token};

/// Longer texts are no names.
const LONGEST_NAME: usize = 1_000;
/// Larger files are not read.
const MOST_BYTES: u64 = 4 << 20;
/// Directories that hold no code of the application's.
const SKIPPED: [&str; 2] = ["target", "node_modules"];
/// Methods whose first argument is a flag's name, whatever comes behind.
const ASKING: [&str; 4] = ["enabled", "decide", "resolve", "explain"];
/// Methods of such common names that they are taken for ours with three arguments only, the first of which is text.
const ASKING_WITH_DEFAULT: [&str; 4] = ["text", "integer", "float", "value"];

/// Where the Rust code below a directory names flags: in texts, and in calls of the methods that `flags!` makes of their names.
///
/// A text that is equal to a flag's name is taken to name it, wherever it stands; comments are not looked at. A name that is put
/// together while the program runs cannot be found.
///
/// ```
/// use feature_flags::CodeScan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let src = directory.path();
/// std::fs::write(src.join("main.rs"), "fn main() {\n    flags.enabled(\"new-search\", &user);\n}\n")?;
/// let scan = CodeScan::below(src)?;
/// assert_eq!((scan.files(), scan.of("new-search")[0].line, scan.of("old-search").len()), (1, 2, 0));
/// assert_eq!(scan.undeclared(|flag| flag == "old-search")[0].0, "new-search");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct CodeScan {
    /// By text.
    texts: BTreeMap<String, Vec<CodeMention>>,
    /// Calls of methods without a text, by name.
    methods: BTreeMap<String, Vec<CodeMention>>,
    /// Whether `flags!` is used at all.
    is_typed: bool,
    /// Names that are asked for.
    asked: BTreeMap<String, Vec<CodeMention>>,
    /// Names that the code defines itself.
    defined: BTreeSet<String>,
    files: usize,
    unread: Vec<String>,
}

/// A place in code: `src/main.rs:17`.
///
/// ```
/// use feature_flags::CodeScan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let src = directory.path();
/// std::fs::write(src.join("main.rs"), "fn main() {\n    flags.enabled(\"new-search\", &user);\n}\n")?;
/// let place = &CodeScan::below(src)?.of("new-search")[0];
/// assert_eq!(place.line, 2);
/// assert_eq!(place.to_string(), format!("{}:2", place.file), "as editors and terminals take it");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CodeMention {
    /// The file, as it is reached by way of the directory that was given.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for CodeMention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl CodeScan {
    /// Reads all `.rs` files below `directory`, but those in hidden directories, in `target` and in `node_modules`; links are not
    /// followed. Files that cannot be read, or have more than 4 MB, are listed by [`unread`](Self::unread).
    ///
    /// # Errors
    /// If the directory itself cannot be read.
    pub fn below(directory: impl AsRef<Path>) -> io::Result<Self> {
        let root = directory.as_ref();
        let mut scan = Self::default();
        let mut below = vec![root.to_owned()];
        // Below it, what cannot be read is only listed.
        let _is_readable = fs::read_dir(root)?;
        while let Some(directory) = below.pop() {
            let entries = fs::read_dir(&directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let mut entries = match entries {
                Ok(entries) => entries,
                Err(error) => {
                    scan.unread.push(format!("{}: {error}", directory.display()));
                    continue;
                }
            };
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                let (path, name) = (entry.path(), entry.file_name());
                let name = name.to_string_lossy();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&&*name) => {
                        below.push(path);
                    }
                    Ok(kind) if kind.is_file() && name.ends_with(".rs") => scan.file(&path),
                    Ok(_) => {}
                    Err(error) => scan.unread.push(format!("{}: {error}", path.display())),
                }
            }
        }
        let sorted = [&mut scan.texts, &mut scan.methods, &mut scan.asked].into_iter().flat_map(BTreeMap::values_mut);
        sorted.for_each(|places| {
            places.sort_unstable();
            places.dedup();
        });
        Ok(scan)
    }

    /// Adds what stands below another directory.
    ///
    /// ```
    /// use feature_flags::CodeScan;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (web, worker) = (tempfile::tempdir()?, tempfile::tempdir()?);
    /// std::fs::write(web.path().join("main.rs"), "fn main() { flags.enabled(\"a\", &user); }")?;
    /// std::fs::write(worker.path().join("main.rs"), "fn main() { flags.enabled(\"a\", &job); }")?;
    /// let mut scan = CodeScan::below(&web)?;
    /// scan.merge(CodeScan::below(&worker)?);
    /// assert_eq!((scan.files(), scan.of("a").len()), (2, 2));
    /// # Ok(()) }
    /// ```
    pub fn merge(&mut self, other: Self) {
        let Self { texts, methods, is_typed, asked, defined, files, unread } = other;
        for (all, more) in [(&mut self.texts, texts), (&mut self.methods, methods), (&mut self.asked, asked)] {
            for (name, places) in more {
                all.entry(name).or_default().extend(places);
            }
        }
        self.is_typed |= is_typed;
        self.defined.extend(defined);
        self.files += files;
        self.unread.extend(unread);
    }

    /// How many files were read.
    pub fn files(&self) -> usize {
        self.files
    }

    /// What was not read, and why.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// Where the flag of this name is named.
    pub fn of(&self, flag: &str) -> Vec<CodeMention> {
        let by_text = self.texts.get(flag).into_iter().flatten();
        let typed = self.methods.get(&method(flag)).filter(|_| self.is_typed).into_iter().flatten();
        let all: BTreeSet<CodeMention> = by_text.chain(typed).cloned().collect();
        all.into_iter().collect()
    }

    /// Names that are asked for by the methods of `Flags`, where neither `is_flag` nor the code itself knows the flag.
    pub fn undeclared(&self, is_flag: impl Fn(&str) -> bool) -> Vec<(String, Vec<CodeMention>)> {
        let unknown = self.asked.iter().filter(|(name, _)| !is_flag(name) && !self.defined.contains(*name));
        unknown.map(|(name, places)| (name.clone(), places.clone())).collect()
    }

    fn file(&mut self, path: &Path) {
        let file = path.display().to_string();
        let text = fs::metadata(path).and_then(|about| match about.len() {
            ..=MOST_BYTES => fs::read(path),
            bytes => Err(io::Error::other(format!("it has {bytes} bytes"))),
        });
        match text {
            Ok(text) => self.tokens(&file, &rust::tokens(&String::from_utf8_lossy(&text))),
            Err(error) => self.unread.push(format!("{file}: {error}")),
        }
    }

    fn tokens(&mut self, file: &str, tokens: &[Token]) {
        self.files += 1;
        for (index, token) in tokens.iter().enumerate() {
            let place = CodeMention { file: file.to_owned(), line: token.line };
            match &token.kind {
                Kind::Text(text) if text.len() > LONGEST_NAME => {}
                Kind::Text(text) => {
                    self.texts.entry(text.clone()).or_default().push(place.clone());
                    match Use::of(&tokens[..index], &tokens[index + 1..]) {
                        Use::Asks => self.asked.entry(text.clone()).or_default().push(place),
                        Use::Defines => {
                            self.defined.insert(text.clone());
                        }
                        Use::Other => {}
                    }
                }
                Kind::Word(word) if word == "flags" && is_mark(tokens.get(index + 1), '!') => self.is_typed = true,
                Kind::Word(word)
                    if is_mark(index.checked_sub(1).and_then(|before| tokens.get(before)), '.')
                        && is_mark(tokens.get(index + 1), '(') =>
                {
                    self.methods.entry(word.clone()).or_default().push(place);
                }
                Kind::Word(_) | Kind::Mark(_) => {}
            }
        }
    }
}

/// What a text is used for.
enum Use {
    Asks,
    Defines,
    Other,
}

impl Use {
    /// By what stands before it and behind it.
    fn of(before: &[Token], behind: &[Token]) -> Self {
        let [.., head, name, open] = before else { return Self::Other };
        let Kind::Word(name) = &name.kind else { return Self::Other };
        if !is_mark(Some(open), '(') {
            return Self::Other;
        }
        let is_method = is_mark(Some(head), '.');
        let of_type = match before {
            [.., Token { kind: Kind::Word(of), .. }, first, second, _, _]
                if is_mark(Some(first), ':') && is_mark(Some(second), ':') =>
            {
                Some(of.as_str())
            }
            _ => None,
        };
        match (name.as_str(), of_type) {
            (name, _) if is_method && ASKING.contains(&name) && is_mark(behind.first(), ',') => Self::Asks,
            (name, _) if is_method && ASKING_WITH_DEFAULT.contains(&name) && arguments(behind) == 3 => Self::Asks,
            ("new", Some("FlagName")) => Self::Asks,
            ("new", Some("Flag")) => Self::Defines,
            ("define", _) if is_method => Self::Defines,
            _ => Self::Other,
        }
    }
}

/// How many arguments a call has, whose first one stands before `behind`.
fn arguments(behind: &[Token]) -> usize {
    let (mut depth, mut count, mut is_open) = (0_usize, 1, false);
    for token in behind {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') if depth == 0 => return count,
            Kind::Mark(')' | ']' | '}') => depth -= 1,
            Kind::Mark(',') if depth == 0 => {
                is_open = true;
                continue;
            }
            _ => {}
        }
        // A comma at the end begins no argument.
        count += usize::from(std::mem::take(&mut is_open));
    }
    count
}

fn is_mark(token: Option<&Token>, mark: char) -> bool {
    token.is_some_and(|token| token.kind == Kind::Mark(mark))
}

/// What `flags!` makes of a name.
fn method(flag: &str) -> String {
    let name: String = flag.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}
