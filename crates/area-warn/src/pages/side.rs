//! Beside a warning: its facts, the unit's answer, its mails and history. Fetched again on news.

use super::{href, office, state_badge, vietnamese};
use crate::model::outbox::MailState;
use crate::model::{HistoryEntry, HistoryKind, OutboxMail, Warning};
use crate::ops::read_warning::{Full, read_warning};
use crate::ports::WarnPorts;
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::WarningId;
use base_ui::{Tone, badge, button, card, kv, notice, time, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// `GET /canh-bao-don-vi/{id}/tinh-hinh`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let vi = vietnamese(&ctx);
    let full = read_warning(office(&ctx, &ports, &vi), &ctx, &WarningId::new(id)).await?;
    let part = part(&ctx, &ports, &full);
    Ok(ctx.fragment_or(part, |part| ctx.page(&full.warning.code, part)))
}

/// The part.
pub(super) fn part(ctx: &Ctx, ports: &WarnPorts, full: &Full) -> Markup {
    let tr = &ctx.tr;
    html! {
        (card(&tr.t("warn-facts"), facts(ctx, &full.warning)))
        @if let Some(note) = &full.warning.ack_note {
            (card(&tr.t("warn-answered"), html! {
                p { (note) }
                p class="small muted" {
                    (full.warning.ack_name.as_deref().unwrap_or_default())
                    @if let Some(at) = full.warning.ack_at { " · " (time_full(tr, at)) }
                }
            }))
        }
        @if ctx.may(Action::WarningsSend) { (mails(ctx, ports, full)) }
        (card(&tr.t("warn-history"), history(ctx, &full.history)))
    }
}

fn facts(ctx: &Ctx, w: &Warning) -> Markup {
    let tr = &ctx.tr;
    kv(&[
        (tr.t("warn-col-state"), state_badge(tr, w, ctx.now)),
        (tr.t("warn-col-unit"), html! { (ctx.web.units().name(&w.unit)) }),
        (tr.t("warn-col-severity"), base_ui::severity(tr, w.severity)),
        (tr.t("warn-col-issued"), html! { (time_full(tr, w.issued_at)) " · " (w.issued_name) }),
        (tr.t("warn-col-due"), time_full(tr, w.due_at)),
    ])
}

fn mails(ctx: &Ctx, ports: &WarnPorts, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let open = full.warning.ack_at.is_none();
    let unsent = full.mails.iter().any(|m| m.state != MailState::Sent);
    card(
        &tr.t("warn-mails"),
        html! {
            @if full.mails.is_empty() { p class="muted" { (tr.t("warn-mails-none")) } }
            @if ports.mail.is_none() && unsent { (notice(Tone::Warn, html! { p { (tr.t("warn-no-mail")) } })) }
            ul class="plain-list" { @for mail in &full.mails { li { (mail_line(ctx, mail)) } } }
            div class="form-actions" {
                @if open { (post(ctx, &full.warning, "nhac", &tr.t("warn-remind"))) }
                @if unsent && ports.mail.is_some() { (post(ctx, &full.warning, "gui-lai", &tr.t("warn-resend"))) }
            }
        },
    )
}

fn post(ctx: &Ctx, w: &Warning, act: &str, label: &str) -> Markup {
    html! { form method="post" action=(href(&w.id).segment(act)) { (ctx.csrf_field()) (button(label, "")) } }
}

fn mail_line(ctx: &Ctx, mail: &OutboxMail) -> Markup {
    let tr = &ctx.tr;
    let tone = match mail.state {
        MailState::Waiting => Tone::Info,
        MailState::Sent => Tone::Good,
        MailState::Failed => Tone::Bad,
    };
    html! {
        (badge(tone, &tr.dynamic("warn-mail-", mail.state.as_str()))) " "
        span class="mono" { (mail.to_address) }
        @if let Some(at) = mail.sent_at { " · " (time(tr, at, ctx.now)) }
        @if let Some(error) = mail.last_error.as_ref().filter(|_| mail.state != MailState::Sent) {
            div class="small" { (tr.ta("warn-mail-error", &[("n", &mail.attempts)])) " " (error) }
        }
    }
}

fn history(ctx: &Ctx, entries: &[HistoryEntry]) -> Markup {
    let tr = &ctx.tr;
    html! {
        ol class="timeline" {
            @for entry in entries {
                li {
                    div { strong { (tr.dynamic("warn-event-", entry.kind.as_str())) } }
                    @if !entry.note.is_empty() && entry.kind != HistoryKind::Acknowledged { div { (entry.note) } }
                    div class="small muted" {
                        (time_full(tr, entry.at))
                        @if !entry.actor_name.is_empty() { " · " (entry.actor_name) }
                    }
                }
            }
        }
    }
}
