//! How far batches are, on a terminal; and what holds a runner up, wherever standard error goes.

use indicatif::{ProgressBar, ProgressStyle};
use migration_planner::run::Progress;

use crate::output;

/// A bar that is there while batches are, and only where standard error is a terminal.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { bar: None }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::Batch { step, rows, of, .. } => self.batch(step, *rows, *of),
            Progress::StepDone { .. } => self.end(),
            Progress::Waiting { step, attempt, blockers, .. } => {
                let who: Vec<String> = blockers.iter().map(ToString::to_string).collect();
                let who = if who.is_empty() { "somebody who could not be seen".to_owned() } else { who.join("; ") };
                self.say(&format!("step {step} waits (attempt {attempt}) for {who}"));
            }
            Progress::Drifted { differences, .. } => {
                self.say(&format!("changed by somebody else: {}", differences.join("; ")));
            }
            Progress::Repairing { step, .. } => {
                self.say(&format!("step {step}: clearing away what was left of an attempt that was cut off"));
            }
            _ => {}
        }
    }

    fn batch(&mut self, step: &str, rows: u64, of: Option<u64>) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = of.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let template = "{msg} {wide_bar} {pos} of about {len} rows, {per_sec}, {eta} to go";
            let style = if of.is_some() { template } else { "{msg} {spinner} {pos} rows, {per_sec}" };
            // A template that cannot be read is no reason to stop.
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            // The rate is that of this run.
            bar.set_position(rows);
            bar.reset_eta();
            bar.set_message(step.to_owned());
            bar
        });
        if let Some(of) = of {
            bar.set_length(of.max(rows));
        }
        bar.set_position(rows);
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::remark(line)),
            None => output::remark(line),
        }
    }
}
