//! Files that hold the way up and the way down, told apart by comments: those of goose, sql-migrate and dbmate.

/// What a file with sections says.
pub(super) struct Sections {
    /// The way up. Every line is where it was; those of the way down are empty.
    pub(super) up: String,
    /// The way down, the same way.
    pub(super) down: String,
    /// Whether the tool puts the way up into a transaction.
    pub(super) in_transaction: bool,
}

/// A comment that begins a section.
struct Mark {
    is_up: bool,
    in_transaction: bool,
}

impl Sections {
    /// Reads a file; `None` if no comment tells its sections apart.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut sections = Self { up: String::new(), down: String::new(), in_transaction: true };
        let mut is_up = true;
        let mut found = false;
        for line in text.split_inclusive('\n') {
            let mark = mark(line);
            found |= mark.is_some();
            if let Some(Mark { is_up: goes_up, in_transaction }) = mark {
                is_up = goes_up;
                sections.in_transaction &= !goes_up || in_transaction;
            }
            sections.in_transaction &= !is_without_transaction(line);
            let end = &line[line.trim_end_matches(['\r', '\n']).len()..];
            let (own, other) =
                if is_up { (&mut sections.up, &mut sections.down) } else { (&mut sections.down, &mut sections.up) };
            own.push_str(line);
            other.push_str(end);
        }
        found.then_some(sections)
    }
}

/// `-- +goose Up`, `-- +migrate Down notransaction`, `-- migrate:up transaction:false`
fn mark(line: &str) -> Option<Mark> {
    let comment = line.trim_start_matches('\u{feff}').trim().strip_prefix("--")?.trim_start();
    let (section, rest) = if let Some(rest) = comment.strip_prefix("migrate:") {
        rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
    } else {
        let rest = comment.strip_prefix("+goose").or_else(|| comment.strip_prefix("+migrate"))?.trim_start();
        rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
    };
    let is_up = match section.to_ascii_lowercase().as_str() {
        "up" => true,
        "down" => false,
        _ => return None, // StatementBegin and the like
    };
    let in_transaction = !rest.split_whitespace().any(|word| word == "notransaction" || word == "transaction:false");
    Some(Mark { is_up, in_transaction })
}

/// `-- +goose NO TRANSACTION`, anywhere in the file.
fn is_without_transaction(line: &str) -> bool {
    let words: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
    words == ["--", "+goose", "no", "transaction"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_told_apart_and_lines_stay_where_they_are() {
        let text = "-- +goose Up\r\nCREATE TABLE a (id int);\r\n-- +goose StatementBegin\nSELECT 1;\n-- +goose Down\nDROP TABLE a;\n";
        let sections = Sections::read(text).unwrap();
        assert_eq!(
            sections.up,
            "-- +goose Up\r\nCREATE TABLE a (id int);\r\n-- +goose StatementBegin\nSELECT 1;\n\n\n"
        );
        assert_eq!(sections.down, "\r\n\r\n\n\n-- +goose Down\nDROP TABLE a;\n");
        assert!(sections.in_transaction);
    }

    #[test]
    fn each_tool_has_its_own_words() {
        for (text, in_transaction) in [
            ("-- migrate:up\nA\n-- migrate:down\nB", true),
            ("-- migrate:up transaction:false\nA\n-- migrate:down\nB", false),
            ("-- +migrate Up notransaction\nA\n-- +migrate Down\nB", false),
            ("-- +migrate Up\nA\n-- +migrate Down notransaction\nB", true),
            ("-- +goose NO TRANSACTION\n-- +goose Up\nA\n-- +goose Down\nB", false),
        ] {
            let sections = Sections::read(text).unwrap();
            assert_eq!((sections.in_transaction, sections.up.contains('B')), (in_transaction, false), "{text}");
            assert!(sections.down.contains('B') && sections.up.contains('A'), "{text}");
        }
        assert!(Sections::read("-- up\nSELECT 1; -- down").is_none());
    }
}
