//! The columns of the results: the usual ones, or those a person picks.

use super::search_params::{INDEX, Params};
use super::search_parts::{marks, summary};
use crate::ops::search_events;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::Query as Address;
use base_core::Error;
use base_ui::{Href, actions, button, page_head};
use base_web::{Ctx, WebResult};
use engine_event::{CommonField, Event};
use engine_lake::query::{FieldRef, Meta, Pivot};
use engine_lake::{FieldsSeen, Query};
use maud::{Markup, html};

/// Longest value in a cell, in characters; the drawer has all of it.
const CELL_CHARS: usize = 240;

/// What a column shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Time,
    /// One line of what happened.
    Summary,
    Field(FieldRef),
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) label: String,
    pub(super) what: What,
}

impl Shown {
    pub(super) fn class(&self) -> Option<&'static str> {
        match &self.what {
            What::Time => Some("narrow"),
            What::Summary => Some("wide"),
            What::Field(FieldRef::Meta(Meta::Kind)) => Some("kind"),
            What::Field(_) => None,
        }
    }
}

/// The name of the column with one line of what happened.
const SUMMARY: &str = "summary";

/// The columns to show: the time always comes first.
pub(super) fn shown(ctx: &Ctx, params: &Params) -> Vec<Shown> {
    let tr = &ctx.tr;
    let field = |label: String, name: &str| Shown { label, what: What::Field(FieldRef::named(name)) };
    let time = Shown { label: tr.t("events-column-time"), what: What::Time };
    let line = || Shown { label: tr.t("events-column-what"), what: What::Summary };
    let picked = params.columns();
    if picked.is_empty() {
        let host = field(tr.t("events-column-host"), "host.name");
        let user = field(tr.t("events-column-user"), "user.name");
        return vec![time, host, user, field(tr.t("events-column-kind"), "kind"), line()];
    }
    let one = |name: &String| if name == SUMMARY { line() } else { field(name.clone(), name) };
    std::iter::once(time).chain(picked.iter().map(one)).collect()
}

/// A cell.
pub(super) fn cell(ctx: &Ctx, params: &Params, column: &Shown, event: &Event) -> Markup {
    match &column.what {
        What::Time => {
            let here = super::event::within(params, super::event::href(event));
            html! {
                a class="nowrap" href=(here) hx-get=(here) hx-target="#event" hx-swap="innerHTML show:none" data-event {
                    (ctx.tr.time_secs(event.time))
                }
            }
        }
        What::Summary => html! { span class="mono small summary" { (summary(event)) } (marks(ctx, event.marks)) },
        What::Field(field) => value_cell(ctx, params, field, event),
    }
}

fn value_cell(ctx: &Ctx, params: &Params, field: &FieldRef, event: &Event) -> Markup {
    let text = match field {
        FieldRef::Meta(Meta::Time) => ctx.tr.time_secs(event.time),
        FieldRef::Meta(Meta::Received) => ctx.tr.time_secs(event.received),
        FieldRef::Meta(Meta::Id) => event.id.to_string(),
        FieldRef::Meta(Meta::Raw) => event.raw_text().into_owned(),
        FieldRef::Meta(Meta::Unit) => return super::unit_cell(ctx, event.unit.as_ref()),
        other => {
            let values = other.values_of(event);
            let Some(first) = values.first() else { return html! { span class="muted" { "—" } } };
            let cut = short(&values.join(", "));
            let only = params.asking(&Query::pivoted(&params.q, other.name(), first, Pivot::Only));
            let wide = matches!(other, FieldRef::Common(CommonField::HostName));
            return html! {
                a class={ "mono small value quiet" @if wide { " one-line" } } href=(only) title=(cut) data-pivot=(other.name()) { (breakable(&cut)) }
            };
        }
    };
    html! { span class="mono small" { (short(&text)) } }
}

/// Text that may go on in the next line behind the marks of paths, before it breaks within a word.
fn breakable(text: &str) -> Markup {
    html! { @for piece in text.split_inclusive(['/', '\\']) { (piece) wbr; } }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

/// The dialog in which columns are picked; its content is fetched when it is opened.
pub(super) fn dialog(ctx: &Ctx, params: &Params) -> Markup {
    let title = ctx.tr.t("events-columns-title");
    let from = params.href("/tim-kiem/cot");
    base_ui::dialog(
        &ctx.tr,
        "columns",
        &title,
        html! {
            div id="columns-body" hx-get=(from) hx-trigger="open-columns from:body once" { p class="muted" { (ctx.tr.t("events-fields-wait")) } }
        },
    )
}

/// What the form of the columns sends.
#[derive(Debug, Default)]
pub(super) struct Picked {
    params: Params,
    names: Vec<String>,
}

impl Picked {
    /// From the address: `cot` stands once for each column.
    fn read(query: &str) -> Result<Self, Error> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded(query).ok_or_else(|| Error::invalid("cot", "the address is not complete"))?;
        let (names, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "cot");
        let mut params = Params::default();
        for (name, value) in rest {
            match name.as_str() {
                "q" => params.q = value,
                "range" => params.range = value,
                "from" => params.from = value,
                "until" => params.until = value,
                "order" => params.order = value,
                "dem" => params.dem = value,
                _ => {}
            }
        }
        Ok(Self { params, names: names.into_iter().map(|(_, value)| value).collect() })
    }
}

/// The pairs of an address' query.
fn serde_urlencoded(query: &str) -> Option<Vec<(String, String)>> {
    let uri = format!("/?{query}").parse::<axum::http::Uri>().ok()?;
    Address::<Vec<(String, String)>>::try_from_uri(&uri).ok().map(|Address(pairs)| pairs)
}

/// `GET /tim-kiem/cot`: the fields of the results, to be picked as columns.
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
) -> WebResult<Markup> {
    let seen = match params.request(ctx.now) {
        Ok(request) => search_events::fields(&*ports.lake, &ctx, &request).await?,
        Err(_) => FieldsSeen::default(),
    };
    let part = form(&ctx, &params, &seen);
    let title = ctx.tr.t("events-columns-title");
    Ok(ctx.fragment_or(part, |part| ctx.page(&title, html! { (page_head(&title, None, html! {})) (part) })))
}

fn form(ctx: &Ctx, params: &Params, seen: &FieldsSeen) -> Markup {
    let tr = &ctx.tr;
    let picked = params.columns();
    let usual: Vec<String> = ["host.name", "user.name", "kind", SUMMARY].map(str::to_owned).to_vec();
    let checked = if picked.is_empty() { &usual } else { &picked };
    let mut names: Vec<(String, String)> = vec![(SUMMARY.to_owned(), tr.t("events-column-what"))];
    names.extend(["kind", "unit", "source", "received", "event.id", "raw"].map(|n| (n.to_owned(), n.to_owned())));
    names.extend(seen.fields.iter().take(300).map(|f| (f.name.clone(), f.name.clone())));
    // What is picked and not among the recent fields must not get lost.
    let missing: Vec<_> =
        checked.iter().filter(|c| !names.iter().any(|(n, _)| n.eq_ignore_ascii_case(c))).cloned().collect();
    names.extend(missing.into_iter().map(|n| (n.clone(), n)));
    html! {
        form method="get" action="/tim-kiem/cot/chon" class="column-form" {
            @for (name, value) in [("q", &params.q), ("range", &params.range), ("from", &params.from), ("until", &params.until), ("order", &params.order), ("dem", &params.dem)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            p class="small muted" { (tr.ta("events-columns-lead", &[("n", &seen.events)])) }
            fieldset {
                legend { (tr.t("events-columns")) }
                div class="column-list" {
                    @for (index, (name, label)) in names.iter().enumerate() {
                        @let id = format!("cot-{index}");
                        label class="check" for=(id) {
                            input id=(id) type="checkbox" name="cot" value=(name) checked[checked.iter().any(|c| c.eq_ignore_ascii_case(name))];
                            span class=[(name != SUMMARY).then_some("mono small")] { (label) }
                        }
                    }
                }
            }
            (actions(html! {
                (button(&tr.t("events-columns-apply"), "button-primary"))
                a class="button button-quiet" href=(params.href(INDEX).with("cols", "")) { (tr.t("events-columns-usual")) }
            }))
        }
    }
}

/// `GET /tim-kiem/cot/chon`: back to the search with the columns that were picked.
pub(super) async fn pick(_ctx: Ctx, uri: axum::http::Uri) -> WebResult {
    let picked = Picked::read(uri.query().unwrap_or_default())?;
    // A name with a comma cannot stand in the list; no sender's field needs to be a column that badly.
    let names: Vec<&str> = picked.names.iter().map(String::as_str).filter(|n| !n.contains(',')).collect();
    let to: Href = picked.params.href(INDEX).with("cols", names.join(","));
    Ok(base_web::see_other(to))
}

/// `GET /tim-kiem/truong`: further fields whose values can be counted.
pub(super) async fn fields(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let seen = match params.request(ctx.now) {
        Ok(request) => search_events::fields(&*ports.lake, &ctx, &request).await?,
        Err(_) => FieldsSeen::default(),
    };
    let counted = params.counted(super::search::sees_units(&ctx));
    let open =
        seen.fields.iter().filter(|f| !counted.contains(&FieldRef::named(&f.name)) && !f.name.contains(',')).take(200);
    let count = |name: &str| {
        let mut names = params.extra();
        names.push(name.to_owned());
        params.href(INDEX).with("dem", names.join(","))
    };
    let part = html! {
        p class="small muted" { (tr.ta("events-columns-lead", &[("n", &seen.events)])) }
        ul class="field-list" {
            @for field in open {
                li {
                    a class="mono small" href=(count(&field.name)) title=(field.examples.join(" · ")) { (field.name) }
                    span class="small muted" { (tr.number(i64::try_from(field.events).unwrap_or(i64::MAX))) }
                }
            }
        }
    };
    let title = tr.t("events-fields-more");
    Ok(ctx.fragment_or(part, |part| ctx.page(&title, html! { (page_head(&title, None, html! {})) (part) })))
}
