//! Kinds of indicators, and how far one may be passed on.

use serde::{Deserialize, Serialize};

/// What an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndicatorKind {
    /// IPv4 or IPv6 address.
    Address,
    /// Network in CIDR notation; fits every address in it.
    Network,
    /// Domain; fits itself and every name below it.
    Domain,
    /// URL; fits the same URL after normalisation.
    Url,
    /// MD5 of a file.
    Md5,
    /// SHA-1 of a file.
    Sha1,
    /// SHA-256 of a file.
    Sha256,
    /// Mail address.
    Mail,
}

impl IndicatorKind {
    /// Every kind.
    pub const ALL: [IndicatorKind; 8] = [
        IndicatorKind::Address,
        IndicatorKind::Network,
        IndicatorKind::Domain,
        IndicatorKind::Url,
        IndicatorKind::Md5,
        IndicatorKind::Sha1,
        IndicatorKind::Sha256,
        IndicatorKind::Mail,
    ];

    /// The word for it in detections and statistics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            IndicatorKind::Address => "address",
            IndicatorKind::Network => "network",
            IndicatorKind::Domain => "domain",
            IndicatorKind::Url => "url",
            IndicatorKind::Md5 => "md5",
            IndicatorKind::Sha1 => "sha1",
            IndicatorKind::Sha256 => "sha256",
            IndicatorKind::Mail => "mail",
        }
    }
}

/// How far an indicator may be passed on (Traffic Light Protocol 2.0; `white` of version 1 is clear).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tlp {
    /// To everybody.
    #[serde(rename = "clear", alias = "white")]
    Clear,
    /// Within the community.
    #[serde(rename = "green")]
    Green,
    /// Within the organisation and its clients; also what says nothing.
    #[default]
    #[serde(rename = "amber")]
    Amber,
    /// Within the organisation.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// To the persons named only.
    #[serde(rename = "red")]
    Red,
}

impl Tlp {
    /// From its word, with or without `TLP:` before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        match lower.strip_prefix("tlp:").unwrap_or(&lower).trim() {
            "clear" | "white" => Some(Tlp::Clear),
            "green" => Some(Tlp::Green),
            "amber" => Some(Tlp::Amber),
            "amber+strict" | "amber strict" => Some(Tlp::AmberStrict),
            "red" => Some(Tlp::Red),
            _ => None,
        }
    }

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Tlp::Clear => "clear",
            Tlp::Green => "green",
            Tlp::Amber => "amber",
            Tlp::AmberStrict => "amber+strict",
            Tlp::Red => "red",
        }
    }
}
