//! `/quan-tri/ra-soat-quyen`: reviews of access rights, their decisions and evidence.

use super::field_mistakes;
use crate::model::review::{Decision, Item, Review};
use crate::{Identity, ops, store};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::FieldError;
use base_i18n::Tr;
use base_ui::{
    Column, Field, Href, Page, Row, Tone, badge, button, copyable, empty, error_summary, field_error, kv, notice,
    page_head, pager, section, table, time, time_full,
};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE: &str = "/quan-tri/ra-soat-quyen";
/// Grants on one page of a review; the form holds as many.
const ROWS: i64 = 50;

type Area = Extension<Arc<Identity>>;

fn address(review: &str) -> Href {
    Href::new(PAGE).segment(review)
}

fn state(tr: &Tr, review: &Review, now: base_core::Timestamp) -> Markup {
    match review.closed_at {
        Some(_) => badge(Tone::Good, &tr.t("identity-review-closed")),
        None if review.is_overdue(now) => badge(Tone::Bad, &tr.t("identity-review-overdue")),
        None => badge(Tone::Info, &tr.t("identity-review-open")),
    }
}

pub(crate) async fn list(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    list_page(&ctx, &identity, &Begin::default(), &[]).await
}

async fn list_page(ctx: &Ctx, identity: &Identity, typed: &Begin, errors: &[FieldError]) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let reviews = store::review::list(&identity.db).await?;
    let title = tr.t("identity-reviews");
    let columns = [
        Column::text(tr.t("identity-review-name")),
        Column::narrow(tr.t("identity-state")),
        Column::narrow(tr.t("identity-review-opened")),
        Column::narrow(tr.t("identity-review-due")),
        Column::number(tr.t("identity-review-decided")),
        Column::number(tr.t("identity-review-taken")),
    ];
    let rows: Vec<Row> = reviews
        .iter()
        .map(|review| {
            let (listed, decided, taken) = review.counts;
            Row::new(vec![
                html! { a href=(address(&review.id)) { (review.name) } },
                state(tr, review, ctx.now),
                time_full(tr, review.opened_at),
                html! { (tr.date(review.due_at.plus_micros(-1))) },
                html! { (tr.number(decided)) " / " (tr.number(listed)) },
                html! { (tr.number(taken)) },
            ])
        })
        .collect();
    let may_begin = ctx.may(Action::AccessReview) && reviews.iter().all(|r| r.closed_at.is_some());
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-reviews-lead")), html! {}))
        @if reviews.iter().any(|r| r.is_overdue(ctx.now)) { (notice(Tone::Bad, html! { p { (tr.t("identity-review-overdue-hint")) } })) }
        (error_summary(tr, errors))
        @if rows.is_empty() {
            (base_ui::card(&title, empty(&tr.t("identity-reviews-none"), &tr.t("identity-reviews-none-hint"), None)))
        } @else { (table(&title, &columns, None, rows)) }
        @if may_begin { (section(&tr.t("identity-review-begin"), html! {}, begin_form(ctx, typed, errors))) }
    };
    Ok(ctx.page(&title, content))
}

fn begin_form(ctx: &Ctx, typed: &Begin, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    html! {
        form method="post" action=(PAGE) {
            (ctx.csrf_field())
            (Field::text("name", &tr.t("identity-review-name")).value(&*typed.name).hint(&tr.t("identity-review-name-hint"))
                .error(field_error(errors, "name")).required().max(300).render())
            (Field::input("date", "until", &tr.t("identity-review-due")).value(&*typed.until)
                .error(field_error(errors, "until")).required().render())
            div class="form-actions" { (button(&tr.t("identity-review-begin"), "button-primary")) }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Begin {
    name: String,
    until: String,
}

pub(crate) async fn begin(ctx: Ctx, Extension(identity): Area, Form(typed): Form<Begin>) -> WebResult {
    match ops::open_review(&identity, ctx.web.units().as_ref(), &ctx, &typed.name, &typed.until).await {
        Ok(id) => Ok(ctx.done(address(&id), ctx.tr.t("identity-review-begun"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let page = list_page(&ctx, &identity, &typed, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Which {
    page: Option<i64>,
    /// `1` = only what is not decided.
    #[serde(default)]
    open: String,
}

impl Which {
    fn address(&self, review: &str) -> Href {
        address(review).with("open", &self.open)
    }
}

/// What was typed about grants and refused.
type Typed = BTreeMap<String, ops::Verdict>;

pub(crate) async fn show(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> WebResult<Markup> {
    review_page(&ctx, &identity, &id, &which, &Typed::new(), &[]).await
}

async fn review_page(
    ctx: &Ctx,
    identity: &Identity,
    id: &str,
    which: &Which,
    typed: &Typed,
    errors: &[FieldError],
) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let review = store::review::get(&identity.db, id).await?;
    let mut items = store::review::items(&identity.db, id).await?;
    if which.open == "1" {
        items.retain(|item| item.decided.is_none());
    }
    let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let page = Page::new(which.page, ROWS);
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let shown: Vec<Item> = items.into_iter().skip(skip).take(usize::try_from(page.size).unwrap_or(0)).collect();
    let editable = review.closed_at.is_none() && ctx.may(Action::AccessReview);
    let here = which.address(id);
    let tools = html! { a class="button" href=(address(id).segment("csv")) { (tr.t("identity-review-file")) } };
    let back = here.clone().with("page", page.number.to_string());
    let content = html! {
        (page_head(&review.name, Some(&tr.t("identity-review-lead")), tools))
        (error_summary(tr, errors))
        (section(&tr.t("identity-review-state"), html! {}, facts(ctx, &review)))
        nav class="tabs" aria-label=(tr.t("identity-review-state")) {
            a href=(address(id)) aria-current=[(which.open != "1").then_some("page")] { (tr.t("identity-review-all")) }
            a href=(address(id).with("open", "1")) aria-current=[(which.open == "1").then_some("page")] { (tr.t("identity-review-undecided")) }
        }
        @if shown.is_empty() {
            (base_ui::card(&review.name, empty(&tr.t("identity-review-nothing"), "", None)))
        } @else if editable {
            form method="post" action=(back) {
                (ctx.csrf_field())
                (items_table(ctx, &shown, Some((typed, errors))))
                div class="form-actions" { (button(&tr.t("identity-review-save"), "button-primary")) }
            }
        } @else {
            (items_table(ctx, &shown, None))
        }
        (pager(tr, page, total, &here))
        @if editable { (close_form(ctx, &review)) }
    };
    Ok(ctx.page(&review.name, content))
}

fn facts(ctx: &Ctx, review: &Review) -> Markup {
    let tr = &ctx.tr;
    let (listed, decided, taken) = review.counts;
    let mut rows = vec![
        (tr.t("identity-state"), state(tr, review, ctx.now)),
        (tr.t("identity-review-opened"), html! { (time_full(tr, review.opened_at)) " — " (review.opened_by) }),
        (tr.t("identity-review-due"), html! { (tr.date(review.due_at.plus_micros(-1))) }),
        (tr.t("identity-review-decided"), html! { (tr.number(decided)) " / " (tr.number(listed)) }),
        (tr.t("identity-review-taken"), html! { (tr.number(taken)) }),
    ];
    if let (Some(at), Some(by)) = (review.closed_at, &review.closed_by) {
        rows.push((tr.t("identity-review-closed"), html! { (time_full(tr, at)) " — " (by) }));
    }
    if let Some(digest) = &review.digest {
        rows.push((tr.t("identity-review-digest"), copyable(tr, digest)));
    }
    kv(&rows)
}

fn close_form(ctx: &Ctx, review: &Review) -> Markup {
    let tr = &ctx.tr;
    let close = html! {
        form method="post" action=(address(&review.id).segment("dong")) data-confirm=(tr.t("identity-review-close-ask")) {
            (ctx.csrf_field())
            p { (tr.t("identity-review-close-hint")) }
            (button(&tr.t("identity-review-close"), ""))
        }
    };
    section(&tr.t("identity-review-close"), html! {}, close)
}

fn items_table(ctx: &Ctx, items: &[Item], form: Option<(&Typed, &[FieldError])>) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("identity-name")),
        Column::text(tr.t("identity-role")),
        Column::text(tr.t("identity-granted-by")),
        Column::narrow(tr.t("identity-review-seen")),
        Column::text(tr.t("identity-review-decision")),
    ];
    let rows = items.iter().map(|item| {
        let decision = match form {
            Some((typed, errors)) if item.decided.as_ref().is_none_or(|d| d.decision == Decision::Kept) => {
                choice(tr, item, typed.get(&item.grant), errors)
            }
            _ => decided(ctx, item),
        };
        Row::new(vec![
            html! { (item.name) br; code class="small" { (item.login) } },
            html! {
                (tr.dynamic("identity-role-", &item.role))
                @if let Some(unit) = &item.unit { br; span class="small" { (unit) } }
                @if let Some(until) = item.valid_until { br; span class="small muted" { (tr.ta("identity-period-until", &[("until", &tr.date(until.plus_micros(-1)))])) } }
            },
            html! { (item.granted_by) br; span class="small muted" { (tr.date(item.granted_at)) @if item.delegated { " · " (tr.t("identity-delegated")) } } },
            html! { @match item.last_seen { Some(at) => { (time(tr, at, ctx.now)) } None => { span class="muted" { (tr.t("identity-never")) } } } },
            decision,
        ])
    });
    table(&tr.t("identity-review-state"), &columns, None, rows.collect())
}

/// Keep or take, with the reason; the labels name the person for who does not see the row.
fn choice(tr: &Tr, item: &Item, typed: Option<&ops::Verdict>, errors: &[FieldError]) -> Markup {
    let stored = item.decided.as_ref();
    let word = typed.map_or_else(|| stored.map_or("", |d| d.decision.as_str()), |t| t.word.as_str());
    let why = typed.map_or_else(|| stored.map_or("", |d| d.why.as_str()), |t| t.why.as_str());
    let field = format!("why-{}", item.grant);
    let error = field_error(errors, &field);
    html! {
        div class="review-choice" {
            select name={ "d-" (item.grant) } aria-label=(tr.ta("identity-review-decide-for", &[("name", &item.name)])) {
                @for (value, text) in [("", tr.t("identity-review-later")), ("kept", tr.t("identity-review-keep")), ("taken", tr.t("identity-review-take"))] {
                    option value=(value) selected[value == word] { (text) }
                }
            }
            input type="text" id={ "f-" (field) } name=(field) value=(why) maxlength="300" placeholder=(tr.t("identity-review-why"))
                aria-label=(tr.ta("identity-review-why-for", &[("name", &item.name)])) aria-invalid=[error.is_some().then_some("true")];
            @if let Some(error) = error { p class="field-error" { (error) } }
        }
    }
}

fn decided(ctx: &Ctx, item: &Item) -> Markup {
    let tr = &ctx.tr;
    let Some(decided) = &item.decided else { return html! { span class="muted" { (tr.t("identity-review-later")) } } };
    let tone = match decided.decision {
        Decision::Kept => Tone::Good,
        Decision::Taken => Tone::Bad,
        Decision::Over => Tone::Neutral,
    };
    html! {
        (badge(tone, &tr.dynamic("identity-review-was-", decided.decision.as_str())))
        @if !decided.why.is_empty() { " " (decided.why) }
        br;
        span class="small muted" {
            (time_full(tr, decided.at)) " — " (decided.by)
            @if decided.own { " · " (tr.t("identity-review-own")) }
        }
    }
}

/// The form has two fields per grant, so it is read as pairs.
pub(crate) async fn decide(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Query(which): Query<Which>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let mut typed = Typed::new();
    for (name, value) in pairs {
        let Some((part, grant)) = name.split_once('-') else { continue };
        let verdict = typed.entry(grant.to_owned()).or_default();
        verdict.grant = grant.to_owned();
        match part {
            "d" => verdict.word = value,
            "why" => verdict.why = value,
            _ => {}
        }
    }
    typed.retain(|_, verdict| !verdict.word.is_empty());
    let verdicts: Vec<ops::Verdict> = typed.values().cloned().collect();
    match ops::decide(&identity, &ctx, &id, &verdicts).await {
        Ok(done) => {
            let back = which.address(&id).with("page", which.page.unwrap_or(1).to_string());
            Ok(ctx.done(back, ctx.tr.ta("identity-review-saved", &[("n", &done)])))
        }
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let page = review_page(&ctx, &identity, &id, &which, &typed, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn close(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult {
    ops::close_review(&identity, &ctx, &id).await?;
    Ok(ctx.done(address(&id), ctx.tr.t("identity-review-closed-done")))
}

pub(crate) async fn file(ctx: Ctx, Extension(identity): Area, Path(id): Path<String>) -> WebResult<Response> {
    ctx.require(Action::AccessRead)?;
    let review = store::review::get(&identity.db, &id).await?;
    let items = store::review::items(&identity.db, &id).await?;
    let day = review.opened_at.utc_day();
    Ok(ops::evidence(&items).attachment(&format!("ra-soat-quyen-{day}.csv")))
}
