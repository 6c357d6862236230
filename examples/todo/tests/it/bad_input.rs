//! Whatever is sent, the answer is a status and a JSON object that says what is wrong.

use serde_json::json;

use crate::running::Running;

/// The status of an answer, once it was seen to hold a reason.
fn refused(answer: &crate::running::Answer) -> u16 {
    assert!(answer.body["error"].as_str().is_some_and(|reason| !reason.is_empty()), "{answer:?}");
    answer.status
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let service = Running::start();
    assert_eq!(refused(&service.send("POST", "/todos", "{")), 400);
    assert_eq!(refused(&service.send("POST", "/todos", "")), 400);
}

#[test]
fn a_body_of_another_shape_is_refused() {
    let service = Running::start();
    for body in ["[]", "null", r#"{"owner":"1","title":"x"}"#, r#"{"owner":1}"#, r#"{"owner":1,"title":"x","more":1}"#]
    {
        assert_eq!(refused(&service.send("POST", "/todos", body)), 422, "{body}");
    }
}

#[test]
fn a_title_that_breaks_a_rule_is_refused_with_the_rule() {
    let service = Running::start();
    let owner = service.user("Ann");
    for (title, rule) in [(String::new(), "empty"), ("x".repeat(201), "at most 200"), ("a\u{7}".into(), "control")] {
        let answer = service.send("POST", "/todos", &json!({ "owner": owner, "title": title }).to_string());
        assert_eq!(refused(&answer), 422);
        assert!(answer.body["error"].as_str().unwrap().contains(rule), "{answer:?}");
    }
}

#[test]
fn a_body_without_its_media_type_is_refused() {
    let service = Running::start();
    let sent = service.agent().post(service.url("/todos")).header("content-type", "text/plain").send("{}").unwrap();
    assert_eq!(sent.status().as_u16(), 415);
}

#[test]
fn a_huge_body_is_refused() {
    let service = Running::start();
    // One byte more than the service takes: it need not leave anything unread, so the answer is sure to arrive.
    let body = " ".repeat((2 << 20) + 1);
    assert_eq!(refused(&service.send("POST", "/todos", &body)), 413);
}

#[test]
fn a_path_or_query_that_makes_no_sense_is_refused() {
    let service = Running::start();
    assert_eq!(refused(&service.get("/todos")), 400);
    assert_eq!(refused(&service.get("/todos?owner=x")), 400);
    assert_eq!(refused(&service.get("/users?limit=101")), 400);
    assert_eq!(refused(&service.get(&format!("/users?starts_with={}", "a".repeat(51_000)))), 400);
    assert_eq!(refused(&service.get("/users?starts_with=%00")), 400);
    assert_eq!(refused(&service.get("/users?limit=-1")), 400);
    assert_eq!(refused(&service.delete("/todos/99999999999999999999")), 400);
    assert_eq!(refused(&service.get("/nowhere")), 404);
    assert_eq!(refused(&service.delete("/users")), 405);
}

#[test]
fn a_caller_who_is_nobody_is_refused() {
    let service = Running::start();
    for (caller, status) in [("x", 400), ("77", 401)] {
        let response = service.agent().get(service.url("/users")).header(todo::http::CALLER, caller).call().unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    let request = "GET /users HTTP/1.1\r\nhost: x\r\nx-user-id: 1\r\nx-user-id: 2\r\nconnection: close\r\n\r\n";
    let answer = service.raw(request);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
