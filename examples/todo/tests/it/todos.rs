//! Add, edit, delete, list.

use serde_json::json;

use crate::running::{Answer, Running};

#[test]
fn an_added_todo_is_listed_for_its_owner_alone() {
    let service = Running::start();
    let (ann, bob) = (service.user("Ann"), service.user("Bob"));
    let added = service.send("POST", "/todos", &json!({ "owner": ann, "title": "Buy milk" }).to_string());
    assert_eq!(
        added,
        Answer { status: 201, body: json!({ "id": 1, "owner": ann, "title": "Buy milk", "done": false }) }
    );
    assert_eq!(service.get(&format!("/todos?owner={ann}")).body, json!({ "todos": [added.body] }));
    assert_eq!(service.get(&format!("/todos?owner={bob}")).body, json!({ "todos": [] }));
}

#[test]
fn an_edit_changes_only_what_it_names() {
    let service = Running::start();
    let ann = service.user("Ann");
    service.send("POST", "/todos", &json!({ "owner": ann, "title": "Buy milk" }).to_string());
    let edited = service.send("PUT", "/todos/1", r#"{"done":true}"#);
    assert_eq!(edited.body, json!({ "id": 1, "owner": ann, "title": "Buy milk", "done": true }));
    let edited = service.send("PUT", "/todos/1", r#"{"title":"Buy oat milk"}"#);
    assert_eq!(edited.body, json!({ "id": 1, "owner": ann, "title": "Buy oat milk", "done": true }));
}

#[test]
fn the_id_of_a_deleted_todo_never_comes_back() {
    let service = Running::start();
    let body = json!({ "owner": service.user("Ann"), "title": "Buy milk" }).to_string();
    service.send("POST", "/todos", &body);
    assert_eq!(service.delete("/todos/1").status, 204);
    assert_eq!(service.send("POST", "/todos", &body).body["id"], 2);
}

#[test]
fn a_todo_that_is_not_there_is_not_found() {
    let service = Running::start();
    let missing = Answer { status: 404, body: json!({ "error": "there is no todo 9" }) };
    assert_eq!(service.send("PUT", "/todos/9", r#"{"done":true}"#), missing);
    assert_eq!(service.delete("/todos/9"), missing);
}

#[test]
fn a_todo_needs_an_owner_who_is_there() {
    let service = Running::start();
    let answer = service.send("POST", "/todos", r#"{"owner":5,"title":"Buy milk"}"#);
    assert_eq!(answer, Answer { status: 404, body: json!({ "error": "there is no user 5" }) });
}
