//! `/don-vi/export.xlsx`, `/don-vi/nhap/mau.xlsx`: units as a workbook that can be read back, and an empty one.

use super::filter::{self, Filter};
use super::import::{cells, headings};
use crate::model::as_new;
use crate::org::Org;
use axum::Extension;
use axum::extract::Query;
use axum::response::Response;
use base_authz::Action;
use base_core::{Error, Kind, Result, UnitId};
use base_web::{Ctx, WebResult, attachment};
use engine_sheet::{Sheet, Value, XLSX, write_xlsx};
use std::sync::Arc;

pub(crate) async fn send(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Query(filter): Query<Filter>) -> WebResult {
    ctx.require(Action::UnitsExport)?;
    let code_of = |id: &UnitId| id.as_str().to_owned();
    let units = filter::units(&ctx, &org, &filter).await?;
    let rows = units.iter().map(|row| cells(&ctx.tr, &as_new(&row.unit, &code_of))).collect();
    Ok(workbook(&ctx, rows, "don-vi.xlsx")?)
}

pub(crate) async fn form(ctx: Ctx) -> WebResult {
    ctx.require(Action::UnitsManage)?;
    Ok(workbook(&ctx, Vec::new(), "mau-don-vi.xlsx")?)
}

fn workbook(ctx: &Ctx, rows: Vec<Vec<Value>>, name: &str) -> Result<Response> {
    let sheet = Sheet { name: ctx.tr.t("org-units-title"), columns: headings(&ctx.tr), rows };
    let bytes = write_xlsx(&[sheet]).map_err(|message| Error::new(Kind::Bug, message))?;
    Ok(attachment(name, XLSX, bytes))
}
