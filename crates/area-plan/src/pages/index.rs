//! `/ke-hoach`: every measured indicator of the plan, declared beside measured.

use super::shared;
use crate::model::Indicator;
use crate::ops::read_indicators;
use base_ui::{page_head, section};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// The page.
pub(crate) async fn handler(ctx: Ctx) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let mut cards = Vec::new();
    for indicator in Indicator::ALL {
        let known = read_indicators::read(ctx.db(), &ctx, indicator).await?;
        let more = html! { a href=(shared::href(indicator)) { (tr.t("plan-details")) } };
        let body = html! {
            p class="muted" { (indicator.requirement()) " · " (tr.dynamic("plan-about-", indicator.as_str())) }
            (shared::values(tr, &known, ctx.now))
            @if !known.whole { p class="muted" { (tr.t("plan-own-units")) } }
        };
        cards.push(section(&shared::name(tr, indicator), more, body));
    }
    let title = tr.t("plan-title");
    let part = html! { @for card in cards { (card) } };
    Ok(ctx.fragment_or(part, |part| {
        let content = html! {
            (page_head(&title, Some(&tr.t("plan-lead")), html! {}))
            div class="grid" data-live="plan" data-live-url="/ke-hoach" { (part) }
        };
        ctx.page(&title, content)
    }))
}
