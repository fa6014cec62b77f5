//! The pages of the area. Each file: handlers, then what they show.

mod as_of;
pub(crate) mod changes;
pub(crate) mod contacts;
pub(crate) mod edit_unit;
mod filter;
pub(crate) mod find;
pub(crate) mod import;
pub(crate) mod machines_csv;
pub(crate) mod make_set;
pub(crate) mod people;
pub(crate) mod record_change;
pub(crate) mod sets;
pub(crate) mod systems;
pub(crate) mod tree;
pub(crate) mod unit;
pub(crate) mod units;
pub(crate) mod units_csv;
pub(crate) mod units_xlsx;

use crate::model::{Block, Licence};
use as_of::AsOf;
use base_authz::Action;
use base_core::{Error, FieldError, Kind};
use base_i18n::Tr;
use base_ui::{Field, Href, Tone, badge, field_error, tabs};
use base_web::{Ctx, WebError, WebResult};
use maud::Markup;

/// The fields at fault with their reasons in the person's language; other errors go on.
fn field_mistakes(tr: &Tr, error: Error) -> WebResult<Vec<FieldError>> {
    if error.kind != Kind::Invalid || error.fields.is_empty() {
        return Err(WebError(error));
    }
    let told = |e: FieldError| FieldError { message: mistake(tr, &e.message), ..e };
    Ok(error.fields.into_iter().map(told).collect())
}

/// The text of a code of `org-error-…`; what stands behind a bar is whom or what it is about.
fn mistake(tr: &Tr, code: &str) -> String {
    match code.split_once('|') {
        Some((code, about)) => format!("{} ({about})", tr.dynamic("org-error-", code)),
        None => tr.dynamic("org-error-", code),
    }
}

/// A field for a day.
fn day_field(name: &str, label: &str, value: &str, hint: &str, errors: &[FieldError]) -> Markup {
    let field = Field::input("date", name, label).value(value).error(field_error(errors, name));
    if hint.is_empty() { field.render() } else { field.hint(hint).render() }
}

/// The parts of the organisation: list, tree, changes, sets; the day asked for stays.
fn parts(ctx: &Ctx, here: &str, at: &AsOf) -> Markup {
    let tr = &ctx.tr;
    let part = |text: String, path: &str| (text, Href::new(path).with("at", at.text()), path == here);
    let mut items = vec![
        part(tr.t("org-part-list"), "/don-vi"),
        part(tr.t("org-part-tree"), "/don-vi/so-do"),
        part(tr.t("org-part-changes"), "/don-vi/bien-dong"),
    ];
    if ctx.may(Action::UnitsRead) && ctx.principal.home_unit().is_none() {
        items.push(part(tr.t("org-part-sets"), "/don-vi/tap"));
    }
    tabs(&tr.t("org-units-title"), &items)
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
