//! Pages of the warnings: the list that is each unit's inbox, one warning, the form to issue one.

mod act;
pub(crate) mod find;
mod issue;
mod list;
mod one;
mod side;

use crate::model::{State, Warning};
use crate::ops::Office;
use crate::ports::WarnPorts;
use base_authz::Action;
use base_core::{FieldError, Lang, Timestamp, WarningId};
use base_i18n::Tr;
use base_ui::{Href, Tone, badge};
use base_web::{Access, Ctx, News, Routes};
use maud::{Markup, html};

/// Where the pages live.
pub(crate) const LIST: &str = "/canh-bao-don-vi";

/// The routes with their rights.
pub(crate) fn routes(ports: WarnPorts) -> Routes {
    let read = Access::May(Action::WarningsRead);
    let send = Access::May(Action::WarningsSend);
    let answer = Access::May(Action::WarningsAcknowledge);
    Routes::new()
        .get(LIST, read, list::page)
        .get("/canh-bao-don-vi/xuat.csv", read, list::export)
        .get("/canh-bao-don-vi/moi", send, issue::form)
        .post("/canh-bao-don-vi/moi", send, issue::submit)
        .get("/canh-bao-don-vi/{id}", read, one::page)
        .get("/canh-bao-don-vi/{id}/tinh-hinh", read, side::page)
        .post("/canh-bao-don-vi/{id}/xac-nhan", answer, act::acknowledge)
        .post("/canh-bao-don-vi/{id}/nhac", send, act::remind)
        .post("/canh-bao-don-vi/{id}/gui-lai", send, act::resend)
        .with(ports)
}

/// Address of a warning.
pub(crate) fn href(id: &WarningId) -> Href {
    Href::new(LIST).segment(id.as_str())
}

/// What the operations work with; letters are always Vietnamese, whatever the person reads.
fn office<'a>(ctx: &'a Ctx, ports: &'a WarnPorts, vi: &'a Tr) -> Office<'a> {
    Office { db: ctx.db(), ids: ctx.web.ids(), ports, news: ctx.web.news(), vi }
}

/// Vietnamese texts.
fn vietnamese(ctx: &Ctx) -> Tr {
    ctx.tr.with_lang(Lang::Vi)
}

/// Tells the open pages that a warning of this unit changed, once the change is committed.
fn teller(ctx: &Ctx) -> impl FnOnce(&Warning) + Send + 'static + use<> {
    let news = ctx.web.news().clone();
    move |warning: &Warning| news.send(News::new(crate::TOPIC, Action::WarningsRead).of_unit(Some(&warning.unit)))
}

/// The state as a badge; an unanswered warning past its term says so instead.
fn state_badge(tr: &Tr, warning: &Warning, now: Timestamp) -> Markup {
    if warning.is_overdue(now) {
        return badge(Tone::Bad, &tr.t("warn-overdue"));
    }
    let tone = match warning.state {
        State::Sent => Tone::Neutral,
        State::Delivered | State::Read => Tone::Info,
        State::Acknowledged => Tone::Good,
    };
    badge(tone, &tr.dynamic("warn-state-", warning.state.as_str()))
}

/// Field errors with their texts in place of codes.
fn told(tr: &Tr, fields: &[FieldError]) -> Vec<FieldError> {
    let text = |e: &FieldError| tr.dynamic("warn-error-", e.message.trim_start_matches("warn-error-"));
    fields.iter().map(|e| FieldError { field: e.field.clone(), message: text(e) }).collect()
}

/// The unit's short name, the full one on hover.
fn unit_cell(ctx: &Ctx, warning: &Warning) -> Markup {
    match ctx.web.units().unit(&warning.unit) {
        Some(unit) => html! { span title=(unit.name) { (unit.short) } },
        None => html! { (warning.unit) },
    }
}
