//! `POST /api/v1/events`: one JSON object per line, a JSON array, or (`text/plain`) one log line per line;
//! gzip or zstd if wanted. Answers:
//!
//! * 202 `{"accepted":2,"rejected":0}`: on the disk. With bad lines: `rejected` and `errors`
//!   (`line`, `message`, `remedy`), the good ones are taken.
//! * 4xx `{"error":{"kind","message","remedy"}}`: nothing was taken, mend it.
//! * 429, 503 with `Retry-After`: nothing was taken, send the same again later.

use super::Denied;
use super::answered::{Answered, reply};
use super::body::{self, BadLine, Form};
use super::door::{Cut, Piece};
use crate::HttpOptions;
use bytes::Bytes;
use http::Response;
use serde_json::json;

/// What is answered once the good lines are safe.
#[derive(Debug)]
pub(crate) struct Lines {
    bad: Vec<BadLine>,
    rejected: usize,
}

/// What the lines are, from the type of the body.
///
/// # Errors
/// [`Denied`] with 415 for a type that is not understood.
pub(crate) fn form(content_type: &str) -> Result<Form, Denied> {
    match content_type {
        "text/plain" => Ok(Form::Text),
        "application/json"
        | "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-www-form-urlencoded"
        | "application/octet-stream"
        | "" => Ok(Form::Json),
        other => {
            let message = format!("Content-Type '{other}' is not understood");
            Err(Denied::new(415, "content-type", message, "send application/x-ndjson, application/json or text/plain"))
        }
    }
}

/// Cuts the lines.
///
/// # Errors
/// [`Denied`] when none can be taken, or the body cannot be read.
pub(crate) fn cut(plain: &Bytes, form: Form, options: &HttpOptions) -> Result<Cut<Lines>, Denied> {
    let records = body::split(plain, form, &options.into())?;
    if records.good.is_empty() && records.bad_count > 0 {
        let first = records.bad.first();
        let told = first.map(|b| format!("line {}: {}", b.line, b.message)).unwrap_or_default();
        let message = format!("none of {} records can be taken; {told}", records.bad_count);
        return Err(Denied::new(400, "bad-records", message, first.map_or("", |b| b.remedy)));
    }
    let detail = records.bad.first().map(|b| format!("line {}: {}", b.line, b.message)).unwrap_or_default();
    Ok(Cut {
        records: records.good.into_iter().map(|r| Piece::whole(plain.slice_ref(r))).collect(),
        rejected: records.bad_count,
        detail,
        after: Lines { bad: records.bad, rejected: records.bad_count },
    })
}

impl Lines {
    pub(crate) fn answer(&self, accepted: usize) -> Response<Answered> {
        let mut told = json!({ "accepted": accepted, "rejected": self.rejected });
        if let (false, Some(told)) = (self.bad.is_empty(), told.as_object_mut()) {
            told.insert("errors".to_owned(), json!(self.bad));
        }
        reply(202, "application/json", told.to_string())
    }
}

pub(crate) fn refuse(denied: &Denied) -> Response<Answered> {
    let body = json!({ "error": { "kind": denied.kind, "message": denied.message, "remedy": denied.remedy } });
    reply(denied.status, "application/json", body.to_string())
}
