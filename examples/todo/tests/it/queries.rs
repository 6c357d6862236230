//! The new query finds what the old one finds, whatever users are called and whatever is looked for.

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::test_runner::Config;
use tempfile::TempDir;
use todo::store::{LegacyName, Store, UsersQuery};
use todo::user::{NameStart, NewUser};

/// Text in which every character is likely to meet its neighbours in some order, or one that means something to SQL.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        proptest::char::ranges(vec!['a'..='c', 'A'..='C'].into()),
        proptest::sample::select(vec!['_', '%', '\\', '[', '^', '`', '~', '@', ' ', '\'', 'ä', 'Ä', 'ß', '\u{10FFFE}']),
        Just('Z'),
        Just('z'),
    ];
    proptest::collection::vec(character, 0..4).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn old_and_new_find_the_same_users_in_the_same_order(names in proptest::collection::vec(text(), 0..24), start in text()) {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("app.db")).unwrap();
        for name in names {
            store.add_user(&NewUser::new(name, "a@example.org").unwrap(), LegacyName::Kept).unwrap();
        }
        let start: NameStart = start.parse().unwrap();
        let found = |query| store.searching(|db| db.starting_with(query, &start, 20)).unwrap().unwrap();
        assert_eq!(found(UsersQuery::Old), found(UsersQuery::New));
    }
}
