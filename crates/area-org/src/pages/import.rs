//! `/don-vi/nhap`: a list of units from a file; told row by row before anything is written.

use super::{field_mistakes, mistake, parts};
use crate::model::{CellMistake, NewUnit, SheetField, day_text};
use crate::ops::{self, Outcome, Plan, PlannedRow};
use crate::org::Org;
use crate::pages::as_of::AsOf;
use axum::Extension;
use axum::extract::{Multipart, Path, Query};
use axum::response::IntoResponse;
use base_authz::Action;
use base_core::{Error, FieldError, Result};
use base_i18n::Tr;
use base_ui::{
    Column, Field, Href, Page, Row, Tone, badge, button, empty, error_summary, field_error, filter_bar, notice,
    page_head, pager, section, table,
};
use base_web::{Csv, Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const HERE: &str = "/don-vi/nhap";
const ROWS: i64 = 100;

pub(crate) async fn show(ctx: Ctx) -> WebResult<Markup> {
    ctx.require(Action::UnitsManage)?;
    Ok(page(&ctx, &[]))
}

fn page(ctx: &Ctx, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("org-import-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("org-import-lead")), html! { a class="button" href="/don-vi/nhap/mau.xlsx" { (base_ui::icon(base_ui::Icon::Download)) (tr.t("org-import-form")) } }))
        (parts(ctx, HERE, &AsOf::default()))
        (error_summary(tr, errors))
        form class="card" method="post" enctype="multipart/form-data" action=(ctx.csrf_action(HERE)) {
            div class="card-body" {
                (Field::input("file", "file", &tr.t("org-import-file")).hint(&tr.t("org-import-hint")).error(field_error(errors, "file")).required().render())
                div class="form-actions" { (button(&tr.t("org-import-read"), "button-primary")) a class="button button-quiet" href="/don-vi" { (tr.t("org-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}

pub(crate) async fn upload(ctx: Ctx, Extension(org): Extension<Arc<Org>>, form: Multipart) -> WebResult {
    ctx.require(Action::UnitsManage)?;
    let staged = match file(form).await {
        Ok((name, bytes)) => ops::stage_import(&org, &ctx, &name, &bytes).await,
        Err(error) => Err(error),
    };
    match staged {
        Ok(id) => Ok(base_web::see_other(Href::new(HERE).segment(id))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &errors)).into_response())
        }
    }
}

async fn file(mut form: Multipart) -> Result<(String, Vec<u8>)> {
    let broken = |_| Error::invalid("file", "sheet-broken-off");
    while let Some(mut part) = form.next_field().await.map_err(broken)? {
        let name = part.file_name().unwrap_or_default().to_owned();
        if part.name() != Some("file") || name.is_empty() {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > ops::MAX_FILE {
                return Err(Error::invalid("file", "sheet-large"));
            }
            bytes.extend_from_slice(&piece);
        }
        return Ok((name, bytes));
    }
    Err(Error::invalid("file", "sheet-missing"))
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Shown {
    /// `new`, `changed`, `same`, `wrong`, or all.
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    q: String,
    page: Option<i64>,
}

const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Changed(_) => "changed",
        Outcome::Same => "same",
        Outcome::Wrong(_) => "wrong",
    }
}

pub(crate) async fn preview(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> WebResult<Markup> {
    let plan = ops::plan_import(&org, &ctx, &id).await?;
    let tr = &ctx.tr;
    let title = tr.t("org-import-preview");
    let here = Href::new(HERE).segment(&plan.id);
    let content = html! {
        (page_head(&title, Some(&plan.file_name), html! { a class="button button-quiet" href=(HERE) { (tr.t("org-import-other")) } }))
        (summary(&ctx, &plan, &here))
        (told(tr, &plan))
        (rows(&ctx, &plan, &shown, &here))
    };
    Ok(ctx.page(&title, content))
}

/// How many of each, and what can be done now.
fn summary(ctx: &Ctx, plan: &Plan, here: &Href) -> Markup {
    let tr = &ctx.tr;
    let [new, changed, same, wrong] = plan.counts();
    let number = |n: usize| tr.number(i64::try_from(n).unwrap_or(i64::MAX));
    let figure = |word: &str, n: usize, tone| {
        let label = tr.dynamic("org-import-", word);
        base_ui::stat(&label, &number(n), Some(&here.clone().with("outcome", word)), None, tone)
    };
    let quiet = |n: usize, tone| if n > 0 { tone } else { Tone::Neutral };
    html! {
        (base_ui::stats(html! {
            (figure("new", new, quiet(new, Tone::Good)))
            (figure("changed", changed, quiet(changed, Tone::Info)))
            (figure("same", same, Tone::Neutral))
            (figure("wrong", wrong, quiet(wrong, Tone::Bad)))
        }))
        section class="card" { div class="card-body" {
            @if wrong > 0 {
                (notice(Tone::Bad, html! { p { (tr.ta("org-import-stop", &[("n", &wrong)])) " " a href=(Href::new(HERE).segment(&plan.id).segment("loi.csv")) { (tr.t("org-import-mistakes")) } } }))
            } @else if new + changed == 0 {
                (notice(Tone::Info, html! { p { (tr.t("org-import-nothing")) } }))
            } @else {
                p { (tr.ta("org-import-ready", &[("new", &new), ("changed", &changed)])) }
            }
            div class="form-actions" {
                @if wrong == 0 && new + changed > 0 {
                    form method="post" action=(Href::new(HERE).segment(&plan.id).segment("ghi")) data-confirm=(tr.t("org-import-ask")) { (ctx.csrf_field()) (button(&tr.t("org-import-write"), "button-primary")) }
                }
                form method="post" action=(Href::new(HERE).segment(&plan.id).segment("bo")) { (ctx.csrf_field()) (button(&tr.t("org-import-discard"), "button-quiet")) }
            }
        } }
    }
}

/// What the reader had to decide.
fn told(tr: &Tr, plan: &Plan) -> Markup {
    if plan.sheet.notes.is_empty() && plan.sheet.unread.is_empty() {
        return html! {};
    }
    notice(
        Tone::Info,
        html! {
            ul {
                @for (code, n, place) in &plan.sheet.notes {
                    li {
                        (tr.dynamic("org-sheet-note-", code))
                        @if *n > 0 { " (" (tr.ta("org-sheet-count", &[("n", n), ("place", place)])) ")" } @else if !place.is_empty() { " (" (place) ")" }
                    }
                }
                @if !plan.sheet.unread.is_empty() {
                    li { (tr.ta("org-sheet-unread", &[("columns", &plan.sheet.unread.iter().take(20).cloned().collect::<Vec<_>>().join(", "))])) }
                }
            }
        },
    )
}

fn rows(ctx: &Ctx, plan: &Plan, shown: &Shown, here: &Href) -> Markup {
    let tr = &ctx.tr;
    let q = base_core::fold::fold(shown.q.trim());
    let text = |r: &PlannedRow| base_core::fold::fold(&r.cells.values().cloned().collect::<Vec<_>>().join(" "));
    let fits = |r: &&PlannedRow| {
        (shown.outcome.is_empty() || word(&r.outcome) == shown.outcome) && (q.is_empty() || text(r).contains(&q))
    };
    let fitting: Vec<&PlannedRow> = plan.rows.iter().filter(fits).collect();
    let page = Page::new(shown.page, ROWS);
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let mut outcomes = vec![(String::new(), tr.t("org-import-all"))];
    outcomes.extend(["new", "changed", "same", "wrong"].map(|w| (w.to_owned(), tr.dynamic("org-import-", w))));
    let columns = [
        Column::number(tr.t("org-import-row")),
        Column::narrow(tr.t("org-import-outcome")),
        Column::narrow(tr.t("org-code")),
        Column::text(tr.t("org-unit")),
        Column::text(tr.t("org-import-what")),
    ];
    let address = here.clone().with("outcome", &shown.outcome).with("q", &shown.q);
    let take = usize::try_from(ROWS).unwrap_or(usize::MAX);
    html! {
        (filter_bar(tr, &here.to_string(), html! {
            (Field::input("search", "q", &tr.t("org-search")).value(&*shown.q).render())
            (Field::select("outcome", &tr.t("org-import-outcome"), outcomes).value(&*shown.outcome).submit_on_change().render())
        }))
        (section(&tr.t("org-import-rows"), html! {}, html! {
            @if fitting.is_empty() {
                (empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None))
            } @else {
                (table(&tr.t("org-import-rows"), &columns, None, fitting.iter().skip(skip).take(take).map(|r| row(ctx, plan, r)).collect()))
                (pager(tr, page, i64::try_from(fitting.len()).unwrap_or(i64::MAX), &address))
            }
        }))
    }
}

fn row(ctx: &Ctx, plan: &Plan, row: &PlannedRow) -> Row {
    let tr = &ctx.tr;
    let tone = match row.outcome {
        Outcome::New => Tone::Good,
        Outcome::Changed(_) => Tone::Info,
        Outcome::Same => Tone::Neutral,
        Outcome::Wrong(_) => Tone::Bad,
    };
    let cell = |field| row.cells.get(&field).map_or("", String::as_str);
    Row::new(vec![
        html! { (tr.number(i64::from(row.number))) },
        badge(tone, &tr.dynamic("org-import-", word(&row.outcome))),
        html! { code { (cell(SheetField::Code)) } },
        html! { (cell(SheetField::Name)) },
        what(tr, plan, row),
    ])
}

fn what(tr: &Tr, plan: &Plan, row: &PlannedRow) -> Markup {
    match (&row.outcome, &row.before, &row.unit) {
        (Outcome::Wrong(mistakes), ..) => html! {
            ul { @for m in mistakes { li { strong { (plan.sheet.place(row.number, m.field)) } " · " (field_name(tr, m.field)) ": " (mistake(tr, &m.code)) } } }
        },
        (Outcome::Changed(fields), Some(before), Some(after)) => html! {
            ul { @for field in fields { li { (field_name(tr, *field)) ": " del { (value(tr, before, *field)) } " → " ins { (value(tr, after, *field)) } } } }
        },
        _ => html! { span class="muted" { "—" } },
    }
}

fn field_name(tr: &Tr, field: SheetField) -> String {
    tr.dynamic("org-field-", field.as_str())
}

fn value(tr: &Tr, unit: &NewUnit, field: SheetField) -> String {
    let open = || "—".to_owned();
    let number = |n: Option<i64>| n.map_or_else(open, |n| tr.number(n));
    let text = |t: &Option<String>| t.clone().filter(|t| !t.is_empty()).unwrap_or_else(open);
    match field {
        SheetField::Code => unit.code.clone(),
        SheetField::Name => unit.name.clone(),
        SheetField::Short => unit.short_name().to_owned(),
        SheetField::Block => super::block_name(tr, unit.block),
        SheetField::Parent => text(&unit.parent),
        SheetField::ElectronicId => text(&unit.electronic_id),
        SheetField::Machines => number(unit.machines_declared),
        SheetField::Servers => number(unit.servers_declared),
        SheetField::Staff => number(unit.staff_declared),
        SheetField::ValidFrom => unit.valid_from.map_or_else(open, |t| tr.date(t)),
        SheetField::ValidTo => unit.valid_to.map_or_else(open, |t| tr.date(t)),
        SheetField::Successor => text(&unit.successor),
        SheetField::Decision => text(&unit.decision),
        SheetField::Note => text(&unit.note),
    }
}

/// The mistakes as a file, to be worked off beside the list.
pub(crate) async fn mistakes(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(id): Path<String>) -> WebResult {
    let plan = ops::plan_import(&org, &ctx, &id).await?;
    let tr = &ctx.tr;
    let headings = [
        tr.t("org-import-row"),
        tr.t("org-import-cell"),
        tr.t("org-code"),
        tr.t("org-import-column"),
        tr.t("org-import-value"),
        tr.t("org-import-what"),
    ];
    let mut csv = Csv::new(&headings.each_ref().map(String::as_str));
    for row in &plan.rows {
        let Outcome::Wrong(mistakes) = &row.outcome else { continue };
        for CellMistake { field, code } in mistakes {
            let cell = |f: SheetField| row.cells.get(&f).cloned().unwrap_or_default();
            let cells = [
                row.number.to_string(),
                plan.sheet.place(row.number, *field),
                cell(SheetField::Code),
                field_name(tr, *field),
                cell(*field),
                mistake(tr, code),
            ];
            csv.row(&cells.each_ref().map(String::as_str));
        }
    }
    Ok(csv.attachment("loi-nhap-don-vi.csv"))
}

pub(crate) async fn confirm(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(id): Path<String>) -> WebResult {
    match ops::confirm_import(&org, &ctx, &id).await {
        Ok((new, changed)) => {
            let text = ctx.tr.ta("org-import-written", &[("new", &new), ("changed", &changed)]);
            Ok(ctx.done(Href::new("/don-vi"), text))
        }
        Err(error) if error.kind == base_core::Kind::Conflict => {
            Ok(ctx.flash(Href::new(HERE).segment(&id), Tone::Bad, ctx.tr.t("org-import-changed-meanwhile")))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn discard(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(id): Path<String>) -> WebResult {
    ops::discard_import(&org, &ctx, &id).await?;
    Ok(ctx.done(Href::new(HERE), ctx.tr.t("org-import-discarded")))
}

/// An empty list to fill in, or the units as they are: the same columns are read back.
pub(super) fn headings(tr: &Tr) -> Vec<(String, u16)> {
    let width = |field| match field {
        SheetField::Name => 48,
        SheetField::Short | SheetField::Block | SheetField::ElectronicId | SheetField::Note => 24,
        _ => 14,
    };
    SheetField::ALL.into_iter().map(|f| (field_name(tr, f), width(f))).collect()
}

/// The cells of a unit in the order of the headings.
pub(super) fn cells(tr: &Tr, unit: &NewUnit) -> Vec<engine_sheet::Value> {
    use engine_sheet::Value;
    let text = |t: &Option<String>| t.as_ref().map_or(Value::Empty, |t| Value::Text(t.clone()));
    let number = |n: Option<i64>| n.map_or(Value::Empty, Value::Number);
    let day = |at: Option<base_core::Timestamp>| at.and_then(|at| day_value(&day_text(at))).unwrap_or(Value::Empty);
    vec![
        Value::Text(unit.code.clone()),
        Value::Text(unit.name.clone()),
        Value::Text(unit.short.clone()),
        Value::Text(super::block_name(tr, unit.block)),
        text(&unit.parent),
        text(&unit.electronic_id),
        number(unit.machines_declared),
        number(unit.servers_declared),
        number(unit.staff_declared),
        day(unit.valid_from),
        day(unit.valid_to),
        text(&unit.successor),
        text(&unit.decision),
        text(&unit.note),
    ]
}

fn day_value(text: &str) -> Option<engine_sheet::Value> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    // A spreadsheet knows no day before 1900.
    (year >= 1900).then_some(engine_sheet::Value::Day(year, month, day))
}
