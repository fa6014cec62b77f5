//! The indicators that are measured. Each has its texts under `plan-<id>-…`.

/// An indicator of the plan that the program measures by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Indicator {
    /// Share of units whose network stands behind a standard firewall (seed R08).
    FirewallUnits,
    /// Share of machines with licensed anti-virus (seed R09).
    LicensedAntivirus,
}

impl Indicator {
    /// Every indicator, in the order of the plan.
    pub const ALL: [Indicator; 2] = [Indicator::FirewallUnits, Indicator::LicensedAntivirus];

    /// The stored word; also the word in links and the middle of string keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Indicator::FirewallUnits => "firewall-units",
            Indicator::LicensedAntivirus => "licensed-antivirus",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.as_str() == text)
    }

    /// Rows of the requirements table of the plan of 2014 that it answers.
    #[must_use]
    pub const fn requirement(self) -> &'static str {
        match self {
            Indicator::FirewallUnits => "R08",
            Indicator::LicensedAntivirus => "R09",
        }
    }

    /// Age after which a measurement's data count as stale, in seconds.
    #[must_use]
    pub const fn stale_after_secs(self) -> i64 {
        match self {
            // A firewall speaks all day; a machine may be off over a week-end and a holiday.
            Indicator::FirewallUnits => 2 * 86_400,
            Indicator::LicensedAntivirus => 7 * 86_400,
        }
    }
}
