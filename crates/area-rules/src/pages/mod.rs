//! Pages of the rules.

mod explain;
mod filter;
mod filter_form;
mod list;
mod pack;
mod packs;
mod proofs;
mod rule;
mod rule_parts;
mod switch;

use crate::model::Flag;
use crate::ports::RulesPorts;
use base_authz::Action;
use base_core::FieldError;
use base_i18n::Tr;
use base_ui::{Href, Tone, badge};
use base_web::{Access, Ctx, Routes};
use maud::{Markup, html};
use std::time::Duration;

/// Where the pages live.
pub(crate) const INDEX: &str = "/quy-tac";
/// Where the packs live.
const PACKS: &str = "/quy-tac/goi";

/// The routes with their rights.
pub(crate) fn routes(ports: RulesPorts) -> Routes {
    let read = Access::May(Action::RulesRead);
    let tune = Access::May(Action::RulesTune);
    let switch = Access::May(Action::RulesSwitch);
    let install = Access::May(Action::RulesInstall);
    let largest = crate::model::archive::MAX_ARCHIVE_BYTES + 64 * 1024;
    Routes::new()
        .get(INDEX, read, list::page)
        .get("/quy-tac/xuat.csv", read, list::export)
        .get("/quy-tac/dien-lai", read, proofs::page)
        .post("/quy-tac/dien-lai", tune, proofs::replay)
        .get(PACKS, read, packs::page)
        .post_large(PACKS, install, largest, Duration::from_secs(300), packs::import)
        .post("/quy-tac/goi/hoan-tac", install, packs::undo)
        .get("/quy-tac/goi/{pack}", read, pack::page)
        .get("/quy-tac/goi/{pack}/tien-do", read, pack::progress)
        .post("/quy-tac/goi/{pack}/xem-truoc", install, pack::preview)
        .post("/quy-tac/goi/{pack}/dung", install, pack::stop)
        .post("/quy-tac/goi/{pack}/ap-dung", install, pack::activate)
        .post("/quy-tac/goi/{pack}/bo", install, pack::discard)
        .get("/quy-tac/bo-loc/{filter}", read, filter::page)
        .get("/quy-tac/bo-loc/{filter}/xuat.csv", read, filter::export)
        .post("/quy-tac/bo-loc/{filter}/ket-thuc", tune, filter::end)
        .get("/quy-tac/luat/{rule}", read, rule::page)
        .post("/quy-tac/luat/{rule}/tat", switch, switch::off)
        .post("/quy-tac/luat/{rule}/bat", switch, switch::on)
        .get("/quy-tac/luat/{rule}/bo-loc-moi", tune, filter_form::form)
        .post("/quy-tac/luat/{rule}/bo-loc-moi", tune, filter_form::submit)
        .get("/quy-tac/luat/{rule}/giai-thich", read, explain::page)
        .post("/quy-tac/luat/{rule}/giai-thich", read, explain::pasted)
        .with(ports)
}

/// Address of a rule's page.
fn rule_href(id: &str) -> Href {
    Href::new("/quy-tac/luat").segment(id)
}

/// The flags of a rule as badges; "alive" without any.
fn flag_badges(tr: &Tr, flags: &[Flag]) -> Markup {
    let tone = |flag: Flag| match flag {
        Flag::Dead | Flag::Starved => Tone::Bad,
        Flag::Shadowed | Flag::Noisy => Tone::Warn,
        Flag::Off => Tone::Neutral,
    };
    html! {
        @if flags.is_empty() { (badge(Tone::Good, &tr.t("rules-alive"))) }
        @for flag in flags { (badge(tone(*flag), &tr.dynamic("rules-flag-", flag.as_str()))) " " }
    }
}

/// The codes of an operation as texts in the person's language.
fn in_words(ctx: &Ctx, mut fields: Vec<FieldError>) -> Vec<FieldError> {
    for field in &mut fields {
        field.message = ctx.tr.dynamic("rules-error-", &field.message);
    }
    fields
}

/// A time per event as read: nanoseconds, or microseconds when that is shorter.
fn cost_text(tr: &Tr, nanos: Option<f64>) -> String {
    match nanos {
        None => "—".to_owned(),
        Some(n) if n < 1_000.0 => tr.ta("rules-cost-ns", &[("n", &tr.decimal(n))]),
        Some(n) => tr.ta("rules-cost-us", &[("n", &tr.decimal(n / 1_000.0))]),
    }
}

/// A number of the database as one for the eye.
#[expect(clippy::cast_precision_loss, reason = "a picture of counts")]
fn height(n: i64) -> f64 {
    n as f64
}
