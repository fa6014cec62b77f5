//! A body of records from a program with a token, into the journal.

use crate::book::{Known, SourceBook};
use crate::model::Reason;
use crate::model::body::{self, BadLine, BodyError, Encoding, Form, Limits};
use crate::refusals::{Note, RefusalLog};
use base_core::Timestamp;
use engine_intake::Transport;
use engine_journal::{Entry, Journal, JournalError};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bodies unpacked at the same time; each may take some 150 MiB of memory at its limits.
const AT_ONCE: usize = 4;
/// How long a request waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the intake by HTTP works with.
#[derive(Debug)]
pub struct Ingest {
    /// Where records go.
    pub journal: Arc<Journal>,
    /// Who the senders are.
    pub book: Arc<SourceBook>,
    /// Counts what is refused.
    pub refusals: Arc<RefusalLog>,
    /// Bounds of a request.
    pub limits: Limits,
    turns: Arc<Semaphore>,
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// `Authorization` header.
    pub authorization: Option<&'a str>,
    /// `Content-Encoding` header.
    pub encoding: Option<&'a str>,
    /// `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// Address of the sender.
    pub peer: String,
    /// When it came.
    pub now: Timestamp,
}

/// What was taken. Sent as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Records that are on the disk.
    pub accepted: usize,
    /// Records that were not taken.
    pub rejected: usize,
    /// The first of these, each with its line and what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<BadLine>,
}

/// Why nothing was taken. Sent as JSON with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// HTTP status.
    pub status: u16,
    /// A stable word for programs.
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Seconds after which to come again.
    pub retry_after: Option<u32>,
}

impl Denied {
    fn new(status: u16, kind: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), remedy: remedy.into(), retry_after: None }
    }

    fn later(mut self, secs: u32) -> Self {
        self.retry_after = Some(secs);
        self
    }
}

impl From<BodyError> for Denied {
    fn from(e: BodyError) -> Self {
        Self::new(e.status, if e.status == 413 { "too-large" } else { "bad-body" }, e.message, e.remedy)
    }
}

impl Ingest {
    /// The intake, with the usual limits.
    #[must_use]
    pub fn new(journal: Arc<Journal>, book: Arc<SourceBook>, refusals: Arc<RefusalLog>) -> Self {
        Self { journal, book, refusals, limits: Limits::default(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Who the sender is, before its body is read.
    ///
    /// # Errors
    /// [`Denied`] with 401 for an unknown token, 403 for a source that is switched off.
    pub fn admit(&self, request: &Request<'_>) -> Result<Known, Denied> {
        let token = request.authorization.and_then(|a| {
            let (scheme, token) = a.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(known) = token.and_then(|t| self.book.by_token(t)) else {
            self.refuse(request, Reason::UnknownToken, None, "", 1);
            let message = if token.is_some() { "the token is unknown or withdrawn" } else { "no token was given" };
            let remedy = "send 'Authorization: Bearer <token>' with a token made on the page of the source";
            return Err(Denied::new(401, "unauthenticated", message, remedy));
        };
        if !known.enabled {
            self.refuse(request, Reason::Disabled, Some(&known), "", 1);
            let remedy = "ask an administrator to switch it on";
            return Err(Denied::new(403, "forbidden", "this source is switched off", remedy));
        }
        Ok(known)
    }

    /// Waits for a turn; held while the body is in memory.
    ///
    /// # Errors
    /// [`Denied`] with 429 when too many bodies are under way.
    pub async fn turn(
        &self,
        request: &Request<'_>,
        known: &Known,
    ) -> Result<tokio::sync::OwnedSemaphorePermit, Denied> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(PATIENCE, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => {
                self.refuse(request, Reason::Busy, Some(known), "", 1);
                let message = "too many requests are being taken in at the moment";
                Err(Denied::new(429, "busy", message, "send the same body again a little later").later(2))
            }
        }
    }

    /// Takes a body in. Returns once every good record is on the disk.
    ///
    /// # Errors
    /// [`Denied`]; nothing was taken then.
    pub async fn take(&self, request: &Request<'_>, known: &Known, body: bytes::Bytes) -> Result<Taken, Denied> {
        let outcome = self.take_unnoted(request, known, body).await;
        match &outcome {
            Ok(taken) if taken.rejected > 0 => {
                let detail =
                    taken.errors.first().map(|e| format!("line {}: {}", e.line, e.message)).unwrap_or_default();
                let records = u64::try_from(taken.rejected).unwrap_or(u64::MAX);
                self.refuse(request, Reason::BadRecord, Some(known), &detail, records);
            }
            Ok(_) => {}
            Err(denied) => {
                let reason = if denied.status == 503 { Reason::Full } else { Reason::BadBody };
                self.refuse(request, reason, Some(known), &denied.message, 1);
            }
        }
        outcome
    }

    async fn take_unnoted(&self, request: &Request<'_>, known: &Known, body: bytes::Bytes) -> Result<Taken, Denied> {
        let encoding = Encoding::from_header(request.encoding).ok_or_else(|| {
            let message = format!("Content-Encoding '{}' is not understood", request.encoding.unwrap_or_default());
            Denied::new(415, "encoding", message, "send gzip, zstd or no compression")
        })?;
        let form = form(request.content_type)?;
        let (limits, known, peer, now) = (self.limits, known.clone(), request.peer.clone(), request.now);
        // Unpacking and checking may take a second at the limits: off the threads of the network.
        let made = tokio::task::spawn_blocking(move || entries(&body, encoding, form, &limits, &known, &peer, now));
        let (entries, bad, rejected) =
            made.await.map_err(|_| Denied::new(500, "bug", "the body could not be read", "report this defect"))??;
        let accepted = entries.len();
        if accepted == 0 && rejected > 0 {
            let first = bad.first().map(|b| format!("line {}: {}", b.line, b.message)).unwrap_or_default();
            let remedy = bad.first().map_or("", |b| b.remedy);
            return Err(Denied::new(
                400,
                "bad-records",
                format!("none of {rejected} records can be taken; {first}"),
                remedy,
            ));
        }
        self.journal.append(entries).await.map_err(|e| refused_by_journal(&e))?;
        Ok(Taken { accepted, rejected, errors: bad })
    }

    fn refuse(&self, request: &Request<'_>, reason: Reason, known: Option<&Known>, detail: &str, records: u64) {
        self.refusals.note(&Note {
            transport: "http",
            sender: &request.peer,
            reason,
            source: known.map(|k| (&k.id, k.unit.as_ref())),
            detail,
            records,
            at: request.now,
        });
    }
}

type Made = (Vec<Entry>, Vec<BadLine>, usize);

fn entries(
    body: &[u8],
    encoding: Encoding,
    form: Form,
    limits: &Limits,
    known: &Known,
    peer: &str,
    now: Timestamp,
) -> Result<Made, BodyError> {
    let plain = body::unpack(body, encoding, limits)?;
    let records = body::split(&plain, form, limits)?;
    let entry = |raw: &&[u8]| Entry {
        source: known.id.clone(),
        unit: known.unit.clone(),
        received: now,
        hint: known.hint.clone(),
        peer: Some(peer.to_owned()),
        transport: Transport::Http.code(),
        raw: raw.to_vec(),
    };
    Ok((records.good.iter().map(entry).collect(), records.bad, records.bad_count))
}

fn form(content_type: Option<&str>) -> Result<Form, Denied> {
    let essence = content_type.unwrap_or("application/x-ndjson").split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
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

fn refused_by_journal(error: &JournalError) -> Denied {
    match error {
        JournalError::Full { .. } => {
            let remedy = "keep the records and send them again later; the operator has been told";
            Denied::new(503, "full", "the disk of the event journal is full", remedy).later(30)
        }
        JournalError::TooLarge { .. } => {
            Denied::new(413, "too-large", error.to_string(), "cut the record before sending it")
        }
        _ => Denied::new(503, "unavailable", "the event journal cannot be written", "send the records again later")
            .later(10),
    }
}
