//! `/quan-tri/nhat-ky`: the acts, newest first, with filters in the address.

use super::{LIST, action_name, day, kind_name, roles, unit_name};
use crate::ops::read_trail::{self, Found};
use crate::ports::AuditPorts;
use axum::Extension;
use axum::extract::Query;
use base_audit::{AuditRow, Filter};
use base_ui::{Column, Field, Href, List, Row, empty, filter_bar, page_head, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// The query of the address; what cannot be understood is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    from: String,
    until: String,
    account: String,
    action: String,
    kind: String,
    id: String,
    unit: String,
    before: String,
}

impl Params {
    pub(crate) fn filter(&self) -> Filter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Filter {
            from: day(&self.from, 0),
            // The last day is meant whole.
            until: day(&self.until, 1),
            account: some(&self.account),
            action: some(&self.action),
            object_kind: some(&self.kind),
            object_id: some(&self.id),
            unit: some(&self.unit),
            before: self.before.parse().ok(),
        }
    }

    fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("from", &self.from)
            .with("until", &self.until)
            .with("account", &self.account)
            .with("action", &self.action)
            .with("kind", &self.kind)
            .with("id", &self.id)
            .with("unit", &self.unit)
    }

    fn is_filtered(&self) -> bool {
        [&self.from, &self.until, &self.account, &self.action, &self.kind, &self.id, &self.unit]
            .into_iter()
            .any(|v| !v.is_empty())
    }
}

/// The page.
pub(crate) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<AuditPorts>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    let found = read_trail::list(ctx.db(), &ctx, &ports, &params.filter()).await?;
    let actions = base_audit::actions(ctx.db()).await?;
    let tr = &ctx.tr;
    let title = tr.t("audit-title");
    let content = html! {
        (page_head(&title, Some(&tr.t("audit-lead")), html! {
            @if read_trail::may_see_whole(&ctx) {
                a class="button" href="/quan-tri/nhat-ky/kiem-tra" { (tr.t("audit-verify")) }
            }
        }))
        (filters(&ctx, &params, &actions))
        (rows(&ctx, &params, &found))
    };
    Ok(ctx.page(&title, content))
}

fn filters(ctx: &Ctx, params: &Params, actions: &[String]) -> Markup {
    let tr = &ctx.tr;
    let all = || (String::new(), tr.t("audit-filter-all"));
    let choice = |a: &String| (a.clone(), action_name(tr, a));
    let actions = std::iter::once(all()).chain(actions.iter().map(choice)).collect();
    let units = ctx.web.units().all();
    let own = units.iter().map(|u| (u.id.as_str().to_owned(), u.name.clone()));
    let units = std::iter::once(all()).chain(own).collect();
    filter_bar(
        tr,
        LIST,
        html! {
            (Field::input("date", "from", &tr.t("audit-filter-from")).value(&params.from).render())
            (Field::input("date", "until", &tr.t("audit-filter-until")).value(&params.until).render())
            (Field::select("action", &tr.t("audit-action"), actions).value(&params.action).render())
            (Field::select("unit", &tr.t("audit-unit"), units).value(&params.unit).render())
            (Field::text("id", &tr.t("audit-filter-object")).value(&params.id).max(200).render())
            @for (name, value) in [("account", &params.account), ("kind", &params.kind)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        },
    )
}

fn rows(ctx: &Ctx, params: &Params, found: &Found) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("audit-title");
    if found.rows.is_empty() {
        let clear = tr.t("audit-filter-clear");
        let action = params.is_filtered().then(|| (clear.as_str(), Href::new(LIST)));
        let hint = if action.is_some() { tr.t("audit-none-fits") } else { tr.t("audit-none-hint") };
        let action = action.as_ref().map(|(text, href)| (*text, href));
        return base_ui::card(&title, empty(&tr.t("audit-none"), &hint, action));
    }
    let columns = vec![
        Column::narrow(tr.t("audit-number")),
        Column::narrow(tr.t("audit-at")).named("at"),
        Column::text(tr.t("audit-who")).named("who"),
        Column::text(tr.t("audit-action")),
        Column::text(tr.t("audit-object")).named("object"),
        Column::text(tr.t("audit-unit")).named("unit"),
        Column::text(tr.t("audit-why")).named("why"),
        Column::narrow(tr.t("audit-peer")).extra("peer"),
    ];
    // The trail is long: it is turned over by number, not by page, and never counted.
    let rows = found.rows.iter().map(|act| row(ctx, params, act)).collect();
    html! {
        (List::new("audit", &title, columns, rows).chosen(ctx.columns("audit"))
            .export("CSV", params.href("/quan-tri/nhat-ky/xuat.csv")).render(tr, ctx.csrf_field(), ctx.here()))
        nav class="pager" aria-label=(title) {
            span {}
            span class="pager-links" {
                @if !params.before.is_empty() {
                    a class="button button-quiet" rel="first" href=(params.href(LIST)) { (tr.t("audit-newest")) }
                }
                @if let Some(before) = found.more {
                    a class="button button-quiet" rel="next" href=(params.href(LIST).with("before", before.to_string())) { (tr.t("audit-older")) }
                }
            }
        }
    }
}

fn row(ctx: &Ctx, params: &Params, act: &AuditRow) -> Row {
    let tr = &ctx.tr;
    let with = |name: &str, value: &str| params.href(LIST).with(name, value);
    let object = with("id", &act.object_id).with("kind", &act.object_kind);
    Row::new(vec![
        html! { a href=(Href::new(LIST).segment(act.seq.to_string())) { (tr.number(act.seq)) } },
        time_full(tr, act.at),
        html! {
            a href=(with("account", &act.account)) { (act.account_name) }
            @if act.roles.as_deref().is_some_and(|r| !r.is_empty()) { br; span class="small muted" { (roles(ctx, act)) } }
        },
        html! { (action_name(tr, &act.action)) },
        html! { span class="small" { (kind_name(tr, &act.object_kind)) } br; a class="small" href=(object) { code { (act.object_id) } } },
        html! { @if let Some(unit) = &act.unit_id { (unit_name(ctx, unit)) } @else { "—" } },
        html! { span class="small" { (act.why.as_deref().unwrap_or("")) } },
        html! { span class="mono" { (act.peer.as_deref().unwrap_or("—")) } },
    ])
}
