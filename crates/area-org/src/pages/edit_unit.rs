//! `/don-vi/them`, `/don-vi/{code}/sua`: adding and changing a unit.

use super::units::PAGE;
use super::{block_name, day_field, field_mistakes};
use crate::model::{Block, NewUnit, Unit, day_text, parse_day};
use crate::ops::{self, Edit};
use crate::org::Org;
use crate::store;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, FieldError, Result, Timestamp};
use base_ui::{Field, Href, button, error_summary, field_error, page_head};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

type Ext = Extension<Arc<Org>>;

/// The form as typed; everything is text until it is checked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    code: String,
    name: String,
    #[serde(default)]
    short: String,
    block: String,
    #[serde(default)]
    machines: String,
    #[serde(default)]
    servers: String,
    #[serde(default)]
    staff: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    electronic_id: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    version: i64,
}

impl Typed {
    fn of(unit: &Unit) -> Self {
        let number = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        let day = |t: Option<Timestamp>| t.map_or_else(String::new, day_text);
        Self {
            code: unit.code.clone(),
            name: unit.name.clone(),
            short: unit.short.clone(),
            block: unit.block.as_str().to_owned(),
            machines: number(unit.machines_declared),
            servers: number(unit.servers_declared),
            staff: number(unit.staff_declared),
            valid_from: day(unit.valid_from),
            // The id of a unit is its code.
            parent: unit.parent.as_ref().map(ToString::to_string).unwrap_or_default(),
            electronic_id: unit.electronic_id.clone().unwrap_or_default(),
            decision: unit.decision.clone().unwrap_or_default(),
            note: unit.note.clone().unwrap_or_default(),
            version: unit.version,
        }
    }

    /// What is typed; its end, which is not typed here, stays as it is.
    fn parse(&self, stored: Option<&Unit>) -> Result<NewUnit> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Ok(NewUnit {
            block: Block::parse(&self.block).ok_or_else(|| Error::invalid("block", "block-unknown"))?,
            short: self.short.clone(),
            position: stored.map(|u| u.position),
            machines_declared: number(&self.machines, "machines")?,
            servers_declared: number(&self.servers, "servers")?,
            staff_declared: number(&self.staff, "staff")?,
            is_assumed: stored.is_some_and(|u| u.is_assumed),
            note: filled(&self.note),
            valid_from: day(&self.valid_from, "valid_from")?,
            valid_to: stored.and_then(|u| u.valid_to),
            successor: stored.and_then(|u| u.successor.as_ref()).map(ToString::to_string),
            parent: filled(&self.parent),
            electronic_id: filled(&self.electronic_id),
            decision: filled(&self.decision),
            ..NewUnit::new(self.code.trim().to_ascii_uppercase(), self.name.trim(), Block::Department)
        })
    }
}

fn number(text: &str, field: &str) -> Result<Option<i64>> {
    let plain: String = text.chars().filter(|c| !matches!(c, '.' | ' ' | ',')).collect();
    match plain.as_str() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| Error::invalid(field, "count-form")),
    }
}

/// A day as a date field sends it.
fn day(text: &str, field: &str) -> Result<Option<Timestamp>> {
    match text.trim() {
        "" => Ok(None),
        day => parse_day(day).map(Some).ok_or_else(|| Error::invalid(field, "day-form")),
    }
}

pub(crate) async fn show_new(ctx: Ctx) -> Markup {
    page(&ctx, None, &Typed { block: Block::Department.as_str().to_owned(), ..Typed::default() }, &[])
}

pub(crate) async fn send_new(ctx: Ctx, Extension(org): Ext, Form(typed): Form<Typed>) -> WebResult {
    let saved = match typed.parse(None) {
        Ok(unit) => ops::save_unit(&org, &ctx, &unit, Edit::Add).await,
        Err(error) => Err(error),
    };
    finish(&ctx, None, &typed, saved.map(|_| ()))
}

pub(crate) async fn show(ctx: Ctx, Extension(org): Ext, Path(code): Path<String>) -> WebResult<Markup> {
    let unit = wanted(&ctx, &org, &code).await?;
    Ok(page(&ctx, Some(&unit), &Typed::of(&unit), &[]))
}

pub(crate) async fn send(
    ctx: Ctx,
    Extension(org): Ext,
    Path(code): Path<String>,
    Form(mut typed): Form<Typed>,
) -> WebResult {
    let unit = wanted(&ctx, &org, &code).await?;
    typed.code.clone_from(&unit.code);
    let saved = match typed.parse(Some(&unit)) {
        Ok(new) => ops::save_unit(&org, &ctx, &new, Edit::Change(typed.version)).await,
        Err(error) => Err(error),
    };
    finish(&ctx, Some(&unit), &typed, saved.map(|_| ()))
}

async fn wanted(ctx: &Ctx, org: &Org, code: &str) -> Result<Unit> {
    let scope = ctx.require(Action::UnitsManage)?;
    let unit = store::unit::by_code(&org.db, &scope, code).await?;
    let unit = unit.ok_or_else(|| Error::not_found("there is no such unit"))?;
    Ok(unit.seen_at(&org.timeline(), ctx.now))
}

fn finish(ctx: &Ctx, unit: Option<&Unit>, typed: &Typed, saved: Result<()>) -> WebResult {
    match saved {
        Ok(()) => {
            let code = typed.code.trim().to_ascii_uppercase();
            Ok(ctx.done(Href::new(PAGE).segment(code), ctx.tr.t("org-unit-saved")))
        }
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(ctx, unit, typed, &errors)).into_response())
        }
    }
}

fn page(ctx: &Ctx, unit: Option<&Unit>, typed: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = if unit.is_some() { tr.t("org-edit") } else { tr.t("org-unit-add") };
    let address = match unit {
        Some(unit) => Href::new(PAGE).segment(&unit.code).segment("sua"),
        None => Href::new("/don-vi/them"),
    };
    let back = unit.map_or_else(|| Href::new(PAGE), |u| Href::new(PAGE).segment(&u.code));
    let content = html! {
        (page_head(&title, unit.map(|u| u.name.as_str()), html! {}))
        (error_summary(tr, errors))
        form class="card" method="post" action=(address) {
            div class="card-body" {
                (ctx.csrf_field())
                input type="hidden" name="version" value=(typed.version);
                (inputs(ctx, unit.is_none(), typed, errors))
                div class="form-actions" { (button(&tr.t("org-save"), "button-primary")) a class="button button-quiet" href=(back) { (tr.t("org-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}

fn inputs(ctx: &Ctx, is_new: bool, typed: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let wrong = |name: &str| field_error(errors, name);
    let blocks = Block::ALL.into_iter().map(|b| (b.as_str().to_owned(), block_name(tr, b))).collect();
    let mut parents = vec![(String::new(), tr.t("org-parent-none"))];
    let others = ctx.web.units().all();
    let open = others.iter().filter(|u| u.code != typed.code && (u.active || u.code == typed.parent));
    parents.extend(open.map(|u| (u.code.clone(), format!("{} ({})", u.name, u.code))));
    let moved = Href::new("/don-vi/bien-dong/them").with("unit", &typed.code);
    html! {
        @if is_new {
            (Field::text("code", &tr.t("org-code")).value(&*typed.code).hint(&tr.t("org-code-hint")).error(wrong("code")).required().max(24).focus().render())
        }
        (Field::text("name", &tr.t("org-unit")).value(&*typed.name).error(wrong("name")).required().max(200).render())
        (Field::text("short", &tr.t("org-short")).value(&*typed.short).error(wrong("short")).max(60).render())
        (Field::select("block", &tr.t("org-block"), blocks).value(&*typed.block).error(wrong("block")).required().render())
        (Field::select("parent", &tr.t("org-parent"), parents).value(&*typed.parent).error(wrong("parent")).render())
        (Field::text("electronic_id", &tr.t("org-electronic-id")).value(&*typed.electronic_id).hint(&tr.t("org-electronic-id-hint")).error(wrong("electronic_id")).max(40).render())
        fieldset {
            legend { (tr.t("org-declared")) }
            p class="field-hint" { (tr.t("org-declared-hint")) }
            (Field::text("machines", &tr.t("org-machines-declared")).value(&*typed.machines).error(wrong("machines")).max(9).render())
            (Field::text("servers", &tr.t("org-servers-declared")).value(&*typed.servers).error(wrong("servers")).max(9).render())
            (Field::text("staff", &tr.t("org-staff-declared")).value(&*typed.staff).error(wrong("staff")).max(9).render())
        }
        fieldset {
            legend { (tr.t("org-life")) }
            (day_field("valid_from", &tr.t("org-valid-from"), &typed.valid_from, &tr.t("org-valid-from-hint"), errors))
            (Field::text("decision", &tr.t("org-founded-by")).value(&*typed.decision).hint(&tr.t("org-decision-hint")).error(wrong("decision")).max(60).render())
            @if !is_new { p class="field-hint" { (tr.t("org-life-hint")) " " a href=(moved) { (tr.t("org-change-add")) } } }
        }
        (Field::area("note", &tr.t("org-note"), 3).value(&*typed.note).max(1000).render())
    }
}
