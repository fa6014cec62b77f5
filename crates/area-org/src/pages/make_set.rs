//! `/don-vi/tap/them`, `/don-vi/tap/{code}/moi`: making a version of a set, by rule or by hand.

use super::sets::{HERE, province};
use super::{block_name, day_field, field_mistakes};
use crate::model::{Block, DenominatorSet, Members, NewSet, SetRule, day_text, parse_day};
use crate::org::Org;
use crate::{ops, store};
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, FieldError, Result};
use base_ui::{Field, Href, button, error_summary, field_error, page_head};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was typed, by field; boxes are fields `block.<word>` and `unit.<code>`.
type Typed = BTreeMap<String, String>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", |v| v.trim())
}

fn ticked(form: &Typed, group: &str) -> Vec<String> {
    form.keys().filter_map(|n| n.strip_prefix(group)?.strip_prefix('.')).map(str::to_owned).collect()
}

pub(crate) async fn show_new(ctx: Ctx, Extension(org): Extension<Arc<Org>>) -> WebResult<Markup> {
    province(&ctx, Action::UnitsManage)?;
    let form = Typed::from([("how".into(), "rule".into()), ("as_of".into(), day_text(ctx.now))]);
    Ok(page(&ctx, &org, None, &form, &[]))
}

pub(crate) async fn send_new(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Form(form): Form<Typed>) -> WebResult {
    let code = typed(&form, "code").to_owned();
    if store::set::newest_of(&org.db, &code).await?.is_some() {
        let errors = field_mistakes(&ctx.tr, Error::invalid("code", "set-taken"))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &org, None, &form, &errors)).into_response());
    }
    finish(&ctx, &org, None, &code, &form).await
}

pub(crate) async fn show(ctx: Ctx, Extension(org): Extension<Arc<Org>>, Path(code): Path<String>) -> WebResult<Markup> {
    let set = wanted(&ctx, &org, &code).await?;
    let mut form = Typed::from([
        ("name_vi".to_owned(), set.name_vi.clone()),
        ("name_en".to_owned(), set.name_en.clone()),
        ("note".to_owned(), set.note.clone().unwrap_or_default()),
        ("how".to_owned(), if set.rule.is_some() { "rule" } else { "hand" }.to_owned()),
        // A new version of a rule is usually the same rule on another day: today.
        ("as_of".to_owned(), day_text(ctx.now)),
    ]);
    let blocks = set.rule.iter().flat_map(|r| &r.blocks).map(|b| format!("block.{b}"));
    let units = set.units.iter().map(|u| format!("unit.{u}"));
    form.extend(blocks.chain(units).map(|name| (name, "1".to_owned())));
    Ok(page(&ctx, &org, Some(&set), &form, &[]))
}

pub(crate) async fn send(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(code): Path<String>,
    Form(form): Form<Typed>,
) -> WebResult {
    let set = wanted(&ctx, &org, &code).await?;
    finish(&ctx, &org, Some(&set), &set.code, &form).await
}

async fn wanted(ctx: &Ctx, org: &Org, code: &str) -> Result<DenominatorSet> {
    province(ctx, Action::UnitsManage)?;
    store::set::newest_of(&org.db, code).await?.ok_or_else(|| Error::not_found("there is no such set"))
}

async fn finish(ctx: &Ctx, org: &Org, set: Option<&DenominatorSet>, code: &str, form: &Typed) -> WebResult {
    let made = match parse(code, form) {
        Ok(new) => ops::make_set(org, ctx, &new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) if set.is_some_and(|s| s.version == made.version) => {
            Ok(ctx.done(Href::new(HERE).segment(code), ctx.tr.t("org-set-same")))
        }
        Ok(made) => {
            let text = ctx.tr.ta("org-set-made-version", &[("n", &made.version)]);
            Ok(ctx.done(Href::new(HERE).segment(code), text))
        }
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(ctx, org, set, form, &errors)).into_response())
        }
    }
}

fn parse(code: &str, form: &Typed) -> Result<NewSet> {
    let members = if typed(form, "how") == "hand" {
        Members::Hand(ticked(form, "unit"))
    } else {
        let as_of = parse_day(typed(form, "as_of")).ok_or_else(|| Error::invalid("as_of", "day-form"))?;
        // In the order of the official list, so that the same boxes make the same rule.
        let chosen = ticked(form, "block");
        let blocks = Block::ALL.into_iter().map(|b| b.as_str().to_owned()).filter(|b| chosen.contains(b)).collect();
        Members::Rule(SetRule { blocks, as_of })
    };
    Ok(NewSet {
        code: code.to_owned(),
        name_vi: typed(form, "name_vi").to_owned(),
        name_en: typed(form, "name_en").to_owned(),
        note: typed(form, "note").to_owned(),
        members,
    })
}

fn page(ctx: &Ctx, org: &Org, set: Option<&DenominatorSet>, form: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = if set.is_some() { tr.t("org-set-new-version") } else { tr.t("org-set-add") };
    let (address, back) = match set {
        Some(set) => (Href::new(HERE).segment(&set.code).segment("moi"), Href::new(HERE).segment(&set.code)),
        None => (Href::new("/don-vi/tap/them"), Href::new(HERE)),
    };
    let wrong = |name: &str| field_error(errors, name);
    let hows = vec![("rule".to_owned(), tr.t("org-set-how-rule")), ("hand".to_owned(), tr.t("org-set-how-hand"))];
    let content = html! {
        (page_head(&title, set.map(|s| s.name_vi.as_str()), html! {}))
        (error_summary(tr, errors))
        form class="card" method="post" action=(address) {
            div class="card-body" {
                (ctx.csrf_field())
                @if set.is_none() {
                    (Field::text("code", &tr.t("org-code")).value(typed(form, "code")).hint(&tr.t("org-set-code-hint")).error(wrong("code")).required().max(40).focus().render())
                }
                (Field::text("name_vi", &tr.t("org-set-name-vi")).value(typed(form, "name_vi")).error(wrong("name_vi")).required().max(120).render())
                (Field::text("name_en", &tr.t("org-set-name-en")).value(typed(form, "name_en")).error(wrong("name_en")).required().max(120).render())
                (Field::select("how", &tr.t("org-set-how"), hows).value(typed(form, "how")).render())
                (by_rule(ctx, form, errors))
                (by_hand(ctx, org, form, errors))
                (Field::area("note", &tr.t("org-note"), 2).value(typed(form, "note")).error(wrong("note")).max(1000).render())
                div class="form-actions" { (button(&tr.t("org-set-save"), "button-primary")) a class="button button-quiet" href=(back) { (tr.t("org-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}

fn by_rule(ctx: &Ctx, form: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let on = |name: &str| if form.contains_key(name) { "1" } else { "" };
    html! {
        fieldset id="f-blocks" {
            legend { (tr.t("org-set-how-rule")) }
            @if let Some(error) = field_error(errors, "blocks") { p class="field-error" { (error) } }
            div class="choices" {
                @for block in Block::ALL {
                    (Field::check(&format!("block.{}", block.as_str()), &block_name(tr, block)).value(on(&format!("block.{}", block.as_str()))).render())
                }
            }
            (day_field("as_of", &tr.t("org-as-of"), typed(form, "as_of"), &tr.t("org-set-as-of-hint"), errors))
        }
    }
}

fn by_hand(ctx: &Ctx, org: &Org, form: &Typed, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let timeline = org.timeline();
    let on = |name: &str| if form.contains_key(name) { "1" } else { "" };
    let open = typed(form, "how") == "hand";
    html! {
        details open[open || field_error(errors, "units").is_some()] {
            summary { (tr.t("org-set-how-hand")) }
            fieldset id="f-units" {
                legend class="visually-hidden" { (tr.t("org-set-how-hand")) }
                @if let Some(error) = field_error(errors, "units") { p class="field-error" { (error) } }
                div class="choices" {
                    @for life in timeline.lives() {
                        @if let Some(shape) = life.form_at(ctx.now) {
                            @let ended = if life.to.is_some_and(|t| t <= ctx.now) { format!(" — {}", tr.t("org-ended")) } else { String::new() };
                            (Field::check(&format!("unit.{}", life.code), &format!("{} ({}){ended}", shape.name, life.code)).value(on(&format!("unit.{}", life.code))).render())
                        }
                    }
                }
            }
        }
    }
}
