//! Search results as a file, sent piece by piece.

use super::search_params::Params;
use crate::ops::export_events::{self, Export};
use crate::ops::search_events::lake_error;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Query as Address;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use base_core::{Error, Result};
use base_i18n::Tr;
use base_web::{Csv, Ctx, WebResult};
use engine_event::{CommonField, Event};
use futures::stream;
use serde_json::{Value, json};

/// `GET /tim-kiem/xuat.csv`
pub(super) async fn csv(ctx: Ctx, Extension(ports): Extension<EventsPorts>, Address(p): Address<Params>) -> WebResult {
    let export = begin(&ctx, &ports, &p, "csv").await?;
    let tr = ctx.tr.clone();
    let mut head = vec![tr.t("events-column-time"), tr.t("events-column-received"), tr.t("events-column-unit")];
    head.extend([tr.t("events-column-source"), tr.t("events-column-kind")]);
    head.extend(CommonField::ALL.iter().map(|f| f.name().to_owned()));
    head.extend([tr.t("events-column-raw"), tr.t("events-column-id")]);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let first = Csv::new(&head).take();
    let units = std::sync::Arc::clone(ctx.web.units());
    let rows = move |events: &[Event]| {
        let mut csv = Csv::default();
        for e in events {
            csv_row(&mut csv, &tr, e, e.unit.as_ref().map(|u| units.name(u)).unwrap_or_default());
        }
        csv.take()
    };
    Ok(file("su-kien.csv", "text/csv; charset=utf-8", first, export, rows))
}

fn csv_row(csv: &mut Csv, tr: &Tr, e: &Event, unit: String) {
    let mut cells = vec![tr.time_secs(e.time), tr.time_secs(e.received), unit];
    cells.extend([e.source.as_ref().map(ToString::to_string).unwrap_or_default(), e.kind.to_string()]);
    cells.extend(CommonField::ALL.iter().map(|f| e.common.get(*f).unwrap_or_default().to_owned()));
    cells.extend([e.raw_text().into_owned(), e.id.to_string()]);
    csv.row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
}

/// `GET /tim-kiem/xuat.ndjson`
pub(super) async fn ndjson(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(p): Address<Params>,
) -> WebResult {
    let export = begin(&ctx, &ports, &p, "ndjson").await?;
    let rows = |events: &[Event]| {
        let mut text = String::new();
        for e in events {
            text.push_str(&whole(e).to_string());
            text.push('\n');
        }
        text
    };
    Ok(file("su-kien.ndjson", "application/x-ndjson", String::new(), export, rows))
}

/// An event with everything known of it. Times are RFC 3339 in UTC.
pub(crate) fn whole(e: &Event) -> Value {
    json!({
        "id": e.id, "time": e.time.to_string(), "received": e.received.to_string(), "unit": e.unit, "source": e.source,
        "kind": e.kind, "logsource": *e.logsource, "common": e.common, "fields": e.record, "marks": e.marks,
        "raw": e.raw_text(),
    })
}

/// `GET /tim-kiem/xuat.parquet`
pub(super) async fn parquet(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(p): Address<Params>,
) -> WebResult {
    let missing = || Error::not_found("this lake makes no Parquet files");
    let writer = ports.tables.as_ref().ok_or_else(missing)?.parquet().map_err(lake_error)?;
    let export = begin(&ctx, &ports, &p, "parquet").await?;
    let pieces = stream::try_unfold(Some((export, writer)), |going| async move {
        let Some((mut export, mut writer)) = going else { return Ok(None) };
        let failed = |error: Error| {
            tracing::error!(%error, "an export was broken off");
            std::io::Error::other(error.to_string())
        };
        let (piece, rest) = match export.next().await.map_err(failed)? {
            Some(events) => {
                let piece = writer.push(&events).map_err(|e| failed(lake_error(e)))?;
                (piece, Some((export, writer)))
            }
            None => (writer.finish().map_err(|e| failed(lake_error(e)))?, None),
        };
        Ok::<_, std::io::Error>(Some((Bytes::from(piece), rest)))
    });
    Ok(sent("su-kien.parquet", "application/vnd.apache.parquet", Body::from_stream(pieces)))
}

async fn begin(ctx: &Ctx, ports: &EventsPorts, params: &Params, format: &'static str) -> Result<Export> {
    let request = params.request(ctx.now).map_err(|e| Error::invalid("q", e.to_string()))?;
    export_events::begin(ctx.db(), std::sync::Arc::clone(&ports.lake), ctx, request, format).await
}

/// A file that is written while it is sent. When the lake fails in the middle, the connection
/// is broken off, so that the browser does not take a part for the whole.
fn file(
    name: &'static str,
    mime: &'static str,
    first: String,
    export: Export,
    rows: impl Fn(&[Event]) -> String + Send + 'static,
) -> Response {
    let head = stream::iter([Ok::<Bytes, std::io::Error>(Bytes::from(first))]);
    let rest = stream::try_unfold((export, rows), |(mut export, rows)| async move {
        match export.next().await {
            Ok(None) => Ok(None),
            Ok(Some(events)) => {
                let piece = Bytes::from(rows(&events));
                Ok(Some((piece, (export, rows))))
            }
            Err(error) => {
                tracing::error!(error = %error, "an export was broken off");
                Err(std::io::Error::other(error.to_string()))
            }
        }
    });
    sent(name, mime, Body::from_stream(futures::StreamExt::chain(head, rest)))
}

fn sent(name: &'static str, mime: &'static str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers: [(HeaderName, &str); 2] = [(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, &disposition)];
    (headers, body).into_response()
}
