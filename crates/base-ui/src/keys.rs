//! The keys of the console: one table, from which the script takes what a key does and the help sheet what it says.

use crate::NavLink;
use crate::icon::{Icon, icon};
use base_i18n::Tr;
use maud::{Markup, html};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// One of the deeds the script knows, by its word; the help says `ui-key-<word>`.
    Deed(&'static str),
    /// Opens a page, if the person's navigation has it; the help says its name.
    Go(&'static str),
}

/// The table. Two keys mean one after the other.
pub const KEYS: &[(&str, Does)] = &[
    ("?", Does::Deed("help")),
    ("/", Does::Deed("search")),
    ("f", Does::Deed("filter")),
    ("j", Does::Deed("next")),
    ("k", Does::Deed("previous")),
    ("g o", Does::Go("/")),
    ("g a", Does::Go("/canh-bao")),
    ("g s", Does::Go("/tim-kiem")),
    ("g n", Does::Go("/nguon")),
    ("g r", Does::Go("/quy-tac")),
    ("g w", Does::Go("/canh-bao-don-vi")),
    ("g p", Does::Go("/ke-hoach")),
    ("g u", Does::Go("/don-vi")),
    ("g h", Does::Go("/he-thong")),
    ("g t", Does::Go("/quan-tri/tai-khoan")),
    ("g l", Does::Go("/quan-tri/nhat-ky")),
    ("g k", Does::Go("/quan-tri/suc-khoe")),
    ("g c", Does::Go("/quan-tri/cai-dat")),
];

/// Keys that act wherever the focus is and cannot be turned off: they have a modifier, or act on what is open.
const ALWAYS: &[(&str, &str)] = &[("Ctrl K", "palette"), ("Enter", "open"), ("Esc", "close")];

/// The name of the page a key opens, for who has it in the navigation.
fn page<'n>(nav: &'n [NavLink], href: &str) -> Option<&'n NavLink> {
    nav.iter().find(|link| link.href == href)
}

/// For the script: key → deed or address. Only what this person may open.
#[must_use]
pub(crate) fn table(nav: &[NavLink]) -> String {
    let entry = |(keys, does): &(&str, Does)| match does {
        Does::Deed(word) => Some(format!("{keys}={word}")),
        Does::Go(href) => page(nav, href).map(|link| format!("{keys}={}", link.href)),
    };
    KEYS.iter().filter_map(entry).collect::<Vec<_>>().join("\n")
}

fn row(keys: &str, text: &str) -> Markup {
    html! { div { dt { @for key in keys.split(' ') { kbd { (key) } } } dd { (text) } } }
}

/// The help sheet.
#[must_use]
pub(crate) fn help(tr: &Tr, nav: &[NavLink], on: bool) -> Markup {
    let deeds = KEYS.iter().filter_map(|(keys, does)| match does {
        Does::Deed(word) => Some((*keys, tr.dynamic("ui-key-", word))),
        Does::Go(_) => None,
    });
    let pages = KEYS.iter().filter_map(|(keys, does)| match does {
        Does::Go(href) => page(nav, href).map(|link| (*keys, link.label.as_str())),
        Does::Deed(_) => None,
    });
    html! {
        @if !on { p class="muted" { (tr.t("ui-keys-off")) } }
        h3 { (tr.t("ui-keys-everywhere")) }
        dl class="keys" {
            @for (keys, text) in deeds { (row(keys, &text)) }
            @for (keys, word) in ALWAYS { (row(keys, &tr.dynamic("ui-key-", word))) }
        }
        h3 { (tr.t("ui-keys-pages")) }
        dl class="keys keys-pages" { @for (keys, text) in pages { (row(keys, text)) } }
        // Filled by the script with the buttons and links of the page that have a key of their own (`data-key`).
        div data-keys-here hidden { h3 { (tr.t("ui-keys-here")) } dl class="keys" {} }
        p { a href="/tai-khoan-cua-toi/phim-tat" { (tr.t("ui-keys-choose")) } }
    }
}

/// The quick search: a dialog over any page. Without script its opener leads to the page `/tim-nhanh`.
#[must_use]
pub(crate) fn palette(tr: &Tr) -> Markup {
    html! {
        dialog id="palette" class="dialog palette" aria-label=(tr.t("ui-palette")) {
            form method="get" action="/tim-nhanh" role="search" {
                (icon(Icon::Search))
                input type="search" name="q" maxlength="100" autocomplete="off" spellcheck="false" role="combobox"
                    aria-expanded="false" aria-controls="palette-list" aria-autocomplete="list"
                    aria-label=(tr.t("ui-palette")) placeholder=(tr.t("ui-palette-example"));
                button type="button" class="button-icon" data-close-dialog aria-label=(tr.t("ui-close")) { (icon(Icon::Close)) }
            }
            div id="palette-list" class="palette-list" role="listbox" aria-label=(tr.t("ui-palette-results")) data-recent=(tr.t("ui-palette-recent")) hidden {}
            p class="palette-none" data-none=(tr.t("ui-palette-none")) data-found=(tr.t("ui-palette-found")) role="status" {}
            p class="palette-foot" aria-hidden="true" {
                kbd { "↑" } kbd { "↓" } (tr.t("ui-palette-choose")) " " kbd { "Enter" } (tr.t("ui-palette-go")) " " kbd { "Esc" } (tr.t("ui-close"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NavGroup;

    #[test]
    fn a_key_does_one_thing_and_the_script_knows_every_deed() {
        let script = std::str::from_utf8(crate::asset::at(crate::asset::path("shell.js")).unwrap().bytes).unwrap();
        for (n, (keys, does)) in KEYS.iter().enumerate() {
            assert!(KEYS.iter().skip(n + 1).all(|(other, _)| other != keys), "{keys} stands twice");
            if let Does::Deed(word) = does {
                assert!(script.contains(&format!("{word}: (")), "shell.js does not know {word}");
            }
        }
    }

    #[test]
    fn only_pages_of_the_person_have_a_key() {
        let link = NavLink {
            group: NavGroup::Watch,
            label: "Cảnh báo".to_owned(),
            href: "/canh-bao",
            icon: Icon::Bell,
            current: false,
        };
        let table = table(&[link]);
        assert!(table.contains("g a=/canh-bao") && table.contains("?=help"), "{table}");
        assert!(!table.contains("/quan-tri"), "{table}");
    }
}
