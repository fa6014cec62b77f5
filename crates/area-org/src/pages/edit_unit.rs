//! `/don-vi/them`, `/don-vi/{code}/sua`: adding and changing a unit.

use super::units::PAGE;
use super::{block_name, field_mistakes};
use crate::model::{Block, NewUnit, Unit};
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
    valid_to: String,
    #[serde(default)]
    successor: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    version: i64,
}

impl Typed {
    fn of(ctx: &Ctx, unit: &Unit) -> Self {
        let number = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        let day = |t: Option<Timestamp>| t.map_or_else(String::new, day_of);
        let successor = unit.successor.as_ref().and_then(|id| ctx.web.units().unit(id));
        Self {
            code: unit.code.clone(),
            name: unit.name.clone(),
            short: unit.short.clone(),
            block: unit.block.as_str().to_owned(),
            machines: number(unit.machines_declared),
            servers: number(unit.servers_declared),
            staff: number(unit.staff_declared),
            valid_from: day(unit.valid_from),
            valid_to: day(unit.valid_to),
            successor: successor.map(|s| s.code).unwrap_or_default(),
            note: unit.note.clone().unwrap_or_default(),
            version: unit.version,
        }
    }

    fn parse(&self, is_assumed: bool, position: Option<i64>) -> Result<NewUnit> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Ok(NewUnit {
            block: Block::parse(&self.block).ok_or_else(|| Error::invalid("block", "block-unknown"))?,
            short: self.short.clone(),
            position,
            machines_declared: number(&self.machines, "machines")?,
            servers_declared: number(&self.servers, "servers")?,
            staff_declared: number(&self.staff, "staff")?,
            is_assumed,
            note: filled(&self.note),
            valid_from: day(&self.valid_from, "valid_from")?,
            valid_to: day(&self.valid_to, "valid_to")?,
            successor: filled(&self.successor),
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

/// A day as a date field sends it; midnight in the province (UTC+7).
fn day(text: &str, field: &str) -> Result<Option<Timestamp>> {
    match text.trim() {
        "" => Ok(None),
        day => match Timestamp::parse_rfc3339(&format!("{day}T00:00:00+07:00")) {
            Some(at) if day.len() == 10 => Ok(Some(at)),
            _ => Err(Error::invalid(field, "day-form")),
        },
    }
}

fn day_of(at: Timestamp) -> String {
    at.plus_secs(7 * 3_600).utc_day()
}

pub(crate) async fn show_new(ctx: Ctx) -> Markup {
    page(&ctx, None, &Typed { block: Block::Department.as_str().to_owned(), ..Typed::default() }, &[])
}

pub(crate) async fn send_new(ctx: Ctx, Extension(org): Ext, Form(typed): Form<Typed>) -> WebResult {
    let saved = match typed.parse(false, None) {
        Ok(unit) => ops::save_unit(&org, &ctx, &unit, Edit::Add).await,
        Err(error) => Err(error),
    };
    finish(&ctx, None, &typed, saved.map(|_| ()))
}

pub(crate) async fn show(ctx: Ctx, Extension(org): Ext, Path(code): Path<String>) -> WebResult<Markup> {
    let unit = wanted(&ctx, &org, &code).await?;
    Ok(page(&ctx, Some(&unit), &Typed::of(&ctx, &unit), &[]))
}

pub(crate) async fn send(
    ctx: Ctx,
    Extension(org): Ext,
    Path(code): Path<String>,
    Form(mut typed): Form<Typed>,
) -> WebResult {
    let unit = wanted(&ctx, &org, &code).await?;
    typed.code.clone_from(&unit.code);
    let saved = match typed.parse(unit.is_assumed, Some(unit.position)) {
        Ok(new) => ops::save_unit(&org, &ctx, &new, Edit::Change(typed.version)).await,
        Err(error) => Err(error),
    };
    finish(&ctx, Some(&unit), &typed, saved.map(|_| ()))
}

async fn wanted(ctx: &Ctx, org: &Org, code: &str) -> Result<Unit> {
    let scope = ctx.require(Action::UnitsManage)?;
    store::unit::by_code(&org.db, &scope, code).await?.ok_or_else(|| Error::not_found("there is no such unit"))
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
    let mut successors = vec![(String::new(), tr.t("org-successor-none"))];
    successors.extend(
        ctx.web.units().all().iter().filter(|u| u.code != typed.code).map(|u| (u.code.clone(), u.name.clone())),
    );
    html! {
        @if is_new {
            (Field::text("code", &tr.t("org-code")).value(&*typed.code).hint(&tr.t("org-code-hint")).error(wrong("code")).required().max(24).focus().render())
        }
        (Field::text("name", &tr.t("org-unit")).value(&*typed.name).error(wrong("name")).required().max(200).render())
        (Field::text("short", &tr.t("org-short")).value(&*typed.short).error(wrong("short")).max(60).render())
        (Field::select("block", &tr.t("org-block"), blocks).value(&*typed.block).error(wrong("block")).required().render())
        fieldset {
            legend { (tr.t("org-declared")) }
            p class="field-hint" { (tr.t("org-declared-hint")) }
            (Field::text("machines", &tr.t("org-machines-declared")).value(&*typed.machines).error(wrong("machines")).max(9).render())
            (Field::text("servers", &tr.t("org-servers-declared")).value(&*typed.servers).error(wrong("servers")).max(9).render())
            (Field::text("staff", &tr.t("org-staff-declared")).value(&*typed.staff).error(wrong("staff")).max(9).render())
        }
        fieldset {
            legend { (tr.t("org-life")) }
            (Field::input("date", "valid_from", &tr.t("org-valid-from")).value(&*typed.valid_from).error(wrong("valid_from")).render())
            (Field::input("date", "valid_to", &tr.t("org-valid-to")).value(&*typed.valid_to).hint(&tr.t("org-valid-to-hint")).error(wrong("valid_to")).render())
            (Field::select("successor", &tr.t("org-successor"), successors).value(&*typed.successor).error(wrong("successor")).render())
        }
        (Field::area("note", &tr.t("org-note"), 3).value(&*typed.note).max(1000).render())
    }
}
