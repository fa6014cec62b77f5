//! The signed-in person and what the grants make possible.

use crate::policy::{Action, Role, allows};
use base_core::{AccountId, Scope, Timestamp, UnitId};
use std::collections::BTreeSet;

/// Over what a role is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantScope {
    /// The whole province.
    Province,
    /// One unit.
    Unit(UnitId),
}

/// A role over a scope for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Over what.
    pub scope: GrantScope,
    /// First moment it holds; `None` = always has.
    pub from: Option<Timestamp>,
    /// First moment it no longer holds; `None` = until taken away.
    pub until: Option<Timestamp>,
}

impl Grant {
    /// A role over the province without end.
    #[must_use]
    pub fn province(role: Role) -> Self {
        Self { role, scope: GrantScope::Province, from: None, until: None }
    }

    /// A role over one unit without end.
    #[must_use]
    pub fn unit(role: Role, unit: UnitId) -> Self {
        Self { role, scope: GrantScope::Unit(unit), from: None, until: None }
    }

    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// What the token of a program narrows its person's rights to. It never widens them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The actions it is for.
    pub actions: BTreeSet<Action>,
    /// The units it is for; `None` = all of the person's.
    pub units: Option<BTreeSet<UnitId>>,
}

/// A person (or program) with the grants that hold at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account: AccountId,
    /// Name to show.
    pub name: String,
    /// Sign-in name; empty for the system itself.
    pub login: String,
    grants: Vec<Grant>,
    limit: Option<Limit>,
    system: bool,
}

impl Principal {
    /// A person with those of `grants` that hold at `now`.
    #[must_use]
    pub fn new(
        account: AccountId,
        login: impl Into<String>,
        name: impl Into<String>,
        grants: impl IntoIterator<Item = Grant>,
        now: Timestamp,
    ) -> Self {
        let grants = grants.into_iter().filter(|g| g.holds_at(now)).collect();
        Self { account, name: name.into(), login: login.into(), grants, limit: None, system: false }
    }

    /// The program itself, for a named job: may do everything, and the audit trail names the job.
    #[must_use]
    pub fn system(job: &'static str) -> Self {
        Self {
            account: AccountId::new(format!("system:{job}")),
            name: format!("Mangrove ({job})"),
            login: String::new(),
            grants: Vec::new(),
            limit: None,
            system: true,
        }
    }

    /// The same person acting through a token for less.
    #[must_use]
    pub fn limited(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The grants that hold.
    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The units `action` is allowed on; `None` when it is not allowed at all.
    #[must_use]
    pub fn scope_for(&self, action: Action) -> Option<Scope> {
        if self.system {
            return Some(Scope::system("named in the account of the principal"));
        }
        let of_grants = self.scope_of_grants(action)?;
        let Some(limit) = &self.limit else { return Some(of_grants) };
        if !limit.actions.contains(&action) {
            return None;
        }
        let Some(units) = &limit.units else { return Some(of_grants) };
        let both: BTreeSet<UnitId> = units.iter().filter(|u| of_grants.contains(u)).cloned().collect();
        (!both.is_empty()).then(|| Scope::units(both))
    }

    fn scope_of_grants(&self, action: Action) -> Option<Scope> {
        let mut units = BTreeSet::new();
        let mut any = false;
        for grant in self.grants.iter().filter(|g| allows(g.role, action)) {
            any = true;
            match &grant.scope {
                GrantScope::Province => return Some(Scope::province()),
                GrantScope::Unit(unit) => {
                    units.insert(unit.clone());
                }
            }
        }
        any.then(|| Scope::units(units))
    }

    /// Whether `action` is allowed on anything.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.scope_for(action).is_some()
    }

    /// The only unit the person stands for, when every grant is over the same one.
    #[must_use]
    pub fn home_unit(&self) -> Option<&UnitId> {
        let mut home = None;
        for grant in &self.grants {
            match (&grant.scope, home) {
                (GrantScope::Province, _) => return None,
                (GrantScope::Unit(unit), None) => home = Some(unit),
                (GrantScope::Unit(unit), Some(seen)) if unit == seen => {}
                (GrantScope::Unit(_), Some(_)) => return None,
            }
        }
        home
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(grants: Vec<Grant>) -> Principal {
        Principal::new(AccountId::new("a"), "a", "A", grants, Timestamp::from_secs(100))
    }

    #[test]
    fn grants_of_units_add_up_and_the_province_covers_all() {
        let of = |u: &str| Grant::unit(Role::UnitOfficer, UnitId::new(u));
        let two = person(vec![of("SNV"), of("STC")]);
        let scope = two.scope_for(Action::AlertsRead).unwrap();
        assert!(scope.contains(&UnitId::new("STC")) && !scope.contains(&UnitId::new("SYT")));
        assert_eq!(two.scope_for(Action::AlertsTriage), None);
        assert_eq!(two.home_unit(), None);
        let lead = person(vec![of("SNV"), Grant::province(Role::SecurityLead)]);
        assert_eq!(lead.scope_for(Action::AlertsRead), Some(Scope::province()));
        // The right to acknowledge stays with the unit, whatever else the person is.
        assert_eq!(lead.scope_for(Action::WarningsAcknowledge), Some(Scope::units([UnitId::new("SNV")])));
    }

    #[test]
    fn a_grant_holds_from_and_until() {
        let timed = |from, until| Grant {
            from: Some(Timestamp::from_secs(from)),
            until: Some(Timestamp::from_secs(until)),
            ..Grant::province(Role::Analyst)
        };
        assert!(person(vec![timed(100, 101)]).may(Action::AlertsRead));
        assert!(!person(vec![timed(99, 100)]).may(Action::AlertsRead));
        assert!(!person(vec![timed(101, 200)]).may(Action::AlertsRead));
    }

    #[test]
    fn a_limit_narrows_and_never_widens() {
        let (syt, stc) = (UnitId::new("SYT"), UnitId::new("STC"));
        let limit = |actions: &[Action], units: Option<&[&UnitId]>| Limit {
            actions: actions.iter().copied().collect(),
            units: units.map(|u| u.iter().map(|u| (*u).clone()).collect()),
        };
        let analyst = person(vec![Grant::province(Role::Analyst)]);
        let narrow = analyst.clone().limited(limit(&[Action::AlertsRead], Some(&[&syt])));
        assert_eq!(narrow.scope_for(Action::AlertsRead), Some(Scope::units([syt.clone()])));
        assert_eq!(narrow.scope_for(Action::AlertsTriage), None, "the person may, the token not");
        let wide = analyst.limited(limit(&[Action::AccountsManage, Action::AlertsRead], None));
        assert_eq!(wide.scope_for(Action::AccountsManage), None, "the token says so, the person may not");
        assert_eq!(wide.scope_for(Action::AlertsRead), Some(Scope::province()));
        let officer =
            person(vec![Grant::unit(Role::UnitOfficer, syt)]).limited(limit(&[Action::AlertsRead], Some(&[&stc])));
        assert_eq!(officer.scope_for(Action::AlertsRead), None, "another unit's");
    }
}
