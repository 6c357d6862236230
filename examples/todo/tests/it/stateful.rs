//! Todos by sequences of commands, over real HTTP: what the talk generates, and the bug it plants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use stateful_testing::{Command, Env, Failed, Failure, Menu, Model, New, Ref, check};
use todo::store::Ids;

use crate::running::{Answer, Running};

/// What a client may do.
#[derive(Debug, Clone, Command)]
enum Action {
    Add(New<i64>, String),
    Edit(Ref<i64>, String),
    Delete(#[command(consume)] Ref<i64>),
    List,
}

/// What the service says, as far as the model can foretell it: that an id is new, not which one it is.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    Added { with_a_new_id: bool },
    Done,
    Titles(Vec<String>),
}

/// A list of todos, in the order in which they were added.
struct TodoModel {
    /// Kept up for all sequences; each begins with an empty list.
    service: Arc<Running>,
    owner: i64,
}

impl TodoModel {
    fn of_service_with(ids: Ids) -> Self {
        let service = Arc::new(Running::start_with(ids, "format = 1\n[flags]\nwrite-legacy-name = true\n"));
        let owner = service.user("Ann");
        Self { service, owner }
    }
}

/// The service, and every id it gave since the sequence began.
struct Client {
    service: Arc<Running>,
    owner: i64,
    given: BTreeSet<i64>,
}

impl Model for TodoModel {
    type State = BTreeMap<Ref<i64>, String>;
    type Command = Action;
    type Output = Said;
    type System = Client;

    fn init(&self) -> Self::State {
        BTreeMap::new()
    }

    fn commands(&self, todos: &Self::State, menu: &mut Menu<'_, Action>) {
        menu.offer(3, |g| Action::Add(g.fresh(), g.text(1..=20)));
        menu.offer(1, |_| Action::List);
        if !todos.is_empty() {
            menu.offer(2, |g| Action::Edit(*g.pick(todos.keys()), g.text(1..=20)));
            menu.offer(2, |g| Action::Delete(*g.pick(todos.keys())));
        }
    }

    /// Titles of white space alone are refused by the service; other tests are about that.
    fn precondition(&self, _: &Self::State, action: &Action) -> bool {
        match action {
            Action::Add(_, title) | Action::Edit(_, title) => {
                !title.trim().is_empty() && !title.contains(char::is_control)
            }
            Action::Delete(_) | Action::List => true,
        }
    }

    fn next(&self, todos: &mut Self::State, action: &Action) -> Said {
        match action {
            Action::Add(todo, title) => {
                todos.insert(todo.reference(), title.clone());
                Said::Added { with_a_new_id: true }
            }
            Action::Edit(todo, title) => {
                todos.insert(*todo, title.clone());
                Said::Done
            }
            Action::Delete(todo) => {
                todos.remove(todo);
                Said::Done
            }
            Action::List => Said::Titles(todos.values().cloned().collect()),
        }
    }

    fn setup(&self, _: &Self::State) -> Result<Client, Failed> {
        let client = Client { service: Arc::clone(&self.service), owner: self.owner, given: BTreeSet::new() };
        for todo in client.todos()? {
            successful(client.service.delete(&format!("/todos/{}", todo["id"])))?;
        }
        Ok(client)
    }

    fn run(&self, client: &mut Client, action: &Action, env: &mut Env) -> Result<Said, Failed> {
        let service = &client.service;
        match action {
            Action::Add(todo, title) => {
                let body = json!({ "owner": client.owner, "title": title }).to_string();
                let added = successful(service.send("POST", "/todos", &body))?;
                let id = added["id"].as_i64().ok_or_else(|| Failed::new("the answer has no id"))?;
                env.bind(*todo, id);
                Ok(Said::Added { with_a_new_id: client.given.insert(id) })
            }
            Action::Edit(todo, title) => {
                let path = format!("/todos/{}", env.get(*todo));
                successful(service.send("PUT", &path, &json!({ "title": title }).to_string()))?;
                Ok(Said::Done)
            }
            Action::Delete(todo) => {
                successful(service.delete(&format!("/todos/{}", env.take(*todo))))?;
                Ok(Said::Done)
            }
            Action::List => {
                let title = |todo: &Value| todo["title"].as_str().unwrap_or_default().to_owned();
                Ok(Said::Titles(client.todos()?.iter().map(title).collect()))
            }
        }
    }
}

impl Client {
    fn todos(&self) -> Result<Vec<Value>, Failed> {
        let list = successful(self.service.get(&format!("/todos?owner={}", self.owner)))?;
        Ok(list["todos"].as_array().ok_or_else(|| Failed::new("the answer has no todos"))?.clone())
    }
}

fn successful(answer: Answer) -> Result<Value, Failed> {
    if (200..300).contains(&answer.status) { Ok(answer.body) } else { Err(Failed::new(format!("{answer:?}"))) }
}

#[test]
fn the_service_does_what_the_model_says() {
    check(TodoModel::of_service_with(Ids::Fresh)).run();
}

#[test]
fn the_planted_bug_is_found_and_shrunk_to_its_smallest_story() {
    let outcome = check(TodoModel::of_service_with(Ids::LengthPlusOne)).try_run();
    let Err(Failure::Falsified(failure)) = outcome else { panic!("the bug was not found: {outcome:?}") };
    assert_eq!(failure.sequence().to_string(), r#"[v1 = add "a", delete v1, add "a"]"#, "{failure}");
}
