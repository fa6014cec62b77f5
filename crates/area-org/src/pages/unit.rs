//! `/don-vi/{code}`: one unit: facts, contacts, systems, machines.

use super::as_of::AsOf;
use super::contacts::contacts_card;
use super::people::{duty_card, ranges_card, staff_card};
use super::units::PAGE;
use super::{block_name, licence_badge, number_opt};
use crate::model::{
    Contact, Duty, Event, Form, Licence, Life, Machine, Range, Staff, System, Unit, is_below, is_long_electronic_id,
};
use crate::org::Org;
use crate::ports::{Beside, OrgPorts};
use crate::store::{self, machine::Ask};
use axum::Extension;
use axum::extract::{Path, Query};
use base_authz::Action;
use base_core::{Error, FieldError, Timestamp, UnitId};
use base_ui::{
    Column, Field, Href, Page, Row, Tone, badge, dot, empty, filter_bar, kv, page_head, pager, section, table, time,
    time_full,
};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const ROWS: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct MachineFilter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    licence: String,
    /// The day the page is of.
    #[serde(default)]
    at: AsOf,
    page: Option<i64>,
}

/// What was wrong with a form of the page: which one, and what was typed into it.
#[derive(Clone, Debug, Default)]
pub(super) struct Mistakes {
    /// `contact`, `duty`, `range`, `staff`.
    pub(super) what: String,
    pub(super) errors: Vec<FieldError>,
    pub(super) typed: BTreeMap<String, String>,
}

pub(super) struct Shown {
    pub(super) unit: Unit,
    beside: Beside,
    duties: Vec<Duty>,
    /// The networks of all units the person may see.
    ranges: Vec<Range>,
    staff: Vec<Staff>,
    contacts: Vec<Contact>,
    systems: Vec<System>,
    firewalls: Vec<(String, Option<String>, Timestamp)>,
    machines: Vec<Machine>,
    count: i64,
    filter: MachineFilter,
    life: Option<Life>,
    predecessors: Vec<(UnitId, Timestamp)>,
    /// Electronic identifier of the unit above.
    parent_id: HashMap<UnitId, String>,
    below: Vec<UnitId>,
    events: Vec<(Event, String)>,
}

/// The unit with all that is shown of it; "not found" when it is outside what the person may see.
pub(super) async fn load(
    ctx: &Ctx,
    org: &Org,
    ports: &OrgPorts,
    code: &str,
    filter: MachineFilter,
) -> WebResult<Shown> {
    let scope = ctx.require(Action::UnitsRead)?;
    let missing = || Error::not_found("there is no such unit");
    let unit = store::unit::by_code(&org.db, &scope, code).await?.ok_or_else(missing)?;
    let (timeline, moment) = (org.timeline(), filter.at.moment(ctx.now));
    let unit = unit.seen_at(&timeline, moment);
    let concerning = store::event::all(&org.db).await?.into_iter().filter(|e| e.change.concerns(&unit.id));
    let events = concerning.map(|e| (e.clone(), super::changes::told(ctx, org, &e))).collect();
    let above = match &unit.parent {
        Some(parent) => store::unit::electronic_id(&org.db, parent).await?,
        None => None,
    };
    let parent_id = unit.parent.clone().zip(above).into_iter().collect();
    let stands = |(life, form): (&Life, &Form)| (form.parent.as_ref() == Some(&unit.id)).then(|| life.id.clone());
    let below = timeline.as_of(moment).filter_map(stands).collect();
    let page = Page::new(filter.page, ROWS);
    let ask = Ask {
        text: filter.q.clone(),
        licence: Licence::parse(&filter.licence),
        by_last_seen: true,
        first_before: filter.at.is_set().then(|| filter.at.end(ctx.now)),
        limit: page.size,
        offset: page.offset(),
    };
    let concerns = |s: &System| s.owner.as_ref() == Some(&unit.id) || s.operator.as_ref() == Some(&unit.id);
    let mut systems = store::system::list(&org.db, &scope).await?;
    systems.retain(concerns);
    Ok(Shown {
        beside: ports.neighbours.beside(ctx, &unit.id).await?,
        duties: store::people::duties(&org.db, &scope, &unit.id, ctx.now).await?,
        ranges: store::people::ranges(&org.db, &scope, None).await?,
        staff: store::people::staff(&org.db, &scope, &unit.id).await?,
        contacts: store::contact::of(&org.db, &scope, &unit.id).await?,
        systems,
        firewalls: store::machine::firewalls(&org.db, &scope, &unit.id).await?,
        machines: store::machine::list(&org.db, &scope, &unit.id, &ask).await?,
        count: store::machine::count(&org.db, &scope, &unit.id, &ask).await?,
        life: timeline.life(&unit.id).cloned(),
        predecessors: timeline.predecessors(&unit.id),
        below,
        parent_id,
        events,
        filter,
        unit,
    })
}

pub(crate) async fn show(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Extension(ports): Extension<OrgPorts>,
    Path(code): Path<String>,
    Query(filter): Query<MachineFilter>,
) -> WebResult<Markup> {
    let shown = load(&ctx, &org, &ports, &code, filter).await?;
    Ok(page(&ctx, &shown, &Mistakes::default()))
}

pub(super) fn page(ctx: &Ctx, shown: &Shown, wrong: &Mistakes) -> Markup {
    let tr = &ctx.tr;
    let unit = &shown.unit;
    let actions = html! {
        a class="button" href=(Href::new("/canh-bao").with("unit", unit.id.as_str())) { (base_ui::icon(base_ui::Icon::Bell)) (tr.t("org-see-alerts")) }
        @if ctx.may(Action::UnitsManage) { a class="button" href=(Href::new(PAGE).segment(&unit.code).segment("sua")) { (base_ui::icon(base_ui::Icon::Edit)) (tr.t("org-edit")) } }
    };
    let content = html! {
        (page_head(&unit.name, Some(&block_name(tr, unit.block)), actions))
        (shown.filter.at.note(tr, &Href::new(PAGE).segment(&unit.code), ctx.now))
        (beside(ctx, shown))
        div class="split" {
            div {
                (section(&tr.t("org-facts"), html! {}, facts(ctx, shown)))
                (ranges_card(ctx, unit, &shown.ranges, wrong))
            }
            div {
                (contacts_card(ctx, unit, &shown.contacts, if wrong.what == "contact" { &wrong.errors } else { &[] }))
            }
        }
        (duty_card(ctx, unit, &shown.duties, wrong))
        (staff_card(ctx, unit, (shown.staff.as_slice(), unit.machines_declared.unwrap_or(0)), wrong))
        @if !shown.systems.is_empty() { (section(&tr.t("org-systems-title"), html! {}, systems(ctx, shown))) }
        (history(ctx, shown))
        (machines(ctx, shown))
    };
    ctx.page(&unit.name, content)
}

/// What others know of the unit, each figure with the way to what it counts.
fn beside(ctx: &Ctx, shown: &Shown) -> Markup {
    let (tr, beside) = (&ctx.tr, &shown.beside);
    let id = shown.unit.id.as_str();
    let figure = |label: String, n: i64, href: Href, hint: Option<String>, bad: bool| {
        let tone = if bad { Tone::Warn } else { Tone::Neutral };
        base_ui::stat(&label, &tr.number(n), Some(&href), hint.as_deref(), tone)
    };
    if *beside == Beside::default() {
        return html! {};
    }
    base_ui::stats(html! {
        @if let Some(open) = beside.open_alerts {
            (figure(tr.t("org-beside-alerts"), open, Href::new("/canh-bao").with("unit", id), None, open > 0))
        }
        @if let Some((open, late)) = beside.warnings {
            (figure(tr.t("org-beside-warnings"), open, Href::new("/canh-bao-don-vi").with("unit", id), (late > 0).then(|| tr.ta("org-beside-late", &[("n", &late)])), late > 0))
        }
        @if let Some((all, silent)) = beside.sources {
            (figure(tr.t("org-beside-sources"), all, Href::new("/nguon").with("unit", id), (silent > 0).then(|| tr.ta("org-beside-silent", &[("n", &silent)])), silent > 0))
        }
    })
}

fn facts(ctx: &Ctx, shown: &Shown) -> Markup {
    let (tr, unit) = (&ctx.tr, &shown.unit);
    let moment = shown.filter.at.moment(ctx.now);
    let state = if unit.active_at(moment) {
        badge(Tone::Good, &tr.t("org-active"))
    } else if unit.valid_from.is_some_and(|t| moment < t) {
        badge(Tone::Info, &tr.t("org-planned"))
    } else {
        badge(Tone::Warn, &tr.t("org-ended"))
    };
    let date = |at: Option<Timestamp>| at.map_or_else(|| "—".to_owned(), |t| tr.date(t));
    let mut rows = vec![
        (tr.t("org-code"), html! { code { (unit.code) } }),
        (tr.t("org-state"), html! { (state) @if unit.is_assumed { " " (badge(Tone::Neutral, &tr.t("org-assumed"))) } }),
        (tr.t("org-machines-declared"), html! { (number_opt(tr, unit.machines_declared)) }),
        (tr.t("org-servers-declared"), html! { (number_opt(tr, unit.servers_declared)) }),
        (tr.t("org-staff-declared"), html! { (number_opt(tr, unit.staff_declared)) }),
        (tr.t("org-firewall"), firewalls(ctx, shown)),
        (tr.t("org-valid-from"), html! { (date(unit.valid_from)) }),
    ];
    if unit.valid_to.is_some() {
        rows.push((tr.t("org-valid-to"), html! { (date(unit.valid_to)) }));
    }
    rows.extend(kin(ctx, shown));
    if let Some(id) = &unit.electronic_id {
        let long = is_long_electronic_id(id);
        let parent = unit.parent.as_ref().and_then(|p| shown.parent_id.get(p));
        let astray = parent.is_some_and(|p| !is_below(id, p));
        rows.push((
            tr.t("org-electronic-id"),
            html! {
                code { (id) }
                @if long { br; span class="small muted" { (tr.t("org-electronic-id-cut")) } }
                @if astray { br; span class="small muted" { (tr.t("org-electronic-id-astray")) } }
            },
        ));
    }
    if let Some(note) = &unit.note {
        rows.push((tr.t("org-note"), html! { (note) }));
    }
    kv(&rows)
}

/// Whom it came from, whom it went to, above and below: with the names of the day.
fn kin(ctx: &Ctx, shown: &Shown) -> Vec<(String, Markup)> {
    let (tr, moment) = (&ctx.tr, shown.filter.at.moment(ctx.now));
    let link = |id: &UnitId, at: Timestamp| {
        let units = ctx.web.units();
        let code = units.unit(id).map_or_else(|| id.to_string(), |u| u.code);
        html! { a href=(Href::new(PAGE).segment(code).with("at", shown.filter.at.text())) { (units.name_at(id, at)) } }
    };
    let mut rows = Vec::new();
    if let Some(parent) = &shown.unit.parent {
        rows.push((tr.t("org-parent"), link(parent, moment)));
    }
    if !shown.below.is_empty() {
        let count = shown.below.len();
        let list = Href::new(PAGE).with("parent", shown.unit.id.as_str()).with("at", shown.filter.at.text());
        rows.push((tr.t("org-below"), html! { a href=(list) { (tr.ta("org-below-count", &[("n", &count)])) } }));
    }
    if !shown.predecessors.is_empty() {
        let of = html! { @for (id, at) in &shown.predecessors { div { (link(id, at.plus_micros(-1))) " " span class="muted small" { (tr.date(*at)) } } } };
        rows.push((tr.t("org-predecessors"), of));
    }
    let successors = shown.life.as_ref().map_or(&[][..], |l| &l.successors);
    if !successors.is_empty() {
        let to = html! { @for (id, at) in successors { div { (link(id, *at)) " " span class="muted small" { (tr.date(*at)) } } } };
        rows.push((tr.t("org-successor"), to));
    }
    rows
}

/// What happened to it, newest first, and what it was called.
fn history(ctx: &Ctx, shown: &Shown) -> Markup {
    let tr = &ctx.tr;
    let add = html! {
        @if ctx.may(Action::UnitsManage) { a href=(Href::new("/don-vi/bien-dong/them").with("unit", shown.unit.id.as_str())) { (base_ui::icon(base_ui::Icon::Plus)) " " (tr.t("org-change-add")) } }
    };
    let columns = [
        Column::narrow(tr.t("org-change-at")),
        Column::text(tr.t("org-change-told")),
        Column::text(tr.t("org-decision")),
    ];
    let mut rows: Vec<Row> = shown
        .events
        .iter()
        .rev()
        .map(|(event, told)| {
            Row::new(vec![
                html! { a href=(Href::new("/don-vi/bien-dong").segment(&event.id)) { (tr.date(event.at)) } @if event.at > ctx.now { " " (badge(Tone::Info, &tr.t("org-planned"))) } },
                html! { (told) },
                html! { @if event.decision.is_empty() { span class="muted" { (tr.t("org-decision-none")) } } @else { (event.decision) } },
            ])
        })
        .collect();
    if let Some(from) = shown.unit.valid_from {
        let decision = shown.unit.decision.clone().unwrap_or_else(|| tr.t("org-decision-none"));
        let first = shown.life.as_ref().and_then(|l| l.forms.first()).map_or("", |f| &f.name);
        let told = tr.ta("org-told-founded", &[("unit", &first)]);
        rows.push(Row::new(vec![html! { (tr.date(from)) }, html! { (told) }, html! { (decision) }]));
    }
    let body = if rows.is_empty() {
        html! { p class="muted" { (tr.t("org-history-none")) } }
    } else {
        table(&tr.t("org-history"), &columns, None, rows)
    };
    section(&tr.t("org-history"), add, body)
}

fn firewalls(ctx: &Ctx, shown: &Shown) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if shown.firewalls.is_empty() { span class="muted" { (tr.t("org-firewall-none")) } }
        @for (host, product, at) in &shown.firewalls {
            div { strong { (product.as_deref().unwrap_or("—")) } " " code { (host) } " · " (time(tr, *at, ctx.now)) }
        }
    }
}

fn systems(ctx: &Ctx, shown: &Shown) -> Markup {
    let tr = &ctx.tr;
    let columns = [Column::narrow(tr.t("org-code")), Column::text(tr.t("org-system")), Column::text(tr.t("org-part"))];
    let rows = shown.systems.iter().map(|system| {
        let part = if system.owner.as_ref() == Some(&shown.unit.id) { tr.t("org-owner") } else { tr.t("org-operator") };
        Row::new(vec![html! { code { (system.code) } }, html! { (system.name) }, html! { (part) }])
    });
    table(&tr.t("org-systems-title"), &columns, None, rows.collect())
}

fn machines(ctx: &Ctx, shown: &Shown) -> Markup {
    let (tr, unit, filter) = (&ctx.tr, &shown.unit, &shown.filter);
    let here = Href::new(PAGE)
        .segment(&unit.code)
        .with("q", &filter.q)
        .with("licence", &filter.licence)
        .with("at", filter.at.text());
    let file = html! {
        @if ctx.may(Action::UnitsExport) { a href=(Href::new(PAGE).segment(&unit.code).segment("may.csv")) { (base_ui::icon(base_ui::Icon::Download)) " " (tr.t("org-export")) } }
    };
    let mut licences = vec![(String::new(), tr.t("org-any-licence"))];
    licences.extend(Licence::ALL.into_iter().map(|l| (l.as_str().to_owned(), tr.dynamic("org-licence-", l.as_str()))));
    let columns = [
        Column::narrow(tr.t("org-host")),
        Column::narrow(tr.t("org-ip")),
        Column::text(tr.t("org-os")),
        Column::text(tr.t("org-av")),
        Column::narrow(tr.t("org-licence")),
        Column::narrow(tr.t("org-own-firewall")),
        Column::narrow(tr.t("org-first-seen")),
        Column::narrow(tr.t("org-last-seen")),
    ];
    let filtered = !filter.q.is_empty() || !filter.licence.is_empty();
    html! {
        (filter_bar(tr, &Href::new(PAGE).segment(&unit.code).to_string(), html! {
            (Field::input("search", "q", &tr.t("org-machine-search")).value(&*filter.q).render())
            (Field::select("licence", &tr.t("org-licence"), licences).value(&*filter.licence).submit_on_change().render())
            (filter.at.field(tr))
        }))
        (section(&tr.t("org-machines-title"), file, html! {
            @if shown.machines.is_empty() && filtered {
                (empty(&tr.t("org-none-fit"), &tr.t("org-none-fit-hint"), None))
            } @else if shown.machines.is_empty() {
                (empty(&tr.t("org-machines-none"), &tr.t("org-machines-none-hint"), None))
            } @else {
                (table(&tr.t("org-machines-title"), &columns, None, shown.machines.iter().map(|m| machine_row(ctx, m)).collect()))
                (pager(tr, Page::new(filter.page, ROWS), shown.count, &here))
            }
        }))
    }
}

fn machine_row(ctx: &Ctx, machine: &Machine) -> Row {
    let tr = &ctx.tr;
    let off = machine.av_enabled == Some(false);
    let own_firewall = match machine.firewall_enabled {
        Some(true) => dot(Tone::Good, &tr.t("org-on")),
        Some(false) => dot(Tone::Bad, &tr.t("org-off")),
        None => html! { span class="muted" { "—" } },
    };
    let events = Href::new("/tim-kiem").with("q", format!("host.name:{}*", machine.host));
    let host = html! {
        @if ctx.may(Action::EventsSearch) { a href=(events) title=(tr.t("org-see-events")) { (machine.host) } } @else { (machine.host) }
    };
    Row::new(vec![
        host,
        html! { code { (machine.ip.as_deref().unwrap_or("—")) } },
        html! { (machine.os.as_deref().unwrap_or("—")) },
        html! { (machine.av_product.as_deref().unwrap_or("—")) @if off { " " (badge(Tone::Bad, &tr.t("org-off"))) } },
        licence_badge(tr, machine.av_licence),
        own_firewall,
        time_full(tr, machine.first_seen),
        time(tr, machine.last_seen, ctx.now),
    ])
}
