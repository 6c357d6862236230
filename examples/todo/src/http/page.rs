//! The page for people: one user's todos, and the search for users.

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use super::Service;
use super::problem::Problem;
use crate::store::UsersQuery;
use crate::todo::{EditTodo, NewTodo, Title, Todo};
use crate::user::{Found, NameStart, User};

type Sent<T> = Result<Form<T>, FormRejection>;

/// How many users the page lists.
const LISTED: u32 = 10;

#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    #[serde(default = "Shown::first_user")]
    user: i64,
    #[serde(default)]
    starts_with: NameStart,
}

impl Shown {
    fn first_user() -> i64 {
        1
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Add {
    user: i64,
    title: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Toggle {
    user: i64,
    id: i64,
    done: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Delete {
    user: i64,
    id: i64,
}

pub(super) async fn show(
    State(service): State<Service>,
    shown: Result<Query<Shown>, QueryRejection>,
) -> Result<Markup, Problem> {
    let Query(shown) = shown?;
    service
        .blocking(move |service| {
            let user = service.store.user(shown.user)?;
            let caller = user.clone().unwrap_or_default();
            let (query, found) = service.search.users(&service.store, &caller, &shown.starts_with, LISTED)?;
            let todos = service.store.todos_of(shown.user)?;
            Ok(page(user.as_ref(), &todos, shown.starts_with.as_str(), query, &found))
        })
        .await
}

pub(super) async fn add(State(service): State<Service>, sent: Sent<Add>) -> Result<impl IntoResponse, Problem> {
    let Form(Add { user, title }) = sent?;
    let title =
        Title::try_from(title).map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    service.blocking(move |service| Ok(service.store.add_todo(&NewTodo { owner: user, title })?)).await?;
    Ok(back_to(user))
}

pub(super) async fn toggle(State(service): State<Service>, sent: Sent<Toggle>) -> Result<impl IntoResponse, Problem> {
    let Form(Toggle { user, id, done }) = sent?;
    let edit = EditTodo { done: Some(done), ..EditTodo::default() };
    service.blocking(move |service| Ok(service.store.edit_todo(id, &edit)?)).await?;
    Ok(back_to(user))
}

pub(super) async fn delete(State(service): State<Service>, sent: Sent<Delete>) -> Result<impl IntoResponse, Problem> {
    let Form(Delete { user, id }) = sent?;
    service.blocking(move |service| Ok(service.store.delete_todo(id)?)).await?;
    Ok(back_to(user))
}

fn back_to(user: i64) -> Redirect {
    Redirect::to(&format!("/?user={user}"))
}

fn page(user: Option<&User>, todos: &[Todo], start: &str, query: UsersQuery, found: &[Found]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Todos" }
                style { (STYLE) }
            }
            body {
                main {
                    @match user {
                        Some(user) => (todos_of(user, todos)),
                        None => h1 { "Nobody by that number" },
                    }
                }
                aside {
                    h2 { "Users" }
                    form {
                        input name="starts_with" value=(start) placeholder="Name starts with" aria-label="Name starts with";
                        button { "Search" }
                    }
                    ul {
                        @for Found { id, name } in found {
                            li { a href=(format!("/?user={id}")) { (shown_name(name)) } }
                        }
                    }
                    p.small { "found by the " (format!("{query:?}").to_lowercase()) " query" }
                }
            }
        }
    }
}

fn todos_of(user: &User, todos: &[Todo]) -> Markup {
    html! {
        h1 { (shown_name(&user.name)) @if user.staff { " " span.small { "staff" } } }
        form method="post" action="/page/add" {
            input type="hidden" name="user" value=(user.id);
            input name="title" required maxlength="200" placeholder="What is to be done?" aria-label="What is to be done?";
            button { "Add" }
        }
        @if todos.is_empty() { p { "Nothing to do." } }
        ul.todos {
            @for todo in todos {
                li {
                    form method="post" action="/page/toggle" {
                        input type="hidden" name="user" value=(user.id);
                        input type="hidden" name="id" value=(todo.id);
                        input type="hidden" name="done" value=(!todo.done);
                        button aria-label="Done or not" { @if todo.done { "☑" } @else { "☐" } }
                    }
                    span.done[todo.done] { (todo.title.as_str()) }
                    form method="post" action="/page/delete" {
                        input type="hidden" name="user" value=(user.id);
                        input type="hidden" name="id" value=(todo.id);
                        button aria-label="Delete" { "✕" }
                    }
                }
            }
        }
    }
}

fn shown_name(name: &str) -> &str {
    if name.is_empty() { "(no name)" } else { name }
}

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; display: flex;
       flex-wrap: wrap; gap: 3rem; color: #222; background: #fafafa }
main { flex: 2 1 22rem } aside { flex: 1 1 14rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem }
ul { list-style: none; padding: 0 } .todos li { display: flex; gap: .6rem; align-items: center }
.todos span { flex: 1 } .done { text-decoration: line-through; color: #888 }
form { margin: 0 } input { font: inherit; padding: .3rem .5rem; max-width: 100% }
button { font: inherit; border: 1px solid #ccc; background: #fff; border-radius: .3rem; cursor: pointer }
.small { color: #666; font-size: .85rem }
";
