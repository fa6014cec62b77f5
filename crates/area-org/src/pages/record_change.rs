//! `/don-vi/bien-dong/them`: recording a change of units.

use super::{day_field, field_mistakes};
use crate::model::{Change, ChangeKind, Life, NewEvent, day_text, parse_day};
use crate::ops;
use crate::org::Org;
use axum::extract::Query;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::{Error, FieldError, Result, Timestamp, UnitId};
use base_ui::{Field, Href, button, error_summary, field_error, page_head, tabs};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const HERE: &str = "/don-vi/bien-dong/them";

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    unit: String,
}

/// What was typed, by field; boxes that are ticked are fields `from.<unit>` and `into.<unit>`.
type Typed = BTreeMap<String, String>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", |v| v.trim())
}

fn ticked(form: &Typed, group: &str) -> Vec<UnitId> {
    let of_group = |name: &String| name.strip_prefix(group).and_then(|n| n.strip_prefix('.')).map(UnitId::new);
    form.keys().filter_map(of_group).collect()
}

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Query(asked): Query<Asked>,
) -> WebResult<Markup> {
    let kind = ChangeKind::parse(&asked.kind).unwrap_or(ChangeKind::Rename);
    let mut form = Typed::from([("unit".to_owned(), asked.unit.clone()), ("at".to_owned(), day_text(ctx.now))]);
    form.insert(format!("from.{}", asked.unit), "1".to_owned());
    Ok(page(&ctx, &org, kind, &form, &[]))
}

pub(crate) async fn send(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Form(form): Form<Typed>) -> WebResult {
    let kind = ChangeKind::parse(typed(&form, "kind")).ok_or_else(|| Error::invalid("kind", "kind-unknown"))?;
    let recorded = match parse(kind, &form) {
        Ok(new) => ops::record_event(&org, &ctx, &new).await,
        Err(error) => Err(error),
    };
    match recorded {
        Ok(id) => Ok(ctx.done(Href::new("/don-vi/bien-dong").segment(id), ctx.tr.t("org-change-added"))),
        Err(error) => {
            let mut errors = field_mistakes(&ctx.tr, error)?;
            // A merger names its units in a group of boxes.
            if kind == ChangeKind::Merge {
                errors.iter_mut().filter(|e| e.field == "unit").for_each(|e| e.field = "from".to_owned());
            }
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &org, kind, &form, &errors)).into_response())
        }
    }
}

fn parse(kind: ChangeKind, form: &Typed) -> Result<NewEvent> {
    let unit = |name: &str| match typed(form, name) {
        "" => Err(Error::invalid(name, "unit-missing")),
        id => Ok(UnitId::new(id)),
    };
    let maybe = |name: &str| Some(typed(form, name)).filter(|id| !id.is_empty()).map(UnitId::new);
    let change = match kind {
        ChangeKind::Rename => Change::Rename {
            unit: unit("unit")?,
            name: typed(form, "name").to_owned(),
            short: typed(form, "short").to_owned(),
        },
        ChangeKind::Move => Change::Move { unit: unit("unit")?, parent: maybe("into") },
        ChangeKind::Merge => Change::Merge { from: ticked(form, "from"), into: unit("into")? },
        ChangeKind::Split => Change::Split { unit: unit("unit")?, into: ticked(form, "into") },
        ChangeKind::Dissolve => Change::Dissolve { unit: unit("unit")?, successor: maybe("into") },
    };
    let day = |name: &str| match typed(form, name) {
        "" => Ok(None),
        text => parse_day(text).map(Some).ok_or_else(|| Error::invalid(name, "day-form")),
    };
    Ok(NewEvent {
        at: day("at")?.ok_or_else(|| Error::invalid("at", "day-form"))?,
        change,
        decision: typed(form, "decision").to_owned(),
        decided_on: day("decided_on")?,
        note: Some(typed(form, "note").to_owned()).filter(|n| !n.is_empty()),
    })
}

fn page(ctx: &Ctx, org: &Org, kind: ChangeKind, form: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("org-change-add");
    let kinds: Vec<(String, Href, bool)> = ChangeKind::ALL
        .into_iter()
        .map(|k| {
            let href = Href::new(HERE).with("kind", k.as_str()).with("unit", typed(form, "unit"));
            (tr.dynamic("org-change-kind-", k.as_str()), href, k == kind)
        })
        .collect();
    let content = html! {
        (page_head(&title, Some(&tr.dynamic("org-change-lead-", kind.as_str())), html! {}))
        (tabs(&tr.t("org-change-kind"), &kinds))
        (error_summary(tr, errors))
        form class="card" method="post" action=(HERE) {
            div class="card-body" {
                (ctx.csrf_field())
                input type="hidden" name="kind" value=(kind.as_str());
                (inputs(ctx, org, kind, form, errors))
                fieldset {
                    legend { (tr.t("org-basis")) }
                    (day_field("at", &tr.t("org-change-at"), typed(form, "at"), &tr.t("org-change-at-hint"), errors))
                    (Field::text("decision", &tr.t("org-decision")).value(typed(form, "decision")).hint(&tr.t("org-decision-hint")).error(field_error(errors, "decision")).max(60).render())
                    (day_field("decided_on", &tr.t("org-decided-on"), typed(form, "decided_on"), "", errors))
                    (Field::area("note", &tr.t("org-note"), 2).value(typed(form, "note")).max(1000).render())
                }
                div class="form-actions" { (button(&tr.t("org-change-save"), "button-primary")) a class="button button-quiet" href="/don-vi/bien-dong" { (tr.t("org-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}

fn inputs(ctx: &Ctx, org: &Org, kind: ChangeKind, form: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let at = parse_day(typed(form, "at")).unwrap_or(ctx.now);
    let one =
        |name: &'static str, label: String, none: Option<String>| select(org, (name, label, none), form, errors, at);
    match kind {
        ChangeKind::Rename => html! {
            (one("unit", tr.t("org-unit"), None))
            (Field::text("name", &tr.t("org-change-name")).value(typed(form, "name")).error(field_error(errors, "name")).required().max(200).render())
            (Field::text("short", &tr.t("org-short")).value(typed(form, "short")).error(field_error(errors, "short")).max(60).render())
        },
        ChangeKind::Move => html! {
            (one("unit", tr.t("org-unit"), None))
            (one("into", tr.t("org-change-parent"), Some(tr.t("org-parent-none"))))
        },
        ChangeKind::Merge => html! {
            (boxes(ctx, org, "from", &tr.t("org-change-from"), form, errors, at))
            (one("into", tr.t("org-change-into"), None))
            p class="field-hint" { (tr.t("org-change-into-hint")) " " a href="/don-vi/them" { (tr.t("org-unit-add")) } }
        },
        ChangeKind::Split => html! {
            (one("unit", tr.t("org-unit"), None))
            (boxes(ctx, org, "into", &tr.t("org-change-heirs"), form, errors, at))
            p class="field-hint" { (tr.t("org-change-heirs-hint")) " " a href="/don-vi/them" { (tr.t("org-unit-add")) } }
        },
        ChangeKind::Dissolve => html! {
            (one("unit", tr.t("org-unit"), None))
            (one("into", tr.t("org-successor"), Some(tr.t("org-successor-none"))))
        },
    }
}

/// Units that have not ended by then, or are to begin later; name and code.
fn choices(org: &Org, at: Timestamp) -> Vec<(String, String)> {
    let open = |l: &&Life| l.to.is_none_or(|to| at < to);
    let timeline = org.timeline();
    let named = |l: &Life| l.form_at(at).map(|f| (l.id.to_string(), format!("{} ({})", f.name, l.code)));
    timeline.lives().iter().filter(open).filter_map(named).collect()
}

fn select(
    org: &Org,
    (name, label, none): (&'static str, String, Option<String>),
    form: &Typed,
    errors: &[FieldError],
    at: Timestamp,
) -> Markup {
    let required = none.is_none();
    let mut options = vec![(String::new(), none.unwrap_or_else(|| "—".to_owned()))];
    options.extend(choices(org, at));
    let field = Field::select(name, &label, options).value(typed(form, name)).error(field_error(errors, name));
    if required { field.required().render() } else { field.render() }
}

fn boxes(
    ctx: &Ctx,
    org: &Org,
    group: &'static str,
    label: &str,
    form: &Typed,
    errors: &[FieldError],
    at: Timestamp,
) -> Markup {
    let _ = ctx;
    let chosen = ticked(form, group);
    html! {
        fieldset id={ "f-" (group) } {
            legend { (label) }
            @if let Some(error) = field_error(errors, group) { p class="field-error" { (error) } }
            div class="choices" {
                @for (id, name) in choices(org, at) {
                    (Field::check(&format!("{group}.{id}"), &name).value(if chosen.iter().any(|c| c.as_str() == id) { "1" } else { "" }).render())
                }
            }
        }
    }
}
