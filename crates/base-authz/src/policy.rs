//! The table: which role may do which action.
//!
//! Reading it row by row is reading the policy; `policy.golden.txt` shows it as a matrix and a
//! test keeps the two equal, so that a change of rights is seen in review.

use serde::{Deserialize, Serialize};

/// What a person is trusted with. A person may hold several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Keeps accounts, units, sources and settings; reads what runs, decides nothing about it.
    Administrator,
    /// Answers for the province's plan; reads all, sends warnings, declares figures.
    SecurityLead,
    /// Works the alerts of the province.
    Analyst,
    /// IT officer of a unit: reads the unit's own alerts and warnings, acknowledges.
    UnitOfficer,
    /// Head of a unit: reads, acknowledges.
    HeadOfUnit,
    /// Inspector: reads everything, the audit trail too; changes nothing.
    Auditor,
    /// A program that signs in by token.
    Service,
}

impl Role {
    /// Every role, in the order of the golden file.
    pub const ALL: [Role; 7] = [
        Role::Administrator,
        Role::SecurityLead,
        Role::Analyst,
        Role::UnitOfficer,
        Role::HeadOfUnit,
        Role::Auditor,
        Role::Service,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::SecurityLead => "security_lead",
            Role::Analyst => "analyst",
            Role::UnitOfficer => "unit_officer",
            Role::HeadOfUnit => "head_of_unit",
            Role::Auditor => "auditor",
            Role::Service => "service",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }

    /// Whether the role only makes sense over one unit.
    #[must_use]
    pub const fn is_of_unit(self) -> bool {
        matches!(self, Role::UnitOfficer | Role::HeadOfUnit)
    }

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal : $roles:expr),+ $(,)?) => {
        /// Something a person may be allowed to do. Named `area.verb`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $name),+ }

        impl Action {
            /// Every action, in the order of the golden file.
            pub const ALL: &'static [Action] = &[$(Action::$name),+];

            /// The word in logs, the audit trail and the golden file.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Action::$name => $word),+ }
            }

            /// From the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|a| a.as_str() == word)
            }
        }

        /// Roles per action: the whole policy.
        pub const POLICY: &[(Action, &[Role])] = &[$((Action::$name, $roles)),+];
    };
}

const EVERYONE: &[Role] =
    &[Role::Administrator, Role::SecurityLead, Role::Analyst, Role::UnitOfficer, Role::HeadOfUnit, Role::Auditor];
/// The people of the province's security desk, and those who look over its shoulder.
const DESK_READERS: &[Role] = &[Role::Administrator, Role::SecurityLead, Role::Analyst, Role::Auditor];
const ANALYSTS: &[Role] = &[Role::SecurityLead, Role::Analyst];
const ADMINISTRATORS: &[Role] = &[Role::Administrator];

actions! {
    /// See the overview of what happens.
    OverviewRead = "overview.read": EVERYONE,
    /// See alerts.
    AlertsRead = "alerts.read": EVERYONE,
    /// Take an alert, close it as true or false, note on it.
    AlertsTriage = "alerts.triage": ANALYSTS,
    /// See detection rules and how they do.
    RulesRead = "rules.read": DESK_READERS,
    /// Hide hits of a rule for a time, have the attack samples replayed.
    RulesTune = "rules.tune": ANALYSTS,
    /// Switch a rule off and on.
    RulesSwitch = "rules.switch": &[Role::SecurityLead],
    /// Import rule packs, switch them on, take them back.
    RulesInstall = "rules.install": &[Role::Administrator, Role::SecurityLead],
    /// Hand in lists of indicators, put them into force, take them out, say what is allowed.
    IndicatorsManage = "indicators.manage": &[Role::Administrator, Role::SecurityLead, Role::Analyst],
    /// Search the stored events.
    EventsSearch = "events.search": &[Role::SecurityLead, Role::Analyst, Role::UnitOfficer, Role::Auditor],
    /// Take events out as a file.
    EventsExport = "events.export": &[Role::SecurityLead, Role::Analyst, Role::Auditor],
    /// Hand in a log file through the console.
    EventsUpload = "events.upload": &[Role::Administrator, Role::SecurityLead, Role::Analyst],
    /// See where events come from and how these sources fare.
    SourcesRead = "sources.read": &[Role::Administrator, Role::SecurityLead, Role::Analyst, Role::UnitOfficer, Role::Auditor],
    /// Add and change sources and their tokens.
    SourcesManage = "sources.manage": ADMINISTRATORS,
    /// See warnings.
    WarningsRead = "warnings.read": EVERYONE,
    /// Warn a unit.
    WarningsSend = "warnings.send": ANALYSTS,
    /// Answer a warning for the unit.
    WarningsAcknowledge = "warnings.acknowledge": &[Role::UnitOfficer, Role::HeadOfUnit],
    /// See the plan and its indicators.
    PlanRead = "plan.read": EVERYONE,
    /// Enter declared values.
    PlanDeclare = "plan.declare": &[Role::SecurityLead],
    /// See units, their contacts and machines.
    UnitsRead = "units.read": EVERYONE,
    /// Add and change units and contacts.
    UnitsManage = "units.manage": &[Role::Administrator, Role::SecurityLead],
    /// Take the list of units out as a file.
    UnitsExport = "units.export": DESK_READERS,
    /// See information systems.
    SystemsRead = "systems.read": EVERYONE,
    /// Add and change information systems.
    SystemsManage = "systems.manage": &[Role::Administrator, Role::SecurityLead],
    /// See accounts and their grants.
    AccountsRead = "accounts.read": &[Role::Administrator, Role::Auditor],
    /// Make, lock and unlock accounts, give and take grants.
    AccountsManage = "accounts.manage": ADMINISTRATORS,
    /// See reviews of access rights and their evidence.
    AccessRead = "access.read": &[Role::Administrator, Role::SecurityLead, Role::Auditor],
    /// Review access rights: begin, keep or take each grant, close.
    AccessReview = "access.review": &[Role::Administrator, Role::SecurityLead],
    /// Read the audit trail.
    AuditRead = "audit.read": &[Role::Administrator, Role::SecurityLead, Role::Auditor],
    /// See how the program itself fares: disk, queues, skipped input.
    HealthRead = "health.read": DESK_READERS,
    /// See with which settings the program runs.
    SettingsRead = "settings.read": ADMINISTRATORS,
    /// Hand in events by program.
    EventsIngest = "events.ingest": &[Role::Service],
}

/// The roles that may do `action`.
#[must_use]
pub fn roles_for(action: Action) -> &'static [Role] {
    POLICY.iter().find(|(a, _)| *a == action).map_or(&[], |(_, roles)| *roles)
}

/// Whether `role` may do `action`.
#[must_use]
pub fn allows(role: Role, action: Action) -> bool {
    let mask = roles_for(action).iter().fold(0u8, |m, r| m | r.bit());
    mask & role.bit() != 0
}

/// The table as text: one line per action, one column per role.
#[must_use]
pub fn matrix() -> String {
    let mut out = format!("{:<24}", "action");
    for role in Role::ALL {
        out.push_str(&format!(" {:<13}", role.as_str()));
    }
    let mut out = out.trim_end().to_owned();
    out.push('\n');
    for &action in Action::ALL {
        let mut line = format!("{:<24}", action.as_str());
        for role in Role::ALL {
            line.push_str(&format!(" {:<13}", if allows(role, action) { "yes" } else { "." }));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regenerate with `MANGROVE_BLESS=1 cargo test -p base-authz`, then read the difference.
    #[test]
    fn the_table_equals_its_golden_form() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/policy.golden.txt");
        if std::env::var_os("MANGROVE_BLESS").is_some() {
            std::fs::write(path, matrix()).unwrap();
        }
        let golden = std::fs::read_to_string(path).unwrap();
        assert_eq!(matrix(), golden, "rights have changed: bless policy.golden.txt and say why in the commit");
    }

    #[test]
    fn an_auditor_changes_nothing_and_a_unit_never_administers() {
        for &action in Action::ALL {
            let word = action.as_str();
            let reads = ["read", "search", "export"].iter().any(|verb| word.ends_with(verb));
            assert!(reads || !allows(Role::Auditor, action), "{word}");
            assert!(!word.ends_with("manage") || !allows(Role::UnitOfficer, action), "{word}");
        }
    }
}
