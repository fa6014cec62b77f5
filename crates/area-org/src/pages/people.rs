//! What is kept of a unit on its page: duty, networks, staff; each a card with a form to add and a button to remove.

use super::unit::{Mistakes, load, page};
use super::units::PAGE;
use super::{field_mistakes, unit::MachineFilter};
use crate::model::{Duty, NewDuty, NewStaff, Qualification, Range, Staff, StaffNorm, Unit, overlap};
use crate::ops::{self, NewEntry};
use crate::org::Org;
use crate::ports::OrgPorts;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, FieldError, Result, Timestamp};
use base_ui::{
    Column, Field, Href, Row, Tone, badge, button, error_summary, field_error, notice, section, table, time_full,
};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was typed, by field.
type Typed = BTreeMap<String, String>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.get(name).map_or("", |v| v.trim())
}

/// A form to add an entry, below its list; open when it was refused.
fn adding(
    ctx: &Ctx,
    unit: &Unit,
    what: &str,
    label: &str,
    wrong: &Mistakes,
    fields: impl Fn(&[FieldError], &Typed) -> Markup,
) -> Markup {
    if !ctx.may(Action::UnitsManage) {
        return html! {};
    }
    let (errors, form) =
        if wrong.what == what { (wrong.errors.as_slice(), wrong.typed.clone()) } else { (&[][..], Typed::new()) };
    html! {
        details open[!errors.is_empty()] {
            summary { (label) }
            (error_summary(&ctx.tr, errors))
            form method="post" action=(Href::new(PAGE).segment(&unit.code).segment("muc")) {
                (ctx.csrf_field())
                input type="hidden" name="what" value=(what);
                (fields(errors, &form))
                (button(&ctx.tr.t("org-contact-save"), ""))
            }
        }
    }
}

fn removing(ctx: &Ctx, unit: &Unit, what: &str, id: &str) -> Markup {
    let tr = &ctx.tr;
    html! {
        @if ctx.may(Action::UnitsManage) {
            form method="post" action=(Href::new(PAGE).segment(&unit.code).segment("muc").segment("xoa")) data-confirm=(tr.t("org-entry-remove-ask")) {
                (ctx.csrf_field())
                input type="hidden" name="what" value=(what);
                input type="hidden" name="id" value=(id);
                (button(&tr.t("org-contact-remove"), "button-quiet"))
            }
        }
    }
}

/// Columns with one more for the button, for who may remove.
fn with_button(ctx: &Ctx, mut columns: Vec<Column>) -> Vec<Column> {
    if ctx.may(Action::UnitsManage) {
        columns.push(Column::narrow(""));
    }
    columns
}

pub(super) fn duty_card(ctx: &Ctx, unit: &Unit, duties: &[Duty], wrong: &Mistakes) -> Markup {
    let tr = &ctx.tr;
    let now: Vec<&Duty> = duties.iter().filter(|d| d.is_on(ctx.now)).collect();
    let columns = with_button(
        ctx,
        vec![
            Column::text(tr.t("org-duty-who")),
            Column::narrow(tr.t("org-phone")),
            Column::narrow(tr.t("org-valid-from")),
            Column::narrow(tr.t("org-valid-to")),
        ],
    );
    let rows = duties.iter().map(|duty| {
        Row::new(vec![
            html! { (duty.name) @if duty.is_on(ctx.now) { " " (badge(Tone::Good, &tr.t("org-duty-now"))) } },
            html! { a href={ "tel:" (duty.phone.replace(' ', "")) } { (duty.phone) } },
            time_full(tr, duty.starts_at),
            time_full(tr, duty.ends_at),
            removing(ctx, unit, "duty", &duty.id),
        ])
    });
    let body = html! {
        @if now.is_empty() {
            (notice(Tone::Warn, html! { p { (tr.t("org-duty-nobody")) } }))
        } @else {
            @for duty in &now { p { strong { (duty.name) } " · " a href={ "tel:" (duty.phone.replace(' ', "")) } { (duty.phone) } " " (tr.ta("org-duty-until", &[("time", &tr.time(duty.ends_at))])) } }
        }
        @if !duties.is_empty() { (table(&tr.t("org-duty"), &columns, None, rows.collect())) }
        (adding(ctx, unit, "duty", &tr.t("org-duty-add"), wrong, |errors, form| html! {
            (Field::text("name", &tr.t("org-duty-who")).value(typed(form, "name")).error(field_error(errors, "name")).required().max(120).render())
            (Field::input("tel", "phone", &tr.t("org-phone")).value(typed(form, "phone")).error(field_error(errors, "phone")).required().render())
            (Field::input("datetime-local", "starts_at", &tr.t("org-valid-from")).value(typed(form, "starts_at")).error(field_error(errors, "starts_at")).required().render())
            (Field::input("datetime-local", "ends_at", &tr.t("org-valid-to")).value(typed(form, "ends_at")).error(field_error(errors, "ends_at")).required().render())
        }))
    };
    section(&tr.t("org-duty"), html! {}, body)
}

/// The networks of a unit; `all` are those the person may see, to tell where two units share addresses.
pub(super) fn ranges_card(ctx: &Ctx, unit: &Unit, all: &[Range], wrong: &Mistakes) -> Markup {
    let tr = &ctx.tr;
    let own: Vec<&Range> = all.iter().filter(|r| r.unit == unit.id).collect();
    let shared = |range: &Range| {
        let mut names: Vec<String> = all
            .iter()
            .filter(|r| r.unit != unit.id && overlap(&r.net, &range.net))
            .map(|r| ctx.web.units().name(&r.unit))
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let columns = with_button(ctx, vec![Column::narrow(tr.t("org-range")), Column::text(tr.t("org-note"))]);
    let rows = own.iter().map(|range| {
        let others = shared(range);
        Row::new(vec![
            html! { code { (range.net) } },
            html! {
                (range.note.as_deref().unwrap_or(""))
                @if !others.is_empty() { div { (badge(Tone::Warn, &tr.t("org-range-shared"))) " " span class="small" { (others.join(", ")) } } }
            },
            removing(ctx, unit, "range", &range.id),
        ])
    });
    let body = html! {
        @if own.is_empty() { p class="muted" { (tr.t("org-ranges-none")) } } @else { (table(&tr.t("org-ranges"), &columns, None, rows.collect())) }
        (adding(ctx, unit, "range", &tr.t("org-range-add"), wrong, |errors, form| html! {
            (Field::text("cidr", &tr.t("org-range")).value(typed(form, "cidr")).hint(&tr.t("org-range-hint")).error(field_error(errors, "cidr")).required().max(50).render())
            (Field::text("note", &tr.t("org-note")).value(typed(form, "note")).error(field_error(errors, "note")).max(200).render())
        }))
    };
    section(&tr.t("org-ranges"), html! {}, body)
}

pub(super) fn staff_card(ctx: &Ctx, unit: &Unit, (staff, machines): (&[Staff], i64), wrong: &Mistakes) -> Markup {
    let tr = &ctx.tr;
    let columns = with_button(
        ctx,
        vec![
            Column::text(tr.t("org-staff-name")),
            Column::text(tr.t("org-staff-job")),
            Column::narrow(tr.t("org-staff-qualification")),
            Column::text(tr.t("org-staff-certificate")),
            Column::narrow(tr.t("org-staff-time")),
        ],
    );
    let rows = staff.iter().map(|person| {
        let who = &person.who;
        Row::new(vec![
            html! { (who.name) @if who.is_security { " " (badge(Tone::Info, &tr.t("org-staff-security"))) } },
            html! { (who.job) },
            html! { (tr.dynamic("org-qualification-", who.qualification.as_str())) },
            html! { @if who.certificate.is_empty() { span class="muted" { "—" } } @else { (who.certificate) } },
            html! { @if who.is_full_time { (tr.t("org-staff-full")) } @else { (tr.t("org-staff-part")) } },
            removing(ctx, unit, "staff", &person.id),
        ])
    });
    let qualifications = || {
        Qualification::ALL
            .into_iter()
            .map(|q| (q.as_str().to_owned(), tr.dynamic("org-qualification-", q.as_str())))
            .collect()
    };
    let body = html! {
        (adequacy(ctx, unit, staff, machines))
        @if staff.is_empty() { p class="muted" { (tr.t("org-staff-none")) } } @else { (table(&tr.t("org-staff"), &columns, None, rows.collect())) }
        (adding(ctx, unit, "staff", &tr.t("org-staff-add"), wrong, |errors, form| html! {
            (Field::text("name", &tr.t("org-staff-name")).value(typed(form, "name")).error(field_error(errors, "name")).required().max(120).render())
            (Field::text("job", &tr.t("org-staff-job")).value(typed(form, "job")).error(field_error(errors, "job")).required().max(120).render())
            (Field::select("qualification", &tr.t("org-staff-qualification"), qualifications()).value(if form.is_empty() { "degree" } else { typed(form, "qualification") }).error(field_error(errors, "qualification")).render())
            (Field::text("certificate", &tr.t("org-staff-certificate")).value(typed(form, "certificate")).hint(&tr.t("org-staff-certificate-hint")).error(field_error(errors, "certificate")).max(200).render())
            (Field::check("full", &tr.t("org-staff-full")).value(typed(form, "full")).render())
            (Field::check("security", &tr.t("org-staff-security-long")).value(typed(form, "security")).render())
        }))
    };
    section(&tr.t("org-staff"), html! {}, body)
}

/// What the unit has and should have, and on what that rests (R71).
fn adequacy(ctx: &Ctx, unit: &Unit, staff: &[Staff], machines: i64) -> Markup {
    let tr = &ctx.tr;
    let Some(found) = StaffNorm::shipped()
        .ok()
        .and_then(|norm| norm.adequacy((unit.block, machines), staff.iter().map(|s| &s.who), tr.lang()))
    else {
        return html! {};
    };
    let tone = if found.is_met() { Tone::Good } else { Tone::Warn };
    let state = if found.is_met() { tr.t("org-adequate") } else { tr.t("org-inadequate") };
    html! {
        p { (badge(tone, &state)) " " (tr.ta("org-adequacy", &[("have", &found.have), ("need", &found.need), ("machines", &machines)])) }
        p class="muted small" { (found.basis) }
    }
}

pub(crate) async fn add(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Extension(ports): Extension<OrgPorts>,
    Path(code): Path<String>,
    Form(form): Form<Typed>,
) -> WebResult {
    let added = match parse(&form) {
        Ok(new) => ops::add_entry(&org, &ctx, &code, &new).await,
        Err(error) => Err(error),
    };
    let tr = &ctx.tr;
    match added {
        Ok(shared) if shared.is_empty() => Ok(ctx.done(Href::new(PAGE).segment(&code), tr.t("org-entry-added"))),
        Ok(shared) => {
            let names = shared.iter().map(|u| ctx.web.units().name(u)).collect::<Vec<_>>().join(", ");
            Ok(ctx.flash(
                Href::new(PAGE).segment(&code),
                Tone::Warn,
                tr.ta("org-range-added-shared", &[("units", &names)]),
            ))
        }
        Err(error) => {
            let errors = field_mistakes(tr, error)?;
            let wrong = Mistakes { what: typed(&form, "what").to_owned(), errors, typed: form };
            let shown = load(&ctx, &org, &ports, &code, MachineFilter::default()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &shown, &wrong)).into_response())
        }
    }
}

fn parse(form: &Typed) -> Result<NewEntry> {
    let time = |name: &str| moment(typed(form, name)).ok_or_else(|| Error::invalid(name, "time-form"));
    match typed(form, "what") {
        "duty" => Ok(NewEntry::Duty(NewDuty {
            name: typed(form, "name").to_owned(),
            phone: typed(form, "phone").to_owned(),
            starts_at: time("starts_at")?,
            ends_at: time("ends_at")?,
        })),
        "range" => Ok(NewEntry::Range(typed(form, "cidr").to_owned(), typed(form, "note").to_owned())),
        "staff" => Ok(NewEntry::Staff(NewStaff {
            name: typed(form, "name").to_owned(),
            job: typed(form, "job").to_owned(),
            qualification: Qualification::parse(typed(form, "qualification"))
                .ok_or_else(|| Error::invalid("qualification", "kind-unknown"))?,
            certificate: typed(form, "certificate").to_owned(),
            is_full_time: typed(form, "full") == "1",
            is_security: typed(form, "security") == "1",
        })),
        _ => Err(Error::not_found("there is no such list")),
    }
}

/// A moment as a browser's field sends it, `2014-03-31T08:00`, by the clock of the province.
fn moment(text: &str) -> Option<Timestamp> {
    let seconds = if text.len() == 16 { ":00" } else { "" };
    Timestamp::parse_rfc3339(&format!("{text}{seconds}+07:00"))
}

pub(crate) async fn remove(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(code): Path<String>,
    Form(form): Form<Typed>,
) -> WebResult {
    ops::remove_entry(&org, &ctx, &code, typed(&form, "what"), typed(&form, "id")).await?;
    Ok(ctx.done(Href::new(PAGE).segment(&code), ctx.tr.t("org-entry-removed")))
}
