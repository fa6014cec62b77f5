//! Texts of the interface: Fluent files per language, Vietnamese first, numbers and times as read here.
//!
//! A text is asked for by a literal key, `tr.t("desk-title")` or `tr.ta("desk-count", &[("n", &n)])`,
//! so that `cargo xtask i18n` finds unknown, missing and unused keys by reading the source. A family
//! whose last part is a value goes through `tr.dynamic("role-", role.as_str())`.

mod format;
mod strings;
mod tr;

pub use format::{DISPLAY_ZONE, format_number};
pub use strings::{FtlSource, Strings, StringsError};
pub use tr::{ToArg, Tr};
