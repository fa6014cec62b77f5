//! What is known of a request before its handler runs.

use crate::person::Person;
use crate::ports::Session;
use base_core::{Lang, Timestamp};
use base_ui::{Flash, Theme};
use http::{HeaderMap, Uri, header};
use std::net::IpAddr;
use std::sync::Arc;

/// In what form the asker takes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A whole page.
    Page,
    /// A part of a page, for a script of ours.
    Fragment,
    /// JSON, for a program.
    Json,
}

/// Made once per request by the outermost layer, shared through the request's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    pub(crate) session: Option<Arc<Session>>,
    pub(crate) lang: Lang,
    pub(crate) theme: Theme,
    /// What CSRF tokens are bound to: the session, or the visitor's cookie.
    pub(crate) binding: String,
    pub(crate) request: String,
    pub(crate) peer: Option<IpAddr>,
    pub(crate) now: Timestamp,
    pub(crate) wants: Wants,
    pub(crate) path: String,
    /// Path and query, to come back to.
    pub(crate) here: String,
    pub(crate) flash: Option<Flash>,
    /// Choices of the signed-in person; empty where no page is asked for.
    pub(crate) person: Person,
}

pub(crate) fn wants(uri: &Uri, headers: &HeaderMap) -> Wants {
    let has = |name: &str| headers.contains_key(name);
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    if uri.path().starts_with("/api/") || (accept.contains("application/json") && !accept.contains("text/html")) {
        Wants::Json
    } else if has("x-fragment") || has("hx-request") {
        Wants::Fragment
    } else {
        Wants::Page
    }
}
