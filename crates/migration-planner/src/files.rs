//! The phases of a plan as files of the migration tool that somebody has already.

mod blocks;
mod error;
mod naming;
mod script;

use crate::change::Change;
use crate::lint::{Layout, Migration};
use crate::phase::Phase;
use crate::plan::Plan;
use crate::server::ServerKind;
use crate::step::{Step, TransactionMode, Undo, Work};

pub use error::FilesError;

use self::naming::Numbers;
use self::script::{Script, comment, failing};

/// Writes the phases of plans as files in the layout of a migration tool, so that it can ship them.
///
/// Every step becomes a migration of its own, in a transaction or not as the step asks for: what is split up by its locks must
/// not meet again in one transaction. What undoes it is written where the layout has files for that, and as a comment where it
/// has not. Gates cannot be checked by such a tool: they are comments at the head of the first file that has to wait for them.
/// **A tool runs all the files that it finds: add those of one phase at a time** ([`only`](Self::only),
/// [`MigrationFile::phase`]).
///
/// It does no I/O. Costs time linear in the length of the plan.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key()).with_column(Column::new("age", "integer"));
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::create_index("users", migration_planner::Index::new("users_by_age", ["age"])))?;
/// use migration_planner::{FileWriter, Layout};
///
/// let files = FileWriter::new(Layout::Sqlx).starting_at(20_261_129_140_000).write(&plan)?;
/// assert_eq!(files[0].path(), "20261129140000_create_index_users_by_age_on_users.up.sql");
/// assert!(files[0].text().starts_with("-- no-transaction\n"));
/// assert!(files[0].text().ends_with("CREATE INDEX CONCURRENTLY users_by_age ON users (age);\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWriter {
    layout: Layout,
    numbers: Numbers,
    existing: Vec<String>,
    only: Option<String>,
    in_one_go: bool,
}

impl FileWriter {
    /// Writes files of `layout`, the first with version 1.
    pub fn new(layout: Layout) -> Self {
        Self { layout, numbers: Numbers::default(), existing: Vec::new(), only: None, in_one_go: false }
    }

    /// Says the version of the first file; those of the others follow on it. Most tools take the time: `20261129140000`.
    #[must_use]
    pub fn starting_at(mut self, version: u64) -> Self {
        self.numbers = self.numbers.starting_at(version);
        self
    }

    /// Says which migrations are there already. The first file gets the version after the last of them, written with as many
    /// digits, unless [`starting_at`](Self::starting_at) named a later one.
    #[must_use]
    pub fn after(mut self, existing: &[Migration]) -> Self {
        for migration in existing {
            self.numbers = self.numbers.after(self.layout, migration);
            self.existing.push(migration.path().to_owned());
        }
        self
    }

    /// Writes the files of the phase with this id alone. The gates of all phases before it are told.
    #[must_use]
    pub fn only(mut self, phase: impl Into<String>) -> Self {
        self.only = Some(phase.into());
        self
    }

    /// Takes work in batches as one statement over all rows, where the server or the tool knows no other way. Whoever writes to
    /// the table meanwhile waits until it is done; on SQLite, whoever writes to anything.
    #[must_use]
    pub fn in_one_go(mut self) -> Self {
        self.in_one_go = true;
        self
    }

    /// Writes the files of `plan`, in the order in which they are run.
    ///
    /// # Errors
    /// [`FilesError`] if there is no such phase, if the tool cannot run a step as it has to be run, or if the tool would not run
    /// the files after those that are there.
    pub fn write(&self, plan: &Plan) -> Result<Vec<MigrationFile>, FilesError> {
        if let Some(asked) = &self.only
            && !plan.phases().iter().any(|phase| phase.id() == asked)
        {
            let known = plan.phases().iter().map(|phase| phase.id().to_owned()).collect();
            return Err(FilesError::UnknownPhase { phase: asked.clone(), known });
        }
        let mut pairs = Vec::new();
        let mut told = 0;
        for (i, phase) in plan.phases().iter().enumerate() {
            if self.only.as_ref().is_some_and(|only| only != phase.id()) || phase.steps().is_empty() {
                continue;
            }
            let first = if phase.is_point_of_no_return() { 0 } else { told };
            let mut head = self.head(plan, i, first);
            told = i;
            for step in phase.steps() {
                let about = head + &comment(&format!("{}: {}", capitalised(step.title()), step.impact()));
                pairs.extend(self.of_step(plan, phase, step, &about)?);
                head = String::new();
            }
        }
        let mut numbers = self.numbers.clone();
        let mut files = Vec::new();
        for pair in pairs {
            let stem = numbers.next_stem(self.layout, plan, &pair.step)?;
            files.extend(self.named(&stem, pair));
        }
        naming::check_order(self.layout, &self.existing, &files)?;
        Ok(files)
    }

    /// What a reader has to know before the first file of a phase is shipped.
    fn head(&self, plan: &Plan, index: usize, told: usize) -> String {
        let phase = &plan.phases()[index];
        let mut lines = vec![
            format!("Written from plan {}: {}.", plan.hash().short(), plan.change()),
            format!("Phase {} of {}: {} ({}).", index + 1, plan.phases().len(), phase.title(), phase.kind()),
        ];
        if phase.is_point_of_no_return() {
            lines.push("Point of no return: it cannot be undone.".to_owned());
        }
        let since = if self.only.is_some() { 0 } else { told };
        let gates: Vec<String> = plan.phases()[since..index]
            .iter()
            .filter_map(Phase::gate)
            .map(|gate| format!("Not to be shipped before: {gate}."))
            .collect();
        lines.extend(gates);
        comment(&lines.join("\n"))
    }

    /// A step as one pair of scripts, or as several where each statement has to be sent by itself.
    fn of_step(&self, plan: &Plan, phase: &Phase, step: &Step, about: &str) -> Result<Vec<Pair>, FilesError> {
        let server = plan.server().kind();
        let forward = self.forward(plan, phase, step)?;
        let undo = match step.undo() {
            Undo::Sql { statements } => vec![Script::in_transaction(statements.clone())],
            Undo::SqlOutside { statements } => {
                statements.iter().rev().map(|statement| Script::alone(statement.clone())).collect()
            }
            Undo::Nothing => Vec::new(),
            Undo::Rebuild { .. } => return Err(FilesError::NeedsNoEnforcement { step: step.id().to_owned() }),
            Undo::Impossible => {
                let reason = format!("step {} cannot be undone: what was there is gone", step.id());
                vec![Script::in_transaction(failing(server, "SELECT 1", &reason))]
            }
        };
        if self.layout == Layout::Refinery
            && let Some(_alone) = forward.iter().find(|script| !script.is_in_transaction())
        {
            return Err(FilesError::NeedsNoTransaction { layout: self.layout, step: step.id().to_owned() });
        }
        let repair = step.repair().map(|repair| {
            comment(&format!(
                "If an attempt was cut off, this clears it away first:\n{};",
                repair.statements().join(";\n")
            ))
        });
        // The first file is the last one to be undone, so the last of the undoing belongs to it.
        let mut undo: Vec<Option<Script>> = undo.into_iter().map(Some).collect();
        let count = forward.len().max(undo.len());
        undo.resize(count, None);
        let mut forward: Vec<Option<Script>> = forward.into_iter().map(Some).collect();
        forward.resize(count, None);
        let pairs = forward.into_iter().zip(undo).enumerate().map(|(i, (up, down))| Pair {
            step: step.id().to_owned(),
            phase: phase.id().to_owned(),
            about: if i == 0 { about.to_owned() + repair.as_deref().unwrap_or_default() } else { String::new() },
            up: up.unwrap_or_else(Script::nothing).waiting(server, step.timeouts()),
            down: down.unwrap_or_else(Script::nothing).waiting(server, step.timeouts()),
            server,
        });
        Ok(pairs.collect())
    }

    fn forward(&self, plan: &Plan, phase: &Phase, step: &Step) -> Result<Vec<Script>, FilesError> {
        let server = plan.server().kind();
        let in_batches = step.transaction() == TransactionMode::PerBatch;
        if in_batches && !self.in_one_go {
            if server == ServerKind::Postgres {
                if self.layout == Layout::Refinery {
                    return Err(FilesError::NeedsBatches { layout: self.layout, server, step: step.id().to_owned() });
                }
                return Ok(vec![Script::alone(script::batches(step))]);
            }
            if !script::is_one_batch(step.work(), plan.server()) {
                return Err(FilesError::NeedsBatches { layout: self.layout, server, step: step.id().to_owned() });
            }
        }
        let statements = match step.work() {
            Work::Sql { statements } | Work::WatchWrites { statements, .. } => statements.clone(),
            Work::Verify { table, never } => {
                let reason = format!("phase {} may not go on: there are rows of {table} where {never}", phase.id());
                failing(server, &script::rows(server, table, never), &reason)
            }
            Work::Rebuild { .. } => return Err(FilesError::NeedsNoEnforcement { step: step.id().to_owned() }),
            Work::Backfill { .. } | Work::Copy { .. } | Work::Delete { .. } => script::at_once(server, step.work()),
        };
        if step.transaction() == TransactionMode::Outside {
            // What is left of an attempt, a runner clears away when it sees it; a file has to, where the plan is about that.
            let is_anew = matches!(plan.change(), Change::Reindex { .. })
                && statements.iter().all(|statement| statement.starts_with("CREATE"));
            let rests = step.repair().filter(|_| is_anew).map_or(&[][..], |repair| repair.statements());
            return Ok(rests.iter().cloned().chain(statements).map(Script::alone).collect());
        }
        Ok(vec![Script::in_transaction(statements)])
    }

    /// A pair of scripts as the files of the layout.
    fn named(&self, stem: &str, pair: Pair) -> Vec<MigrationFile> {
        let Pair { phase, about, up, down, server, .. } = pair;
        let file = |path: String, text: String| MigrationFile { path, text, phase: phase.clone() };
        let wraps = |script: &Script| self.layout.wraps_scripts() && script.is_in_transaction();
        match self.layout {
            Layout::Sqlx => {
                let text = |about: &str, script: &Script| {
                    let mode = if script.is_in_transaction() { "" } else { "-- no-transaction\n" };
                    format!("{mode}{about}{}", script.text(server, wraps(script)))
                };
                vec![
                    file(format!("{stem}.up.sql"), text(&about, &up)),
                    file(format!("{stem}.down.sql"), text("", &down)),
                ]
            }
            Layout::Diesel => {
                // One setting for both ways: what needs a transaction where the other way cannot have one brings its own.
                let both = up.is_in_transaction() && down.is_in_transaction();
                let mut files = vec![
                    file(format!("{stem}/up.sql"), about + &up.text(server, both)),
                    file(format!("{stem}/down.sql"), down.text(server, both)),
                ];
                if !both {
                    files.push(file(format!("{stem}/metadata.toml"), "run_in_transaction = false\n".to_owned()));
                }
                files
            }
            Layout::GolangMigrate => vec![
                file(format!("{stem}.up.sql"), about + &up.text(server, true)),
                file(format!("{stem}.down.sql"), down.text(server, true)),
            ],
            Layout::Plain | Layout::Refinery | Layout::Flyway => {
                let name = format!("{stem}.sql");
                let text = about + &up.text(server, wraps(&up)) + &down.as_comment();
                let mut files = vec![file(name.clone(), text)];
                if self.layout == Layout::Flyway && !up.is_in_transaction() {
                    files.push(file(format!("{name}.conf"), "executeInTransaction=false\n".to_owned()));
                }
                files
            }
        }
    }
}

/// A file of a migration tool.
///
/// ```
/// # use migration_planner::{Change, Column, Planner, Schema, Server, Table};
/// # let users = Table::new("users").with_column(Column::new("id", "bigint").primary_key());
/// # let schema = Schema::new().with_table(users);
/// # let plan = Planner::new(&schema, Server::postgres(15, 0)).plan(&Change::add_column("users", Column::new("age", "integer")))?;
/// use migration_planner::{FileWriter, Layout};
///
/// let files = FileWriter::new(Layout::Diesel).starting_at(7).write(&plan)?;
/// let told: Vec<_> = files.iter().map(|file| (file.path(), file.phase())).collect();
/// assert_eq!(told, [("7_add_column_users_age/up.sql", "expand"), ("7_add_column_users_age/down.sql", "expand")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    path: String,
    text: String,
    phase: String,
}

impl MigrationFile {
    /// Where it belongs, below the folder of migrations, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The id of the phase that it is a part of.
    pub fn phase(&self) -> &str {
        &self.phase
    }
}

/// What is run on the way up and what on the way down, before it has a name.
struct Pair {
    step: String,
    phase: String,
    about: String,
    up: Script,
    down: Script,
    server: ServerKind,
}

impl Layout {
    /// Whether the tool begins a transaction for a file that asks for none to be left out.
    fn wraps_scripts(self) -> bool {
        !matches!(self, Self::Plain)
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
