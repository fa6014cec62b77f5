//! `/canh-bao-don-vi/{id}`: the letter, and the unit's answer. Opening it as the unit marks it read.

use super::{href, office, vietnamese};
use crate::model::Warning;
use crate::ops::acknowledge::mark_read;
use crate::ops::read_warning::{Full, read_warning};
use crate::ports::WarnPorts;
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::{FieldError, Result, WarningId};
use base_ui::{Field, Href, actions, button, card, error_summary, field_error, page_head, section};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};

/// The page.
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    Ok(whole(&ctx, &ports, &WarningId::new(id), "", &[]).await?)
}

/// The page, with what an officer typed and what was wrong with it.
pub(super) async fn whole(
    ctx: &Ctx,
    ports: &WarnPorts,
    id: &WarningId,
    note: &str,
    errors: &[FieldError],
) -> Result<Markup> {
    let vi = vietnamese(ctx);
    let mut full = read_warning(office(ctx, ports, &vi), ctx, id).await?;
    if full.warning.read_at.is_none() && ctx.may(Action::WarningsAcknowledge) {
        let (news, unit) = (ctx.web.news().clone(), full.warning.unit.clone());
        let tell = move || news.send(News::new(crate::TOPIC, Action::WarningsRead).of_unit(Some(&unit)));
        mark_read(office(ctx, ports, &vi), ctx, &full.warning, tell).await?;
        full = read_warning(office(ctx, ports, &vi), ctx, id).await?;
    }
    Ok(view(ctx, ports, &full, note, errors))
}

fn view(ctx: &Ctx, ports: &WarnPorts, full: &Full, note: &str, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let w = &full.warning;
    let title = tr.ta("warn-one-title", &[("code", &w.code)]);
    let live = href(&w.id).segment("tinh-hinh");
    let content = html! {
        (page_head(&title, Some(&w.subject), html! {
            @if let Some(alert) = w.alert.as_ref().filter(|_| ctx.may(Action::AlertsRead)) {
                a class="button" href=(Href::new("/canh-bao").segment(alert.as_str())) { (tr.t("warn-see-alert")) }
            }
            a class="button button-quiet" href=(super::LIST) { (tr.t("warn-back")) }
        }))
        div class="split" {
            div class="stack" {
                (section(&tr.t("warn-letter"), html! {}, letter(w)))
                (answer(ctx, w, note, errors))
            }
            aside class="stack" aria-label=(tr.t("warn-side")) {
                div class="stack" data-live=(crate::TOPIC) data-live-url=(live) { (super::side::part(ctx, ports, full)) }
            }
        }
    };
    ctx.page(&title, content)
}

/// The text as written, paragraph by paragraph.
fn letter(w: &Warning) -> Markup {
    html! {
        div class="letter" lang="vi" {
            @for paragraph in w.body.split("\n\n") {
                p { @for (n, line) in paragraph.lines().enumerate() { @if n > 0 { br; } (line) } }
            }
        }
    }
}

/// The form of the unit, or what it answered.
fn answer(ctx: &Ctx, w: &Warning, note: &str, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let may = ctx.principal.scope_for(Action::WarningsAcknowledge).is_some_and(|s| s.contains(&w.unit));
    if w.ack_at.is_some() || !may {
        return html! {};
    }
    card(
        &tr.t("warn-answer"),
        html! {
            p { (tr.ta("warn-answer-lead", &[("due", &tr.time(w.due_at))])) }
            (error_summary(tr, errors))
            form method="post" action=(href(&w.id).segment("xac-nhan")) {
                (ctx.csrf_field())
                (Field::area("note", &tr.t("warn-note"), 4).value(note).required().max(4000)
                    .hint(&tr.t("warn-note-hint")).error(field_error(errors, "note")).render())
                (actions(button(&tr.t("warn-acknowledge"), "button-primary")))
            }
        },
    )
}
