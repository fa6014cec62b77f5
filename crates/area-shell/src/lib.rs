//! The shell of the console: quick search, inbox of notices, keys, chosen columns, settings, health.
//!
//! The mechanisms stand in `base-web` ([`base_web::find`], [`base_web::notice`], [`base_web::person`]); the pages for them
//! stand here. See `README.md` for rights, pages and ports.

mod pages;
pub mod ports;

use base_authz::Action;
use base_core::Lang;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::Access::{May, SignedIn};
use base_web::{Area, NavItem, Routes};
use ports::ShellPorts;

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "shell", include_str!("../locales/vi/shell.ftl")),
    (Lang::En, "shell", include_str!("../locales/en/shell.ftl")),
];

/// The area with its ports.
#[must_use]
pub fn area(ports: ShellPorts) -> Area {
    let settings = May(Action::SettingsRead);
    let routes = Routes::new()
        .get("/tim-nhanh", SignedIn, pages::find::show)
        .get("/phien", SignedIn, pages::session::token)
        .get("/thong-bao", SignedIn, pages::notices::show)
        .get("/thong-bao/so", SignedIn, pages::notices::count)
        .get("/thong-bao/{id}/mo", SignedIn, pages::notices::open)
        .post("/thong-bao/{id}/da-doc", SignedIn, pages::notices::mark)
        .post("/thong-bao/da-doc", SignedIn, pages::notices::mark_all)
        .get("/tai-khoan-cua-toi/phim-tat", SignedIn, pages::keys::show)
        .post("/tai-khoan-cua-toi/phim-tat", SignedIn, pages::keys::send)
        .post("/tuy-chon/cot", SignedIn, pages::columns::send)
        .get("/quan-tri/suc-khoe", May(Action::HealthRead), pages::health::show)
        .get("/quan-tri/cai-dat", settings, pages::settings::show)
        .get("/quan-tri/thanh-phan", settings, pages::gallery::show)
        .with(ports);
    let item = |label: fn(&Tr) -> String, href, action, order, icon| NavItem {
        label,
        href,
        action,
        group: NavGroup::Manage,
        order,
        icon,
    };
    Area::new("shell", routes)
        .strings(STRINGS)
        .nav([
            item(|tr| tr.t("shell-nav-health"), "/quan-tri/suc-khoe", Action::HealthRead, 80, Icon::Pulse),
            item(|tr| tr.t("shell-nav-settings"), "/quan-tri/cai-dat", Action::SettingsRead, 90, Icon::Settings),
        ])
        .also([
            item(|tr| tr.t("shell-notices"), "/thong-bao", Action::OverviewRead, 0, Icon::Bell),
            item(|tr| tr.t("shell-gallery"), "/quan-tri/thanh-phan", Action::SettingsRead, 0, Icon::Leaf),
            item(|tr| tr.t("shell-keys"), "/tai-khoan-cua-toi/phim-tat", Action::OverviewRead, 0, Icon::Key),
        ])
}
