//! The province's units: who they are, whom to write to, which systems they run, which machines were seen.
//!
//! [`Org`] keeps the list of units in memory and is the [`base_web::ports::UnitDirectory`] of every
//! other area. What is counted for the plan ([`ops::measure_firewalls`], [`ops::measure_antivirus`]) comes from
//! machines and devices that were seen, never from what somebody typed.

pub mod model;
pub mod ops;
mod org;
mod pages;
pub mod ports;
mod store;

pub use org::Org;

use crate::ports::OrgPorts;
use base_authz::Action;
use base_core::Lang;
use base_db::Migration;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::{Access, Area, NavItem, Routes};
use std::sync::Arc;
use std::time::Duration;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration { area: "org", name: "20261122T0320_units", sql: include_str!("../migrations/20261122T0320_units.sql") },
    Migration {
        area: "org",
        name: "20261123T0310_timeline",
        sql: include_str!("../migrations/20261123T0310_timeline.sql"),
    },
    Migration { area: "org", name: "20261123T0325_sets", sql: include_str!("../migrations/20261123T0325_sets.sql") },
    Migration {
        area: "org",
        name: "20261123T0335_import",
        sql: include_str!("../migrations/20261123T0335_import.sql"),
    },
    Migration {
        area: "org",
        name: "20261123T0345_people",
        sql: include_str!("../migrations/20261123T0345_people.sql"),
    },
];

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "org", include_str!("../locales/vi/org.ftl")),
    (Lang::En, "org", include_str!("../locales/en/org.ftl")),
];

/// The area.
#[must_use]
pub fn area(org: Arc<Org>, ports: OrgPorts) -> Area {
    let read = Access::May(Action::UnitsRead);
    let manage = Access::May(Action::UnitsManage);
    let export = Access::May(Action::UnitsExport);
    let systems = Access::May(Action::SystemsRead);
    let routes = Routes::new()
        .get("/don-vi", read, pages::units::show)
        .get("/don-vi/export.csv", export, pages::units_csv::send)
        .get("/don-vi/them", manage, pages::edit_unit::show_new)
        .post("/don-vi/them", manage, pages::edit_unit::send_new)
        .get("/don-vi/so-do", read, pages::tree::show)
        .get("/don-vi/bien-dong", read, pages::changes::show)
        .get("/don-vi/bien-dong/export.csv", export, pages::changes::export)
        .get("/don-vi/bien-dong/them", manage, pages::record_change::show)
        .post("/don-vi/bien-dong/them", manage, pages::record_change::send)
        .get("/don-vi/bien-dong/{id}", read, pages::changes::one)
        .post("/don-vi/bien-dong/{id}/huy", manage, pages::changes::cancel)
        .get("/don-vi/tap", read, pages::sets::show)
        .get("/don-vi/tap/export.csv", export, pages::sets::export)
        .get("/don-vi/tap/them", manage, pages::make_set::show_new)
        .post("/don-vi/tap/them", manage, pages::make_set::send_new)
        .get("/don-vi/tap/{code}", read, pages::sets::one)
        .get("/don-vi/tap/{code}/export.csv", export, pages::sets::export_one)
        .get("/don-vi/tap/{code}/moi", manage, pages::make_set::show)
        .post("/don-vi/tap/{code}/moi", manage, pages::make_set::send)
        .get("/don-vi/export.xlsx", export, pages::units_xlsx::send)
        .get("/don-vi/nhap", manage, pages::import::show)
        .post_large("/don-vi/nhap", manage, ops::MAX_FILE + (64 << 10), Duration::from_secs(120), pages::import::upload)
        .get("/don-vi/nhap/mau.xlsx", manage, pages::units_xlsx::form)
        .get("/don-vi/nhap/{id}", manage, pages::import::preview)
        .get("/don-vi/nhap/{id}/loi.csv", manage, pages::import::mistakes)
        .post_large("/don-vi/nhap/{id}/ghi", manage, 4 << 10, Duration::from_secs(300), pages::import::confirm)
        .post("/don-vi/nhap/{id}/bo", manage, pages::import::discard)
        .get("/don-vi/{code}", read, pages::unit::show)
        .get("/don-vi/{code}/may.csv", export, pages::machines_csv::send)
        .get("/don-vi/{code}/sua", manage, pages::edit_unit::show)
        .post("/don-vi/{code}/sua", manage, pages::edit_unit::send)
        .post("/don-vi/{code}/lien-he", manage, pages::contacts::add)
        .post("/don-vi/{code}/lien-he/xoa", manage, pages::contacts::remove)
        .post("/don-vi/{code}/muc", manage, pages::people::add)
        .post("/don-vi/{code}/muc/xoa", manage, pages::people::remove)
        .get("/he-thong", systems, pages::systems::show)
        .get("/he-thong/export.csv", systems, pages::systems::export)
        .with(Arc::clone(&org))
        .with(ports);
    let named = |label: fn(&Tr) -> String, href, action| NavItem {
        label,
        href,
        action,
        group: NavGroup::Govern,
        order: 0,
        icon: Icon::Building,
    };
    let also = [
        named(|tr| tr.t("org-tree-title"), "/don-vi/so-do", Action::UnitsRead),
        named(|tr| tr.t("org-changes-title"), "/don-vi/bien-dong", Action::UnitsRead),
        named(|tr| tr.t("org-sets-title"), "/don-vi/tap", Action::UnitsRead),
        named(|tr| tr.t("org-import-title"), "/don-vi/nhap", Action::UnitsManage),
    ];
    let area = Area::new("org", routes).migrations(MIGRATIONS).strings(STRINGS).also(also);
    area.finder(pages::find::Units(Arc::clone(&org))).finder(pages::find::Machines(org)).nav([
        NavItem {
            label: |tr| tr.t("org-nav-units"),
            href: "/don-vi",
            action: Action::UnitsRead,
            group: NavGroup::Govern,
            order: 20,
            icon: Icon::Building,
        },
        NavItem {
            label: |tr| tr.t("org-nav-systems"),
            href: "/he-thong",
            action: Action::SystemsRead,
            group: NavGroup::Govern,
            order: 30,
            icon: Icon::Server,
        },
    ])
}
