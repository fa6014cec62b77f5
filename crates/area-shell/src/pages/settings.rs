//! `/quan-tri/cai-dat`: every setting, what holds, and where it came from.

use crate::ports::{Setting, ShellPorts};
use axum::Extension;
use axum::extract::Query;
use base_authz::Action;
use base_core::fold::fold;
use base_ui::{Column, Field, Href, Row, Tone, badge, card, empty, filter_bar, notice, page_head, section, table};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

const PAGE: &str = "/quan-tri/cai-dat";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    q: String,
    only: String,
}

/// `GET /quan-tri/cai-dat`
pub(crate) async fn show(
    ctx: Ctx,
    Extension(ports): Extension<ShellPorts>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    ctx.require(Action::SettingsRead)?;
    let tr = &ctx.tr;
    let title = tr.t("shell-settings");
    let (file, mut groups) = ports.settings.settings(tr);
    let q = fold(params.q.trim());
    for (_, settings) in &mut groups {
        settings
            .retain(|s| (params.only.is_empty() || s.given) && fold(&format!("{} {}", s.name, s.what)).contains(&q));
    }
    groups.retain(|(_, settings)| !settings.is_empty());
    let file =
        file.map_or_else(|| tr.t("shell-settings-no-file"), |file| tr.ta("shell-settings-file", &[("file", &file)]));
    let choices = vec![(String::new(), tr.t("shell-settings-all")), ("given".to_owned(), tr.t("shell-settings-given"))];
    let clear = (tr.t("shell-settings-all"), Href::new(PAGE));
    let content = html! {
        (page_head(&title, Some(&tr.t("shell-settings-lead")), html! {
            a class="button button-quiet" href="/quan-tri/thanh-phan" { (tr.t("shell-gallery")) }
        }))
        (notice(Tone::Info, html! { p { (file) } p { (tr.t("shell-settings-restart")) } }))
        (filter_bar(tr, PAGE, html! {
            (Field::input("search", "q", &tr.t("shell-settings-search")).value(&*params.q).max(100).render())
            (Field::select("only", &tr.t("shell-settings-show"), choices).value(&*params.only).submit_on_change().render())
        }))
        @if groups.is_empty() {
            (card(&title, empty(&tr.t("shell-settings-none"), &tr.t("shell-settings-none-hint"), Some((clear.0.as_str(), &clear.1)))))
        }
        @for (name, settings) in &groups { (section(name, html! {}, list(&ctx, name, settings))) }
    };
    Ok(ctx.page(&title, content))
}

fn list(ctx: &Ctx, name: &str, settings: &[Setting]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("shell-setting-name")),
        Column::text(tr.t("shell-setting-value")),
        Column::narrow(tr.t("shell-setting-place")),
    ];
    let rows = settings.iter().map(|s| {
        Row::new(vec![
            html! { code { (s.name) } div class="small muted" { (s.what) } },
            html! { @match &s.value { Some(value) => { code class="setting-value" { (value) } } None => { span class="muted" { (tr.t("shell-setting-none")) } } } },
            html! { @if s.given { (badge(Tone::Info, &s.place)) } @else { span class="muted" { (s.place) } } },
        ])
    });
    table(name, &columns, None, rows.collect())
}
