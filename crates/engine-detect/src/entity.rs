//! What an alert is about: a machine, an account, an address.

use crate::lookup::lookup;
use crate::rule_info::RuleInfo;
use engine_event::{CommonField, Event};
use serde::{Deserialize, Serialize};

/// Kind of thing an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// Machine.
    Host,
    /// Account.
    User,
    /// Address.
    Ip,
    /// Anything else a rule names.
    Other,
}

impl EntityKind {
    /// Word for storing.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EntityKind::Host => "host",
            EntityKind::User => "user",
            EntityKind::Ip => "ip",
            EntityKind::Other => "other",
        }
    }

    /// From [`EntityKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [EntityKind::Host, EntityKind::User, EntityKind::Ip, EntityKind::Other].into_iter().find(|k| k.as_str() == text)
    }
}

/// What an alert is about. Repeats of a rule are grouped by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entity {
    /// Kind.
    pub kind: EntityKind,
    /// Name or address as the event gives it.
    pub name: String,
}

const HOST: (CommonField, EntityKind) = (CommonField::HostName, EntityKind::Host);
const USER: (CommonField, EntityKind) = (CommonField::UserName, EntityKind::User);
const SOURCE: (CommonField, EntityKind) = (CommonField::SourceIp, EntityKind::Ip);

/// Products whose events are about the machine they come from.
const ENDPOINTS: &[&str] = &["windows", "linux", "macos", "freebsd", "esxi"];
/// Categories and services whose events are about the address that connects.
const NETWORK: &[&str] =
    &["webserver", "proxy", "firewall", "dns", "netflow", "ids", "waf", "vpn", "nginx", "apache", "iis", "zeek"];
/// Products and categories whose events are about an account.
const ACCOUNTS: &[&str] = &[
    "azure",
    "aws",
    "gcp",
    "m365",
    "okta",
    "onelogin",
    "google_workspace",
    "github",
    "bitbucket",
    "cisco_duo",
    "mail",
    "email",
    "authentication",
    "postfix",
    "dovecot",
];

impl Entity {
    /// What `event`, matched by `rule`, is about.
    ///
    /// The rule may name the field. Otherwise the machine for events of machines, the source
    /// address for network and web, the account for services with accounts, in this order of
    /// what is known; failing all, the kind of source.
    #[must_use]
    pub fn of(event: &Event, rule: &RuleInfo) -> Entity {
        if let Some(field) = &rule.entity
            && let Some(name) = lookup(event, field)
        {
            return Entity { kind: kind_of(event, field, name), name: name.to_owned() };
        }
        let source = &event.logsource;
        let words = [source.product.as_deref(), source.category.as_deref(), source.service.as_deref()];
        let within = |list: &[&str]| words.iter().flatten().any(|w| list.contains(w));
        let order = if within(ACCOUNTS) {
            [USER, SOURCE, HOST]
        } else if within(NETWORK) || !(within(ENDPOINTS) || words.iter().all(Option::is_none)) {
            [SOURCE, HOST, USER]
        } else {
            [HOST, SOURCE, USER]
        };
        let found = order.into_iter().find_map(|(field, kind)| event.common.get(field).map(|name| (kind, name)));
        match found {
            Some((kind, name)) => Entity { kind, name: name.to_owned() },
            None => Entity { kind: EntityKind::Other, name: event.kind.to_string() },
        }
    }

    /// For a correlation: the first value it groups by that the event knows as machine,
    /// account or address.
    pub(crate) fn of_group(event: &Event, values: &[Box<str>]) -> Option<Entity> {
        let columns = [HOST, USER, SOURCE, (CommonField::DestinationIp, EntityKind::Ip)];
        values.iter().find_map(|value| {
            let kind = columns.iter().find(|(c, _)| event.common.get(*c) == Some(&**value)).map(|(_, kind)| *kind)?;
            Some(Entity { kind, name: value.to_string() })
        })
    }
}

fn kind_of(event: &Event, field: &str, name: &str) -> EntityKind {
    match CommonField::from_name(field) {
        Some(CommonField::HostName) => EntityKind::Host,
        Some(CommonField::UserName) => EntityKind::User,
        Some(CommonField::SourceIp | CommonField::DestinationIp) => EntityKind::Ip,
        _ if event.common.host_name.as_deref() == Some(name) => EntityKind::Host,
        _ if event.common.user_name.as_deref() == Some(name) => EntityKind::User,
        _ if name.parse::<std::net::IpAddr>().is_ok() => EntityKind::Ip,
        _ => EntityKind::Other,
    }
}
