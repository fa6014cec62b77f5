//! A source: one place events come from, and how it is doing.

use super::counts::Totals;
use super::identity;
use super::keep::SourceKeep;
use base_core::{Error, FieldError, Kind, Result, SourceId, Timestamp, UnitId};
use ipnet::IpNet;
use std::net::IpAddr;

/// Longest name of a source, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// Most addresses of one source.
pub const MAX_PEERS: usize = 64;
/// After how many seconds without an event a source counts as silent, unless set otherwise.
pub const DEFAULT_SILENT_SECS: i64 = 3_600;

/// The way events come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Whatever comes by HTTP, with a token or a certificate.
    Http,
    /// Syslog by UDP, TCP or TLS, and RELP; told apart by the sender's certificate, else its address.
    Syslog,
    /// Files handed in through the console.
    Upload,
    /// Files of this machine, watched by the server's settings.
    Files,
}

impl Transport {
    /// Every way.
    pub const ALL: [Transport; 4] = [Transport::Http, Transport::Syslog, Transport::Upload, Transport::Files];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Http => "http",
            Transport::Syslog => "syslog",
            Transport::Upload => "upload",
            Transport::Files => "files",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }
}

/// A source as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Identity.
    pub id: SourceId,
    /// Name for people.
    pub name: String,
    /// The unit its events belong to; `None` for what belongs to the province as a whole.
    pub unit: Option<UnitId>,
    /// How its events come in.
    pub transport: Transport,
    /// Id of the source definition, when it is known to send just one kind.
    pub hint: Option<String>,
    /// Addresses or networks it sends from (syslog).
    pub peers: Vec<IpNet>,
    /// Certificates it shows, or the folder it is, as [`super::identity`] writes them.
    pub identities: Vec<String>,
    /// After how many seconds without an event it counts as silent.
    pub silent_after_secs: i64,
    /// How long its events are kept.
    pub keep: SourceKeep,
    /// Whether its events are taken.
    pub enabled: bool,
    /// Whether a person declared it; others were made when an unknown sender spoke.
    pub declared: bool,
    /// Last characters of its token, so that people can tell tokens apart.
    pub token_tail: Option<String>,
    /// When the token was made.
    pub token_at: Option<Timestamp>,
    /// When the source was made.
    pub created_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// No event for longer than it may be quiet.
    Silent,
    /// It has never sent anything.
    Never,
    /// Many of its events cannot be read.
    Unread,
    /// An unknown sender that nobody has declared.
    Undeclared,
    /// As it should be.
    Good,
    /// Switched off by a person.
    Disabled,
}

impl Health {
    /// Every state, what needs attention first.
    pub const ALL: [Health; 6] =
        [Health::Silent, Health::Never, Health::Unread, Health::Undeclared, Health::Good, Health::Disabled];

    /// The word in string keys and links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Health::Silent => "silent",
            Health::Never => "never",
            Health::Unread => "unread",
            Health::Undeclared => "undeclared",
            Health::Good => "good",
            Health::Disabled => "disabled",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.as_str() == text)
    }
}

/// A source with its counts.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// The source.
    pub source: Source,
    /// Counts since it was made; `None` before its first event.
    pub totals: Option<Totals>,
    /// Events of the last hour.
    pub hour_events: i64,
    /// Of these, how many no definition could read.
    pub hour_unparsed: i64,
}

/// Share of unreadable events above which a source needs attention.
const UNREAD_SHARE: f64 = 0.2;

impl SourceRow {
    /// How it is doing at `now`.
    #[must_use]
    pub fn health(&self, now: Timestamp) -> Health {
        let s = &self.source;
        if !s.enabled {
            return Health::Disabled;
        }
        // Files are handed in when somebody has one: an upload source is never silent.
        let may_be_silent = s.transport != Transport::Upload;
        let Some(totals) = &self.totals else {
            return if may_be_silent { Health::Never } else { Health::Good };
        };
        let quiet = now.micros_since(totals.last_seen).div_euclid(1_000_000);
        if may_be_silent && quiet > s.silent_after_secs {
            return Health::Silent;
        }
        if self.unparsed_share().is_some_and(|share| share > UNREAD_SHARE) {
            return Health::Unread;
        }
        if s.declared { Health::Good } else { Health::Undeclared }
    }

    /// Share of the last hour's events that no definition could read.
    #[must_use]
    pub fn unparsed_share(&self) -> Option<f64> {
        share(self.hour_unparsed, self.hour_events)
    }
}

/// `part` of `whole` as a share; `None` when there is no whole.
#[must_use]
pub fn share(part: i64, whole: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Filters of the list of sources.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Free text over the name, without regard to accents.
    pub text: String,
    /// One unit.
    pub unit: Option<UnitId>,
    /// One way.
    pub transport: Option<Transport>,
    /// One source.
    pub id: Option<SourceId>,
}

/// The form of a source as sent.
#[derive(Clone, Debug, Default)]
pub struct SourceForm {
    /// Name.
    pub name: String,
    /// Unit id, or empty.
    pub unit: String,
    /// Transport word.
    pub transport: String,
    /// Source definition id, or empty.
    pub hint: String,
    /// Addresses and networks, divided by commas, spaces or lines.
    pub peers: String,
    /// Subjects or fingerprints of certificates, one per line.
    pub identities: String,
    /// Minutes it may be quiet.
    pub silent_minutes: String,
    /// Days its events are kept at least, or empty.
    pub keep_least: String,
    /// Days its events are kept at most, or empty.
    pub keep_most: String,
}

/// The form, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSource {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: Option<UnitId>,
    /// Transport.
    pub transport: Transport,
    /// Source definition.
    pub hint: Option<String>,
    /// Addresses.
    pub peers: Vec<IpNet>,
    /// Certificates, or the folder.
    pub identities: Vec<String>,
    /// Seconds it may be quiet.
    pub silent_after_secs: i64,
    /// How long its events are kept; whether that is allowed, [`SourceKeep::check`] says.
    pub keep: SourceKeep,
}

impl SourceForm {
    /// Checks every field and names each that is wrong; messages are string keys.
    ///
    /// # Errors
    /// `Invalid` with the fields at fault.
    pub fn check(&self) -> Result<CheckedSource> {
        let mut error = Error::new(Kind::Invalid, "the source is not complete; see the fields marked");
        let mut fault = |field: &str, key: &str| {
            error.fields.push(FieldError { field: field.to_owned(), message: key.to_owned() });
        };
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            fault("name", "name");
        }
        let transport = Transport::parse(&self.transport);
        if transport.is_none() {
            fault("transport", "transport");
        }
        let peers: Option<Vec<IpNet>> = split_peers(&self.peers).map(parse_peer).collect();
        let peers = peers.filter(|p| p.len() <= MAX_PEERS);
        let identities = identity::parse_all(&self.identities);
        // Syslog has nothing else to tell its sender by.
        let needed = transport == Some(Transport::Syslog) && identities.as_ref().is_none_or(Vec::is_empty);
        if peers.as_ref().is_none_or(|p| needed && p.is_empty()) {
            fault("peers", "peers");
        }
        if identities.as_ref().is_none_or(|i| transport == Some(Transport::Files) && i.is_empty()) {
            fault("identities", "identities");
        }
        let minutes = self.silent_minutes.trim().parse::<i64>().ok().filter(|m| (1..=43_200).contains(m));
        if minutes.is_none() {
            fault("silent_minutes", "minutes");
        }
        let (least, most) = (SourceKeep::days(&self.keep_least), SourceKeep::days(&self.keep_most));
        for (field, days) in [("keep_least", least), ("keep_most", most)] {
            if days.is_none() {
                fault(field, "days");
            }
        }
        match (transport, peers.zip(identities), minutes) {
            (Some(transport), Some((peers, identities)), Some(minutes)) if error.fields.is_empty() => {
                Ok(CheckedSource {
                    name: name.to_owned(),
                    unit: Some(self.unit.trim()).filter(|u| !u.is_empty()).map(UnitId::new),
                    transport,
                    hint: Some(self.hint.trim()).filter(|h| !h.is_empty()).map(str::to_owned),
                    peers,
                    identities,
                    silent_after_secs: minutes * 60,
                    keep: SourceKeep { at_least_days: least.flatten(), at_most_days: most.flatten() },
                })
            }
            _ => Err(error),
        }
    }
}

fn split_peers(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\n', '\r', '\t']).filter(|p| !p.is_empty())
}

/// An address or a network; host bits of a network are cut off.
fn parse_peer(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(net) => Some(net.trunc()),
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// Addresses as stored and shown: single ones without their prefix length.
#[must_use]
pub fn peers_text(peers: &[IpNet]) -> String {
    let one = |p: &IpNet| if p.prefix_len() == p.max_prefix_len() { p.addr().to_string() } else { p.to_string() };
    peers.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Addresses out of the stored text; what cannot be read is left out.
#[must_use]
pub fn peers_from(text: &str) -> Vec<IpNet> {
    split_peers(text).filter_map(parse_peer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        Source {
            id: SourceId::new("s"),
            name: "s".into(),
            unit: None,
            transport: Transport::Syslog,
            hint: None,
            peers: Vec::new(),
            identities: Vec::new(),
            silent_after_secs: 600,
            keep: SourceKeep::default(),
            enabled: true,
            declared: true,
            token_tail: None,
            token_at: None,
            created_at: Timestamp::EPOCH,
            version: 1,
        }
    }

    fn row(last_seen: i64) -> SourceRow {
        let totals = Totals { last_seen: Timestamp::from_secs(last_seen), ..Totals::default() };
        SourceRow { source: source(), totals: Some(totals), hour_events: 10, hour_unparsed: 0 }
    }

    #[test]
    fn silence_is_never_mistaken_for_health() {
        assert_eq!(row(1_000).health(Timestamp::from_secs(1_600)), Health::Good);
        assert_eq!(row(1_000).health(Timestamp::from_secs(1_601)), Health::Silent);
        let mut never = row(0);
        never.totals = None;
        assert_eq!(never.health(Timestamp::EPOCH), Health::Never);
        let mut unread = row(1_000);
        unread.hour_unparsed = 3;
        assert_eq!(unread.health(Timestamp::from_secs(1_000)), Health::Unread);
    }

    #[test]
    fn addresses_are_read_and_written_back() {
        let form = SourceForm {
            name: "Tường lửa".into(),
            transport: "syslog".into(),
            peers: "192.0.2.7\n198.51.100.9/24, 2001:db8::1".into(),
            silent_minutes: "10".into(),
            ..SourceForm::default()
        };
        let checked = form.check().expect("is right");
        assert_eq!(peers_text(&checked.peers), "192.0.2.7, 198.51.100.0/24, 2001:db8::1");
        assert_eq!(peers_from(&peers_text(&checked.peers)), checked.peers);
        let wrong = SourceForm { peers: "300.1.1.1".into(), ..form };
        assert_eq!(wrong.check().expect_err("is wrong").fields.len(), 1);
    }
}
