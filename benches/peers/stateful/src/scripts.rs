//! fast-check and Hypothesis: tools of other languages, run where those languages are.
//!
//! They are installed from the registries of their languages into a folder under `target`. Where the language or the package is not to be had, a
//! line says that the tool is left out.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::minimality::{CASES, COMMANDS, Summary};

/// A tool in a script that prints one line of JSON per machine and seed.
struct Script {
    tool: &'static str,
    folder: &'static str,
    file: &'static str,
    text: &'static str,
    seeds: usize,
    /// Program and arguments that install the package into the folder they are run in.
    install: &'static [&'static str],
    /// What is there once it is installed.
    installed: &'static str,
    program: &'static str,
    /// The variable that makes the program look for packages in its folder.
    path_variable: Option<&'static str>,
}

const SCRIPTS: [Script; 2] = [
    Script {
        tool: "fast-check 4.10.2",
        folder: "node",
        file: "fast_check.mjs",
        text: include_str!("../scripts/fast_check.mjs"),
        seeds: 100,
        install: &[
            "npm",
            "install",
            "--prefix=.",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=0",
            "--loglevel=error",
            "fast-check@4.10.2",
        ],
        installed: "node_modules/fast-check",
        program: "node",
        path_variable: None,
    },
    Script {
        tool: "Hypothesis 6.170.15",
        folder: "python",
        file: "hypothesis_machines.py",
        text: include_str!("../scripts/hypothesis_machines.py"),
        // Up to ten seconds of processor time per seed and machine.
        seeds: 3,
        install: &[
            "python3",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries=0",
            "--target=.",
            "hypothesis==6.170.15",
        ],
        installed: "hypothesis",
        program: "python3",
        path_variable: Some("PYTHONPATH"),
    },
];

/// What each script found on each machine.
pub(crate) fn run() -> Vec<(String, Summary)> {
    let mut summaries = Vec::new();
    for script in &SCRIPTS {
        match script.run() {
            Ok(output) => summaries.extend(script.summaries(&output)),
            Err(why) => println!("note: {} is left out: {why}", script.tool),
        }
    }
    summaries
}

impl Script {
    fn run(&self) -> Result<String, String> {
        let folder = self.install()?;
        fs::write(folder.join(self.file), self.text).map_err(|error| error.to_string())?;
        let numbers = [self.seeds.to_string(), CASES.to_string(), COMMANDS.to_string()];
        let mut command = Command::new(self.program);
        command.current_dir(&folder).arg(self.file).args(numbers);
        if let Some(variable) = self.path_variable {
            command.env(variable, &folder);
        }
        output_of(&mut command)
    }

    fn install(&self) -> Result<PathBuf, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers-stateful").join(self.folder);
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        if !folder.join(self.installed).exists() {
            output_of(Command::new(self.install[0]).args(&self.install[1..]).current_dir(&folder))?;
        }
        Ok(folder)
    }

    /// One summary per machine, in the order in which the script comes to them.
    fn summaries(&self, output: &str) -> Vec<(String, Summary)> {
        let mut summaries: Vec<(String, Summary)> = Vec::new();
        for line in output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let Some(machine) = line["machine"].as_str() else { continue };
            if summaries.last().is_none_or(|(last, _)| last != machine) {
                summaries.push((machine.to_owned(), Summary::new(self.tool)));
            }
            if let Some((_, summary)) = summaries.last_mut() {
                let taken = line["milliseconds"].as_f64().unwrap_or(f64::NAN);
                summary.add(line["length"].as_u64(), line["runs"].as_u64(), taken);
            }
        }
        summaries
    }
}

/// What the program printed, or why there is nothing, in one line.
fn output_of(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{program} does not start ({error})"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    let arguments: Vec<_> = command.get_args().filter_map(OsStr::to_str).collect();
    Err(format!("`{program} {}` failed ({first})", arguments.join(" ")))
}
