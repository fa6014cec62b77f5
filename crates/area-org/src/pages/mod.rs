//! The pages of the area. Each file: handlers, then what they show.

pub(crate) mod contacts;
pub(crate) mod edit_unit;
mod filter;
pub(crate) mod machines_csv;
pub(crate) mod systems;
pub(crate) mod unit;
pub(crate) mod units;
pub(crate) mod units_csv;

use crate::model::{Block, Licence};
use base_core::{Error, FieldError, Kind};
use base_i18n::Tr;
use base_ui::{Tone, badge};
use base_web::{WebError, WebResult};
use maud::Markup;

/// The fields at fault with their reasons in the person's language; other errors go on.
fn field_mistakes(tr: &Tr, error: Error) -> WebResult<Vec<FieldError>> {
    if error.kind != Kind::Invalid || error.fields.is_empty() {
        return Err(WebError(error));
    }
    let told = |e: FieldError| FieldError { message: tr.dynamic("org-error-", &e.message), ..e };
    Ok(error.fields.into_iter().map(told).collect())
}

fn block_name(tr: &Tr, block: Block) -> String {
    tr.dynamic("org-block-", block.as_str())
}

fn licence_badge(tr: &Tr, licence: Option<Licence>) -> Markup {
    let text = tr.dynamic("org-licence-", licence.map_or("unknown", Licence::as_str));
    let tone = match licence {
        Some(Licence::Licensed) => Tone::Good,
        Some(Licence::Free) => Tone::Warn,
        Some(Licence::Expired | Licence::None) => Tone::Bad,
        None => Tone::Neutral,
    };
    badge(tone, &text)
}

/// A number, or a dash where none is known.
fn number_opt(tr: &Tr, value: Option<i64>) -> String {
    value.map_or_else(|| "—".to_owned(), |n| tr.number(n))
}
