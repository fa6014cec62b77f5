//! The audit trail for people: finding acts, seeing one whole, verifying, exporting; and its daily signature.
//!
//! See `README.md` for rights, pages and jobs, `docs/security/audit.md` for what the trail withstands.

pub mod jobs;
mod ops;
mod pages;
pub mod ports;

use base_authz::Action;
use base_core::Lang;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::{Access, Area, NavItem, Routes};
use ports::AuditPorts;
use std::time::Duration;

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "audit", include_str!("../locales/vi/audit.ftl")),
    (Lang::En, "audit", include_str!("../locales/en/audit.ftl")),
];

/// Walking a long trail takes seconds per million acts.
const WHOLE_TRAIL: Duration = Duration::from_secs(300);

/// The area.
#[must_use]
pub fn area(ports: AuditPorts) -> Area {
    let read = Access::May(Action::AuditRead);
    let routes = Routes::new()
        .get(pages::LIST, read, pages::list::page)
        .get("/quan-tri/nhat-ky/{seq}", read, pages::act::page)
        .get_slow("/quan-tri/nhat-ky/kiem-tra", read, WHOLE_TRAIL, pages::check::page)
        .get("/quan-tri/nhat-ky/xuat.csv", read, pages::export::csv)
        .get("/quan-tri/nhat-ky/xuat.ndjson", read, pages::export::ndjson)
        .with(ports);
    Area::new("audit", routes).strings(STRINGS).nav([NavItem {
        label: |tr: &Tr| tr.t("audit-title"),
        href: pages::LIST,
        action: Action::AuditRead,
        group: NavGroup::Manage,
        order: 90,
        icon: Icon::Chain,
    }])
}
