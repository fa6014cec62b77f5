//! The text form of a source definition: `content/sources/<vendor>/<product>/source.toml`.
//!
//! `docs/guides/add-a-log-source.md` explains every key with examples.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A whole `source.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSpec {
    /// Names for people.
    pub name: NameSpec,
    /// Whether these are devices that guard the network of a unit.
    #[serde(default)]
    pub firewall: bool,
    /// How a record of this source is known; several are alternatives.
    #[serde(default)]
    pub recognise: Vec<RecogniseSpec>,
    /// How its fields are read.
    pub decode: DecodeSpec,
    /// Product, category and service of every record.
    #[serde(default)]
    pub source: LogSourceSpec,
    /// New field name ← list of existing ones; the first present is copied.
    #[serde(default)]
    pub alias: BTreeMap<String, OneOrMany>,
    /// Common column ← list of fields; the first present is copied.
    #[serde(default)]
    pub common: BTreeMap<String, OneOrMany>,
    /// Where the time stands.
    #[serde(default)]
    pub time: TimeSpec,
    /// Additions for records with certain values; all that match apply, in order.
    #[serde(default)]
    pub case: Vec<CaseSpec>,
    /// For JSON that wraps a syslog message (journal export, Filebeat).
    pub relay: Option<RelaySpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameSpec {
    pub vi: String,
    pub en: String,
}

/// One way to know a record. Every key given must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecogniseSpec {
    /// Windows channels.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Windows events that no other source claims.
    #[serde(default)]
    pub any_windows: bool,
    /// Syslog tags; a trailing `*` stands for any rest.
    #[serde(default)]
    pub programs: Vec<String>,
    /// Syslog messages with a tag that no other source claims.
    #[serde(default)]
    pub any_program: bool,
    /// Any syslog message that no other source claims.
    #[serde(default)]
    pub any_syslog: bool,
    /// JSON members.
    pub json: Option<JsonSpec>,
    /// Any JSON object that no other source claims.
    #[serde(default)]
    pub any_json: bool,
    /// CEF or LEEF header.
    pub cef: Option<VendorSpec>,
    /// LEEF header.
    pub leef: Option<VendorSpec>,
    /// Linux audit records.
    #[serde(default)]
    pub audit: bool,
    /// Text at the start of the message, any of them.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// Text in the message, all of them.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Regular expression that the message must match.
    pub regex: Option<String>,
    /// Order among text sources; lower is tried first.
    #[serde(default)]
    pub order: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonSpec {
    /// Members (dotted) that must be there.
    #[serde(default)]
    pub present: Vec<String>,
    /// Members that must have one of these values.
    #[serde(default)]
    pub equal: BTreeMap<String, OneOrMany>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorSpec {
    pub vendor: Option<String>,
    pub product: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSourceSpec {
    pub product: Option<String>,
    pub category: Option<String>,
    pub service: Option<String>,
}

/// Which decoder, and its settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecodeSpec {
    pub decoder: String,
    /// `patterns`: a record that fits none is not of this source.
    #[serde(default)]
    pub must_match: bool,
    /// `patterns`: tried in order, the first that fits counts.
    #[serde(default)]
    pub pattern: Vec<PatternSpec>,
    /// `kv`: between pairs; a space by default.
    pub pair: Option<String>,
    /// `kv`: between name and value; `=` by default.
    pub assign: Option<String>,
    /// `kv`: text up to and including this is left out first.
    pub after: Option<String>,
    /// `delimited`: between values.
    pub separator: Option<char>,
    /// `delimited`: names; an empty name leaves the value out.
    #[serde(default)]
    pub columns: Vec<String>,
    /// `delimited`: names of what follows, when the values so far fit.
    #[serde(default)]
    pub more: Vec<MoreSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternSpec {
    pub regex: String,
    /// Fields with fixed values for records that fit.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// A captured group that holds `name=value` pairs to read.
    pub pairs: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoreSpec {
    #[serde(default)]
    pub when: BTreeMap<String, OneOrMany>,
    pub columns: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeSpec {
    /// Fields, the first readable wins; `date+time+tz` joins fields with spaces.
    #[serde(default)]
    pub fields: Vec<String>,
    /// IANA zone of times without one; the server's default otherwise.
    pub zone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseSpec {
    pub when: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    pub source: LogSourceSpec,
    #[serde(default)]
    pub alias: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    pub common: BTreeMap<String, OneOrMany>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelaySpec {
    /// Field with the message.
    pub message: String,
    pub program: Option<String>,
    pub host: Option<String>,
    pub pid: Option<String>,
    /// The message is a whole record in whatever format, also JSON or XML.
    #[serde(default)]
    pub whole: bool,
}

/// A value or a list of values; numbers count as their text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(Scalar),
    Many(Vec<Scalar>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Scalar {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl OneOrMany {
    /// The values as texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        let list = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many.as_slice(),
        };
        list.iter()
            .map(|scalar| match scalar {
                Scalar::Text(text) => text.clone(),
                Scalar::Number(number) => number.to_string(),
                Scalar::Bool(value) => value.to_string(),
            })
            .collect()
    }
}
