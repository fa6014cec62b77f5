//! The manual of the settings, as `docs/guides/settings.md` and `settings.vi.md` have it.

use crate::table::{Group, Kind, Setting, TABLE};
use crate::texts;
use base_core::Lang;
use base_i18n::Tr;
use std::fmt::Write;

/// The whole manual in Markdown.
#[must_use]
pub fn manual(lang: Lang) -> String {
    let tr = texts(lang);
    let mut out = format!("# {}\n\n{}\n", tr.t("setting-manual-title"), tr.t("setting-manual-intro"));
    for group in Group::ALL {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n## {}\n", tr.dynamic("setting-group-", group.key()));
        for setting in TABLE.iter().filter(|setting| setting.group == group) {
            one(&mut out, setting, &tr);
        }
    }
    out
}

fn one(out: &mut String, setting: &Setting, tr: &Tr) {
    let Setting { name, default, unit, secret_file, example, .. } = setting;
    let _ = write!(out, "\n### `{name}`\n\n{}\n\n", tr.dynamic("setting-", name));
    let mut row = |key: String, value: &str| {
        let _ = writeln!(out, "* {key}: {value}");
    };
    row(tr.t("setting-manual-kind"), &kind(setting.kind, tr));
    if !unit.is_empty() {
        row(tr.t("setting-manual-unit"), &tr.dynamic("setting-unit-", unit));
    }
    let none = tr.t("setting-manual-none");
    row(tr.t("setting-manual-default"), &if default.is_empty() { none } else { format!("`{default}`") });
    row(tr.t("setting-manual-given"), &format!("`--{name}`, `{}`", setting.variable()));
    if let Some(file) = secret_file {
        let (flag, variable) = (format!("`--{file}`"), format!("`{}`", crate::table::variable(file)));
        row(
            tr.t("setting-manual-secret"),
            &tr.ta("setting-manual-secret-how", &[("flag", &flag), ("variable", &variable)]),
        );
    }
    if !example.is_empty() {
        row(tr.t("setting-manual-example"), &format!("`{}`", line(setting)));
    }
}

/// The setting as a line of the file.
fn line(setting: &Setting) -> String {
    let text = toml::Value::String(setting.example.to_owned());
    match setting.kind {
        Kind::List => format!("{} = [{text}]", setting.name),
        Kind::Flag | Kind::Port | Kind::Number(..) => format!("{} = {}", setting.name, setting.example),
        _ => format!("{} = {text}", setting.name),
    }
}

fn kind(kind: Kind, tr: &Tr) -> String {
    match kind {
        Kind::Text => tr.t("setting-kind-text"),
        Kind::File => tr.t("setting-kind-file"),
        Kind::Folder => tr.t("setting-kind-folder"),
        Kind::Address => tr.t("setting-kind-address"),
        Kind::Port => tr.t("setting-kind-port"),
        Kind::Listen => tr.t("setting-kind-listen"),
        Kind::Flag => tr.t("setting-kind-flag"),
        Kind::List => tr.t("setting-kind-list"),
        Kind::Number(least, most) => {
            let (least, most) = (least.to_string(), most.to_string());
            tr.ta("setting-kind-number", &[("least", &least), ("most", &most)])
        }
        Kind::Url(schemes) => {
            let schemes = schemes.iter().map(|s| format!("`{s}://`")).collect::<Vec<_>>().join(", ");
            tr.ta("setting-kind-url", &[("schemes", &schemes)])
        }
        Kind::Choice(words) => {
            let words = words.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
            tr.ta("setting-kind-choice", &[("words", &words)])
        }
    }
}
