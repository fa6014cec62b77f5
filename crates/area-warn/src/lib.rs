//! Warnings to units: numbering, inbox, mail, acknowledgement.
//!
//! An analyst warns a unit, from an alert or freely. The warning gets the next number of the year,
//! stands in the unit's inbox at once, and goes by mail to its contacts. The unit's officer answers
//! with a note; until then the program reminds. See `README.md` for tables, rights, ports and jobs.

pub mod jobs;
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
use base_web::{Area, NavItem};
use ports::WarnPorts;

/// The live topic: a warning was issued, delivered, read or answered.
pub const TOPIC: &str = "warnings";

/// The tables.
pub const MIGRATIONS: &[Migration] = &[Migration {
    area: "warn",
    name: "20261122T110200_warnings",
    sql: include_str!("../migrations/20261122T110200_warnings.sql"),
}];

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "warn", include_str!("../locales/vi/warn.ftl")),
    (Lang::En, "warn", include_str!("../locales/en/warn.ftl")),
];

/// The area with its ports.
#[must_use]
pub fn area(ports: WarnPorts) -> Area {
    Area::new("warn", pages::routes(ports))
        .finder(pages::find::Warnings)
        .nav([NavItem {
            label: |tr: &Tr| tr.t("warn-nav"),
            href: pages::LIST,
            action: Action::WarningsRead,
            group: NavGroup::Respond,
            order: 10,
            icon: Icon::Megaphone,
        }])
        .migrations(MIGRATIONS)
        .strings(STRINGS)
}
