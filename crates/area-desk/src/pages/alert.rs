//! The alert page: what happened, why it matters, what to do now, until when; and the acts on it.

use crate::model::{Alert, RuleSnapshot, State};
use crate::ops::read_alert::{Full, read_alert};
use crate::ops::{add_note, set_state};
use crate::ports::DeskPorts;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{AlertId, Error, FieldError, Kind, Result};
use base_ui::{Field, Href, Icon, Tone, badge, card, code, icon, notice, page_head, section, steps, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Which of the detections kept as evidence is shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    lan: Option<usize>,
}

/// What the form of the page sends.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ActForm {
    /// A state, or `note`.
    to: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    version: i64,
}

/// What a refused form leaves to show.
#[derive(Debug, Default)]
struct Refused {
    note: String,
    fields: Vec<FieldError>,
}

/// Address of an alert's page.
pub(super) fn href(id: &AlertId) -> Href {
    Href::new("/canh-bao").segment(id.as_str())
}

/// `GET /canh-bao/{id}`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<DeskPorts>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    let full = read_alert(ctx.db(), &ctx, &AlertId::new(id)).await?;
    Ok(whole(&ctx, &ports, &full, params.lan.unwrap_or(1), &Refused::default()).await?)
}

/// `GET /canh-bao/{id}/tinh-hinh`: state, warnings and history, fetched again when they change.
pub(super) async fn side(
    ctx: Ctx,
    Extension(ports): Extension<DeskPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let full = read_alert(ctx.db(), &ctx, &AlertId::new(id)).await?;
    let part = super::alert_side::part(&ctx, &ports, &full).await?;
    Ok(ctx.fragment_or(part, |part| ctx.page(&full.alert.title, part)))
}

/// `POST /canh-bao/{id}/xu-ly`
pub(super) async fn act(
    ctx: Ctx,
    Extension(ports): Extension<DeskPorts>,
    Path(id): Path<String>,
    Form(form): Form<ActForm>,
) -> WebResult<Response> {
    let id = AlertId::new(id);
    match apply(&ctx, &id, &form).await {
        Ok(text) => Ok(ctx.done(href(&id), text)),
        Err(error) if error.kind == Kind::Invalid => {
            let full = read_alert(ctx.db(), &ctx, &id).await?;
            let refused = Refused { note: form.note, fields: in_words(&ctx, error.fields) };
            let page = whole(&ctx, &ports, &full, 1, &refused).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) if error.kind == Kind::Conflict => Ok(ctx.flash(href(&id), Tone::Warn, ctx.tr.t("desk-conflict"))),
        Err(error) => Err(error.into()),
    }
}

/// The codes of the operation as texts in the person's language.
fn in_words(ctx: &Ctx, mut fields: Vec<FieldError>) -> Vec<FieldError> {
    for field in &mut fields {
        field.message = ctx.tr.dynamic("desk-error-", &field.message);
    }
    fields
}

async fn apply(ctx: &Ctx, id: &AlertId, form: &ActForm) -> Result<String> {
    let news = ctx.web.news().clone();
    let tell = move |alert: &Alert| news.send(crate::news(alert.unit.as_ref()));
    let (db, ids) = (ctx.db(), ctx.web.ids());
    if form.to == "note" {
        add_note::add_note(db, ids, ctx, id, &form.note, tell).await?;
        return Ok(ctx.tr.t("desk-done-note"));
    }
    let to = State::parse(&form.to)
        .ok_or_else(|| Error::new(Kind::Invalid, format!("'{}' is no state of an alert", form.to)))?;
    let input = set_state::Input { alert: id.clone(), to, note: form.note.clone(), version: form.version };
    set_state::set_state(db, ids, ctx.web.news(), ctx, &input, tell).await?;
    Ok(ctx.tr.dynamic("desk-done-", to.as_str()))
}

async fn whole(ctx: &Ctx, ports: &DeskPorts, full: &Full, shown: usize, refused: &Refused) -> Result<Markup> {
    let alert = &full.alert;
    let side = super::alert_side::part(ctx, ports, full).await?;
    let live = href(&alert.id).segment("tinh-hinh");
    let title = alert.headline(ctx.tr.lang());
    let second = (title != alert.title).then(|| ctx.tr.ta("desk-rule-named", &[("title", &alert.title)]));
    let content = html! {
        (page_head(&title, second.as_deref(), actions(ctx, alert)))
        p class="row" {
            (base_ui::severity(&ctx.tr, alert.severity))
            (super::state_badge(&ctx.tr, alert.state))
            (due(ctx, alert))
        }
        div class="split" {
            div class="stack" {
                (explanation(ctx, alert))
                (super::alert_event::part(ctx, full, shown))
                (super::around::placeholder(ctx, alert))
                (rule(ctx, full.rule.as_ref(), alert))
            }
            aside class="stack" aria-label=(ctx.tr.t("desk-side-label")) {
                (form(ctx, alert, refused))
                div class="stack" data-live="alerts warnings" data-live-url=(live) { (side) }
            }
        }
    };
    Ok(ctx.page(&title, content))
}

fn actions(ctx: &Ctx, alert: &Alert) -> Markup {
    html! {
        @if ctx.may(Action::WarningsSend) && alert.unit.is_some() {
            a class="button button-primary" href=(Href::new("/canh-bao-don-vi/moi").with("alert", alert.id.as_str())) {
                (icon(Icon::Megaphone)) (ctx.tr.t("desk-warn-unit"))
            }
        }
        a class="button button-quiet" href="/canh-bao" { (ctx.tr.t("desk-back-to-list")) }
    }
}

/// Until when somebody should have dealt with it; nothing once it is closed.
fn due(ctx: &Ctx, alert: &Alert) -> Markup {
    let tr = &ctx.tr;
    match alert.due_at().filter(|_| !alert.state.is_closed()) {
        None => html! {},
        Some(due) if due <= ctx.now => html! {
            (badge(Tone::Bad, &tr.t("desk-overdue"))) span class="small" { (tr.ta("desk-due", &[("time", &tr.time(due))])) }
        },
        Some(due) => html! { span class="small" { (tr.ta("desk-due", &[("time", &tr.time(due))])) } },
    }
}

fn explanation(ctx: &Ctx, alert: &Alert) -> Markup {
    let tr = &ctx.tr;
    let text = alert.explanation(tr.lang());
    card(
        &tr.t("desk-explained"),
        html! {
            h3 { (tr.t("desk-what")) }
            p { (text.what) }
            h3 { (tr.t("desk-why")) }
            p { (text.why) }
            h3 { (tr.t("desk-do")) }
            @if text.do_now.is_empty() { p class="muted" { (tr.t("desk-do-none")) } } @else { (steps(&text.do_now)) }
        },
    )
}

/// What an analyst can do; one note for all of it.
fn form(ctx: &Ctx, alert: &Alert, refused: &Refused) -> Markup {
    let tr = &ctx.tr;
    if !ctx.may(Action::AlertsTriage) {
        return html! {};
    }
    let button = |to: State, class: &str| {
        html! {
            button type="submit" name="to" value=(to.as_str()) class={ "button " (class) } { (tr.dynamic("desk-act-", to.as_str())) }
        }
    };
    card(
        &tr.t("desk-handle"),
        html! {
            @if !refused.fields.is_empty() { (base_ui::error_summary(tr, &refused.fields)) }
            form method="post" action=(href(&alert.id).segment("xu-ly")) {
                (ctx.csrf_field())
                input type="hidden" name="version" value=(alert.version);
                (Field::area("note", &tr.t("desk-note"), 3).value(&refused.note).hint(&tr.t("desk-note-hint"))
                    .error(base_ui::field_error(&refused.fields, "note")).max(4000).render())
                div class="form-actions" {
                    @if alert.state.may_become(State::Looking) {
                        (button(State::Looking, if alert.state == State::New { "button-primary" } else { "" }))
                    }
                    @if alert.state.may_become(State::ClosedTrue) { (button(State::ClosedTrue, "")) }
                    @if alert.state.may_become(State::ClosedFalse) { (button(State::ClosedFalse, "")) }
                    button type="submit" name="to" value="note" class="button button-quiet" { (tr.t("desk-act-note")) }
                }
            }
        },
    )
}

/// The rule as it was when it fired, folded away, with its ATT&CK links.
fn rule(ctx: &Ctx, rule: Option<&RuleSnapshot>, alert: &Alert) -> Markup {
    let tr = &ctx.tr;
    let others = Href::new("/canh-bao").with("rule", &alert.rule);
    let rule_page = Href::new("/quy-tac/luat").segment(&alert.rule);
    let Some(rule) = rule else {
        return notice(Tone::Warn, html! { p { (tr.t("desk-rule-missing")) } });
    };
    section(
        &tr.t("desk-rule"),
        html! {
            @if ctx.may(Action::RulesRead) && !rule.file.is_empty() { a href=(rule_page) { (tr.t("desk-rule-page")) } }
            a href=(others) { (tr.t("desk-rule-others")) }
        },
        html! {
            p { strong { (rule.title) } " " span class="muted mono" { (rule.file) } }
            @if !rule.attack.is_empty() {
                h3 { (tr.t("desk-attack")) }
                ul {
                    @for link in &rule.attack {
                        li {
                            a href=(link.url) rel="noopener noreferrer" target="_blank" {
                                (link.id) @if !link.name.is_empty() && link.name != link.id { " — " (link.name.replace('-', " ")) } " " (icon(Icon::External))
                            }
                        }
                    }
                }
            }
            @if !rule.source_text.is_empty() {
                details {
                    summary { (tr.t("desk-rule-text")) }
                    (code(&rule.source_text))
                }
            }
            p class="small muted" { (tr.t("desk-rule-raised")) " " (time_full(tr, alert.raised_at)) }
        },
    )
}
