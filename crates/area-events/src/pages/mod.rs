//! Pages of the events area.

mod event;
pub(crate) mod find;
mod inputs;
mod refused;
mod saved;
mod search;
mod search_columns;
pub(crate) mod search_export;
mod search_help;
mod search_params;
mod search_parts;
mod search_stream;
mod source;
mod source_form;
mod source_health;
mod sources;
mod sql;
mod upload;
mod uploads;

use crate::api;
use crate::model::Health;
use crate::model::upload::MAX_FILE_BYTES;
use crate::ports::EventsPorts;
use base_authz::Action;
use base_core::{FieldError, Timestamp, UnitId};
use base_i18n::Tr;
use base_ui::{Tone, badge, notice};
use base_web::{Access, Ctx, Routes};
use engine_intake::http::PATHS;
use maud::{Markup, html};
use std::time::Duration;

/// Longest time for a request of a program; the intake's own limits are below it.
const INTAKE: Duration = Duration::from_secs(300);

/// Largest request of an upload: the file and the form around it. A system whose sizes have
/// 32 bits takes what it can.
fn upload_bytes() -> usize {
    usize::try_from(MAX_FILE_BYTES + (1 << 20)).unwrap_or(usize::MAX)
}

/// The routes with their rights.
pub(crate) fn routes(ports: EventsPorts) -> Routes {
    let read = Access::May(Action::SourcesRead);
    let manage = Access::May(Action::SourcesManage);
    let search = Access::May(Action::EventsSearch);
    let export = Access::May(Action::EventsExport);
    let hand_in = Access::May(Action::EventsUpload);
    let routes = PATHS.into_iter().fold(Routes::new(), |r, path| r.machines(path, INTAKE, api::intake::handler));
    routes
        .get("/tim-kiem", search, search::page)
        .get("/tim-kiem/dong", search, search_stream::stream)
        .get("/tim-kiem/goi-y", search, search_help::suggest)
        .get("/tim-kiem/cot", search, search_columns::page)
        .get("/tim-kiem/cot/chon", search, search_columns::pick)
        .get("/tim-kiem/truong", search, search_columns::fields)
        .get("/tim-kiem/da-luu", search, saved::page)
        .post("/tim-kiem/da-luu", search, saved::keep)
        .post("/tim-kiem/da-luu/{id}/chung", search, saved::share)
        .post("/tim-kiem/da-luu/{id}/rieng", search, saved::unshare)
        .post("/tim-kiem/da-luu/{id}/xoa", search, saved::remove)
        .get("/tim-kiem/sql", search, sql::page)
        .post("/tim-kiem/sql", search, sql::ask)
        .get("/tim-kiem/xuat.csv", export, search_export::csv)
        .get("/tim-kiem/xuat.ndjson", export, search_export::ndjson)
        .get("/tim-kiem/xuat.parquet", export, search_export::parquet)
        .get("/api/v1/search", search, api::search::search)
        .get("/api/v1/search/counts", search, api::search::counts)
        .get("/api/v1/search/fields", search, api::search::fields)
        .get("/api/v1/search/complete", search, api::search::complete)
        .post("/api/v1/sql", search, api::search::sql)
        .get("/su-kien/{id}", search, event::page)
        .get("/nguon", read, sources::page)
        .get("/nguon/xuat.csv", read, sources::export)
        .get("/nguon/dau-vao", read, inputs::page)
        .get("/nguon/tu-choi", read, refused::page)
        .get("/nguon/tu-choi/xuat.csv", read, refused::export)
        .get("/nguon/moi", manage, source_form::new)
        .post("/nguon/moi", manage, source_form::declare)
        .get("/nguon/{id}", read, source::page)
        .get("/nguon/{id}/sua", manage, source_form::edit)
        .post("/nguon/{id}/sua", manage, source_form::change)
        .post("/nguon/{id}/khoa-moi", manage, source_form::new_token)
        .post("/nguon/{id}/bat", manage, source_form::switch_on)
        .post("/nguon/{id}/tat", manage, source_form::switch_off)
        .get("/tai-len", hand_in, uploads::page)
        .get("/tai-len/xuat.csv", hand_in, uploads::export)
        .get("/tai-len/{id}", hand_in, upload::page)
        .post_large("/tai-len", hand_in, upload_bytes(), Duration::from_secs(3_600), uploads::hand_in)
        .with(ports)
}

/// The health of a source as a badge.
fn health_badge(tr: &Tr, health: Health) -> Markup {
    let tone = match health {
        Health::Silent | Health::Never => Tone::Bad,
        Health::Unread | Health::Undeclared => Tone::Warn,
        Health::Good => Tone::Good,
        Health::Disabled => Tone::Neutral,
    };
    badge(tone, &tr.dynamic("events-health-", health.as_str()))
}

/// A unit's name.
fn unit_name(ctx: &Ctx, unit: &UnitId) -> String {
    ctx.web.units().name(unit)
}

/// The unit's short name with the full one for who hovers; "whole province" for none.
fn unit_cell(ctx: &Ctx, unit: Option<&UnitId>) -> Markup {
    match unit.map(|id| (id, ctx.web.units().unit(id))) {
        Some((_, Some(unit))) => html! { span title=(unit.name) { (unit.short) } },
        Some((id, None)) => html! { (id) },
        None => html! { span class="muted" { (ctx.tr.t("events-unit-none")) } },
    }
}

/// The units within the person's right, after `first`.
fn unit_options(ctx: &Ctx, action: Action, first: (String, String)) -> Vec<(String, String)> {
    let Some(scope) = ctx.principal.scope_for(action) else { return vec![first] };
    let units = ctx.web.units().all();
    let within = units.iter().filter(|u| scope.contains(&u.id)).map(|u| (u.id.as_str().to_owned(), u.name.clone()));
    std::iter::once(first).chain(within).collect()
}

/// The codes of an operation as texts in the person's language.
fn in_words(ctx: &Ctx, mut fields: Vec<FieldError>) -> Vec<FieldError> {
    for field in &mut fields {
        field.message = ctx.tr.dynamic("events-error-", &field.message);
    }
    fields
}

/// What a search over this time leaves out because it cannot be read at the moment, to be shown above its
/// results.
async fn left_out(ctx: &Ctx, ports: &EventsPorts, (from, until): (Option<Timestamp>, Option<Timestamp>)) -> Markup {
    let Some(away) = ports.lake.out_of_reach(from, until).await else { return html! {} };
    let tr = &ctx.tr;
    let day = |day: Option<&String>| {
        let text = day.map(String::as_str).unwrap_or_default();
        // Days are counted in UTC; noon there is the same day here.
        Timestamp::parse_rfc3339(&format!("{text}T12:00:00Z")).map_or_else(|| text.to_owned(), |at| tr.date(at))
    };
    let (first, last) = (day(away.days.first()), day(away.days.last()));
    let days = i64::try_from(away.days.len()).unwrap_or(i64::MAX);
    notice(Tone::Warn, html! { p { (tr.ta("events-left-out", &[("n", &days), ("first", &first), ("last", &last)])) } })
}

/// A number of the database as one for the eye.
#[expect(clippy::cast_precision_loss, reason = "a picture of counts")]
fn height(n: i64) -> f64 {
    n as f64
}
