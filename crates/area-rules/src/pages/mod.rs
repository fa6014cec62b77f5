//! Pages of the rules.

mod allow;
mod explain;
mod filter;
mod filter_form;
pub(crate) mod find;
mod list;
mod list_page;
mod list_upload;
mod lists;
mod pack;
mod packs;
mod proofs;
mod retro;
mod rule;
mod rule_parts;
mod switch;

use crate::model::Flag;
use crate::model::indicator_list::MAX_UPLOAD_BYTES;
use crate::ports::RulesPorts;
use crate::shelf::Shelf;
use base_authz::Action;
use base_core::{Error, FieldError, Result};
use base_i18n::Tr;
use base_ui::{Href, Tone, badge};
use base_web::{Access, Ctx, Routes};
use maud::{Markup, html};
use std::sync::Arc;
use std::time::Duration;

/// Where the pages live.
pub(crate) const INDEX: &str = "/quy-tac";
/// Where the packs live.
const PACKS: &str = "/quy-tac/goi";

/// Where the lists of indicators live.
const LISTS: &str = "/quy-tac/chi-bao";

/// The lists of indicators; the server always has them.
fn shelf_of(ports: &RulesPorts) -> Result<&Arc<Shelf>> {
    ports.book.beside().lists.as_ref().ok_or_else(|| Error::not_found("no lists of indicators are kept here"))
}

/// The routes with their rights.
pub(crate) fn routes(ports: RulesPorts) -> Routes {
    let read = Access::May(Action::RulesRead);
    let tune = Access::May(Action::RulesTune);
    let switch = Access::May(Action::RulesSwitch);
    let install = Access::May(Action::RulesInstall);
    let indicators = Access::May(Action::IndicatorsManage);
    let longest = usize::try_from(MAX_UPLOAD_BYTES).unwrap_or(usize::MAX).saturating_add(64 * 1024);
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
        .get(LISTS, read, lists::page)
        .post_large(LISTS, indicators, longest, Duration::from_secs(1_800), list_upload::upload)
        .get("/quy-tac/chi-bao/xuat.csv", read, lists::export)
        .get("/quy-tac/chi-bao/cho-phep", read, allow::page)
        .post("/quy-tac/chi-bao/cho-phep", indicators, allow::keep)
        .get("/quy-tac/chi-bao/{list}", read, list_page::page)
        .get("/quy-tac/chi-bao/{list}/tai-ve", indicators, list_page::download)
        .post("/quy-tac/chi-bao/{list}/dua-vao", indicators, list_page::activate)
        .post("/quy-tac/chi-bao/{list}/bo", indicators, list_page::discard)
        .post("/quy-tac/chi-bao/{list}/tat", indicators, list_page::off)
        .post("/quy-tac/chi-bao/{list}/bat", indicators, list_page::on)
        .get("/quy-tac/chi-bao/{list}/xoa", indicators, list_page::ask)
        .post("/quy-tac/chi-bao/{list}/xoa", indicators, list_page::remove)
        .get("/quy-tac/bo-loc/{filter}", read, filter::page)
        .get("/quy-tac/bo-loc/{filter}/xuat.csv", read, filter::export)
        .post("/quy-tac/bo-loc/{filter}/ket-thuc", tune, filter::end)
        .get("/quy-tac/luat/{rule}", read, rule::page)
        .post("/quy-tac/luat/{rule}/tat", switch, switch::off)
        .post("/quy-tac/luat/{rule}/bat", switch, switch::on)
        .get("/quy-tac/luat/{rule}/bo-loc-moi", tune, filter_form::form)
        .post("/quy-tac/luat/{rule}/bo-loc-moi", tune, filter_form::submit)
        .get("/quy-tac/luat/{rule}/ra-lai", read, retro::of_rule)
        .post("/quy-tac/luat/{rule}/ra-lai", tune, retro::begin)
        .get("/quy-tac/ra-lai/{hunt}", read, retro::page)
        .post("/quy-tac/ra-lai/{hunt}/dung", tune, retro::stop)
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
