//! `/tai-khoan-cua-toi/thong-bao`: what has changed about signing in to one's own account since it was last confirmed.

use crate::model::notice::Notice;
use crate::{Identity, ops, store};
use axum::extract::Query;
use axum::{Extension, Form};
use base_ui::{Column, Href, Row, Tone, button, card, empty, notice, page_head, section, table, time_full};
use base_web::{Ctx, WebResult, safe_next, see_other};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const PAGE: &str = "/tai-khoan-cua-toi/thong-bao";

type Area = Extension<Arc<Identity>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// The page, which goes on to `next`.
pub(super) fn address(next: &str) -> String {
    let next = Some(safe_next(next)).filter(|next| *next != "/");
    Href::new(PAGE).with_opt("next", next).to_string()
}

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area, Query(query): Query<Next>) -> WebResult<Markup> {
    let notices = store::notice::unseen(&identity.db, &ctx.principal.account).await?;
    Ok(page(&ctx, &notices, safe_next(&query.next)))
}

pub(crate) async fn send(ctx: Ctx, Extension(identity): Area, Form(form): Form<Next>) -> WebResult {
    ops::confirm_notices(&identity, &ctx).await?;
    Ok(see_other(safe_next(&form.next)))
}

fn page(ctx: &Ctx, notices: &[Notice], next: &str) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-notices");
    if notices.is_empty() {
        let nothing = empty(&tr.t("identity-notices-none"), &tr.t("identity-notices-none-hint"), None);
        return ctx.page(&title, html! { (page_head(&title, None, html! {})) (card(&title, nothing)) });
    }
    let columns = [
        Column::narrow(tr.t("identity-audit-at")),
        Column::text(tr.t("identity-notice-what")),
        Column::text(tr.t("identity-audit-who")),
        Column::narrow(tr.t("identity-session-peer")),
    ];
    let rows = notices.iter().map(|one| {
        Row::new(vec![
            time_full(tr, one.at),
            html! { (ops::told(tr, one)) },
            html! { (one.by) },
            html! { (one.peer.as_deref().unwrap_or("—")) },
        ])
    });
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-notices-lead")), html! {}))
        (section(&tr.t("identity-notice-what"), html! {}, table(&title, &columns, None, rows.collect())))
        (notice(Tone::Warn, html! { p { (tr.t("identity-notices-not-you")) } }))
        form method="post" action=(PAGE) {
            (ctx.csrf_field())
            input type="hidden" name="next" value=(next);
            div class="form-actions" { (button(&tr.t("identity-notices-seen"), "button-primary")) }
        }
    };
    ctx.page(&title, content)
}
