//! `POST /ke-hoach/{indicator}/do-lai`: measures one indicator now.

use super::{indicator, shared};
use crate::ops::measure;
use crate::ports::PlanPorts;
use axum::Extension;
use axum::extract::Path;
use axum::response::Response;
use base_authz::Action;
use base_web::{Ctx, News, WebResult};

/// Measures, tells every open plan page, and goes back to the indicator.
pub(crate) async fn handler(
    ctx: Ctx,
    Extension(ports): Extension<PlanPorts>,
    Path(word): Path<String>,
) -> WebResult<Response> {
    let indicator = indicator::find(&word)?;
    measure::measure(ctx.db(), ctx.web.ids(), &*ports.measures, &ctx, indicator).await?;
    ctx.web.news().send(News::new("plan", Action::PlanRead));
    Ok(ctx.done(shared::href(indicator), ctx.tr.t("plan-measured-done")))
}
