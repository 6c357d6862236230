//! Words of others, made fit to be read: a name or an example may come from a file that anybody wrote.

use std::borrow::Cow;

use super::{CandidateReport, Report};
use crate::name::MAX_LEN;

/// Longer examples end in an ellipsis, as they do on pages for browsers. What a lab keeps is far below.
const LONGEST_WORDS: usize = 2_000;

/// A name on one line, as long as names may be.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    within(name, MAX_LEN)
}

/// What may be longer than a name, on one line.
#[cfg(feature = "serde")]
pub(super) fn words(words: &str) -> Cow<'_, str> {
    within(words, LONGEST_WORDS)
}

/// The report with names and words that move no cursor, begin no line and fill no screen.
pub(super) fn of(report: &Report) -> Report {
    let mut report = report.clone();
    clean(&mut report.experiment, MAX_LEN);
    report.promoted.iter_mut().for_each(|name| clean(name, MAX_LEN));
    clean(&mut report.control.name, MAX_LEN);
    report.cohorts.iter_mut().for_each(|cohort| clean(&mut cohort.name, MAX_LEN));
    report.candidates.iter_mut().chain(&mut report.control_again).for_each(clean_candidate);
    report
}

fn clean_candidate(candidate: &mut CandidateReport) {
    clean(&mut candidate.behavior.name, MAX_LEN);
    candidate.cohorts.iter_mut().for_each(|cohort| clean(&mut cohort.cohort, MAX_LEN));
    for sample in &mut candidate.samples {
        let words = [&mut sample.control, &mut sample.candidate, &mut sample.difference];
        words.into_iter().flatten().for_each(|words| clean(words, LONGEST_WORDS));
    }
    #[cfg(feature = "serde")]
    for path in candidate.differences.iter_mut().flat_map(|differences| &mut differences.paths) {
        clean(&mut path.path, LONGEST_WORDS);
        for sample in &mut path.samples {
            clean(&mut sample.path, LONGEST_WORDS);
            let words = [&mut sample.control, &mut sample.candidate];
            words.into_iter().flatten().for_each(|words| clean(words, LONGEST_WORDS));
        }
    }
}

fn clean(text: &mut String, longest: usize) {
    if let Cow::Owned(cleaned) = within(text, longest) {
        *text = cleaned;
    }
}

/// At most so many characters, of which none is more than a character. Lines are joined.
fn within(text: &str, longest: usize) -> Cow<'_, str> {
    if !text.contains(is_unfit) && text.chars().nth(longest).is_none() {
        return Cow::Borrowed(text);
    }
    let fit = |character| match character {
        '\n' | '\r' | '\t' => ' ',
        unfit if is_unfit(unfit) => '\u{fffd}',
        fit => fit,
    };
    let mut cut: String = text.chars().take(longest).map(fit).collect();
    if text.chars().nth(longest).is_some() {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// Whether a character does something to a terminal, or to the order of those around it.
pub(super) fn is_unfit(character: char) -> bool {
    let separates_lines_or_turns_around =
        |character| matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || separates_lines_or_turns_around(character)
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_fit_stays_as_it_is() {
        assert!(matches!(name("users-query ü"), Cow::Borrowed("users-query ü")));
        assert!(matches!(name(&"ü".repeat(MAX_LEN)), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_moves_the_cursor_begins_a_line_or_turns_text_around() {
        assert_eq!(name("a\u{1b}[2J\nb\u{202e}c\u{9b}\u{7}"), "a\u{fffd}[2J b\u{fffd}c\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(name(&"x".repeat(1 << 20)), format!("{}…", "x".repeat(MAX_LEN)));
    }
}
