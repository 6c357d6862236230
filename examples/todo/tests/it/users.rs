//! Users, and which query finds them.

use serde_json::json;
use todo::http::{ANSWERED_BY, CALLER};
use todo::store::Ids;

use crate::running::Running;

const STAFF_ONLY: &str = "format = 1
[flags.write-legacy-name]
enabled = true
[flags.new-users-query]
rules = [{ when = 'name == \"Ann\"' }]
";

#[test]
fn a_search_finds_names_whatever_their_case_in_order() {
    let service = Running::start();
    for name in ["bo", "Anna", "ann", "Bert", ""] {
        service.user(name);
    }
    let found = service.get("/users?starts_with=AN").body;
    assert_eq!(found, json!({ "users": [{ "id": 3, "name": "ann" }, { "id": 2, "name": "Anna" }] }));
}

#[test]
fn an_empty_search_finds_users_without_a_name_too() {
    let service = Running::start();
    service.user("Ann");
    service.user("");
    let found = service.get("/users").body;
    assert_eq!(found, json!({ "users": [{ "id": 2, "name": "" }, { "id": 1, "name": "Ann" }] }));
}

#[test]
fn wildcards_in_a_search_are_letters_like_others() {
    let service = Running::start();
    service.user("Ann");
    assert_eq!(service.get("/users?starts_with=%25").body, json!({ "users": [] }));
    assert_eq!(service.get("/users?starts_with=_nn").body, json!({ "users": [] }));
}

#[test]
fn the_flag_decides_for_each_caller_which_query_answers() {
    let service = Running::start_with(Ids::Fresh, STAFF_ONLY);
    let answered_by = |caller: i64| {
        let request = service.agent().get(service.url("/users")).header(CALLER, caller.to_string());
        request.call().unwrap().headers()[ANSWERED_BY].to_str().unwrap().to_owned()
    };
    let (ann, bob) = (service.user("Ann"), service.user("Bob"));
    assert_eq!(answered_by(ann), "new");
    assert_eq!(answered_by(bob), "old");
}

#[test]
fn a_user_can_be_renamed_and_is_found_by_the_new_name() {
    let service = Running::start();
    let id = service.user("Ann");
    let body = json!({ "name": "Zoe", "email": "zoe@example.org" }).to_string();
    assert_eq!(service.send("PUT", &format!("/users/{id}"), &body).status, 204);
    assert_eq!(service.get("/users?starts_with=z").body, json!({ "users": [{ "id": id, "name": "Zoe" }] }));
    assert_eq!(service.get(&format!("/users/{id}")).body["email"], "zoe@example.org");
}
