//! `/don-vi/export.csv`: the list of units as a file.

use super::block_name;
use super::filter::{self, Filter};
use crate::org::Org;
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::Timestamp;
use base_web::{Csv, Ctx, WebResult};
use std::sync::Arc;

pub(crate) async fn send(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Query(filter): Query<Filter>) -> WebResult {
    ctx.require(Action::UnitsExport)?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(
        &[
            tr.t("org-code"),
            tr.t("org-unit"),
            tr.t("org-block"),
            tr.t("org-machines-declared"),
            tr.t("org-machines-seen"),
            tr.t("org-licensed"),
            tr.t("org-firewall"),
            tr.t("org-last-seen"),
            tr.t("org-valid-from"),
            tr.t("org-valid-to"),
        ]
        .each_ref()
        .map(String::as_str),
    );
    let date = |at: Option<Timestamp>| at.map_or_else(String::new, |t| tr.date(t));
    for row in filter::units(&ctx, &org, &filter).await? {
        let unit = row.unit;
        csv.row(
            &[
                unit.code,
                unit.name,
                block_name(tr, unit.block),
                // Numbers plain, so that a spreadsheet can add them.
                unit.machines_declared.map_or_else(String::new, |n| n.to_string()),
                row.machines_seen.to_string(),
                row.licensed.to_string(),
                row.firewalls.to_string(),
                row.last_seen.map_or_else(String::new, |t| tr.time(t)),
                date(unit.valid_from),
                date(unit.valid_to),
            ]
            .each_ref()
            .map(String::as_str),
        );
    }
    Ok(csv.attachment("don-vi.csv"))
}
