//! Events: sources, upload, the intake API, search.
//!
//! Where events come from and how these sources fare; the doors for programs and files; finding
//! events again. See `README.md` for tables, rights, ports and jobs.

mod api;
pub mod book;
pub mod model;
pub mod ops;
mod pages;
pub mod ports;
pub mod refusals;
pub mod sent_ids;
mod store;

use base_authz::Action;
use base_core::{Lang, UnitId};
use base_db::Migration;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use base_web::{Area, NavItem, News};
use ports::EventsPorts;

/// The tables of this area.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        area: "events",
        name: "20261122T110100_sources",
        sql: include_str!("../migrations/20261122T110100_sources.sql"),
    },
    Migration {
        area: "events",
        name: "20261122T203000_saved_search",
        sql: include_str!("../migrations/20261122T203000_saved_search.sql"),
    },
    Migration {
        area: "events",
        name: "20261122T210000_identities_health",
        sql: include_str!("../migrations/20261122T210000_identities_health.sql"),
    },
    Migration {
        area: "events",
        name: "20261122T235500_source_keep",
        sql: include_str!("../migrations/20261122T235500_source_keep.sql"),
    },
    Migration {
        area: "events",
        name: "20261123T000000_silence_gaps",
        sql: include_str!("../migrations/20261123T000000_silence_gaps.sql"),
    },
];

/// The texts of this area.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "events", include_str!("../locales/vi/events.ftl")),
    (Lang::En, "events", include_str!("../locales/en/events.ftl")),
];

/// Topic of news about sources: declared, changed, switched.
pub const SOURCES: &str = "sources";
/// Topic of news about files being read.
pub const UPLOADS: &str = "uploads";

/// The news that the reading of a file has gone on.
#[must_use]
pub fn upload_news(unit: Option<&UnitId>) -> News {
    News::new(UPLOADS, Action::EventsUpload).of_unit(unit)
}

/// The area with its ports.
#[must_use]
pub fn area(ports: EventsPorts) -> Area {
    let nav = [
        NavItem {
            label: |tr: &Tr| tr.t("events-nav-search"),
            href: "/tim-kiem",
            action: Action::EventsSearch,
            group: NavGroup::Watch,
            order: 30,
            icon: Icon::Search,
        },
        NavItem {
            label: |tr: &Tr| tr.t("events-nav-sources"),
            href: "/nguon",
            action: Action::SourcesRead,
            group: NavGroup::Watch,
            order: 40,
            icon: Icon::Streams,
        },
        NavItem {
            label: |tr: &Tr| tr.t("events-nav-upload"),
            href: "/tai-len",
            action: Action::EventsUpload,
            group: NavGroup::Watch,
            order: 50,
            icon: Icon::Upload,
        },
    ];
    let named = |label: fn(&Tr) -> String, href, action| NavItem {
        label,
        href,
        action,
        group: NavGroup::Watch,
        order: 0,
        icon: Icon::Streams,
    };
    let also = [
        named(|tr| tr.t("events-inputs-title"), "/nguon/dau-vao", Action::SourcesRead),
        named(|tr| tr.t("events-refused-title"), "/nguon/tu-choi", Action::SourcesRead),
        named(|tr| tr.t("events-source-new"), "/nguon/moi", Action::SourcesManage),
        named(|tr| tr.t("events-sql-title"), "/tim-kiem/sql", Action::EventsSearch),
    ];
    Area::new("events", pages::routes(ports))
        .also(also)
        .nav(nav)
        .finder(pages::find::Sources)
        .migrations(MIGRATIONS)
        .strings(STRINGS)
        .api(api::openapi())
}
