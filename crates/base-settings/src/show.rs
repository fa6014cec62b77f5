//! `mangrove config show`: every setting, its value and where it comes from.

use crate::mistake::Place;
use crate::resolve::Settings;
use crate::table::{Group, TABLE};
use base_i18n::Tr;
use std::fmt::Write;

/// The settings as a configuration file that would give the same, each with its source as a
/// comment. Secrets are masked, so such a line is a comment, too.
#[must_use]
pub fn show(settings: &Settings, tr: &Tr) -> String {
    let mut out = String::new();
    for group in Group::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# {}", tr.dynamic("setting-group-", group.key()));
        for setting in TABLE.iter().filter(|setting| setting.group == group) {
            let name = setting.name;
            let Some((value, source)) = settings.get(name) else {
                let _ = writeln!(out, "# {name}: {}", tr.t("setting-not-set"));
                continue;
            };
            let place = source.text(tr);
            if setting.secret_file.is_some() {
                let _ = writeln!(out, "# {name} = ********  # {place}");
                continue;
            }
            let text = toml_text(value);
            let begin = if *source == Place::Default { "# " } else { "" };
            let _ = writeln!(out, "{begin}{name} = {text}  # {place}");
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn toml_text(value: &crate::Value) -> String {
    use crate::Value;
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match value {
        Value::Flag(_) | Value::Number(_) => value.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")),
        other => quoted(&other.to_string()),
    }
}
