//! Full marks or a non-zero exit.

use std::process::ExitCode;

/// Collects the parts of one exam, printing each as it is finished.
///
/// ```
/// use cutover_benches::Exam;
///
/// let mut exam = Exam::new("flags");
/// exam.part("golden-vectors", 512, 512);
/// exam.check("uniform", true);
/// assert!(exam.passed());
/// ```
#[derive(Debug)]
pub struct Exam {
    name: &'static str,
    parts: usize,
    failed: usize,
}

impl Exam {
    /// Starts the exam called `name`, the word before the slash.
    pub fn new(name: &'static str) -> Self {
        Self { name, parts: 0, failed: 0 }
    }

    /// Prints `exam NAME/part: right of total`; anything but full marks, or a total of 0, fails the exam.
    #[expect(clippy::print_stdout, reason = "the lines are what an exam is run for")]
    pub fn part(&mut self, part: &str, right: usize, total: usize) {
        self.parts += 1;
        if right != total || total == 0 {
            self.failed += 1;
        }
        println!("exam {}/{part}: {right} of {total}", self.name);
    }

    /// A part that is either right or wrong.
    pub fn check(&mut self, part: &str, right: bool) {
        self.part(part, usize::from(right), 1);
    }

    /// Whether every part so far had full marks; an exam without parts has not been passed.
    pub fn passed(&self) -> bool {
        self.parts > 0 && self.failed == 0
    }

    /// The exit code of the exam's process.
    pub fn finish(self) -> ExitCode {
        if self.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// `true` when the command line asks for the long form, `cargo xtask exam NAME --full`.
///
/// ```
/// assert!(!cutover_benches::full_form());
/// ```
pub fn full_form() -> bool {
    std::env::args().any(|argument| argument == "--full")
}

/// Whether the command line asks for these parts of an exam: for all, or with `cargo xtask exam NAME --part PART` for some.
///
/// ```
/// assert!(cutover_benches::asks_for("fuzz"));
/// ```
pub fn asks_for(parts: &str) -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--part");
    arguments.nth(1).is_none_or(|asked| asked == parts)
}

/// The text that the command line gives with `--case TEXT`, where an exam is asked for those of its cases alone that have it in their
/// names.
///
/// ```
/// assert_eq!(cutover_benches::asked_case(), None);
/// ```
pub fn asked_case() -> Option<String> {
    std::env::args().skip_while(|argument| argument != "--case").nth(1)
}
