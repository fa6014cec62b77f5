//! Trust in the rules: are they alive, what do they cost, what do they hide, and what would a
//! new pack of them change. See `README.md` for tables, rights, ports and jobs.

pub mod book;
pub mod lake_events;
pub mod model;
pub mod ops;
mod pages;
pub mod ports;
pub mod shelf;
mod store;

use base_authz::Action;
use base_core::Lang;
use base_db::Migration;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::{Area, NavItem};
use ports::RulesPorts;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        area: "rules",
        name: "20261122T140000_rules",
        sql: include_str!("../migrations/20261122T140000_rules.sql"),
    },
    Migration {
        area: "rules",
        name: "20261122T170000_indicators",
        sql: include_str!("../migrations/20261122T170000_indicators.sql"),
    },
    Migration {
        area: "rules",
        name: "20261122T210000_retro",
        sql: include_str!("../migrations/20261122T210000_retro.sql"),
    },
];

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "rules", include_str!("../locales/vi/rules.ftl")),
    (Lang::En, "rules", include_str!("../locales/en/rules.ftl")),
];

/// Topic of news about rules, filters, packs and replays.
pub const TOPIC: &str = "rules";

/// The area with its ports.
#[must_use]
pub fn area(ports: RulesPorts) -> Area {
    let rules = pages::find::Rules(std::sync::Arc::clone(&ports.book));
    Area::new("rules", pages::routes(ports))
        .finder(rules)
        .nav([NavItem {
            label: |tr: &Tr| tr.t("rules-nav"),
            href: pages::INDEX,
            action: Action::RulesRead,
            group: NavGroup::Watch,
            order: 60,
            icon: Icon::Rules,
        }])
        .migrations(MIGRATIONS)
        .strings(STRINGS)
}
