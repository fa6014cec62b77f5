//! Columns by their usual names, for CSV and JSON lines.

use super::{Loader, time};
use crate::indicators::kind::{IndicatorKind, Tlp};
use crate::indicators::meta::Remarks;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The indicator, of whatever kind.
    Value,
    /// An indicator of this kind.
    Of(IndicatorKind),
    /// Name of the kind.
    Kind,
    FirstSeen,
    LastSeen,
    Expires,
    Confidence,
    Tlp,
    Source,
}

fn role(name: &str) -> Option<Role> {
    let name: String = name.trim().trim_matches('"').to_ascii_lowercase().replace([' ', '-'], "_");
    Some(match name.as_str() {
        "value" | "indicator" | "ioc" | "ioc_value" | "observable" | "indicator_value" => Role::Value,
        "ip" | "ip_address" | "address" | "ipv4" | "ipv6" | "src_ip" | "dst_ip" | "dst_ip_address" => {
            Role::Of(IndicatorKind::Address)
        }
        "network" | "cidr" | "subnet" | "range" => Role::Of(IndicatorKind::Network),
        "domain" | "hostname" | "fqdn" | "host" => Role::Of(IndicatorKind::Domain),
        "url" | "uri" => Role::Of(IndicatorKind::Url),
        "md5" | "md5_hash" => Role::Of(IndicatorKind::Md5),
        "sha1" | "sha1_hash" => Role::Of(IndicatorKind::Sha1),
        "sha256" | "sha256_hash" => Role::Of(IndicatorKind::Sha256),
        "hash" | "file_hash" => Role::Value,
        "email" | "mail" | "email_address" => Role::Of(IndicatorKind::Mail),
        "type" | "kind" | "ioc_type" | "indicator_type" => Role::Kind,
        "first_seen" | "first_seen_utc" | "firstseen" | "date" | "dateadded" | "date_added" | "created" => {
            Role::FirstSeen
        }
        "last_seen" | "last_seen_utc" | "lastseen" | "last_online" | "modified" => Role::LastSeen,
        "expires" | "expiry" | "expiration" | "valid_until" => Role::Expires,
        "confidence" | "confidence_level" | "score" => Role::Confidence,
        "tlp" => Role::Tlp,
        "source" | "reference" | "description" | "comment" | "family" | "malware" | "malware_printable" | "threat" => {
            Role::Source
        }
        _ => return None,
    })
}

/// Kinds as feeds name them; `None` for those that are not looked for, `Some(None)` for what the
/// value itself must tell.
pub(super) fn kind(name: &str) -> Option<Option<IndicatorKind>> {
    let name = name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    Some(match name.as_str() {
        "ip" | "ipv4" | "ipv6" | "ip-src" | "ip-dst" | "ip-src|port" | "ip-dst|port" | "ip-port" | "ip:port"
        | "address" | "ipv4-addr" | "ipv6-addr" => Some(IndicatorKind::Address),
        "network" | "cidr" | "netblock" => Some(IndicatorKind::Network),
        "domain" | "hostname" | "domain-name" | "fqdn" | "host" => Some(IndicatorKind::Domain),
        "url" => Some(IndicatorKind::Url),
        "md5" | "filehash-md5" | "md5-hash" => Some(IndicatorKind::Md5),
        "sha1" | "sha-1" | "filehash-sha1" | "sha1-hash" => Some(IndicatorKind::Sha1),
        "sha256" | "sha-256" | "filehash-sha256" | "sha256-hash" => Some(IndicatorKind::Sha256),
        "email" | "mail" | "email-addr" | "email-src" | "email-dst" | "email-reply-to" => Some(IndicatorKind::Mail),
        "" | "hash" | "filehash" | "indicator" | "ioc" => None,
        _ => return None,
    })
}

/// The columns of a header.
#[derive(Debug)]
pub(super) struct Columns {
    roles: Vec<Option<Role>>,
    pub(super) separator: u8,
}

impl Columns {
    /// `None` when no column holds indicators.
    pub(super) fn of(header: &str) -> Option<Columns> {
        let header = header.trim_start_matches(['#', ' ']);
        let count = |c: char| header.matches(c).count();
        let separator = [',', ';', '\t'].into_iter().max_by_key(|c| count(*c)).filter(|c| count(*c) > 0).unwrap_or(',');
        let roles: Vec<_> = header.split(separator).map(role).collect();
        let found = roles.iter().any(|r| matches!(r, Some(Role::Value | Role::Of(_))));
        found.then(|| Columns { roles, separator: u8::try_from(separator).unwrap_or(b',') })
    }

    /// From the names of the members of an object.
    pub(super) fn named<'n>(names: impl Iterator<Item = &'n str>) -> Columns {
        Columns { roles: names.map(role).collect(), separator: b',' }
    }

    /// Adds the indicators of a row.
    pub(super) fn add(&self, loader: &mut Loader<'_>, line: usize, cells: &[&str]) {
        let cell = |wanted: Role| {
            let mut both = self.roles.iter().zip(cells);
            both.find(|(r, c)| **r == Some(wanted) && !c.trim().is_empty()).map(|(_, c)| c.trim())
        };
        let confidence = cell(Role::Confidence).map(|c| c.trim_end_matches('%').parse::<f64>());
        if let Some(Err(_)) = confidence {
            let message = format!("`{}` is no confidence", cell(Role::Confidence).unwrap_or_default());
            loader.mistake(Some(line), message, "give a number from 0 to 100; the indicator is taken without");
        }
        let remarks = Remarks {
            source: cell(Role::Source).map(str::to_owned),
            first_seen: cell(Role::FirstSeen).and_then(time),
            last_seen: cell(Role::LastSeen).and_then(time),
            confidence: confidence.and_then(Result::ok).map(percent),
            tlp: cell(Role::Tlp).and_then(Tlp::parse),
            expires: cell(Role::Expires).and_then(time),
        };
        if let Some(text) = cell(Role::Expires).filter(|_| remarks.expires.is_none()) {
            loader.mistake(
                Some(line),
                format!("`{text}` is no time"),
                "write expiry as 2026-11-22 or 2026-11-22T10:00:00Z",
            );
        }
        let named = match cell(Role::Kind).map(|name| (name, kind(name))) {
            Some((name, None)) => {
                loader.other_kind(name);
                return;
            }
            Some((_, Some(kind))) => kind,
            None => None,
        };
        for (role, text) in self.roles.iter().zip(cells) {
            let kind = match role {
                Some(Role::Value) => named,
                Some(Role::Of(kind)) => Some(*kind),
                _ => continue,
            };
            if !text.trim().is_empty() {
                loader.add(Some(line), text.trim(), kind, &remarks);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn percent(number: f64) -> u8 {
    // A NaN becomes nought.
    number.clamp(0.0, 100.0) as u8
}
