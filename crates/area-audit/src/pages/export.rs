//! The trail as a file: what a filter finds as CSV for a spreadsheet, the whole as NDJSON for verifying elsewhere.

use super::list::Params;
use super::{action_name, roles, unit_name};
use crate::ops::read_trail;
use crate::ports::AuditPorts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::header;
use axum::response::IntoResponse;
use base_audit::Exporter;
use base_web::{Csv, Ctx, WebResult};
use futures::stream;

/// `…/xuat.csv`
pub(crate) async fn csv(ctx: Ctx, Query(params): Query<Params>) -> WebResult {
    let rows = read_trail::export(ctx.db(), &ctx, &params.filter()).await?;
    let tr = &ctx.tr;
    let headings = [
        tr.t("audit-number"),
        tr.t("audit-at"),
        tr.t("audit-who"),
        tr.t("audit-as"),
        tr.t("audit-peer"),
        tr.t("audit-action"),
        tr.t("audit-object"),
        tr.t("audit-object-id"),
        tr.t("audit-unit"),
        tr.t("audit-why"),
        tr.t("audit-before"),
        tr.t("audit-after"),
        tr.t("audit-hash"),
    ];
    let mut file = Csv::new(&headings.each_ref().map(String::as_str));
    for row in &rows {
        let unit = row.unit_id.as_deref().map(|u| unit_name(&ctx, u)).unwrap_or_default();
        file.row(&[
            &row.seq.to_string(),
            &tr.time_secs(row.at),
            &row.account_name,
            &roles(&ctx, row),
            row.peer.as_deref().unwrap_or_default(),
            &action_name(tr, &row.action),
            &row.object_kind,
            &row.object_id,
            &unit,
            row.why.as_deref().unwrap_or_default(),
            row.before_json.as_deref().unwrap_or_default(),
            row.after_json.as_deref().unwrap_or_default(),
            &row.hash,
        ]);
    }
    Ok(file.attachment("nhat-ky.csv"))
}

/// `…/xuat.ndjson`: written while it is sent. When the database fails in the middle, the connection is broken off,
/// so that nobody takes a part for the whole.
pub(crate) async fn ndjson(ctx: Ctx, Extension(ports): Extension<AuditPorts>) -> WebResult {
    read_trail::export_whole(ctx.db(), &ctx).await?;
    let exporter = Exporter::new(ctx.db(), ports.signer.key());
    let pieces = stream::try_unfold(exporter, |mut exporter| async move {
        match exporter.next().await {
            Ok(piece) => Ok(piece.map(|piece| (Bytes::from(piece), exporter))),
            Err(error) => {
                tracing::error!(%error, "an export of the audit trail was broken off");
                Err(std::io::Error::other(error.to_string()))
            }
        }
    });
    let head = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"nhat-ky.ndjson\""),
    ];
    Ok((head, Body::from_stream(pieces)).into_response())
}
