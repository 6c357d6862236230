//! How the program ends when it cannot go on: one line, and an exit code that is not 0.

use std::error::Error;
use std::process::ExitCode;

/// Anything that ends the program.
#[derive(Debug)]
pub(crate) struct Failure(Box<dyn Error>);

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Prints the error and what caused it in one line.
    #[expect(clippy::print_stderr, reason = "this is a command line")]
    pub(crate) fn report(&self) -> ExitCode {
        let mut line = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        eprintln!("todo: {line}");
        ExitCode::FAILURE
    }
}
