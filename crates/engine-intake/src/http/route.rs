//! Which protocol a request speaks.

use crate::Transport;
use crate::bulk;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;

/// Where newline-delimited JSON is taken.
const EVENTS: &str = "/api/v1/events";
/// Where OTLP over HTTP sends logs (OTLP specification, "OTLP/HTTP Request").
const LOGS: &str = "/v1/logs";
/// Where gRPC sends logs (`opentelemetry/proto/collector/logs/v1/logs_service.proto`).
const GRPC_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// Under which prefix clients of Elasticsearch find their server where the root belongs to people.
const ELASTIC: &str = "/elastic";

/// The paths of the door for who routes by path: exact ones, and the last with everything below it.
pub const PATHS: [&str; 7] = [EVENTS, LOGS, "/v1/traces", "/v1/metrics", GRPC_LOGS, ELASTIC, "/elastic/{*rest}"];

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To hand in lines; the type of its body is looked at later.
    Lines,
    /// To hand in a bulk request, with the index in its path.
    Bulk(Option<String>),
    /// A question of a client of Elasticsearch, answered.
    Probe(bulk::Answer),
    /// To hand in logs by OTLP over HTTP, as JSON or in binary form.
    Logs { json: bool },
    /// To hand in logs by OTLP over gRPC.
    GrpcLogs,
    /// Something of OTLP that is not taken here.
    NotLogs { json: bool },
    /// The same over gRPC.
    GrpcOther,
}

impl Asked {
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let kind = content_type(&parts.headers);
        let json = kind == "application/json";
        match path {
            EVENTS => Self::Lines,
            LOGS => Self::Logs { json },
            GRPC_LOGS => Self::GrpcLogs,
            "/v1/traces" | "/v1/metrics" | "/v1development/profiles" => Self::NotLogs { json },
            _ if kind.starts_with("application/grpc") => Self::GrpcOther,
            _ => {
                let rest = path.strip_prefix(ELASTIC).filter(|r| r.is_empty() || r.starts_with('/'));
                match bulk::route(parts.method.as_str(), rest.unwrap_or(path)) {
                    bulk::Route::Bulk(index) => Self::Bulk(index),
                    bulk::Route::Answer(answer) => Self::Probe(answer),
                }
            }
        }
    }

    /// How the records are said to have come.
    pub(crate) const fn transport(&self) -> Transport {
        match self {
            Self::Lines => Transport::Http,
            Self::Bulk(_) | Self::Probe(_) => Transport::Bulk,
            Self::Logs { .. } | Self::NotLogs { .. } => Transport::OtlpHttp,
            Self::GrpcLogs | Self::GrpcOther => Transport::OtlpGrpc,
        }
    }

    /// Whether the method fits what is asked for.
    pub(crate) fn allows(&self, method: &Method) -> bool {
        matches!(self, Self::Bulk(_) | Self::Probe(_)) || method == Method::POST
    }
}

/// The type of the body without its parameters, in lower case.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path: &str, kind: &str) -> Asked {
        let request = http::Request::builder().method(method).uri(path).header(CONTENT_TYPE, kind).body(());
        Asked::of(&request.expect("a request").into_parts().0)
    }

    #[test]
    fn every_protocol_has_its_path() {
        assert_eq!(asked("POST", "/api/v1/events", "text/plain"), Asked::Lines);
        assert_eq!(asked("POST", "/elastic/_bulk", ""), Asked::Bulk(None));
        assert_eq!(asked("PUT", "/logs-x/_bulk?pipeline=y", ""), Asked::Bulk(Some("logs-x".to_owned())));
        assert!(matches!(asked("GET", "/elastic", ""), Asked::Probe(a) if a.status == 200));
        assert!(matches!(asked("GET", "/elasticity", ""), Asked::Probe(a) if a.status == 404));
        assert_eq!(asked("POST", "/v1/logs", "application/json; charset=utf-8"), Asked::Logs { json: true });
        assert_eq!(asked("POST", "/v1/logs", "application/x-protobuf"), Asked::Logs { json: false });
        assert_eq!(asked("POST", "/v1/traces", "application/x-protobuf"), Asked::NotLogs { json: false });
        assert_eq!(asked("POST", GRPC_LOGS, "application/grpc"), Asked::GrpcLogs);
        assert_eq!(asked("POST", "/a.b/C", "application/grpc+proto"), Asked::GrpcOther);
    }
}
