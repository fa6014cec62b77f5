//! `/quan-tri/nhat-ky`: the audit trail and whether it is whole.

use axum::extract::Query;
use base_audit::{AuditRow, Broken, Verified};
use base_authz::Action;
use base_ui::{Column, Href, Row, Tone, empty, notice, page_head, table, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

const PAGE: &str = "/quan-tri/nhat-ky";
const ROWS: i64 = 100;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ask {
    page: Option<i64>,
    /// `1` walks the whole chain.
    #[serde(default)]
    verify: String,
}

pub(crate) async fn show(ctx: Ctx, Query(ask): Query<Ask>) -> WebResult<Markup> {
    let scope = ctx.require(Action::AuditRead)?;
    let page = base_ui::Page::new(ask.page, ROWS);
    // One row more than shown tells whether there is a next page.
    let mut acts =
        base_audit::search(ctx.db(), &scope, &base_audit::Filter::default(), page.offset() + ROWS + 1).await?;
    acts.drain(..usize::try_from(page.offset()).unwrap_or(0).min(acts.len()));
    let more = acts.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    acts.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let chain = match ask.verify.as_str() {
        "1" => Some(base_audit::verify(ctx.db()).await?),
        _ => None,
    };
    Ok(view(&ctx, page.number, more, &acts, chain.as_ref()))
}

fn view(ctx: &Ctx, page: i64, more: bool, acts: &[AuditRow], chain: Option<&Result<Verified, Broken>>) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-audit-title");
    let check =
        html! { a class="button" href=(Href::new(PAGE).with("verify", "1")) { (tr.t("identity-audit-verify")) } };
    let columns = [
        Column::narrow(tr.t("identity-audit-number")),
        Column::narrow(tr.t("identity-audit-at")),
        Column::text(tr.t("identity-audit-who")),
        Column::text(tr.t("identity-audit-action")),
        Column::text(tr.t("identity-audit-object")),
        Column::text(tr.t("identity-audit-detail")),
        Column::narrow(tr.t("identity-audit-peer")),
    ];
    let to = |n: i64| Href::new(PAGE).with("page", n.to_string());
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-audit-lead")), check))
        @if let Some(chain) = chain { (verdict(ctx, chain)) }
        @if acts.is_empty() {
            (base_ui::card(&title, empty(&tr.t("identity-trail-none"), &tr.t("identity-audit-none-hint"), None)))
        } @else {
            (table(&title, &columns, None, acts.iter().map(|act| row(ctx, act)).collect()))
            nav class="pager" aria-label=(tr.t("identity-audit-title")) {
                span {}
                span class="pager-links" {
                    @if page > 1 { a class="button button-quiet" rel="prev" href=(to(page - 1)) { (tr.t("identity-audit-newer")) } }
                    @if more { a class="button button-quiet" rel="next" href=(to(page + 1)) { (tr.t("identity-audit-older")) } }
                }
            }
        }
    };
    ctx.page(&title, content)
}

fn verdict(ctx: &Ctx, chain: &Result<Verified, Broken>) -> Markup {
    let tr = &ctx.tr;
    match chain {
        Ok(whole) => notice(
            Tone::Good,
            html! {
                p { (tr.ta("identity-audit-whole", &[("n", &whole.acts)])) }
                p class="small" { (tr.t("identity-audit-head")) " " (base_ui::copyable(tr, &whole.head)) }
            },
        ),
        Err(broken) => notice(
            Tone::Bad,
            html! { p { (tr.ta("identity-audit-broken", &[("n", &broken.seq), ("why", &broken.to_string())])) } },
        ),
    }
}

fn row(ctx: &Ctx, act: &AuditRow) -> Row {
    let tr = &ctx.tr;
    let detail = act.why.as_deref().or(act.after_json.as_deref()).unwrap_or("");
    Row::new(vec![
        html! { (tr.number(act.seq)) },
        time_full(tr, act.at),
        html! { (act.account_name) },
        html! { (tr.dynamic("identity-act-", &act.action.replace('.', "-"))) },
        html! { span class="small" { (act.object_kind) } br; code class="small nowrap" { (act.object_id) } },
        html! { span class="small" { (detail) } },
        html! { span class="small" { (act.peer.as_deref().unwrap_or("—")) } },
    ])
}
