//! Running an experiment again on inputs that were kept.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::breaker::BreakerPolicy;
use crate::failure::contain;
use crate::json_lines::files_of;
use crate::lab::Lab;
use crate::lines::{FORMAT, Found, Header, Lines};
use crate::mismatch::Reaction;
use crate::order::Order;
use crate::report_log::{BadLine, LineFault, ReadError};

/// Runs `experiment` again on each input that [`JsonLines::keep_input`](crate::JsonLines::keep_input) kept in the file at
/// `path`, and in those that were moved aside from there.
///
/// `run` gets a fresh [`Lab`] for each input and has to run the experiment of that name on it, on this thread: the very
/// code of the application, with that lab. The order of behaviours is fixed, and no breaker holds a candidate back. With
/// [`diff_by`](crate::Run::diff_by) in that code the words say where the results differ.
///
/// Input is read as JSON, so whatever JSON cannot hold, such as NaN, is a line that could not be used.
///
/// ```no_run
/// # #[derive(serde::Deserialize)] struct Query;
/// # fn search(lab: &experiment::Lab, query: &Query) {}
/// #[test]
/// fn what_went_wrong_in_production_does_not_any_more() {
///     let replayed = experiment::replay("tests/search.jsonl", "search", |lab, query: Query| search(lab, &query));
///     replayed.expect("the file is there").assert_agree();
/// }
/// ```
///
/// # Errors
/// [`ReadError`] where a file cannot be read.
pub fn replay<I: DeserializeOwned>(
    path: impl AsRef<Path>,
    experiment: &str,
    mut run: impl FnMut(&Lab, I),
) -> Result<Replayed, ReadError> {
    let path = path.as_ref();
    let name = |path: &Path| path.display().to_string();
    let mut replayed = Replayed::of(experiment);
    let files = files_of(path).map_err(|source| ReadError::Open { file: name(path), source })?;
    let is_rotated = files.len() > 1;
    for file in files {
        match File::open(&file) {
            Ok(opened) => replayed.read(&name(&file), BufReader::new(opened), &mut run)?,
            // Its writer was killed after it moved it.
            Err(error) if is_rotated && error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ReadError::Open { file: name(&file), source }),
        }
    }
    Ok(replayed)
}

/// What came of running an experiment again on inputs that were kept. Prints in words.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("inputs.jsonl");
/// # std::fs::write(&path, "{\"format\":1,\"input\":{\"experiment\":\"double\",\"value\":7}}\n")?;
/// let replayed = experiment::replay(&path, "double", |lab, number: u32| {
///     lab.experiment("double").control(|| number * 2).candidate("new", || number + number).run();
/// })?;
/// assert!(replayed.to_string().starts_with("1 input of double ran again: 0 still differ, 1 no longer does"));
/// replayed.assert_agree();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replayed {
    experiment: String,
    differing: Vec<Differing>,
    agreeing: Vec<Place>,
    bad_lines: Vec<BadLine>,
}

/// Where an input is kept.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("inputs.jsonl");
/// # std::fs::write(&path, "{\"format\":1,\"input\":{\"experiment\":\"x\",\"value\":7}}\n")?;
/// let replayed = experiment::replay(&path, "x", |lab, number: u32| {
///     lab.experiment("x").control(|| number).candidate("new", || number).run();
/// })?;
/// assert_eq!(replayed.agreeing()[0].line, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// What the file is called.
    pub file: String,
    /// The number of the line, the first being 1.
    pub line: u64,
}

/// An input on which control and candidates still differ.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("inputs.jsonl");
/// # std::fs::write(&path, "{\"format\":1,\"input\":{\"experiment\":\"x\",\"value\":7}}\n")?;
/// let replayed = experiment::replay(&path, "x", |lab, number: u32| {
///     lab.experiment("x").control(|| number).candidate("new", || 8).describe_debug().run();
/// })?;
/// assert_eq!(replayed.differing()[0].words, "experiment x mismatched\n  control: 7\n  new: 8");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differing {
    /// Where the input is kept.
    pub place: Place,
    /// The mismatch in words, as it would fail a test; or that the run panicked, or did not take place.
    pub words: String,
}

/// What is looked at before the input itself.
#[derive(Deserialize)]
struct Kind {
    report: Option<IgnoredAny>,
    run: Option<IgnoredAny>,
    input: Option<About>,
}

#[derive(Deserialize)]
struct About {
    experiment: String,
}

#[derive(Deserialize)]
#[serde(bound = "I: DeserializeOwned")]
struct WithInput<I> {
    input: Input<I>,
}

#[derive(Deserialize)]
#[serde(bound = "I: DeserializeOwned")]
struct Input<I> {
    value: I,
}

impl Replayed {
    fn of(experiment: &str) -> Self {
        Self { experiment: experiment.to_owned(), differing: Vec::new(), agreeing: Vec::new(), bad_lines: Vec::new() }
    }

    /// The inputs on which control and candidates still differ, in the order in which they were kept.
    pub fn differing(&self) -> &[Differing] {
        &self.differing
    }

    /// The inputs on which they no longer differ: they can be taken out of the file.
    pub fn agreeing(&self) -> &[Place] {
        &self.agreeing
    }

    /// The lines that could not be used.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad_lines
    }

    /// For tests: that nothing differs any more.
    ///
    /// # Panics
    /// With everything in words, when an input still differs, a line could not be used, or there was no input at all: a
    /// test that runs nothing proves nothing.
    pub fn assert_agree(&self) {
        let is_proved = self.differing.is_empty() && self.bad_lines.is_empty() && !self.agreeing.is_empty();
        assert!(is_proved, "{self}");
    }

    fn read<I: DeserializeOwned>(
        &mut self,
        file: &str,
        reader: impl BufRead,
        run: &mut impl FnMut(&Lab, I),
    ) -> Result<(), ReadError> {
        let mut lines = Lines::of(reader);
        loop {
            let line = lines.number + 1;
            let failed = |source| ReadError::Read { file: file.to_owned(), line, source };
            let Some(found) = lines.next().map_err(failed)? else { return Ok(()) };
            let input = self.input_in(&found).map_err(|fault| if found.is_cut { fault.of_cut_line() } else { fault });
            let place = Place { file: file.to_owned(), line: lines.number };
            match input {
                Ok(Some(input)) => self.run_again(place, input, run),
                Ok(None) => {}
                Err(fault) => self.bad_lines.push(BadLine { file: place.file, line: place.line, fault }),
            }
        }
    }

    /// The input in a line; `None` in one about something else.
    fn input_in<I: DeserializeOwned>(&self, found: &Found<'_>) -> Result<Option<I>, LineFault> {
        if found.is_too_long {
            return Err(LineFault::TooLong);
        }
        let Header { format } = serde_json::from_slice(found.bytes).map_err(LineFault::not_a_report)?;
        if format > FORMAT {
            return Err(LineFault::LaterFormat { format });
        }
        match serde_json::from_slice(found.bytes).map_err(LineFault::not_a_report)? {
            Kind { input: Some(About { experiment }), .. } if experiment == self.experiment => {}
            Kind { input: None, report: None, run: None } => {
                return Err(LineFault::not_a_report(serde::de::Error::missing_field("input")));
            }
            _ => return Ok(None),
        }
        let other_input = |error| LineFault::OtherInput { source: Box::new(error) };
        let WithInput { input } = serde_json::from_slice::<WithInput<I>>(found.bytes).map_err(other_input)?;
        Ok(Some(input.value))
    }

    fn run_again<I>(&mut self, place: Place, input: I, run: &mut impl FnMut(&Lab, I)) {
        let raised = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&raised);
        let lab = Lab::new()
            .order(Order::ControlFirst)
            .breaker(BreakerPolicy::never())
            .reaction(Reaction::Raise)
            .raise_with(move |mismatch| keep.lock().push(mismatch.to_string()));
        let ran = contain(|| run(&lab, input));
        let mut words = std::mem::take(&mut *raised.lock());
        if let Err(panic) = &ran {
            words.push(format!("the run panicked: {}", panic.message().unwrap_or("without words")));
        } else if lab.find(&self.experiment).is_none_or(|experiment| !was_compared(&experiment.report())) {
            words.push(format!("nothing of {} was compared in this run", self.experiment));
        }
        if words.is_empty() {
            self.agreeing.push(place);
        } else {
            self.differing.push(Differing { place, words: words.join("\n") });
        }
    }
}

fn was_compared(report: &crate::Report) -> bool {
    report.candidates.iter().any(|candidate| candidate.compared() > 0 || candidate.behavior.panicked > 0)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)
    }
}

impl fmt::Display for Replayed {
    /// How many still differ, each in words; where those are that no longer do; and what could not be used.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (differing, agreeing) = (self.differing.len(), self.agreeing.len());
        let one_or_many = |count: usize, one, many| if count == 1 { one } else { many };
        writeln!(
            f,
            "{} {} of {} ran again: {differing} still {}, {agreeing} no longer {}",
            differing + agreeing,
            one_or_many(differing + agreeing, "input", "inputs"),
            self.experiment,
            one_or_many(differing, "differs", "differ"),
            one_or_many(agreeing, "does", "do"),
        )?;
        for Differing { place, words } in &self.differing {
            writeln!(f, "{place}:")?;
            words.lines().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        self.agreeing.iter().try_for_each(|place| writeln!(f, "{place}: no longer differs"))?;
        self.bad_lines.iter().try_for_each(|bad| writeln!(f, "{bad}"))
    }
}
