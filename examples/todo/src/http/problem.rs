//! What a caller is told when a request fails: a status and a JSON object with the reason.

use std::borrow::Cow;

use axum::Json;
use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// A failed request.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    reason: Cow<'static, str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// For mistakes of ours: the caller learns nothing of the inside.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service made a mistake")
    }
}

impl From<StoreError> for Problem {
    #[expect(clippy::print_stderr, reason = "the service's log is its standard error")]
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            StoreError::Locked | StoreError::Full | StoreError::ReadOnly => {
                eprintln!("todo: {error}");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            StoreError::Unusable { ref source } | StoreError::Refused { ref source } => {
                eprintln!("todo: {error}: {source}");
                Self::internal()
            }
        }
    }
}

macro_rules! from_rejection {
    ($($rejection:ty),*) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}
from_rejection!(FormRejection, JsonRejection, PathRejection, QueryRejection);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.reason }))).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
