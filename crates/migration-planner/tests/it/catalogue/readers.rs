//! Columns that views, policies and triggers read: they are made anew when the column gets another type.

use migration_planner::{Change, Object, Schema};

use super::case::{Case, Outcome, prove_all};
use super::database::Target;
use super::story::{Chapter, tell};
use super::types::{THINGS, kinds};

fn object(sql: &str) -> Object {
    Object::parse(sql).unwrap()
}

/// A view over a view, with everything that can hang on one.
fn read() -> Schema {
    kinds()
        .with_object(
            object("CREATE VIEW words WITH (security_barrier='true') AS SELECT id, word, host FROM things WHERE word <> ''").with_attached([
                "COMMENT ON VIEW words IS 'what was said'",
                "COMMENT ON COLUMN words.word IS 'in full'",
                "ALTER VIEW words ALTER COLUMN word SET DEFAULT 'none'",
                "GRANT SELECT ON words TO PUBLIC",
            ]),
        )
        .with_object(object("CREATE VIEW long_words AS SELECT w.id, w.word FROM words AS w WHERE length(w.word) > 5"))
        .with_object(object("CREATE VIEW ids AS SELECT id FROM things"))
        .with_object(object(
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO things (id, word, uid) VALUES (NEW.id, NEW.word, NEW.id::text); RETURN NEW; END'",
        ))
        .with_object(
            object("CREATE TRIGGER by_view INSTEAD OF INSERT ON long_words FOR EACH ROW EXECUTE FUNCTION keep()").on_table("long_words"),
        )
        .with_object(object("CREATE POLICY hosts ON things AS PERMISSIVE FOR SELECT TO PUBLIC USING (host <> 'x')").on_table("things"))
        .with_object(
            object("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"),
        )
        .with_object(
            object("CREATE TRIGGER noted AFTER UPDATE OF host ON things FOR EACH ROW EXECUTE FUNCTION note()").on_table("things"),
        )
}

/// Takes the views away, does something, and brings them back.
macro_rules! without_views {
    ($sql:expr) => {
        concat!(
            "DROP VIEW long_words; DROP VIEW words; ",
            $sql,
            "; CREATE VIEW words WITH (security_barrier='true') AS SELECT id, word, host FROM things WHERE word <> ''; COMMENT ON VIEW words IS \
             'what was said'; COMMENT ON COLUMN words.word IS 'in full'; ALTER VIEW words ALTER COLUMN word SET DEFAULT 'none'; GRANT SELECT ON \
             words TO PUBLIC; CREATE VIEW long_words AS SELECT w.id, w.word FROM words AS w WHERE length(w.word) > 5; CREATE TRIGGER by_view \
             INSTEAD OF INSERT ON long_words FOR EACH ROW EXECUTE FUNCTION keep()"
        )
    };
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |rows, schema, change, outcome| Case::new(rows, schema, change, outcome).with(THINGS);
    let to = |column: &str, data_type: &str| Change::change_type("things", column, data_type);
    vec![
        // In place.
        case(
            &[45, 95],
            read(),
            to("word", "character varying"),
            Outcome::Like(without_views!("ALTER TABLE things ALTER word TYPE character varying")),
        ),
        // By a second column.
        case(
            &[47, 95],
            read(),
            to("word", "citext"),
            Outcome::Like(without_views!(
                "ALTER TABLE things ADD c2 citext, DROP word; ALTER TABLE things RENAME c2 TO word; CREATE INDEX things_by_word ON things (word)"
            )),
        ),
        case(
            &[51, 95, 99],
            read(),
            to("host", "character varying(30)"),
            Outcome::Like(without_views!(
                "DROP POLICY hosts ON things; DROP TRIGGER noted ON things; ALTER TABLE things ADD c2 character varying(30), DROP host; ALTER TABLE \
                 things RENAME c2 TO host; CREATE POLICY hosts ON things AS PERMISSIVE FOR SELECT TO PUBLIC USING (host <> 'x'); CREATE TRIGGER \
                 noted AFTER UPDATE OF host ON things FOR EACH ROW EXECUTE FUNCTION note()"
            )),
        ),
        // Readers would wait while it is filled.
        case(
            &[95],
            read().with_object(object("CREATE MATERIALIZED VIEW kept AS SELECT word FROM words")),
            to("word", "citext"),
            Outcome::Refused("the materialized view `kept`"),
        ),
        // The server would not let the view go.
        case(
            &[95],
            read().with_object(object("CREATE FUNCTION all_words() RETURNS SETOF words LANGUAGE sql AS 'SELECT NULL'")),
            to("word", "citext"),
            Outcome::Refused("the function `all_words`"),
        ),
    ]
}

#[test]
fn what_reads_a_column_comes_back_with_its_new_type_and_its_old_one() {
    prove_all(&cases());
}

#[test]
fn a_view_shows_every_row_at_every_moment() {
    let case = &cases()[1];
    tell(case, |target: &Target, chapter| {
        assert_eq!(target.ask("SELECT count(word) FROM words"), "20", "{chapter:?}");
        assert_eq!(target.ask("SELECT count(*) FROM long_words WHERE word LIKE 'Word1%'"), "10", "{chapter:?}");
        if chapter == Chapter::End {
            assert_eq!(target.ask("SELECT count(*) FROM words WHERE word = 'WORD7'"), "1");
        }
    });
}
