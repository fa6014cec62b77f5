//! Machines and devices that were seen.

use base_core::{Timestamp, UnitId};

/// How an anti-virus is licensed, as the machine reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Licence {
    /// Paid and running.
    Licensed,
    /// Free of charge, a trial, or part of the system.
    Free,
    /// Paid once, run out.
    Expired,
    /// There is no anti-virus.
    None,
}

impl Licence {
    /// Every state.
    pub const ALL: [Licence; 4] = [Licence::Licensed, Licence::Free, Licence::Expired, Licence::None];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Licence::Licensed => "licensed",
            Licence::Free => "free",
            Licence::Expired => "expired",
            Licence::None => "none",
        }
    }

    /// From what a machine reports, without regard to case; unknown words are `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "licensed" | "paid" | "commercial" | "valid" => Some(Licence::Licensed),
            "free" | "trial" | "builtin" => Some(Licence::Free),
            "expired" => Some(Licence::Expired),
            "none" | "missing" | "absent" => Some(Licence::None),
            _ => None,
        }
    }
}

/// One sight of a machine, from an event. What an event does not say is `None` and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedMachine {
    /// The unit the event came from.
    pub unit: UnitId,
    /// Host name.
    pub host: String,
    /// Address.
    pub ip: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// Time of the event.
    pub at: Timestamp,
    /// Name of the anti-virus.
    pub av_product: Option<String>,
    /// Its licence.
    pub av_licence: Option<Licence>,
    /// Whether it is on.
    pub av_enabled: Option<bool>,
    /// Whether the machine's own firewall is on.
    pub firewall_enabled: Option<bool>,
}

impl ObservedMachine {
    /// A machine that was seen, nothing more known.
    #[must_use]
    pub fn seen(unit: UnitId, host: impl Into<String>, at: Timestamp) -> Self {
        Self {
            unit,
            host: host.into(),
            ip: None,
            os: None,
            at,
            av_product: None,
            av_licence: None,
            av_enabled: None,
            firewall_enabled: None,
        }
    }

    /// Whether it says anything of the machine's hygiene.
    #[must_use]
    pub fn has_hygiene(&self) -> bool {
        self.av_product.is_some()
            || self.av_licence.is_some()
            || self.av_enabled.is_some()
            || self.firewall_enabled.is_some()
    }
}

/// One sight of a network device, such as a firewall that sends its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedDevice {
    /// The unit the event came from.
    pub unit: UnitId,
    /// Name or address of the device.
    pub host: String,
    /// Kind: `firewall`, `ids`, `switch` …
    pub kind: &'static str,
    /// Make and model, such as `FortiGate`.
    pub product: Option<String>,
    /// Time of the event.
    pub at: Timestamp,
}

/// A machine as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Host name.
    pub host: String,
    /// Last address.
    pub ip: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// First seen.
    pub first_seen: Timestamp,
    /// Last seen.
    pub last_seen: Timestamp,
    /// Name of the anti-virus.
    pub av_product: Option<String>,
    /// Its licence.
    pub av_licence: Option<Licence>,
    /// Whether it is on.
    pub av_enabled: Option<bool>,
    /// Whether the machine's own firewall is on.
    pub firewall_enabled: Option<bool>,
    /// When its hygiene was last reported.
    pub hygiene_at: Option<Timestamp>,
}
