//! The door: one request from its head to its answer.

use super::answered::{Answered, reply, retry_after};
use super::credentials::token_of;
use super::held::{Held, Share};
use super::otlp::Envelope;
use super::receive::{drain, receive};
use super::route::{Asked, content_type};
use super::{Denied, Gate, NotTaken, Stranger, Why, elastic, ndjson, otlp};
use crate::counters::add;
use crate::troubles::Tell;
use crate::{Counters, HttpOptions, Identity, Origin, Received, Refused, SentId, Sink, Taken, TroubleKind};
use base_core::{SharedClock, SourceId};
use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_ENCODING, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Longest body that is read of a question, which needs none.
const PROBE_BYTES: usize = 1 << 20;

/// Takes requests in. Shared by the console and listeners of its own.
pub struct Door {
    gate: Arc<dyn Gate>,
    sink: Arc<dyn Sink>,
    clock: SharedClock,
    options: HttpOptions,
    counters: Arc<Counters>,
    turns: Arc<Semaphore>,
    held: Arc<Held>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("gate", &self.gate).field("options", &self.options).finish_non_exhaustive()
    }
}

/// A record of a body.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    /// It is only a beginning.
    pub(crate) truncated: bool,
    /// What its sender knows it by.
    pub(crate) id: Option<SentId>,
}

impl Piece {
    /// A whole record without an id.
    pub(crate) const fn whole(bytes: Bytes) -> Self {
        Self { bytes, truncated: false, id: None }
    }
}

/// What a body was cut into.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) records: Vec<Piece>,
    /// Records that are not taken, and why the first of them.
    pub(crate) rejected: usize,
    pub(crate) detail: String,
    /// What the answer is made of.
    pub(crate) after: T,
}

/// What is answered once the records are safe.
#[derive(Debug)]
enum After {
    Lines(ndjson::Lines),
    Items(elastic::Items),
    Logs(otlp::Logs),
}

/// Who asks, from where, for what.
struct Visit<'a> {
    parts: &'a Parts,
    asked: &'a Asked,
    peer: SocketAddr,
    begun: Instant,
}

impl Door {
    /// A door in front of the sink.
    #[must_use]
    pub fn new(gate: Arc<dyn Gate>, sink: Arc<dyn Sink>, clock: SharedClock, options: HttpOptions) -> Arc<Self> {
        let counters = Arc::new(Counters::with_quota(options.quota));
        Self::counted(gate, sink, clock, options, counters)
    }

    pub(crate) fn counted(
        gate: Arc<dyn Gate>,
        sink: Arc<dyn Sink>,
        clock: SharedClock,
        options: HttpOptions,
        counters: Arc<Counters>,
    ) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(options.at_once.max(1)));
        Arc::new(Self { gate, sink, clock, options, counters, turns, held: Arc::default() })
    }

    /// Its figures.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Its limits.
    #[must_use]
    pub const fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Takes a request in. `identity` is the certificate that the sender has proved to hold the key of.
    /// A 2xx is answered when everything that was taken is safe.
    pub async fn answer<B>(
        &self,
        request: Request<B>,
        peer: SocketAddr,
        identity: Option<&Identity>,
    ) -> Response<Answered>
    where
        B: Body<Data = Bytes> + Unpin + Send,
        B::Error: std::fmt::Display,
    {
        let (parts, mut body) = request.into_parts();
        let asked = Asked::of(&parts);
        let visit = Visit { parts: &parts, asked: &asked, peer, begun: Instant::now() };
        match self.serve(&visit, &mut body, identity).await {
            Ok(response) => response,
            Err(denied) => {
                if denied.status != 408 {
                    drain(&mut body).await;
                }
                visit.refuse(&denied)
            }
        }
    }

    async fn serve<B>(&self, v: &Visit<'_>, body: B, identity: Option<&Identity>) -> Result<Response<Answered>, Denied>
    where
        B: Body<Data = Bytes> + Unpin + Send,
        B::Error: std::fmt::Display,
    {
        let source = self.admit(v, identity)?;
        let origin = Origin::Known(Arc::new(Identity::Source(source.clone())));
        let mut share = self.held.share(&origin, self.options.max_held_bytes);
        match v.asked {
            Asked::Probe(answer) => {
                // Read, so that the connection can be gone on with.
                let short = HttpOptions { max_body_bytes: PROBE_BYTES, ..self.options.clone() };
                receive(body, &mut share, &short).await?;
                return Ok(elastic::answer(&v.parts.method, answer));
            }
            Asked::NotLogs { .. } | Asked::GrpcOther => {
                let message = format!("{} is not taken here", v.parts.uri.path());
                let remedy = "send logs only: set the exporters of traces and metrics to none";
                return Err(Denied::new(404, "not-found", message, remedy));
            }
            asked if !asked.allows(&v.parts.method) => {
                return Err(Denied::new(405, "method", "only POST is possible here", "send the records with POST"));
            }
            _ => {}
        }
        let outcome = self.take(v, body, &source, &origin, &mut share).await;
        if let Err(denied) = &outcome {
            self.note(v, why(denied), Some(&source), &denied.message, 1);
            self.tell(denied, &origin, v);
        }
        outcome
    }

    /// Who the sender is, before anything of its body is read.
    fn admit(&self, v: &Visit<'_>, identity: Option<&Identity>) -> Result<SourceId, Denied> {
        let header = v.parts.headers.get(AUTHORIZATION).and_then(|h| h.to_str().ok());
        let token = token_of(header);
        let stranger = match self.gate.admit(token.as_deref(), identity) {
            Ok(source) => return Ok(source),
            Err(stranger) => stranger,
        };
        let message = match stranger {
            Stranger::Disabled(source) => {
                self.note(v, Why::Disabled, Some(&source), "", 1);
                let remedy = "ask an administrator to switch it on";
                return Err(Denied::new(403, "forbidden", "this source is switched off", remedy));
            }
            Stranger::Nameless => "no token was given",
            Stranger::Unknown => "the token is unknown or withdrawn",
        };
        self.note(v, Why::Stranger, None, "", 1);
        let remedy = "send 'Authorization: Bearer <token>' with a token made on the page of the source";
        let denied = Denied::new(401, "unauthenticated", message, remedy);
        self.tell(&denied, &Origin::of(v.peer, None), v);
        Err(denied)
    }

    async fn take<B>(
        &self,
        v: &Visit<'_>,
        body: B,
        source: &SourceId,
        origin: &Origin,
        share: &mut Share,
    ) -> Result<Response<Answered>, Denied>
    where
        B: Body<Data = Bytes> + Unpin + Send,
        B::Error: std::fmt::Display,
    {
        if let Some(wait) = self.counters.debt(origin) {
            let seconds = u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX);
            let message = "more than the quota of this source was sent";
            let remedy = "send the same again later; ask an administrator for a larger quota if the amount is right";
            return Err(Denied::new(429, "quota", message, remedy).later(seconds));
        }
        // What cannot be understood anyway is not received.
        v.form()?;
        let body = receive(body, share, &self.options).await?;
        let _turn = self.turn().await?;
        let cut = self.cut(v, body).await?;
        let (count, bytes) = (cut.records.len(), cut.records.iter().map(|r| r.bytes.len()).sum());
        self.counters.took(origin, count, bytes);
        add(&self.counters.truncated, cut.records.iter().filter(|r| r.truncated).count());
        if cut.rejected > 0 {
            let rejected = u64::try_from(cut.rejected).unwrap_or(u64::MAX);
            self.note(v, Why::BadRecord, Some(source), &cut.detail, rejected);
        }
        let taken = if count > 0 { self.put_away(v, cut.records, origin).await? } else { Taken::default() };
        let took = u64::try_from(v.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(match cut.after {
            After::Lines(lines) => lines.answer(count),
            After::Items(items) => items.answer(took, &taken),
            After::Logs(logs) => logs.answer(),
        })
    }

    /// Waits until fewer bodies are being worked on.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Denied> {
        match timeout(self.options.patience, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => {
                add(&self.counters.waits, 1);
                let message = "too many requests are being taken in at the moment";
                Err(Denied::new(429, "busy", message, "send the same body again a little later").later(2))
            }
        }
    }

    /// Unpacks and cuts: up to a second of work at the limits, so not on the threads of the network.
    async fn cut(&self, v: &Visit<'_>, body: Bytes) -> Result<Cut<After>, Denied> {
        let (asked, headers, options) = (v.asked.clone(), v.parts.headers.clone(), self.options.clone());
        let cut = tokio::task::spawn_blocking(move || {
            let encoding = headers.get(CONTENT_ENCODING).and_then(|h| h.to_str().ok());
            let plain = match &asked {
                Asked::GrpcLogs => otlp::unframe(&body, &headers, &options)?,
                _ => otlp::unpack(&body, encoding, &options)?,
            };
            match &asked {
                Asked::Bulk(index) => Ok(elastic::cut(&plain, index.as_deref(), &options)?.then(After::Items)),
                Asked::Logs { json: true } => Ok(otlp::cut(&plain, Envelope::Json, &options)?.then(After::Logs)),
                Asked::Logs { json: false } => Ok(otlp::cut(&plain, Envelope::Protobuf, &options)?.then(After::Logs)),
                Asked::GrpcLogs => Ok(otlp::cut(&plain, Envelope::Grpc, &options)?.then(After::Logs)),
                _ => {
                    let form = ndjson::form(&content_type(&headers))?;
                    Ok(ndjson::cut(&plain, form, &options)?.then(After::Lines))
                }
            }
        });
        cut.await.map_err(|error| {
            tracing::error!(%error, "a body could not be cut into records");
            Denied::new(500, "bug", "the body could not be read", "report this defect")
        })?
    }

    /// Into safety, or the whole request is to be repeated.
    async fn put_away(&self, v: &Visit<'_>, records: Vec<Piece>, origin: &Origin) -> Result<Taken, Denied> {
        let identity = match origin {
            Origin::Known(identity) => Some(Arc::clone(identity)),
            Origin::Address(_) => None,
        };
        let (received, transport, count) = (self.clock.now(), v.asked.transport(), records.len());
        let batch = records
            .into_iter()
            .map(|Piece { bytes, truncated, id }| Received {
                bytes,
                peer: v.peer,
                identity: identity.clone(),
                transport,
                received,
                id,
                truncated,
            })
            .collect();
        match self.sink.accept(batch).await {
            Ok(taken) => {
                let left_out = taken.again.len() + taken.under_way.len();
                add(&self.counters.accepted, count.saturating_sub(left_out));
                Ok(taken)
            }
            Err(Refused::Busy(reason)) => {
                add(&self.counters.waits, 1);
                tracing::warn!(%reason, records = count, "records were sent back to their sender, to come again");
                let remedy = "keep the records and send them again later; the operator has been told";
                Err(Denied::new(503, "unavailable", reason, remedy).later(10))
            }
            Err(Refused::Denied(reason)) => {
                add(&self.counters.refused, count);
                Err(Denied::new(400, "refused", reason, "mend the records, or leave out the one that is at fault"))
            }
        }
    }

    fn note(&self, v: &Visit<'_>, why: Why, source: Option<&SourceId>, detail: &str, records: u64) {
        let (peer, transport, at) = (v.peer.ip().to_canonical(), v.asked.transport(), self.clock.now());
        self.gate.note(&NotTaken { why, source, peer, transport, detail, records, at });
    }

    fn tell(&self, denied: &Denied, origin: &Origin, v: &Visit<'_>) {
        let (kind, remedy) = match denied.status {
            401 | 403 => (TroubleKind::Stranger, "give the sender the token of its source"),
            408 => (TroubleKind::Slow, "look at the network to the sender, and at the sender itself"),
            413 => (TroubleKind::Oversized, "have the sender write smaller requests"),
            429 if denied.kind == "quota" => {
                (TroubleKind::Quota, "the sender is made to wait; raise its quota if the amount is right")
            }
            400 | 404 | 405 | 415 => (TroubleKind::Framing, "look at the settings of the sender"),
            _ => return,
        };
        let place = format!("{} {} from {}", v.parts.method, v.parts.uri.path(), v.peer);
        let (source, reason, at) = (origin.to_string(), denied.message.clone(), self.clock.now());
        if kind == TroubleKind::Framing {
            add(&self.counters.framing_errors, 1);
        }
        self.counters.tell(Tell { kind, source, place, reason, remedy, at });
    }
}

impl<T> Cut<T> {
    fn then<U>(self, wrap: impl FnOnce(T) -> U) -> Cut<U> {
        let Self { records, rejected, detail, after } = self;
        Cut { records, rejected, detail, after: wrap(after) }
    }
}

const fn why(denied: &Denied) -> Why {
    match denied.status {
        503 => Why::Full,
        408 => Why::Slow,
        429 if denied.retry_after.is_some() && matches!(denied.kind.as_bytes(), b"quota") => Why::Quota,
        429 => Why::Busy,
        _ => Why::BadBody,
    }
}

impl Visit<'_> {
    /// Whether type and encoding of the body are understood, told before it is received.
    fn form(&self) -> Result<(), Denied> {
        let kind = content_type(&self.parts.headers);
        match self.asked {
            Asked::Lines => ndjson::form(&kind).map(|_| ())?,
            Asked::Logs { .. } if !matches!(kind.as_str(), "application/json" | "application/x-protobuf") => {
                let message = format!("Content-Type '{kind}' is not understood");
                let remedy = "send application/x-protobuf or application/json";
                return Err(Denied::new(415, "content-type", message, remedy));
            }
            _ => {}
        }
        let encoding = self.parts.headers.get(CONTENT_ENCODING).map(|h| h.to_str().unwrap_or("?"));
        match super::body::Encoding::from_header(encoding) {
            Some(_) => Ok(()),
            None => {
                let message = format!("Content-Encoding '{}' is not understood", encoding.unwrap_or_default());
                Err(Denied::new(415, "encoding", message, "send gzip, zstd or no compression"))
            }
        }
    }

    fn refuse(&self, denied: &Denied) -> Response<Answered> {
        let mut response = match self.asked {
            Asked::Lines => ndjson::refuse(denied),
            Asked::Bulk(_) | Asked::Probe(_) if self.parts.method == Method::HEAD => {
                reply(denied.status, "application/json", Vec::new())
            }
            Asked::Bulk(_) | Asked::Probe(_) => elastic::refuse(denied),
            Asked::Logs { json: true } | Asked::NotLogs { json: true } => otlp::refuse(denied, Envelope::Json),
            Asked::Logs { .. } | Asked::NotLogs { .. } => otlp::refuse(denied, Envelope::Protobuf),
            Asked::GrpcLogs | Asked::GrpcOther => otlp::refuse(denied, Envelope::Grpc),
        };
        if !matches!(self.asked, Asked::GrpcLogs | Asked::GrpcOther) {
            retry_after(&mut response, denied.retry_after);
            if denied.status == 401 {
                let ways = HeaderValue::from_static("Bearer, Basic realm=\"mangrove\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, ways);
            }
            if denied.status == 405 {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            }
        }
        response
    }
}
