//! Pages of the desk.

mod alert;
mod alert_event;
mod alert_side;
mod around;
pub(crate) mod find;
mod list;
mod overview;

use crate::model::State;
use crate::ports::DeskPorts;
use base_authz::Action;
use base_i18n::Tr;
use base_ui::{Tone, badge};
use base_web::{Access, Routes};
use maud::Markup;

/// The routes with their rights.
pub(crate) fn routes(ports: DeskPorts) -> Routes {
    let read = Access::May(Action::AlertsRead);
    let triage = Access::May(Action::AlertsTriage);
    Routes::new()
        .get("/", Access::May(Action::OverviewRead), overview::page)
        .get("/canh-bao", read, list::page)
        .get("/canh-bao/xuat.csv", read, list::export)
        .get("/canh-bao/xuat.xlsx", read, list::workbook)
        .get("/canh-bao/{id}", read, alert::page)
        .get("/canh-bao/{id}/tinh-hinh", read, alert::side)
        .get("/canh-bao/{id}/xung-quanh", read, around::fragment)
        .post("/canh-bao/{id}/xu-ly", triage, alert::act)
        .with(ports)
}

/// The state of an alert as a badge.
fn state_badge(tr: &Tr, state: State) -> Markup {
    let tone = match state {
        State::New => Tone::Warn,
        State::Looking => Tone::Info,
        State::ClosedTrue => Tone::Good,
        State::ClosedFalse => Tone::Neutral,
    };
    badge(tone, &tr.dynamic("desk-state-", state.as_str()))
}
