//! The glue between areas and HTTP: routes with their rights, the request context, CSRF, errors, live news.
//!
//! An area hands in an [`Area`]: its routes (each with the right it needs), navigation, migrations
//! and texts. [`serve_router`] makes one [`axum::Router`] of all areas, inside the layers that hold
//! for every request: security headers, compression, panic catching, session, error pages, the guard.
//! The recipe for a page is `docs/guides/add-a-page.md`.

mod api;
mod area;
mod broadcast;
mod cookie;
mod csrf;
mod csv;
mod ctx;
mod error;
pub mod find;
mod guard;
mod headers;
mod info;
mod live;
pub mod notice;
pub mod person;
pub mod ports;
mod preferences;
mod reply;
mod router;
mod web;

pub use api::{Failure, Refusals};
pub use area::{Access, Area, NavItem, RoutePolicy, Routes};
pub use broadcast::{Audience, Broadcaster, News};
pub use cookie::{Cookie, SameSite, read as read_cookie, session_cookie, session_cookie_name};
pub use csv::Csv;
pub use ctx::{Ctx, Visitor};
pub use error::{WebError, WebResult};
pub use reply::{attachment, safe_next, see_other};
pub use router::serve_router;
pub use web::{Web, WebParts, load_strings};

use base_core::Lang;
use base_db::Migration;
use base_i18n::FtlSource;

/// The tables of the console itself: choices of people, and notices.
pub const MIGRATIONS: &[Migration] = &[Migration {
    area: "web",
    name: "20261123T070000_shell",
    sql: include_str!("../migrations/20261123T070000_shell.sql"),
}];

/// The texts of error pages, preferences, notices and the quick search.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "web", include_str!("../locales/vi/web.ftl")),
    (Lang::En, "web", include_str!("../locales/en/web.ftl")),
];
