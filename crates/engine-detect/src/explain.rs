//! What an alert says to people: what happened, why it matters, what to do now.

use crate::lookup::lookup;
use crate::tactics::Tactics;
use base_core::Lang;
use engine_event::Event;
use engine_sigma::RuleMeta;
use serde::{Deserialize, Serialize};

/// The texts in one language. In rules they may contain placeholders such as `{TargetUserName}`
/// or `{host.name}`; a doubled brace is a brace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What happened.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do now, step by step.
    #[serde(rename = "do")]
    pub do_now: Vec<String>,
}

/// The texts in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explain {
    /// Vietnamese.
    pub vi: Texts,
    /// English.
    pub en: Texts,
}

/// Longest value put into a text, in characters.
const MAX_VALUE_CHARS: usize = 200;

impl Explain {
    /// In a language, placeholders unfilled.
    #[must_use]
    pub fn texts(&self, lang: Lang) -> &Texts {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }

    /// From the rule's own `mangrove:` block, or made from its title, description and tactics.
    pub(crate) fn of(meta: &RuleMeta, tactic_names: &[&str], tactics: &Tactics) -> Result<Explain, String> {
        let own = |lang: Lang| match meta.custom.get(lang.tag()) {
            None => Ok(None),
            Some(block) => serde_json::from_value::<Texts>(block.clone())
                .map(Some)
                .map_err(|e| format!("mangrove.{}: {e}", lang.tag())),
        };
        let made = |lang| fallback(meta, tactic_names, tactics, lang);
        Ok(Explain {
            vi: own(Lang::Vi)?.unwrap_or_else(|| made(Lang::Vi)),
            en: own(Lang::En)?.unwrap_or_else(|| made(Lang::En)),
        })
    }

    /// Without any text of the rule's own.
    pub(crate) fn fallback(meta: &RuleMeta, tactic_names: &[&str], tactics: &Tactics) -> Explain {
        Explain {
            vi: fallback(meta, tactic_names, tactics, Lang::Vi),
            en: fallback(meta, tactic_names, tactics, Lang::En),
        }
    }
}

impl Texts {
    /// With placeholders filled by `value`; what it does not know becomes "…".
    #[must_use]
    pub fn filled<'a>(&self, value: &dyn Fn(&str) -> Option<&'a str>) -> Texts {
        Texts {
            what: fill(&self.what, value),
            why: fill(&self.why, value),
            do_now: self.do_now.iter().map(|step| fill(step, value)).collect(),
        }
    }

    /// With placeholders filled from an event.
    #[must_use]
    pub fn filled_from(&self, event: &Event) -> Texts {
        self.filled(&|name| lookup(event, name))
    }

    /// The names of all placeholders.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        [self.what.as_str(), self.why.as_str()].into_iter().chain(self.do_now.iter().map(String::as_str)).flat_map(
            |text| {
                Pieces(text).filter_map(|piece| match piece {
                    Piece::Placeholder(name) => Some(name),
                    Piece::Text(_) => None,
                })
            },
        )
    }
}

enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

/// A template cut into texts and placeholders.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let text = self.0;
        let first = text.chars().next()?;
        let cut = |at: usize| text.split_at_checked(at).unwrap_or((text, ""));
        for brace in ["{{", "}}"] {
            if let Some(rest) = text.strip_prefix(brace) {
                self.0 = rest;
                return Some(Piece::Text(cut(1).0));
            }
        }
        if let Some(inner) = text.strip_prefix('{')
            && let Some((name, rest)) = inner.split_once('}')
            && !name.is_empty()
            && name.trim() == name
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ' '))
        {
            self.0 = rest;
            return Some(Piece::Placeholder(name));
        }
        let after_first = cut(first.len_utf8()).1;
        let end = after_first.find(['{', '}']).map_or(text.len(), |at| first.len_utf8() + at);
        let (head, rest) = cut(end);
        self.0 = rest;
        Some(Piece::Text(head))
    }
}

fn fill<'a>(template: &str, value: &dyn Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    for piece in Pieces(template) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(name) => push_value(value(name), &mut out),
        }
    }
    out
}

fn push_value(value: Option<&str>, out: &mut String) {
    let Some(value) = value.filter(|v| !v.is_empty()) else {
        out.push('…');
        return;
    };
    // Control characters would break lines of mails and tables.
    out.extend(value.chars().take(MAX_VALUE_CHARS).map(|c| if c.is_control() { ' ' } else { c }));
    if value.chars().nth(MAX_VALUE_CHARS).is_some() {
        out.push('…');
    }
}

fn literal(text: &str) -> String {
    text.trim().replace('{', "{{").replace('}', "}}")
}

/// Texts for a rule that brings none: its title and description, and what its tactic means.
fn fallback(meta: &RuleMeta, tactic_names: &[&str], tactics: &Tactics, lang: Lang) -> Texts {
    let title = literal(&meta.title);
    let what = match (lang, &meta.description) {
        (Lang::Vi, _) => format!("Quy tắc phát hiện “{title}” khớp với một sự kiện trên {{host.name}}."),
        (Lang::En, Some(description)) => format!("{title}: {}", literal(description)),
        (Lang::En, None) => format!("The rule “{title}” matched an event on {{host.name}}."),
    };
    if let Some(tactic) = tactics.most_telling(tactic_names.iter().copied()) {
        let texts = tactic.texts(lang);
        return Texts { what, why: literal(&texts.why), do_now: texts.do_now.iter().map(|s| literal(s)).collect() };
    }
    let (why, steps) = match lang {
        Lang::Vi => (
            "Hành vi này thường gặp trong các cuộc tấn công, nhưng cũng có thể là hoạt động quản trị bình thường.",
            [
                "Hỏi người sử dụng hoặc quản trị máy xem có biết hoạt động này không.",
                "Xem các sự kiện trước và sau trên cùng máy.",
                "Nếu không giải thích được, cách ly máy khỏi mạng và báo cáo sự cố.",
            ],
        ),
        Lang::En => (
            "This is often seen in attacks, though it may also be ordinary administration.",
            [
                "Ask the user or the administrator of the machine whether they know of it.",
                "Look at the events before and after it on the same machine.",
                "If nobody can explain it, take the machine off the network and report an incident.",
            ],
        ),
    };
    Texts { what, why: why.to_owned(), do_now: steps.map(str::to_owned).to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_braces_survive() {
        let value = |name: &str| match name {
            "host.name" => Some("may-01"),
            "Long" => Some("a\nb"),
            _ => None,
        };
        assert_eq!(fill("trên {host.name}: {Missing} {{x}} { y } {Long}", &value), "trên may-01: … {x} { y } a b");
        assert_eq!(fill("{", &value), "{");
        assert_eq!(fill("ố{host.name}ố}", &value), "ốmay-01ố}");
        assert_eq!(
            fill(&literal("{0358b920-0ac7-461f-98f4-58e32cd89148}"), &value),
            "{0358b920-0ac7-461f-98f4-58e32cd89148}"
        );
    }

    #[test]
    fn long_values_are_cut() {
        let long = "ố".repeat(500);
        let filled = fill("{x}", &|_| Some(&long));
        assert_eq!(filled.chars().count(), MAX_VALUE_CHARS + 1);
    }
}
