//! The look of the console: design tokens, components as functions returning [`maud::Markup`], the page frame.
//!
//! Strict CSP is a condition, not a wish: no `style` attribute, no inline script. Pictures are SVG
//! with attributes and classes. Every severity and state shows a word and a shape, never colour alone.
//! `examples/gallery.rs` shows each component in every state.

#![expect(
    clippy::needless_pass_by_value,
    reason = "markup is built to be given away; `&html! {…}` at every call would only be noise"
)]

pub mod asset;
mod block;
mod chart;
mod form;
mod frame;
pub mod gallery;
mod href;
mod icon;
pub mod keys;
mod list;
mod mark;
mod pager;
mod table;

pub use block::{card, code, copyable, dialog, empty, kv, notice, page_head, section, stat, stats, steps, tabs};
pub use chart::{Bar, hbars, histogram, meter, severity_bar, sparkline};
pub use form::{Field, actions, button, error_summary, field_error, filter_bar};
pub use frame::{Crumb, Flash, Frame, NavGroup, NavLink, Person, Theme, bare, bell};
pub use href::Href;
pub use icon::{Icon, icon};
pub use list::List;
pub use mark::{Tone, badge, dot, severity, time, time_full};
pub use pager::{Page, pager};
pub use table::{Column, Row, Sort, table};

use base_core::Lang;
use base_i18n::FtlSource;

/// The texts of the components.
pub const STRINGS: &[FtlSource] =
    &[(Lang::Vi, "ui", include_str!("../locales/vi/ui.ftl")), (Lang::En, "ui", include_str!("../locales/en/ui.ftl"))];
