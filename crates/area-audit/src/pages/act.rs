//! `/quan-tri/nhat-ky/{seq}`: one act with what changed.

use super::{LIST, action_name, kind_name, roles, unit_name};
use crate::ops::read_trail;
use crate::ports::AuditPorts;
use axum::Extension;
use axum::extract::Path;
use base_audit::AuditRow;
use base_core::Error;
use base_ui::{Column, Href, Row, copyable, kv, page_head, section, table, time_full};
use base_web::{Ctx, WebError, WebResult};
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeSet;

/// The page.
pub(crate) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<AuditPorts>,
    Path(seq): Path<String>,
) -> WebResult<Markup> {
    let seq = seq.parse().map_err(|_| WebError(Error::not_found("there is no such act")))?;
    let act = read_trail::one(ctx.db(), &ctx, &ports, seq).await?;
    let tr = &ctx.tr;
    let title = tr.ta("audit-act-title", &[("n", &act.seq)]);
    let content = html! {
        (page_head(&title, Some(&action_name(tr, &act.action)), html! {
            a class="button button-quiet" href=(LIST) { (tr.t("audit-back")) }
        }))
        (section(&tr.t("audit-facts"), html! {}, facts(&ctx, &act)))
        (section(&tr.t("audit-change"), html! {}, change(&ctx, &act)))
    };
    Ok(ctx.page(&title, content))
}

fn facts(ctx: &Ctx, act: &AuditRow) -> Markup {
    let tr = &ctx.tr;
    let object = Href::new(LIST).with("kind", &act.object_kind).with("id", &act.object_id);
    let held = roles(ctx, act);
    kv(&[
        (tr.t("audit-at"), time_full(tr, act.at)),
        (tr.t("audit-who"), html! { a href=(Href::new(LIST).with("account", &act.account)) { (act.account_name) } }),
        (tr.t("audit-as"), html! { @if held.is_empty() { "—" } @else { (held) } }),
        (tr.t("audit-peer"), html! { (act.peer.as_deref().unwrap_or("—")) }),
        (tr.t("audit-action"), html! { (action_name(tr, &act.action)) " " code class="small" { (act.action) } }),
        (
            tr.t("audit-object"),
            html! { a href=(object) { (kind_name(tr, &act.object_kind)) " " code { (act.object_id) } } },
        ),
        (tr.t("audit-unit"), html! { @if let Some(unit) = &act.unit_id { (unit_name(ctx, unit)) } @else { "—" } }),
        (tr.t("audit-why"), html! { (act.why.as_deref().unwrap_or("—")) }),
        (tr.t("audit-request"), html! { code { (act.request) } }),
        (tr.t("audit-hash"), copyable(tr, &act.hash)),
    ])
}

/// Before and after, field by field; the fields that differ are marked.
fn change(ctx: &Ctx, act: &AuditRow) -> Markup {
    let tr = &ctx.tr;
    let read =
        |text: &Option<String>| text.as_deref().map(|t| serde_json::from_str(t).unwrap_or_else(|_| Value::from(t)));
    let (before, after) = (read(&act.before_json), read(&act.after_json));
    if before.is_none() && after.is_none() {
        return html! { p class="muted" { (tr.t("audit-change-none")) } };
    }
    let names: BTreeSet<String> = [&before, &after]
        .into_iter()
        .filter_map(|side| side.as_ref().map(fields))
        .flat_map(|fields| fields.into_iter().map(|(name, _)| name))
        .collect();
    let side = |side: &Option<Value>, name: &str| {
        side.as_ref().and_then(|v| fields(v).into_iter().find(|(n, _)| n == name)).map(|(_, value)| value)
    };
    let columns =
        [Column::narrow(tr.t("audit-field")), Column::text(tr.t("audit-before")), Column::text(tr.t("audit-after"))];
    let rows = names.iter().map(|name| {
        let (old, new) = (side(&before, name), side(&after, name));
        let differs = old != new;
        let cell = |value: Option<String>| html! {
            @match value { Some(text) => span class="wrap-anywhere" { @if differs { strong { (text) } } @else { (text) } }, None => span class="muted" { "—" } }
        };
        let label = if name.is_empty() { "—" } else { name };
        Row::new(vec![html! { code class="small" { (label) } }, cell(old), cell(new)])
    });
    table(&tr.t("audit-change"), &columns, None, rows.collect())
}

/// The fields of an object with their values as text; a value that is no object is one field without a name.
fn fields(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        other => vec![(String::new(), text(other))],
    }
}
