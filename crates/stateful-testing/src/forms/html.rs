//! A failing sequence as a page of its own.

use std::fmt::Write;

use crate::command::Command;
use crate::failure::Falsified;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #8884;padding:.4rem .8rem;text-align:left;vertical-align:top}\
code{font:14px/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}mark{background:#fd08;color:inherit}\
.failed td{background:#f002}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}";

impl<C: Command> Falsified<C> {
    /// A self-contained HTML page: the sequence, a table of its steps with what changed in the model's state marked, the cause,
    /// and how to replay it. It loads nothing and runs no script.
    pub fn to_html(&self) -> String {
        let sequence = escaped(&self.sequence().to_string());
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{sequence}</title>\n<style>{STYLE}</style>\n<h1><code>{sequence}</code></h1>\n<p>{}</p>\n\
             <table>\n<tr><th>#</th><th>command</th><th>expected</th><th>given</th><th>state of the model</th></tr>\n\
             <tr><td>0</td><td></td><td></td><td></td><td><code>{}</code></td></tr>\n",
            escaped(&self.cause().to_string()),
            escaped(self.trace().initial()),
        );
        let mut before = self.trace().initial();
        let last = self.trace().steps().len();
        for (at, step) in self.trace().steps().iter().enumerate() {
            let given = step.output.as_deref().unwrap_or("nothing");
            writeln!(
                page,
                "<tr{}><td>{}</td><td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td></tr>",
                if at + 1 == last { " class=\"failed\"" } else { "" },
                at + 1,
                escaped(&step.command),
                escaped(&step.expected),
                marked(&step.expected, given),
                marked(before, &step.state),
            )
            .expect("a string takes everything");
            before = &step.state;
        }
        write!(
            page,
            "</table>\n<p>{}; {}</p>\n",
            escaped(&self.minimality().to_string()),
            escaped(&self.origin().to_string())
        )
        .expect("a string takes everything");
        if let Some(replay) = self.replay() {
            writeln!(page, "<p><code>STATEFUL_REPLAY='{}'</code></p>", escaped(replay))
                .expect("a string takes everything");
        }
        writeln!(page, "<pre><code>{}</code></pre>\n</html>", escaped(&self.to_test()))
            .expect("a string takes everything");
        page
    }
}

/// The text with what differs from `before` marked: everything between the parts both start and end with.
fn marked(before: &str, text: &str) -> String {
    if before == text {
        return escaped(text);
    }
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), text.chars().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let part = |range: std::ops::Range<usize>| escaped(&new[range].iter().collect::<String>());
    let (same, changed, rest) = (part(0..start), part(start..new.len() - end), part(new.len() - end..new.len()));
    if changed.is_empty() { format!("{same}{rest}") } else { format!("{same}<mark>{changed}</mark>{rest}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn what_changed_is_marked() {
        assert_eq!(marked("[1, 2]", "[1, 3, 2]"), "[1, <mark>3, </mark>2]");
        assert_eq!(marked("aa", "a"), "a");
        assert_eq!(marked("", "<b>"), "<mark>&lt;b&gt;</mark>");
        assert_eq!(marked("same", "same"), "same");
    }
}
