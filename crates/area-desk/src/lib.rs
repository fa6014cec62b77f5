//! The desk: alerts and their pages, overview of the province.

pub mod model;
pub mod ops;
mod pages;
pub mod ports;
mod store;

use base_authz::Action;
use base_core::{Lang, UnitId};
use base_db::Migration;
use base_i18n::FtlSource;
use base_ui::{Icon, NavGroup};
use base_web::{Area, NavItem, News};
use ports::DeskPorts;

/// The tables of this area.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        area: "desk",
        name: "20261122T110000_alerts",
        sql: include_str!("../migrations/20261122T110000_alerts.sql"),
    },
    Migration {
        area: "desk",
        name: "20261122T123000_alert_orders",
        sql: include_str!("../migrations/20261122T123000_alert_orders.sql"),
    },
];

/// The texts of this area.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "desk", include_str!("../locales/vi/desk.ftl")),
    (Lang::En, "desk", include_str!("../locales/en/desk.ftl")),
];

/// Topic of news about alerts.
pub const ALERTS: &str = "alerts";
/// Topic of news about the flow of events; the pipeline tells it.
pub const OVERVIEW: &str = "overview";

/// The area.
#[must_use]
pub fn area(ports: DeskPorts) -> Area {
    let nav = [
        NavItem {
            label: |tr| tr.t("desk-nav-overview"),
            href: "/",
            action: Action::OverviewRead,
            group: NavGroup::Watch,
            order: 10,
            icon: Icon::Gauge,
        },
        NavItem {
            label: |tr| tr.t("desk-nav-alerts"),
            href: "/canh-bao",
            action: Action::AlertsRead,
            group: NavGroup::Watch,
            order: 20,
            icon: Icon::Bell,
        },
    ];
    Area::new("desk", pages::routes(ports)).nav(nav).finder(pages::find::Alerts).migrations(MIGRATIONS).strings(STRINGS)
}

/// The news that an alert of `unit` was raised or has changed.
#[must_use]
pub fn news(unit: Option<&UnitId>) -> News {
    News::new(ALERTS, Action::AlertsRead).of_unit(unit)
}
