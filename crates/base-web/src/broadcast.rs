//! News for the browsers: that something changed, never what.

use base_authz::{Action, Principal};
use base_core::{AccountId, UnitId};
use tokio::sync::broadcast;

/// News kept for a slow listener; one that falls further behind is told to fetch everything anew.
const KEPT: usize = 1024;

/// Whom a piece of news concerns, besides needing the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody with the right, over whatever units.
    Everyone,
    /// Who has the right over this unit.
    Unit(UnitId),
    /// Who has the right over the whole province.
    Province,
    /// One person, whatever rights there are.
    Account(AccountId),
}

/// That something of a topic changed. Carries no data: the browser fetches its fragment again
/// through the ordinary page, where rights and scope are checked as always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What it is about: `overview`, `alerts`, `warnings`, `sources` …
    pub topic: &'static str,
    /// The right needed to hear of it.
    pub action: Action,
    /// Whom it concerns.
    pub audience: Audience,
}

impl News {
    /// News for everybody with the right.
    #[must_use]
    pub fn new(topic: &'static str, action: Action) -> Self {
        Self { topic, action, audience: Audience::Everyone }
    }

    /// News for one person alone.
    #[must_use]
    pub fn to_account(topic: &'static str, account: &AccountId) -> Self {
        Self { topic, action: Action::OverviewRead, audience: Audience::Account(account.clone()) }
    }

    /// Only for who has the right over this unit; `None` = over the whole province.
    #[must_use]
    pub fn of_unit(mut self, unit: Option<&UnitId>) -> Self {
        self.audience = unit.map_or(Audience::Province, |u| Audience::Unit(u.clone()));
        self
    }

    /// Whether `principal` may hear of it.
    #[must_use]
    pub fn concerns(&self, principal: &Principal) -> bool {
        if let Audience::Account(account) = &self.audience {
            return *account == principal.account;
        }
        principal.scope_for(self.action).is_some_and(|scope| match &self.audience {
            Audience::Account(_) => false,
            Audience::Everyone => true,
            Audience::Unit(unit) => scope.contains(unit),
            Audience::Province => scope.contains_opt(None),
        })
    }
}

/// Sends news to every open console. Cheap to clone; sending never waits.
#[derive(Clone, Debug)]
pub struct Broadcaster(broadcast::Sender<News>);

impl Default for Broadcaster {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl Broadcaster {
    /// Tells the news to who listens and may hear it.
    pub fn send(&self, news: News) {
        // No listener is no mistake.
        let _ = self.0.send(news);
    }

    /// Listens from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_authz::{Grant, Role};
    use base_core::{AccountId, Timestamp};

    #[test]
    fn a_unit_hears_only_of_itself() {
        let snv = UnitId::new("SNV");
        let grants = [Grant::unit(Role::UnitOfficer, snv.clone())];
        let officer = Principal::new(AccountId::new("o"), "o", "O", grants, Timestamp::EPOCH);
        let news = News::new("alerts", Action::AlertsRead);
        assert!(news.concerns(&officer));
        assert!(news.clone().of_unit(Some(&snv)).concerns(&officer));
        assert!(!news.clone().of_unit(Some(&UnitId::new("STC"))).concerns(&officer));
        assert!(!news.of_unit(None).concerns(&officer));
        assert!(News::to_account("notices", &officer.account).concerns(&officer));
        assert!(!News::to_account("notices", &AccountId::new("p")).concerns(&officer));
        assert!(!News::new("accounts", Action::AccountsRead).concerns(&officer));
    }
}
