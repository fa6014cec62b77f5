//! The `_bulk` API of Elasticsearch, and what its clients ask before they send.

use super::Denied;
use super::answered::{Answered, reply};
use super::door::{Cut, Piece};
use crate::bulk::{self, Action, Answer, BulkLimits, Item, Outcome, PRODUCT_HEADER};
use crate::{HttpOptions, SentId, Taken};
use bytes::Bytes;
use http::{HeaderValue, Method, Response};
use serde_json::json;

/// What is answered once the good items are safe.
#[derive(Debug)]
pub(crate) struct Items {
    items: Vec<Item<'static>>,
    /// Begins the ids of items that came without one.
    name: String,
}

/// Cuts the items. A request whose every item is at fault is no error: each is answered.
///
/// # Errors
/// [`Denied`] when the lines cannot be told apart.
pub(crate) fn cut(plain: &Bytes, index: Option<&str>, options: &HttpOptions) -> Result<Cut<Items>, Denied> {
    let limits = BulkLimits { max_items: options.max_records, max_record_bytes: options.max_record_bytes };
    let items = bulk::parse(plain, index, limits).map_err(|e| {
        let (status, _) = bulk::whole_refused(&e);
        let remedy = "send an action line and a document line for each event, each ended by a line feed";
        Denied::new(status, if status == 413 { "too-large" } else { "bad-body" }, e.to_string(), remedy)
    })?;
    let good = items.iter().filter(|i| i.problem.is_none());
    let records: Vec<Piece> =
        good.map(|i| Piece { bytes: plain.slice_ref(i.source), truncated: i.truncated, id: sent_id(i) }).collect();
    let rejected = items.len() - records.len();
    let first = items.iter().position(|i| i.problem.is_some());
    let detail = first.map(|n| format!("item {}: {:?}", n + 1, items.get(n).and_then(|i| i.problem)));
    // Items without an id are answered with one that names the request and their place in it.
    let name = blake3::hash(plain).to_hex().chars().take(16).collect();
    let items = items.into_iter().map(Item::without_source).collect();
    Ok(Cut { records, rejected, detail: detail.unwrap_or_default(), after: Items { items, name } })
}

/// What an item is known by. With `create` an id stands for one event. With `index` a later document may take the place
/// of an earlier one; nothing is replaced here, so only the same document is the same event, and another is kept too.
fn sent_id(item: &Item<'_>) -> Option<SentId> {
    let (index, id) = (item.index.as_bytes(), item.id.as_deref()?.as_bytes());
    Some(match item.action {
        Action::Index => SentId::of(&[b"index", index, id, item.source]),
        _ => SentId::of(&[b"create", index, id]),
    })
}

impl Items {
    pub(crate) fn answer(&self, took_ms: u64, taken: &Taken) -> Response<Answered> {
        let good = self.items.iter().filter(|i| i.problem.is_none()).count();
        let outcome = |n: usize| {
            if taken.again.binary_search(&n).is_ok() {
                Outcome::Again
            } else if taken.under_way.binary_search(&n).is_ok() {
                Outcome::Busy("the same event is being taken in at this moment; send it again".to_owned())
            } else {
                Outcome::Stored { id: format!("{}-{n}", self.name) }
            }
        };
        let outcomes: Vec<_> = (0..good).map(outcome).collect();
        product(reply(200, "application/json", bulk::respond(&self.items, &outcomes, took_ms)))
    }
}

/// The answer to a question. `HEAD` is answered without a body.
pub(crate) fn answer(method: &Method, answer: &Answer) -> Response<Answered> {
    let body = if method == Method::HEAD { Vec::new() } else { answer.body.clone().into_bytes() };
    product(reply(answer.status, "application/json", body))
}

pub(crate) fn refuse(denied: &Denied) -> Response<Answered> {
    let kind = match denied.status {
        401 | 403 => "security_exception",
        429 | 503 => "es_rejected_execution_exception",
        _ => "illegal_argument_exception",
    };
    let cause = json!({ "type": kind, "reason": denied.text() });
    let body = json!({
        "error": { "root_cause": [cause], "type": kind, "reason": denied.text() }, "status": denied.status
    });
    product(reply(denied.status, "application/json", body.to_string()))
}

fn product(mut response: Response<Answered>) -> Response<Answered> {
    let (name, value) = PRODUCT_HEADER;
    // Header names are compared in lower case by the type itself.
    if let Ok(name) = http::HeaderName::from_bytes(name.as_bytes()) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
