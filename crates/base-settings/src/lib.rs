//! The settings of the server: one table, from which flags, environment, file and manual come.
//!
//! * [`TABLE`] has every setting with its kind, default and group; what it means stands in both
//!   languages in `locales/`.
//! * [`resolve`] takes what was given on the command line, in the environment and in the file, in this
//!   order of precedence, checks each value and remembers where it comes from. It goes on after a
//!   mistake: all of them are told at once, each with its place and the remedy.
//! * [`show`] and [`manual`] are what `mangrove config show` and `docs/guides/settings.md` say.
//!
//! What settings mean *together* (a certificate needs its key) is checked where they are used.

mod file;
mod manual;
mod mistake;
mod resolve;
mod show;
mod table;
mod value;

pub use manual::manual;
pub use mistake::{Mistake, Place, Wrong};
pub use resolve::{Given, Settings, Source, resolve};
pub use show::show;
pub use table::{Group, Kind, Setting, TABLE, setting, variable};
pub use value::{Value, parse};

use base_core::Lang;
use base_i18n::{Strings, Tr};
use std::sync::Arc;

/// The texts of this crate in `lang`.
#[must_use]
#[expect(clippy::expect_used, reason = "the files are compiled in, and a test loads them")]
pub fn texts(lang: Lang) -> Tr {
    let strings = Strings::load(&[
        (Lang::Vi, "settings", include_str!("../locales/vi/settings.ftl")),
        (Lang::En, "settings", include_str!("../locales/en/settings.ftl")),
    ]);
    Tr::new(lang, Arc::new(strings.expect("the texts of the settings are whole")))
}
