//! The health of a source: rate against its own normal, lag, what could not be read, fields that are new.

use crate::ops::read_sources::Full;
use base_ui::{Column, Row, Tone, badge, code, empty, kv, section, time_full};
use base_web::Ctx;
use maud::{Markup, html};

/// The part of the page of a source.
pub(super) fn part(ctx: &Ctx, full: &Full) -> Markup {
    html! { (pace(ctx, full)) (unread(ctx, full)) (new_fields(ctx, full)) }
}

fn pace(ctx: &Ctx, full: &Full) -> Markup {
    let (tr, p) = (&ctx.tr, &full.pace);
    let seconds = |ms: i64| tr.ta("events-seconds", &[("n", &(super::height(ms.div_euclid(100)) / 10.0))]);
    let normal = match p.normal {
        Some(n) => html! { (tr.number(n)) },
        None => html! { span class="muted" { (tr.t("events-pace-unknown")) } },
    };
    let rows = [
        (
            tr.t("events-pace-last"),
            html! {
                (tr.number(p.last)) " "
                @if p.is_odd() { (badge(Tone::Warn, &tr.t("events-pace-odd"))) }
            },
        ),
        (tr.t("events-pace-normal"), normal),
        (tr.t("events-lag-mean"), html! { @match p.lag_mean { Some(ms) => { (seconds(ms)) } None => { "—" } } }),
        (tr.t("events-lag-most"), html! { (seconds(p.lag_most.max(0))) }),
        (
            tr.t("events-lag-ahead"),
            html! {
                (tr.number(p.ahead)) " "
                @if p.ahead > 0 { (badge(Tone::Warn, &tr.t("events-clock-wrong"))) }
            },
        ),
    ];
    section(&tr.t("events-pace-title"), html! {}, kv(&rows))
}

fn unread(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let body = if full.unread.is_empty() {
        empty(&tr.t("events-unread-none"), &tr.t("events-unread-none-hint"), None)
    } else {
        html! {
            p class="small muted" { (tr.t("events-unread-hint")) }
            @for one in &full.unread { p class="small" { (time_full(tr, one.at)) " · " span class="mono" { (one.kind) } } (code(&one.raw)) }
        }
    };
    section(&tr.t("events-unread-title"), html! {}, body)
}

fn new_fields(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-drift-title");
    if full.new_fields.is_empty() {
        return section(&title, html! {}, empty(&tr.t("events-drift-none"), &tr.t("events-drift-none-hint"), None));
    }
    let columns = [
        Column::text(tr.t("events-drift-field")),
        Column::text(tr.t("events-column-kind")),
        Column::narrow(tr.t("events-column-first")),
    ];
    let rows = full.new_fields.iter().map(|f| {
        Row::new(vec![
            html! { span class="mono" { (f.name) } },
            html! { span class="mono small" { (f.kind) } },
            time_full(tr, f.first_seen),
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}
