//! Statements of others without the values in them.

/// How much of a statement is shown.
const LONGEST: usize = 120;

/// A statement of somebody else's, shortened, on one line, with every value replaced by `?`: values are people's data.
pub(crate) fn redacted(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql.trim();
    while let Some(first) = rest.chars().next() {
        if out.len() > LONGEST {
            out.truncate(out.floor_char_boundary(LONGEST));
            return out + "…";
        }
        let after = if first == '\'' {
            out.push('?');
            end_of_text(rest)
        } else if let Some(after) = rest.strip_prefix("--") {
            after.split_once('\n').map_or("", |(_, next)| next)
        } else if let Some(after) = rest.strip_prefix("/*") {
            after.split_once("*/").map_or("", |(_, next)| next)
        } else if let Some(tag) = dollar_tag(rest).filter(|_| !ends_in_word(&out)) {
            out.push('?');
            rest[tag.len()..].split_once(tag).map_or("", |(_, next)| next)
        } else if first.is_ascii_digit() && !ends_in_word(&out) {
            out.push('?');
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        } else if first.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
            rest.trim_start()
        } else {
            out.push(first);
            &rest[first.len_utf8()..]
        };
        rest = after;
    }
    out
}

/// What comes after a text in single quotes. One that does not end was cut off by the server, which shows no more of it.
fn end_of_text(sql: &str) -> &str {
    let mut escaped = false;
    let mut chars = sql[1..].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => escaped = true,
            '\'' => return &sql[at + 2..],
            _ => {}
        }
    }
    ""
}

/// `$$` or `$tag$` at the start of `sql`.
fn dollar_tag(sql: &str) -> Option<&str> {
    let inner = sql.strip_prefix('$')?;
    let end = inner.find('$')?;
    let is_tag =
        inner[..end].chars().enumerate().all(|(i, c)| c == '_' || c.is_alphabetic() || i > 0 && c.is_numeric());
    is_tag.then(|| &sql[..end + 2])
}

/// Whether what comes next belongs to a name or to a parameter's number.
fn ends_in_word(out: &str) -> bool {
    out.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn values_are_left_out_and_names_stay() {
        let cases = [
            (
                "SELECT * FROM t1 WHERE email = 'ada@example.org' AND n > 12.5",
                "SELECT * FROM t1 WHERE email = ? AND n > ?",
            ),
            ("UPDATE t SET a = 'it''s',\n  b = $1", "UPDATE t SET a = ?, b = $1"),
            (r"SELECT E'don\'t look', 7", "SELECT E?, ?"),
            ("SELECT $$se'cret$$, $tag$more$tag$ FROM t", "SELECT ?, ? FROM t"),
            ("SELECT 'cut off by the ser", "SELECT ?"),
            ("SELECT 1 -- of ada\n, /* secret */ 2", "SELECT ? , ?"),
            ("  ", ""),
        ];
        for (sql, expected) in cases {
            assert_eq!(redacted(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_long_statement_is_shortened() {
        let shown = redacted(&format!("SELECT {}", "ä, ".repeat(200)));
        assert!(shown.len() < 130 && shown.ends_with('…'), "{shown}");
    }
}
