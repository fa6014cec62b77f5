//! What can be wrong with what was given, and where.

use crate::table::variable;
use base_i18n::Tr;
use std::path::PathBuf;

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the command line, by this flag (without dashes).
    Flag(String),
    /// In this environment variable.
    Variable(String),
    /// In the configuration file: line and column, from 1; line 0 is the file as a whole.
    File(PathBuf, usize, usize),
    /// In the file that a setting for secrets names.
    SecretFile(PathBuf),
    /// Nowhere: it is the default.
    Default,
}

impl Place {
    /// As it is named in messages: `--port`, `MANGROVE_PORT`, `mangrove.toml:3:8`.
    #[must_use]
    pub fn text(&self, tr: &Tr) -> String {
        match self {
            Self::Flag(name) => format!("--{name}"),
            Self::Variable(name) => name.clone(),
            Self::File(path, 0, _) => path.display().to_string(),
            Self::File(path, line, column) => format!("{}:{line}:{column}", path.display()),
            Self::SecretFile(path) => path.display().to_string(),
            Self::Default => tr.t("setting-place-default"),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No setting is called so; the nearest one that is.
    Unknown(String, Option<&'static str>),
    /// The file is no TOML.
    Syntax(String),
    /// The file cannot be read.
    Unreadable(String),
    /// The file is larger than this many bytes.
    TooLarge(u64),
    /// The value in the file is of another TOML type; what it is, and what is wanted.
    Type(&'static str, &'static str),
    /// Nothing stands there.
    Empty,
    /// The text is longer than this many bytes.
    TooLong(usize),
    /// No IP address.
    NoAddress(String),
    /// Neither `ADDRESS:PORT` nor `off`.
    NoListen(String),
    /// Neither yes nor no.
    NoFlag(String),
    /// No whole number in the range.
    NoNumber {
        /// What was given.
        text: String,
        /// Smallest allowed.
        least: u64,
        /// Largest allowed.
        most: u64,
    },
    /// No address with one of these schemes.
    NoUrl(&'static [&'static str]),
    /// None of these words.
    NoChoice(String, &'static [&'static str]),
    /// A secret is given both itself and as a file.
    Twice(&'static str),
    /// What settings mean together does not fit; said by who uses them.
    Together(String),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// The setting, where one is meant.
    pub name: Option<&'static str>,
    /// What.
    pub wrong: Wrong,
    /// The server starts all the same: an environment variable nobody reads.
    pub harmless: bool,
}

impl Mistake {
    /// In words, with place, setting and remedy.
    #[must_use]
    pub fn text(&self, tr: &Tr) -> String {
        let place = self.place.text(tr);
        let what = self.wrong.text(tr);
        match (self.name, &self.place) {
            (Some(name), Place::File(..) | Place::SecretFile(_)) => format!("{place}: {name}: {what}"),
            _ => format!("{place}: {what}"),
        }
    }
}

impl Wrong {
    /// What is wrong and what to do, in words.
    #[must_use]
    pub fn text(&self, tr: &Tr) -> String {
        match self {
            Self::Unknown(name, Some(near)) => {
                // A variable is answered by a variable.
                let near = if name.starts_with("MANGROVE_") { variable(near) } else { (*near).to_owned() };
                tr.ta("setting-wrong-unknown-near", &[("name", name), ("near", &near)])
            }
            Self::Unknown(name, None) => tr.ta("setting-wrong-unknown", &[("name", name)]),
            Self::Syntax(reason) => tr.ta("setting-wrong-syntax", &[("reason", reason)]),
            Self::Unreadable(reason) => tr.ta("setting-wrong-unreadable", &[("reason", reason)]),
            // As text: a number of bytes is not written with a mark of thousands here.
            Self::TooLarge(most) => tr.ta("setting-wrong-too-large", &[("most", &most.to_string())]),
            Self::Type(found, wanted) => tr.ta("setting-wrong-type", &[("found", found), ("wanted", wanted)]),
            Self::Empty => tr.t("setting-wrong-empty"),
            Self::TooLong(most) => tr.ta("setting-wrong-too-long", &[("most", &most.to_string())]),
            Self::NoAddress(text) => tr.ta("setting-wrong-address", &[("text", text)]),
            Self::NoListen(text) => tr.ta("setting-wrong-listen", &[("text", text)]),
            Self::NoFlag(text) => tr.ta("setting-wrong-flag", &[("text", text)]),
            Self::NoNumber { text, least, most } => {
                // As text: a port is not written with a mark of thousands.
                let (least, most) = (least.to_string(), most.to_string());
                tr.ta("setting-wrong-number", &[("text", text), ("least", &least), ("most", &most)])
            }
            Self::NoUrl(schemes) => {
                let schemes = schemes.iter().map(|s| format!("{s}://")).collect::<Vec<_>>().join(", ");
                tr.ta("setting-wrong-url", &[("schemes", &schemes)])
            }
            Self::NoChoice(text, words) => {
                tr.ta("setting-wrong-choice", &[("text", text), ("words", &words.join(", "))])
            }
            Self::Twice(file) => tr.ta("setting-wrong-twice", &[("file", file)]),
            Self::Together(text) => text.clone(),
        }
    }
}
