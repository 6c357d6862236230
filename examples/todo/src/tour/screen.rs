//! What the person who watches the tour reads.

use std::time::Duration;

/// The heading of a step.
#[expect(clippy::print_stdout, reason = "the tour is told on standard output")]
pub(super) fn heading(number: usize, of: usize, title: &str) {
    println!("\n{number:>2}/{of} {title}");
}

/// A line below the heading; a text of several lines is indented as a whole.
#[expect(clippy::print_stdout, reason = "the tour is told on standard output")]
pub(super) fn line(text: &str) {
    for line in text.lines() {
        println!("      {line}");
    }
}

/// An empty line between two parts.
#[expect(clippy::print_stdout, reason = "the tour is told on standard output")]
pub(super) fn blank() {
    println!();
}

/// `duration` as people read it.
pub(super) fn shown(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
