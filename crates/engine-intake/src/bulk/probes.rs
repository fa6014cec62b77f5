//! What senders ask before they send: who is there, which version, are templates and lifecycles set up.
//!
//! Templates and lifecycles mean nothing here, so they are said to exist, and new ones are acknowledged:
//! that is what lets a sender with default settings get on to its events.

use serde_json::{Value, json};

/// Official clients refuse servers whose answers are without this header (name and value).
pub const PRODUCT_HEADER: (&str, &str) = ("X-Elastic-Product", "Elasticsearch");
/// The version whose API is spoken. Beats refuse servers older than 7.17 and accept any newer one.
const VERSION: &str = "8.17.0";

/// An answer: status and JSON. For `HEAD` the body is left out by who serves HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, `application/json`.
    pub body: String,
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string() }
    }
}

/// What a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A bulk request; with the index that stands in its path.
    Bulk(Option<String>),
    /// A question, answered.
    Answer(Answer),
}

/// Says what a request is by its method and path (without the prefix under which the API is served, and
/// without query).
#[must_use]
pub fn route(method: &str, path: &str) -> Route {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let reads = matches!(method, "GET" | "HEAD");
    let answer = match (method, parts.as_slice()) {
        ("POST" | "PUT", ["_bulk"]) => return Route::Bulk(None),
        ("POST" | "PUT", [index, "_bulk"]) => return Route::Bulk(Some((*index).to_owned())),
        (_, []) if reads => version(),
        ("GET", ["_license"]) => json!({ "license": license() }),
        ("GET", ["_xpack"]) => {
            json!({ "build": { "hash": "mangrove" }, "license": license(), "features": { "ilm": on(), "data_streams": on(), "security": on() } })
        }
        (_, ["_cluster", "health", ..]) if reads => {
            json!({ "cluster_name": "mangrove", "status": "green", "timed_out": false, "number_of_nodes": 1, "number_of_data_nodes": 1 })
        }
        ("GET", ["_nodes", ..]) => json!({ "cluster_name": "mangrove", "nodes": {} }),
        (_, [what, name @ ..]) if reads && is_set_up(what) => set_up(what, name),
        ("PUT" | "POST", [what, ..]) if is_set_up(what) => json!({ "acknowledged": true }),
        // An index or data stream of that name: it is there as soon as somebody sends.
        ("HEAD", [_]) => json!({}),
        ("PUT", [name]) if !name.starts_with('_') => json!({ "acknowledged": true, "index": name }),
        _ => {
            let reason = format!("no handler found for uri [{path}] and method [{method}]; events are taken at _bulk");
            let error = json!({ "error": { "type": "illegal_argument_exception", "reason": reason }, "status": 404 });
            return Route::Answer(Answer::json(404, &error));
        }
    };
    Route::Answer(Answer::json(200, &answer))
}

fn version() -> Value {
    json!({
        "name": "mangrove", "cluster_name": "mangrove", "cluster_uuid": "mangrove",
        "version": {
            "number": VERSION, "build_flavor": "default", "build_type": "tar", "build_hash": "mangrove",
            "build_date": "2024-12-12T00:00:00.000000000Z", "build_snapshot": false, "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0", "minimum_index_compatibility_version": "7.0.0"
        },
        "tagline": "You Know, for Search"
    })
}

fn license() -> Value {
    json!({ "uid": "mangrove", "type": "basic", "mode": "basic", "status": "active" })
}

fn on() -> Value {
    json!({ "available": true, "enabled": true })
}

/// Things that senders set up before they send.
fn is_set_up(what: &str) -> bool {
    ["_template", "_index_template", "_component_template", "_ilm", "_alias", "_data_stream", "_ingest"].contains(&what)
}

/// A thing that is asked for by its name is said to be there.
fn set_up(what: &str, name: &[&str]) -> Value {
    let name = name.last().copied().unwrap_or_default();
    match what {
        "_index_template" => {
            json!({ "index_templates": [{ "name": name, "index_template": { "index_patterns": [name] } }] })
        }
        "_component_template" => json!({ "component_templates": [{ "name": name, "component_template": {} }] }),
        "_data_stream" => json!({ "data_streams": [{ "name": name, "status": "GREEN" }] }),
        _ => json!({ name: {} }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path: &str) -> (u16, Value) {
        match route(method, path) {
            Route::Answer(answer) => (answer.status, serde_json::from_str(&answer.body).expect("JSON")),
            Route::Bulk(_) => panic!("{path} is a bulk request"),
        }
    }

    #[test]
    fn what_beats_ask_at_their_start_is_answered() {
        assert_eq!(asked("GET", "/").1["version"]["number"], VERSION);
        assert_eq!(asked("HEAD", "/").0, 200);
        assert_eq!(asked("GET", "/_license").1["license"]["status"], "active");
        assert_eq!(asked("GET", "/_xpack").1["features"]["ilm"]["enabled"], true);
        assert!(asked("GET", "/_ilm/policy/filebeat").1["filebeat"].is_object());
        assert_eq!(asked("HEAD", "/_index_template/winlogbeat-8.17.0").0, 200);
        assert_eq!(asked("GET", "/_data_stream/logs-x").1["data_streams"][0]["name"], "logs-x");
        assert_eq!(asked("PUT", "/_index_template/x").1["acknowledged"], true);
        assert_eq!(asked("PUT", "/_ilm/policy/x").1["acknowledged"], true);
        assert_eq!(asked("GET", "/_cluster/health").1["status"], "green");
    }

    #[test]
    fn bulk_requests_are_told_apart_and_the_rest_is_not_found() {
        assert_eq!(route("POST", "/_bulk"), Route::Bulk(None));
        assert_eq!(route("PUT", "/logs-x/_bulk"), Route::Bulk(Some("logs-x".to_owned())));
        for (method, path) in [("GET", "/_bulk"), ("GET", "/logs/_search"), ("DELETE", "/logs"), ("POST", "/a/b/_bulk")]
        {
            let (status, answer) = asked(method, path);
            assert_eq!(status, 404, "{method} {path}");
            assert!(answer["error"]["reason"].as_str().is_some_and(|r| r.contains(path)));
        }
    }
}
