//! OTLP logs over HTTP (binary and JSON) and over gRPC: the envelopes. What is inside is [`crate::otlp`].
//!
//! After the OTLP specification 1.x: success is 200 with an `ExportLogsServiceResponse`, in which a partial
//! success tells what is not taken and must not be sent again; 429 and 503 with `Retry-After`, over gRPC
//! `UNAVAILABLE`, mean "send the same again later".

use super::Denied;
use super::answered::{Answered, reply};
use super::body::{self, Encoding, Limits};
use super::door::{Cut, Piece};
use crate::HttpOptions;
use crate::otlp::{self, wire};
use base64::Engine as _;
use bytes::{Buf, Bytes};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response};
use serde_json::json;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const GRPC: &str = "application/grpc";
/// Codes of gRPC (`google/rpc/code.proto`).
const OK: u32 = 0;
const INVALID_ARGUMENT: u32 = 3;
const NOT_FOUND: u32 = 5;
const PERMISSION_DENIED: u32 = 7;
const UNIMPLEMENTED: u32 = 12;
const INTERNAL: u32 = 13;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;
/// Bytes before a message of gRPC: whether it is compressed, and its length.
const GRPC_PREFIX: usize = 5;

/// How the request came, and so how it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Envelope {
    Protobuf,
    Json,
    Grpc,
}

/// What is answered once the records are safe.
#[derive(Debug)]
pub(crate) struct Logs {
    envelope: Envelope,
    rejected: usize,
    message: String,
}

/// Reads the records and writes each as the JSON object that is kept.
///
/// # Errors
/// [`Denied`] when the message cannot be read, or repeats too much.
pub(crate) fn cut(plain: &Bytes, envelope: Envelope, options: &HttpOptions) -> Result<Cut<Logs>, Denied> {
    let bad = |e: otlp::OtlpError| Denied::new(400, "bad-body", e.to_string(), "send an ExportLogsServiceRequest");
    let groups = match envelope {
        Envelope::Json => otlp::from_json(plain).map_err(bad)?,
        Envelope::Protobuf | Envelope::Grpc => otlp::from_protobuf(plain).map_err(bad)?,
    };
    let limits = otlp::Limits {
        max_records: options.max_records,
        max_record_bytes: options.max_record_bytes,
        max_bytes: options.max_unpacked_bytes,
    };
    let written = otlp::write(&groups, &limits).map_err(|e| {
        let remedy = "send fewer records per request (OTEL_BLRP_MAX_EXPORT_BATCH_SIZE), or fewer resource attributes";
        Denied::new(413, "too-large", e.to_string(), remedy)
    })?;
    let message = written.first_problem.unwrap_or_default();
    let records = written.records.into_iter().map(Piece::whole).collect();
    let after = Logs { envelope, rejected: written.rejected, message: message.clone() };
    Ok(Cut { records, rejected: written.rejected, detail: message, after })
}

/// Takes the message of a gRPC request out of its frame.
///
/// # Errors
/// [`Denied`] when it is not one whole message, or compressed in a way that is not understood.
pub(crate) fn unframe(framed: &Bytes, headers: &HeaderMap, options: &HttpOptions) -> Result<Bytes, Denied> {
    let bad = |message: &str| Denied::new(400, "bad-body", message, "send one message per call");
    let mut rest = framed.clone();
    if rest.len() < GRPC_PREFIX {
        return Err(bad("the message of the call is missing"));
    }
    let (packed, length) = (rest.get_u8(), usize::try_from(rest.get_u32()).unwrap_or(usize::MAX));
    if rest.len() != length {
        return Err(bad("the call does not hold exactly one whole message"));
    }
    match packed {
        0 => Ok(rest),
        1 => {
            let encoding = headers.get("grpc-encoding").and_then(|v| v.to_str().ok());
            let encoding = encoding.ok_or_else(|| bad("the message is compressed, and grpc-encoding is missing"))?;
            unpack(&rest, Some(encoding), options)
        }
        _ => Err(bad("the frame of the message is not that of gRPC")),
    }
}

/// Unpacks a body.
///
/// # Errors
/// [`Denied`] when the compression is not understood or damaged, or there is too much inside.
pub(crate) fn unpack(packed: &Bytes, encoding: Option<&str>, options: &HttpOptions) -> Result<Bytes, Denied> {
    let encoding = Encoding::from_header(encoding).ok_or_else(|| {
        let message = format!("the encoding '{}' is not understood", encoding.unwrap_or_default());
        Denied::new(415, "encoding", message, "send gzip, zstd or no compression")
    })?;
    Ok(match body::unpack(packed, encoding, &Limits::from(options))? {
        std::borrow::Cow::Borrowed(_) => packed.clone(),
        std::borrow::Cow::Owned(plain) => Bytes::from(plain),
    })
}

impl Logs {
    /// Full success is an empty response; otherwise how many were not taken and why.
    pub(crate) fn answer(&self) -> Response<Answered> {
        let mut message = Vec::new();
        if self.rejected > 0 {
            let mut partial = Vec::new();
            wire::put_varint(&mut partial, 1, self.rejected as u64);
            wire::put_bytes(&mut partial, 2, self.message.as_bytes());
            wire::put_bytes(&mut message, 1, &partial);
        }
        match self.envelope {
            Envelope::Protobuf => reply(200, PROTOBUF, message),
            Envelope::Grpc => grpc(OK, "", &message),
            Envelope::Json if self.rejected == 0 => reply(200, JSON, "{}"),
            Envelope::Json => {
                let rejected = self.rejected.to_string();
                let partial = json!({ "rejectedLogRecords": rejected, "errorMessage": self.message });
                reply(200, JSON, json!({ "partialSuccess": partial }).to_string())
            }
        }
    }
}

/// The code of gRPC for a status of HTTP.
const fn code_of(status: u16) -> u32 {
    match status {
        401 => UNAUTHENTICATED,
        403 => PERMISSION_DENIED,
        404 => NOT_FOUND,
        405 | 415 => UNIMPLEMENTED,
        // The codes after which exporters send again.
        408 | 429 | 503 => UNAVAILABLE,
        500 => INTERNAL,
        _ => INVALID_ARGUMENT,
    }
}

/// Says in the words of the envelope why nothing was taken.
pub(crate) fn refuse(denied: &Denied, envelope: Envelope) -> Response<Answered> {
    let (code, text) = (code_of(denied.status), denied.text());
    match envelope {
        Envelope::Grpc => grpc_error(code, &text, denied.retry_after),
        Envelope::Json => reply(denied.status, JSON, json!({ "code": code, "message": text }).to_string()),
        Envelope::Protobuf => reply(denied.status, PROTOBUF, rpc_status(code, &text, None)),
    }
}

/// A `google.rpc.Status`, with a `RetryInfo` when a time is known.
fn rpc_status(code: u32, text: &str, retry_after: Option<u32>) -> Vec<u8> {
    let mut status = Vec::new();
    wire::put_varint(&mut status, 1, u64::from(code));
    wire::put_bytes(&mut status, 2, text.as_bytes());
    if let Some(seconds) = retry_after {
        let (mut duration, mut info, mut any) = (Vec::new(), Vec::new(), Vec::new());
        wire::put_varint(&mut duration, 1, u64::from(seconds));
        wire::put_bytes(&mut info, 1, &duration);
        wire::put_bytes(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
        wire::put_bytes(&mut any, 2, &info);
        wire::put_bytes(&mut status, 3, &any);
    }
    status
}

fn grpc(code: u32, text: &str, message: &[u8]) -> Response<Answered> {
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend_from_slice(message);
    let mut trailers = HeaderMap::new();
    put_status(&mut trailers, code, text);
    let mut response = Response::new(Answered::with_trailers(Bytes::from(framed), trailers));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    response
}

/// An error is told in the headers alone ("Trailers-Only" of the gRPC protocol).
fn grpc_error(code: u32, text: &str, retry_after: Option<u32>) -> Response<Answered> {
    let mut response = Response::new(Answered::default());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity, gzip"));
    put_status(headers, code, text);
    let details = base64::engine::general_purpose::STANDARD_NO_PAD.encode(rpc_status(code, text, retry_after));
    if let (true, Ok(details)) = (retry_after.is_some(), HeaderValue::from_str(&details)) {
        headers.insert("grpc-status-details-bin", details);
    }
    response
}

fn put_status(headers: &mut HeaderMap, code: u32, text: &str) {
    headers.insert("grpc-status", HeaderValue::from(code));
    if let (false, Ok(text)) = (text.is_empty(), HeaderValue::from_str(&percent(text))) {
        headers.insert("grpc-message", text);
    }
}

/// A message as gRPC wants it in a header: percent-encoded but for printable ASCII.
fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes().take(1024) {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_grpc_is_taken_apart() {
        let options = HttpOptions::default();
        let unframe = |bytes: &'static [u8]| unframe(&Bytes::from_static(bytes), &HeaderMap::new(), &options);
        assert_eq!(unframe(b"\0\0\0\0\x02hi").expect("whole"), "hi");
        assert!(unframe(b"\0\0\0\0\0").expect("whole").is_empty());
        for bad in [&b""[..], b"\0\0\0\0", b"\0\0\0\0\x03hi", b"\0\0\0\0\x01hi", b"\x07\0\0\0\0", b"\x01\0\0\0\x02hi"] {
            assert_eq!(unframe(bad).expect_err("refused").status, 400, "{bad:?}");
        }
    }

    #[test]
    fn messages_fit_into_headers() {
        assert_eq!(percent("đầy 100%"), "%C4%91%E1%BA%A7y 100%25");
        assert_eq!(code_of(503), UNAVAILABLE);
        assert_eq!(rpc_status(3, "x", None), [8, 3, 18, 1, b'x']);
    }
}
