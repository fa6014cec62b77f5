//! The answer to a bulk request: one result per item, in its order.

use super::request::{Action, BulkError, Item, Problem};
use serde_json::{Value, json};

/// What became of an item that had no problem of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the journal, on disk, under this id.
    Stored {
        /// The event's id, told when the sender gave none.
        id: String,
    },
    /// It was stored before under the id that the sender gave it: `create` is told so (409), which senders take for
    /// done, `index` is content (200).
    Again,
    /// Not now (the disk is full, a quota is used up): the sender repeats it after a while (429).
    Busy(String),
    /// Never from this sender (403).
    Refused(String),
}

/// The status of one item, and its error's kind and reason.
fn error_of(item: &Item<'_>, outcome: Option<&Outcome>) -> Option<(u16, &'static str, String)> {
    let own = item.problem.map(|problem| match problem {
        Problem::AppendOnly => {
            let reason = format!("events are only added; [{}] is not possible", item.action.as_str());
            (400, "illegal_argument_exception", reason)
        }
        Problem::NoObject => (400, "document_parsing_exception", "the document is no JSON object".to_owned()),
        Problem::NoIndex => (400, "action_request_validation_exception", "index is missing".to_owned()),
    });
    own.or_else(|| match outcome {
        Some(Outcome::Stored { .. }) => None,
        Some(Outcome::Again) if item.action == Action::Index => None,
        Some(Outcome::Again) => {
            let id = item.id.as_deref().unwrap_or_default();
            let reason = format!("[{id}]: version conflict, document already exists (current version [1])");
            Some((409, "version_conflict_engine_exception", reason))
        }
        Some(Outcome::Busy(reason)) => Some((429, "es_rejected_execution_exception", reason.clone())),
        Some(Outcome::Refused(reason)) => Some((403, "security_exception", reason.clone())),
        // Fewer outcomes than items: what was not said to be stored is to be sent again.
        None => Some((429, "es_rejected_execution_exception", "the event was not stored; send it again".to_owned())),
    })
}

/// The answer (JSON, status 200). `outcomes` are those of the items without a problem, in their order;
/// `took` is in milliseconds.
#[must_use]
pub fn respond(items: &[Item<'_>], outcomes: &[Outcome], took: u64) -> String {
    let mut outcomes = outcomes.iter();
    let mut errors = false;
    let results: Vec<Value> = items
        .iter()
        .map(|item| {
            let outcome = if item.problem.is_none() { outcomes.next() } else { None };
            let result = match error_of(item, outcome) {
                Some((status, kind, reason)) => {
                    errors = true;
                    json!({ "_index": item.index, "_id": item.id, "status": status, "error": { "type": kind, "reason": reason } })
                }
                None => {
                    let made = if let Some(Outcome::Stored { id }) = outcome { Some(id.as_str()) } else { None };
                    let (status, result) = if made.is_some() { (201, "created") } else { (200, "updated") };
                    json!({
                        "_index": item.index, "_id": item.id.as_deref().or(made), "_version": 1, "result": result,
                        "_shards": { "total": 1, "successful": 1, "failed": 0 }, "_seq_no": 0, "_primary_term": 1, "status": status
                    })
                }
            };
            json!({ item.action.as_str(): result })
        })
        .collect();
    json!({ "took": took, "errors": errors, "items": results }).to_string()
}

/// The answer to a request of which nothing was taken: status and JSON.
#[must_use]
pub fn whole_refused(error: &BulkError) -> (u16, String) {
    let (status, kind) = match error {
        BulkError::Empty => (400, "action_request_validation_exception"),
        BulkError::TooMany { .. } => (413, "illegal_argument_exception"),
        _ => (400, "illegal_argument_exception"),
    };
    let cause = json!({ "type": kind, "reason": error.to_string() });
    (
        status,
        json!({ "error": { "root_cause": [cause], "type": kind, "reason": error.to_string() }, "status": status })
            .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{BulkLimits, parse};
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn every_item_is_answered_in_its_order() {
        let body = b"{\"create\":{}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"x\"}}\n{\"index\":{\"_id\":\"7\"}}\n{\"a\":2}\n{\"create\":{}}\n{\"a\":3}\n{\"create\":{}}\n{\"a\":4}\n";
        let items = parse(body, Some("logs"), BulkLimits::default()).expect("parses");
        let stored = |id: &str| Outcome::Stored { id: id.to_owned() };
        let outcomes = [stored("e1"), stored("e2"), Outcome::Busy("disk full".to_owned())];
        let answer = read(&respond(&items, &outcomes, 3));
        assert_eq!((&answer["took"], &answer["errors"]), (&json!(3), &json!(true)));
        let statuses: Vec<_> = answer["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|i| {
                let (action, result) = i.as_object().expect("item").iter().next().expect("action");
                (action.clone(), result["status"].as_u64().expect("status"), result["_id"].as_str().map(str::to_owned))
            })
            .collect();
        let expected = [
            ("create", 201, Some("e1")),
            ("delete", 400, Some("x")),
            ("index", 201, Some("7")),
            ("create", 429, None),
            ("create", 429, None),
        ];
        assert_eq!(statuses, expected.map(|(a, s, id)| (a.to_owned(), s, id.map(str::to_owned))));
        assert_eq!(answer["items"][3]["create"]["error"]["reason"], "disk full");
        let all = [stored("1"), stored("2"), stored("3"), stored("4")];
        let items: Vec<_> = items.into_iter().filter(|i| i.problem.is_none()).collect();
        assert_eq!(read(&respond(&items, &all, 0))["errors"], json!(false));
    }

    #[test]
    fn what_was_stored_before_is_said_to_be_there() {
        let body = b"{\"create\":{\"_id\":\"7\"}}\n{\"a\":1}\n{\"index\":{\"_id\":\"7\"}}\n{\"a\":1}\n";
        let items = parse(body, Some("logs"), BulkLimits::default()).expect("parses");
        let answer = read(&respond(&items, &[Outcome::Again, Outcome::Again], 0));
        assert_eq!(answer["errors"], json!(true));
        let create = &answer["items"][0]["create"];
        assert_eq!((&create["status"], &create["_id"]), (&json!(409), &json!("7")));
        assert_eq!(create["error"]["type"], "version_conflict_engine_exception");
        let index = &answer["items"][1]["index"];
        assert_eq!((&index["status"], &index["result"]), (&json!(200), &json!("updated")));
    }

    #[test]
    fn a_request_refused_as_a_whole_says_why() {
        let (status, text) = whole_refused(&BulkError::Action { line: 3 });
        let answer = read(&text);
        assert_eq!((status, &answer["status"]), (400, &json!(400)));
        assert!(answer["error"]["reason"].as_str().is_some_and(|r| r.contains("line [3]")));
        assert_eq!(whole_refused(&BulkError::TooMany { max: 5 }).0, 413);
    }
}
