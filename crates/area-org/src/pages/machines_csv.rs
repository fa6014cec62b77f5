//! `/don-vi/{code}/may.csv`: the machines of a unit as a file.

use crate::model::Licence;
use crate::org::Org;
use crate::store::{self, machine::Ask};
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::{Error, Timestamp};
use base_web::{Csv, Ctx, WebResult};
use std::sync::Arc;

/// Most machines in one file; far more than a unit has.
const MAX_ROWS: i64 = 100_000;

pub(crate) async fn send(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(code): Path<String>) -> WebResult {
    let scope = ctx.require(Action::UnitsExport)?;
    let missing = || Error::not_found("there is no such unit");
    let unit = store::unit::by_code(&org.db, &scope, &code).await?.ok_or_else(missing)?;
    let ask = Ask { limit: MAX_ROWS, ..Ask::default() };
    let machines = store::machine::list(&org.db, &scope, &unit.id, &ask).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(
        &[
            tr.t("org-host"),
            tr.t("org-ip"),
            tr.t("org-os"),
            tr.t("org-av"),
            tr.t("org-licence"),
            tr.t("org-first-seen"),
            tr.t("org-last-seen"),
            tr.t("org-hygiene-at"),
        ]
        .each_ref()
        .map(String::as_str),
    );
    let time = |at: Option<Timestamp>| at.map_or_else(String::new, |t| tr.time(t));
    for machine in machines {
        csv.row(
            &[
                machine.host,
                machine.ip.unwrap_or_default(),
                machine.os.unwrap_or_default(),
                machine.av_product.unwrap_or_default(),
                tr.dynamic("org-licence-", machine.av_licence.map_or("unknown", Licence::as_str)),
                time(Some(machine.first_seen)),
                time(Some(machine.last_seen)),
                time(machine.hygiene_at),
            ]
            .each_ref()
            .map(String::as_str),
        );
    }
    Ok(csv.attachment(&format!("may-{}.csv", unit.code)))
}
