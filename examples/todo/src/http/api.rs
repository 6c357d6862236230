//! JSON for programs.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::{ANSWERED_BY, Service};
use crate::store::{LegacyName, StoreError, UsersQuery};
use crate::todo::{EditTodo, NewTodo};
use crate::user::{NameStart, NewUser, User};

/// The flag under which writes still keep the column `legacy_name` for those who read it.
pub(crate) const WRITE_LEGACY_NAME: &str = "write-legacy-name";

/// The most users one search returns.
const MOST_FOUND: u32 = 100;

type Body<T> = Result<Json<T>, JsonRejection>;
type Id = Result<Path<i64>, PathRejection>;
type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchFor {
    #[serde(default)]
    starts_with: NameStart,
    #[serde(default = "SearchFor::usual_limit")]
    limit: u32,
}

impl SearchFor {
    fn usual_limit() -> u32 {
        20
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfOwner {
    owner: i64,
}

pub(super) async fn search_users(
    State(service): State<Service>,
    headers: HeaderMap,
    search: Asked<SearchFor>,
) -> Result<impl IntoResponse, Problem> {
    let Query(search) = search?;
    if search.limit > MOST_FOUND {
        return Err(Problem::new(StatusCode::BAD_REQUEST, format!("limit is at most {MOST_FOUND}")));
    }
    let (query, found) = service
        .blocking(move |service| {
            let caller = service.caller(&headers)?;
            Ok(service.search.users(&service.store, &caller, &search.starts_with, search.limit)?)
        })
        .await?;
    Ok(([(ANSWERED_BY, header_of(query))], Json(json!({ "users": found }))))
}

pub(super) async fn show_user(State(service): State<Service>, id: Id) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    let user = service.blocking(move |service| Ok(service.store.user(id)?)).await?;
    user.map(Json).ok_or_else(|| StoreError::Missing { what: "user", id }.into())
}

pub(super) async fn add_user(
    State(service): State<Service>,
    headers: HeaderMap,
    new: Body<NewUser>,
) -> Result<impl IntoResponse, Problem> {
    let Json(new) = new?;
    let id = service
        .blocking(move |service| {
            let legacy = service.legacy_name(&service.caller(&headers)?);
            Ok(service.store.add_user(&new, legacy)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))))
}

pub(super) async fn edit_user(
    State(service): State<Service>,
    headers: HeaderMap,
    id: Id,
    new: Body<NewUser>,
) -> Result<impl IntoResponse, Problem> {
    let (Path(id), Json(new)) = (id?, new?);
    service
        .blocking(move |service| {
            let legacy = service.legacy_name(&service.caller(&headers)?);
            Ok(service.store.edit_user(id, &new, legacy)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list_todos(
    State(service): State<Service>,
    of: Asked<OfOwner>,
) -> Result<impl IntoResponse, Problem> {
    let Query(OfOwner { owner }) = of?;
    let todos = service.blocking(move |service| Ok(service.store.todos_of(owner)?)).await?;
    Ok(Json(json!({ "todos": todos })))
}

pub(super) async fn add_todo(State(service): State<Service>, new: Body<NewTodo>) -> Result<impl IntoResponse, Problem> {
    let Json(new) = new?;
    let todo = service.blocking(move |service| Ok(service.store.add_todo(&new)?)).await?;
    Ok((StatusCode::CREATED, Json(todo)))
}

pub(super) async fn edit_todo(
    State(service): State<Service>,
    id: Id,
    edit: Body<EditTodo>,
) -> Result<impl IntoResponse, Problem> {
    let (Path(id), Json(edit)) = (id?, edit?);
    let todo = service.blocking(move |service| Ok(service.store.edit_todo(id, &edit)?)).await?;
    Ok(Json(todo))
}

pub(super) async fn delete_todo(State(service): State<Service>, id: Id) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    service.blocking(move |service| Ok(service.store.delete_todo(id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Service {
    fn legacy_name(&self, caller: &User) -> LegacyName {
        if self.search.flags().enabled(WRITE_LEGACY_NAME, caller) { LegacyName::Kept } else { LegacyName::LeftAlone }
    }
}

fn header_of(query: UsersQuery) -> &'static str {
    match query {
        UsersQuery::Old => "old",
        UsersQuery::New => "new",
        UsersQuery::Fancy => "fancy",
    }
}
