//! A reorganisation as a file of `content/succession`: units that are founded, and changes in their order.

use super::{Block, Change, ChangeKind, NewEvent, NewUnit, parse_day};
use base_core::{ContentError, UnitId};
use serde::Deserialize;

/// A reorganisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// What it is called, Vietnamese.
    pub title_vi: String,
    /// What it is called, English.
    pub title_en: String,
    /// Units that begin with it.
    pub founded: Vec<NewUnit>,
    /// Changes, in the order of the file.
    pub changes: Vec<NewEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title_vi: String,
    title_en: String,
    #[serde(default)]
    found: Vec<Found>,
    #[serde(default)]
    change: Vec<Changed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    code: String,
    name: String,
    #[serde(default)]
    short: String,
    block: String,
    at: String,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    decision: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    kind: String,
    at: String,
    of: Vec<String>,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    short: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    note: Option<String>,
}

impl Succession {
    /// Reads the file `path`. Of a kind that happens to one unit (renaming, moving, splitting, dissolving), several
    /// units in `of` are several changes.
    ///
    /// # Errors
    /// With the line, for TOML that is not well-formed; with the entry, for a kind, block or day that is none.
    pub fn parse(path: &str, text: &str) -> Result<Self, ContentError> {
        let told = |line: Option<usize>, message: String, remedy: &str| ContentError {
            file: path.to_owned(),
            line,
            message,
            remedy: remedy.to_owned(),
        };
        let file: File = toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start));
            let line = before.map(|b| b.matches('\n').count() + 1);
            told(line, e.message().to_owned(), "compare it with content/succession/2025.toml")
        })?;
        let day = |text: &str, of: &str| {
            let wrong = || told(None, format!("{of}: '{text}' is no day"), "write it as 2025-03-01");
            parse_day(text).ok_or_else(wrong)
        };
        let mut founded = Vec::new();
        for found in file.found {
            let wrong = || {
                told(
                    None,
                    format!("unit {}: no block '{}'", found.code, found.block),
                    "use department, district, commune, party or mass_organisation",
                )
            };
            let block = Block::parse(&found.block).ok_or_else(wrong)?;
            founded.push(NewUnit {
                short: found.short,
                valid_from: Some(day(&found.at, &found.code)?),
                parent: found.parent,
                decision: found.decision,
                ..NewUnit::new(found.code, found.name, block)
            });
        }
        let mut changes = Vec::new();
        for entry in file.change {
            let of = entry.of.join(", ");
            let wrong = |what: &str| {
                told(None, format!("change of {of}: {what}"), "compare it with content/succession/2025.toml")
            };
            let kind = ChangeKind::parse(&entry.kind).ok_or_else(|| wrong("its kind is unknown"))?;
            let at = day(&entry.at, &of)?;
            for change in changes_of(kind, &entry).ok_or_else(|| wrong("units are missing in `of` or `to`"))? {
                changes.push(NewEvent {
                    at,
                    change,
                    decision: entry.decision.clone(),
                    decided_on: None,
                    note: entry.note.clone(),
                });
            }
        }
        Ok(Self { title_vi: file.title_vi, title_en: file.title_en, founded, changes })
    }
}

fn changes_of(kind: ChangeKind, entry: &Changed) -> Option<Vec<Change>> {
    let of: Vec<UnitId> = entry.of.iter().map(UnitId::new).collect();
    let to: Vec<UnitId> = entry.to.iter().map(UnitId::new).collect();
    if of.is_empty() {
        return None;
    }
    Some(match kind {
        ChangeKind::Merge => vec![Change::Merge { from: of, into: to.first()?.clone() }],
        ChangeKind::Rename => {
            let rename = |unit| Change::Rename { unit, name: entry.name.clone(), short: entry.short.clone() };
            of.into_iter().map(rename).collect()
        }
        ChangeKind::Move => of.into_iter().map(|unit| Change::Move { unit, parent: to.first().cloned() }).collect(),
        ChangeKind::Split => of.into_iter().map(|unit| Change::Split { unit, into: to.clone() }).collect(),
        ChangeKind::Dissolve => {
            of.into_iter().map(|unit| Change::Dissolve { unit, successor: to.first().cloned() }).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_their_place() {
        let error = |text: &str| Succession::parse("x.toml", text).unwrap_err().to_string();
        let head = "title_vi = \"a\"\ntitle_en = \"b\"\n";
        assert!(error("title_vi = \"a\"\ntitle_en = 3\n").starts_with("x.toml:2:"));
        assert!(
            error(&format!("{head}[[change]]\nkind = \"eat\"\nat = \"2025-03-01\"\nof = [\"A\"]")).contains("kind")
        );
        assert!(
            error(&format!("{head}[[change]]\nkind = \"merge\"\nat = \"2025-03-01\"\nof = [\"A\"]")).contains("`to`")
        );
        assert!(
            error(&format!("{head}[[change]]\nkind = \"dissolve\"\nat = \"2025-02-30\"\nof = [\"A\"]"))
                .contains("no day")
        );
    }
}
