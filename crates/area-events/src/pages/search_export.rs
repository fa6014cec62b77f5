//! Search results as a file, sent piece by piece.

use super::search_params::Params;
use crate::ops::export_events::{self, Export};
use crate::ops::export_writer::{CsvRows, Ndjson};
use crate::ops::search_events::lake_error;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Query as Address;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use base_core::{Error, Result};
use base_web::{Ctx, WebResult};
use engine_lake::EventWriter;
use futures::stream;

/// `GET /tim-kiem/xuat.csv`
pub(super) async fn csv(ctx: Ctx, Extension(ports): Extension<EventsPorts>, Address(p): Address<Params>) -> WebResult {
    let export = begin(&ctx, &ports, &p, "csv").await?;
    let tr = ctx.tr.clone();
    let headings = [
        tr.t("events-column-time"),
        tr.t("events-column-received"),
        tr.t("events-column-unit"),
        tr.t("events-column-source"),
        tr.t("events-column-kind"),
        tr.t("events-column-raw"),
        tr.t("events-column-id"),
    ];
    let units = std::sync::Arc::clone(ctx.web.units());
    let rows =
        CsvRows::new(&headings, Box::new(move |time| tr.time_secs(time)), Box::new(move |unit| units.name(unit)));
    Ok(file("su-kien.csv", "text/csv; charset=utf-8", export, Box::new(rows)))
}

/// `GET /tim-kiem/xuat.ndjson`
pub(super) async fn ndjson(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(p): Address<Params>,
) -> WebResult {
    let export = begin(&ctx, &ports, &p, "ndjson").await?;
    Ok(file("su-kien.ndjson", "application/x-ndjson", export, Box::new(Ndjson)))
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
    Ok(file("su-kien.parquet", "application/vnd.apache.parquet", export, writer))
}

async fn begin(ctx: &Ctx, ports: &EventsPorts, params: &Params, format: &'static str) -> Result<Export> {
    let request = params.request(ctx.now).map_err(|e| Error::invalid("q", e.to_string()))?;
    export_events::begin(ctx.db(), std::sync::Arc::clone(&ports.lake), ctx, request, format).await
}

/// A file that is written while it is sent. When the lake fails in the middle, the connection
/// is broken off, so that the browser does not take a part for the whole.
fn file(name: &'static str, mime: &'static str, export: Export, writer: Box<dyn EventWriter>) -> Response {
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
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers: [(HeaderName, &str); 2] = [(header::CONTENT_TYPE, mime), (header::CONTENT_DISPOSITION, &disposition)];
    (headers, Body::from_stream(pieces)).into_response()
}
