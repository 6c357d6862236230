//! The service over HTTP: JSON for programs, one page for people.

mod api;
mod page;
mod problem;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use tokio::net::TcpListener;

use crate::metrics::Metrics;
use crate::search::Search;
use crate::store::Store;
use crate::user::User;
pub(crate) use api::WRITE_LEGACY_NAME;
use problem::Problem;

/// The request header that says who asks: the id of a user. Without it, nobody in particular.
pub const CALLER: &str = "x-user-id";

/// The response header of a search that says which query answered: `old` or `new`.
pub const ANSWERED_BY: &str = "x-users-query";

/// What every request can reach.
#[derive(Debug, Clone)]
pub struct Service {
    store: Arc<Store>,
    search: Arc<Search>,
    metrics: Option<Metrics>,
}

impl Service {
    /// Serves `store`, and finds users by `search`.
    pub fn new(store: Arc<Store>, search: Arc<Search>) -> Self {
        Self { store, search, metrics: None }
    }

    /// Shows `metrics` at `/metrics`.
    #[must_use]
    pub fn metrics(self, metrics: Metrics) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// Answers on `listener` until `stop` is ready, then finishes the requests under way.
    ///
    /// # Errors
    ///
    /// The listener's error where it can accept no more.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(stop).await
    }

    fn router(self) -> Router {
        Router::new()
            .route("/", get(page::show))
            .route("/page/add", post(page::add))
            .route("/page/toggle", post(page::toggle))
            .route("/page/delete", post(page::delete))
            .route("/health", get(|| async { "ok" }))
            .route("/metrics", get(metrics))
            .route("/users", get(api::search_users).post(api::add_user))
            .route("/users/{id}", get(api::show_user).put(api::edit_user))
            .route("/todos", get(api::list_todos).post(api::add_todo))
            .route("/todos/{id}", put(api::edit_todo).delete(api::delete_todo))
            .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
            .method_not_allowed_fallback(|| async {
                Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
            })
            .with_state(self)
    }

    /// Runs `work` where it may wait for the disk without holding up other requests.
    async fn blocking<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    {
        let service = self.clone();
        let outcome = tokio::task::spawn_blocking(move || work(&service)).await;
        outcome.unwrap_or_else(|_panicked| Err(Problem::internal()))
    }

    /// Who asks, by the header [`CALLER`].
    fn caller(&self, headers: &HeaderMap) -> Result<User, Problem> {
        let mut values = headers.get_all(CALLER).iter();
        let Some(value) = values.next() else { return Ok(User::default()) };
        let only = if values.next().is_none() { value.to_str().ok() } else { None };
        let id: i64 = only.and_then(|text| text.parse().ok()).ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, format!("the header {CALLER} holds the id of one user"))
        })?;
        self.store.user(id)?.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, format!("there is no user {id}")))
    }
}

/// What Prometheus reads.
async fn metrics(State(service): State<Service>) -> Result<String, Problem> {
    let none = || Problem::new(StatusCode::NOT_FOUND, "this service keeps no metrics");
    let metrics = service.metrics.clone().ok_or_else(none)?;
    service
        .blocking(move |service| {
            service.search.flags().report_metrics();
            Ok(metrics.render())
        })
        .await
}

/// Takes `address` to listen on, on this machine only unless the address says otherwise.
///
/// # Errors
///
/// The system's error, for example where another program has the port.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}
