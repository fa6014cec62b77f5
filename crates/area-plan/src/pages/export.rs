//! `/ke-hoach/{indicator}/export.csv`: the figures per unit, within the person's scope.

use super::indicator;
use crate::ops::read_indicators;
use axum::extract::Path;
use axum::response::Response;
use base_core::Timestamp;
use base_web::{Csv, Ctx, WebResult};

/// The file.
pub(crate) async fn handler(ctx: Ctx, Path(word): Path<String>) -> WebResult<Response> {
    let indicator = indicator::find(&word)?;
    let known = read_indicators::read(ctx.db(), &ctx, indicator).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("plan-csv-code"),
        &tr.t("plan-col-unit"),
        &tr.dynamic("plan-col-part-", indicator.as_str()),
        &tr.dynamic("plan-col-whole-", indicator.as_str()),
        &tr.t("plan-col-unknown"),
        &tr.t("plan-col-newest"),
        &tr.t("plan-csv-measured"),
    ]);
    for (m, u) in known.measured.iter().flat_map(|m| m.units.iter().map(move |u| (m, u))) {
        let info = ctx.web.units().unit(&u.unit);
        let (code, name) = info.map_or_else(|| (u.unit.as_str().to_owned(), String::new()), |i| (i.code, i.name));
        let at = |t: Option<Timestamp>| t.map(|t| tr.time(t)).unwrap_or_default();
        csv.row(&[
            &code,
            &name,
            &u.numerator.to_string(),
            &u.denominator.to_string(),
            &u.unknown.to_string(),
            &at(u.newest_at),
            &tr.time(m.at),
        ]);
    }
    Ok(csv.attachment(&format!("{}.csv", indicator.as_str())))
}
