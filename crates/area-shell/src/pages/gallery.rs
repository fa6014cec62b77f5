//! `/quan-tri/thanh-phan`: every component of the console in every state, for who writes pages and who judges them.

use base_authz::Action;
use base_ui::gallery;
use base_web::{Ctx, WebResult};
use maud::Markup;

/// `GET /quan-tri/thanh-phan`
pub(crate) async fn show(ctx: Ctx) -> WebResult<Markup> {
    ctx.require(Action::SettingsRead)?;
    Ok(ctx.page(&ctx.tr.t("shell-gallery"), gallery::components(&ctx.tr, ctx.csrf_field())))
}
