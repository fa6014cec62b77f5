//! `/quan-tri/nhat-ky/kiem-tra`: whether the trail is whole, what was signed, and how others check it.

use super::LIST;
use crate::ops::read_trail::{self, Check};
use crate::ports::AuditPorts;
use axum::Extension;
use base_audit::{Broken, Fault, Signed};
use base_ui::{Column, Href, Row, Tone, badge, code, copyable, notice, page_head, section, steps, table, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// The page.
pub(crate) async fn page(ctx: Ctx, Extension(ports): Extension<AuditPorts>) -> WebResult<Markup> {
    let check = read_trail::verify(ctx.db(), &ctx, &ports).await?;
    let tr = &ctx.tr;
    let title = tr.t("audit-check-title");
    let key = ports.signer.key().to_string();
    let content = html! {
        (page_head(&title, Some(&tr.t("audit-check-lead")), html! {
            a class="button button-quiet" href=(LIST) { (tr.t("audit-back")) }
            a class="button" href="/quan-tri/nhat-ky/xuat.ndjson" { (tr.t("audit-export-whole")) }
        }))
        (verdict(&ctx, &check))
        (section(&tr.t("audit-checkpoints"), html! {}, checkpoints(&ctx, &ports, &check.checkpoints)))
        (section(&tr.t("audit-key-title"), html! {}, html! {
            p { (tr.t("audit-key-text")) }
            p { (copyable(tr, &key)) }
            (steps(&[tr.t("audit-key-step-export"), tr.t("audit-key-step-carry"), tr.t("audit-key-step-verify")]))
            (code(&format!("mangrove audit verify --export nhat-ky.ndjson --key {key}")))
        }))
    };
    Ok(ctx.page(&title, content))
}

fn verdict(ctx: &Ctx, check: &Check) -> Markup {
    let tr = &ctx.tr;
    match &check.verdict {
        Ok(whole) => {
            let since = whole.acts.saturating_sub(whole.signed);
            notice(
                Tone::Good,
                html! {
                    p { (tr.ta("audit-whole", &[("n", &whole.acts)])) }
                    p class="small" { (tr.ta("audit-whole-signed", &[("n", &whole.signed), ("since", &since)])) }
                    p class="small" { (tr.t("audit-head")) " " (copyable(tr, &whole.head)) }
                },
            )
        }
        Err(broken) => notice(
            Tone::Bad,
            html! {
                p { strong { (fault(ctx, *broken)) } }
                p { (tr.t("audit-broken-do")) }
                p { a href=(Href::new(LIST).with("before", broken.seq.saturating_add(5).to_string())) { (tr.t("audit-broken-around")) } }
            },
        ),
    }
}

fn fault(ctx: &Ctx, broken: Broken) -> String {
    let tr = &ctx.tr;
    let seq = &broken.seq;
    match broken.fault {
        Fault::Altered => tr.ta("audit-fault-altered", &[("n", seq)]),
        Fault::Removed(count) => tr.ta("audit-fault-removed", &[("n", seq), ("count", &count)]),
        Fault::Inserted(count) => tr.ta("audit-fault-inserted", &[("n", seq), ("count", &count)]),
        Fault::Moved(to) => tr.ta("audit-fault-moved", &[("n", seq), ("to", &to)]),
        Fault::CutOff(count) => tr.ta("audit-fault-cut-off", &[("n", seq), ("count", &count)]),
        Fault::Rewritten(to) => tr.ta("audit-fault-rewritten", &[("n", seq), ("to", &to)]),
        Fault::FalseCheckpoint(count) => tr.ta("audit-fault-false-checkpoint", &[("count", &count)]),
    }
}

fn checkpoints(ctx: &Ctx, ports: &AuditPorts, signed: &[Signed]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::narrow(tr.t("audit-checkpoint-at")),
        Column::number(tr.t("audit-checkpoint-size")),
        Column::text(tr.t("audit-checkpoint-sent")),
        Column::text(tr.t("audit-checkpoint-note")),
    ];
    let rows = signed.iter().map(|one| {
        let sent = match (&one.sent_at, &one.sent_to) {
            (Some(at), Some(to)) => html! { (time_full(tr, *at)) br; span class="small muted" { (to) } },
            _ if ports.couriers.is_empty() => html! { span class="muted" { "—" } },
            _ => badge(Tone::Warn, &tr.t("audit-checkpoint-waiting")),
        };
        let note = html! { details { summary { (tr.t("audit-checkpoint-show")) } (code(&one.note)) } };
        Row::new(vec![time_full(tr, one.at), html! { (tr.number(one.size)) }, sent, note])
    });
    html! {
        @if ports.couriers.is_empty() { (notice(Tone::Warn, html! { p { (tr.t("audit-no-courier")) } })) }
        @if signed.is_empty() { p class="muted" { (tr.t("audit-checkpoints-none")) } } @else {
            (table(&tr.t("audit-checkpoints"), &columns, None, rows.collect()))
        }
    }
}
