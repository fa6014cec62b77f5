//! Kept searches: a list beside the search, and the forms that keep, share and remove them.

use super::search_params::{INDEX, Params};
use crate::model::saved_search::{MAX_NAME, NewSearch, SavedSearch};
use crate::ops::keep_search;
use axum::Form;
use axum::extract::Path;
use axum::http::Uri;
use axum::response::Response;
use base_core::{Kind, Result};
use base_ui::{Column, Field, Row, Tone, actions, badge, button, card, empty, page_head, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Where they are listed.
const LIST: &str = "/tim-kiem/da-luu";

/// The address of a kept search. Only its own query can follow, so that no address leads elsewhere.
fn href(search: &SavedSearch) -> String {
    let address = format!("{INDEX}?{}", search.query);
    let safe = address.parse::<Uri>().is_ok_and(|uri| uri.path() == INDEX);
    if safe { address } else { INDEX.to_owned() }
}

/// The kept searches and the form that keeps the present one, folded away.
pub(super) async fn beside(ctx: &Ctx, params: &Params) -> Result<Markup> {
    let kept = keep_search::list(ctx.db(), ctx).await?;
    let tr = &ctx.tr;
    Ok(html! {
        details class="help" {
            summary { (tr.ta("events-saved-title", &[("n", &kept.len())])) }
            @if !kept.is_empty() {
                ul class="saved" {
                    @for search in &kept {
                        li {
                            a href=(href(search)) { (search.name) }
                            @if search.owner != ctx.principal.account { " " span class="small muted" { (search.owner_name) } }
                        }
                    }
                }
                p class="small" { a href=(LIST) { (tr.t("events-saved-manage")) } }
            }
            form method="post" action=(LIST) class="filter-bar" {
                (ctx.csrf_field())
                input type="hidden" name="query" value=(params.text());
                (Field::text("name", &tr.t("events-saved-name")).max(u32::try_from(MAX_NAME).unwrap_or(120)).required().render())
                (Field::check("shared", &tr.t("events-saved-share")).render())
                (button(&tr.t("events-saved-keep"), ""))
            }
        }
    })
}

/// `GET /tim-kiem/da-luu`
pub(super) async fn page(ctx: Ctx) -> WebResult<Markup> {
    let kept = keep_search::list(ctx.db(), &ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("events-saved");
    let columns = [
        Column::text(tr.t("events-saved-name")),
        Column::text(tr.t("events-search-query")),
        Column::narrow(tr.t("events-saved-owner")),
        Column::narrow(tr.t("events-saved-at")),
        Column::narrow(""),
    ];
    let rows: Vec<Row> = kept.iter().map(|search| row(&ctx, search)).collect();
    let body = if rows.is_empty() {
        let search = base_ui::Href::new(INDEX);
        empty(
            &tr.t("events-saved-none"),
            &tr.t("events-saved-none-hint"),
            Some((&tr.t("events-search-title"), &search)),
        )
    } else {
        base_ui::table(&title, &columns, None, rows)
    };
    let content = html! {
        (page_head(&title, Some(&tr.t("events-saved-lead")), html! { a class="button button-quiet" href=(INDEX) { (tr.t("events-saved-back")) } }))
        (card(&title, body))
    };
    Ok(ctx.page(&title, content))
}

fn row(ctx: &Ctx, search: &SavedSearch) -> Row {
    let tr = &ctx.tr;
    let own = search.owner == ctx.principal.account;
    let to = |task: &str| base_ui::Href::new(LIST).segment(&search.id).segment(task);
    let pairs: Option<Params> = format!("/?{}", search.query)
        .parse::<Uri>()
        .ok()
        .and_then(|uri| axum::extract::Query::<Params>::try_from_uri(&uri).ok())
        .map(|axum::extract::Query(params)| params);
    let question = pairs.map(|params| params.q).unwrap_or_default();
    Row::new(vec![
        html! { a href=(href(search)) { (search.name) } @if search.shared { " " (badge(Tone::Info, &tr.t("events-saved-shared"))) } },
        html! { span class="mono small" { @if question.is_empty() { "*" } @else { (question) } } },
        html! { (search.owner_name) },
        time_full(tr, search.at),
        html! {
            @if own {
                div class="row" {
                    form method="post" action=(to(if search.shared { "rieng" } else { "chung" })) {
                        (ctx.csrf_field())
                        (button(&tr.t(if search.shared { "events-saved-unshare" } else { "events-saved-share-now" }), "button-quiet"))
                    }
                    form method="post" action=(to("xoa")) data-confirm=(tr.t("events-saved-remove-confirm")) {
                        (ctx.csrf_field())
                        (actions(button(&tr.t("events-saved-remove"), "button-danger")))
                    }
                }
            }
        },
    ])
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Keep {
    name: String,
    query: String,
    shared: String,
}

/// `POST /tim-kiem/da-luu`
pub(super) async fn keep(ctx: Ctx, Form(form): Form<Keep>) -> WebResult<Response> {
    let new = NewSearch { name: form.name, query: form.query.clone(), shared: form.shared == "1" };
    let back = format!("{INDEX}?{}", form.query);
    let back = base_web::safe_next(&back).to_owned();
    match keep_search::keep(ctx.db(), ctx.web.ids(), &ctx, new).await {
        Ok(_) => Ok(ctx.done(back, ctx.tr.t("events-saved-done"))),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let code = if error.kind == Kind::Invalid { "saved-name" } else { "saved-many" };
            Ok(ctx.flash(back, Tone::Bad, ctx.tr.dynamic("events-error-", code)))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /tim-kiem/da-luu/{id}/chung`
pub(super) async fn share(ctx: Ctx, Path(id): Path<String>) -> WebResult<Response> {
    keep_search::share(ctx.db(), &ctx, &id, true).await?;
    Ok(ctx.done(LIST, ctx.tr.t("events-saved-changed")))
}

/// `POST /tim-kiem/da-luu/{id}/rieng`
pub(super) async fn unshare(ctx: Ctx, Path(id): Path<String>) -> WebResult<Response> {
    keep_search::share(ctx.db(), &ctx, &id, false).await?;
    Ok(ctx.done(LIST, ctx.tr.t("events-saved-changed")))
}

/// `POST /tim-kiem/da-luu/{id}/xoa`
pub(super) async fn remove(ctx: Ctx, Path(id): Path<String>) -> WebResult<Response> {
    keep_search::remove(ctx.db(), &ctx, &id).await?;
    Ok(ctx.done(LIST, ctx.tr.t("events-saved-removed")))
}
