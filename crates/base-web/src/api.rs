//! What every endpoint for programs has in common in the text of the API (OpenAPI 3.1): how it refuses.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure {
    /// What went wrong.
    pub(crate) error: Why,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FailureDetail)]
pub(crate) struct Why {
    pub(crate) kind: FailureKind,
    /// For people, with the remedy where there is one.
    pub(crate) message: String,
    /// What is wrong with single parts of the request.
    pub(crate) fields: Vec<WrongField>,
    /// Id of the request: the log has the same.
    pub(crate) request: String,
}

/// A part of the request that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrongField {
    pub(crate) field: String,
    pub(crate) message: String,
}

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureKind {
    NotFound,
    Forbidden,
    Unauthenticated,
    Conflict,
    Invalid,
    Busy,
    Unavailable,
    Bug,
}

/// How any endpoint may refuse; each with a [`Failure`].
#[derive(Debug)]
pub struct Refusals;

/// Status and when it is given.
const REFUSALS: [(u16, &str); 9] = [
    (400, "The request cannot be read."),
    (401, "Nobody is signed in, or the token is not valid any more."),
    (403, "The roles or the token do not include the right."),
    (404, "There is no such thing, or it is not for the asker to know of."),
    (413, "The body is too long."),
    (415, "The body is of another type than the endpoint takes."),
    (422, "What was asked has a mistake; the message says where."),
    (429, "Too many requests; come again later."),
    (503, "It took too long, or a part of the server does not work; come again later or ask for less."),
];

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let body = || ContentBuilder::new().schema(Some(Ref::from_schema_name(Failure::name()))).build();
        let one = |about: &str| ResponseBuilder::new().description(about).content("application/json", body()).build();
        REFUSALS.iter().map(|(status, about)| (status.to_string(), RefOr::T(one(about)))).collect()
    }
}
