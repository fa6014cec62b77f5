//! The plan: indicators with declared and measured values.
//!
//! What the province declared stands beside what the program measured, with denominator,
//! freshness and confidence. See `README.md` for tables, rights and ports.

pub mod model;
pub mod ops;
mod pages;
pub mod ports;
mod store;

use base_authz::Action;
use base_core::Lang;
use base_db::Migration;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::{Access, Area, NavItem, Routes};
use ports::PlanPorts;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    area: "plan",
    name: "20261122T110300_indicators",
    sql: include_str!("../migrations/20261122T110300_indicators.sql"),
}];

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "plan", include_str!("../locales/vi/plan.ftl")),
    (Lang::En, "plan", include_str!("../locales/en/plan.ftl")),
];

/// The area with its ports.
#[must_use]
pub fn area(ports: PlanPorts) -> Area {
    let read = Access::May(Action::PlanRead);
    let declare = Access::May(Action::PlanDeclare);
    let routes = Routes::new()
        .get(pages::INDEX, read, pages::index::handler)
        .get("/ke-hoach/{indicator}", read, pages::indicator::handler)
        .get("/ke-hoach/{indicator}/export.csv", read, pages::export::handler)
        .get("/ke-hoach/{indicator}/cong-bo", declare, pages::declare::form)
        .post("/ke-hoach/{indicator}/cong-bo", declare, pages::declare::submit)
        .post("/ke-hoach/{indicator}/do-lai", declare, pages::measure_now::handler)
        .with(ports);
    Area::new("plan", routes)
        .nav([NavItem {
            label: |tr: &Tr| tr.t("plan-title"),
            href: pages::INDEX,
            action: Action::PlanRead,
            group: NavGroup::Govern,
            order: 10,
            icon: Icon::Plan,
        }])
        .migrations(MIGRATIONS)
        .strings(STRINGS)
}
