//! Grants, periods and delegations against an oracle that is simple enough to be believed: a list of grants and a
//! function that says whether one holds.

use super::manage_grants::{Wish, add_grant, remove_grant};
use super::{Delegation, delegate, end_delegation, lock_account, unlock_account};
use crate::{Identity, IdentityParts, MIGRATIONS, SecondFactor, store};
use base_authz::{Action, Caller, Grant, Principal, Role};
use base_core::{AccountId, Clock as _, Timestamp, UnitId};
use base_db::{RowExt as _, Sql};
use base_secret::Vault;
use base_testkit::console::{BEGIN, Ground, units};
use base_web::ports::{UnitDirectory, UnitInfo};
use proptest::prelude::*;
use std::sync::Arc;

const PEOPLE: usize = 3;
const UNITS: [&str; 2] = ["SYT", "STC"];
/// Role and unit, and an action that this role alone of the two gives.
const KINDS: [(Role, Option<&str>, Action); 3] = [
    (Role::UnitOfficer, Some("SYT"), Action::WarningsAcknowledge),
    (Role::UnitOfficer, Some("STC"), Action::WarningsAcknowledge),
    (Role::Analyst, None, Action::AlertsTriage),
];
const DAY: i64 = 86_400;

#[derive(Clone, Debug)]
enum Step {
    /// Who, which of [`KINDS`], first and last day from today.
    Give(usize, usize, Option<i64>, Option<i64>),
    /// Who, which of all grants ever made.
    Take(usize),
    /// Which grant, to whom, first and last day from today.
    Delegate(usize, usize, Option<i64>, i64),
    EndDelegation(usize),
    Lock(usize),
    Unlock(usize),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let day = || prop::option::of(-1_i64..6);
    prop_oneof![
        4 => (0..PEOPLE, 0..KINDS.len(), day(), day()).prop_map(|(who, kind, from, until)| Step::Give(who, kind, from, until)),
        2 => (0_usize..8).prop_map(Step::Take),
        4 => (0_usize..8, 0..PEOPLE, day(), prop_oneof![0_i64..6, 88_i64..93])
            .prop_map(|(grant, to, from, until)| Step::Delegate(grant, to, from, until)),
        1 => (0_usize..8).prop_map(Step::EndDelegation),
        1 => (0..PEOPLE).prop_map(Step::Lock),
        1 => (0..PEOPLE).prop_map(Step::Unlock),
        3 => (1_i64..40).prop_map(Step::Wait),
    ]
}

/// One grant of the oracle. Times in seconds; open ends are the ends of time.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    who: usize,
    kind: usize,
    from: i64,
    until: i64,
    taken: bool,
    parent: Option<usize>,
}

#[derive(Default)]
struct Oracle {
    grants: Vec<Held>,
    locked: [bool; PEOPLE],
}

impl Oracle {
    fn holds(&self, n: usize, at: i64) -> bool {
        let g = &self.grants[n];
        let parent = g.parent.is_none_or(|p| self.holds(p, at) && !self.locked[self.grants[p].who]);
        !g.taken && g.from <= at && at < g.until && parent
    }

    /// Whether it holds at some moment from `at` on, as far as can be known now.
    fn may_hold(&self, n: usize, at: i64) -> bool {
        let g = &self.grants[n];
        let parent = g.parent.is_none_or(|p| self.may_hold(p, at) && !self.locked[self.grants[p].who]);
        !g.taken && at < self.end(n) && parent
    }

    /// Neither taken nor over, whether or not the account it comes from is locked.
    fn stands(&self, n: usize, at: i64) -> bool {
        let g = &self.grants[n];
        !g.taken && at < self.end(n) && g.parent.is_none_or(|p| self.stands(p, at))
    }

    fn end(&self, n: usize) -> i64 {
        let g = &self.grants[n];
        g.parent.map_or(g.until, |p| g.until.min(self.end(p)))
    }

    fn begin(&self, n: usize) -> i64 {
        let g = &self.grants[n];
        g.parent.map_or(g.from, |p| g.from.max(self.begin(p)))
    }

    fn same_in(&self, who: usize, kind: usize, (from, until): (i64, i64), at: i64, with_delegated: bool) -> bool {
        (0..self.grants.len()).any(|n| {
            let g = &self.grants[n];
            let counts = with_delegated || g.parent.is_none();
            counts
                && g.who == who
                && g.kind == kind
                && self.may_hold(n, at)
                && self.begin(n) < until
                && from < self.end(n)
        })
    }
}

struct Two(Arc<[UnitInfo]>);

impl UnitDirectory for Two {
    fn unit(&self, id: &UnitId) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.id == *id).cloned()
    }
    fn all(&self) -> Arc<[UnitInfo]> {
        Arc::clone(&self.0)
    }
    fn resolve_code(&self, code: &str) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.code == code).cloned()
    }
}

struct World {
    ground: Ground,
    identity: Arc<Identity>,
    units: Two,
    oracle: Oracle,
}

fn id(who: usize) -> AccountId {
    AccountId::new(format!("p{who}"))
}

impl World {
    async fn new() -> Self {
        let ground = Ground::new().await;
        ground.migrate(MIGRATIONS).await;
        let vault = Vault::new([1; 32]);
        let identity = Identity::new(IdentityParts {
            db: ground.db.clone(),
            ids: Arc::clone(&ground.ids),
            vault,
            second_factor: SecondFactor::Optional,
            letters: None,
            fetcher: base_fetch::Fetcher::new(None, base_fetch::Limits::default()).unwrap(),
            base_url: Arc::from("http://localhost"),
        });
        let mut tx = ground.db.begin().await.unwrap();
        let boss = AccountId::new("boss");
        for (n, account) in (0..PEOPLE).map(id).chain([boss.clone()]).enumerate() {
            let login = format!("login{n}");
            let row = store::account::Insert {
                id: &account,
                login: &login,
                name: &login,
                email: None,
                password_hash: "none",
                must_change: false,
                now: BEGIN,
            };
            store::account::insert(&mut tx, row).await.unwrap();
        }
        let grant = Grant::province(Role::Administrator);
        let row =
            store::grant::Insert { id: "boss", account: &boss, grant: &grant, by: &boss, now: BEGIN, delegated: None };
        store::grant::insert(&mut tx, row).await.unwrap();
        tx.commit().await.unwrap();
        Self { ground, identity, units: Two(units()), oracle: Oracle::default() }
    }

    fn now(&self) -> Timestamp {
        self.ground.clock.now()
    }

    fn caller(&self, account: AccountId, grants: Vec<Grant>) -> Caller {
        let principal = Principal::new(account, "x", "x", grants, self.now());
        Caller { principal: Arc::new(principal), peer: None, request: "model".to_owned(), now: self.now() }
    }

    fn boss(&self) -> Caller {
        self.caller(AccountId::new("boss"), vec![Grant::province(Role::Administrator)])
    }

    /// The day so many days from today, and its first second.
    fn day(&self, offset: i64) -> (String, i64) {
        let local = self.now().as_secs() + 7 * 3_600;
        let begin = (local.div_euclid(DAY) + offset) * DAY;
        (Timestamp::from_secs(begin).utc_day(), begin - 7 * 3_600)
    }

    fn period(&self, from: Option<i64>, until: Option<i64>) -> ((String, String), (i64, i64)) {
        let from = from.map(|d| self.day(d));
        let until = until.map(|d| self.day(d));
        let text = |day: &Option<(String, i64)>| day.as_ref().map(|d| d.0.clone()).unwrap_or_default();
        let times = (from.as_ref().map_or(i64::MIN, |d| d.1), until.as_ref().map_or(i64::MAX, |d| d.1 + DAY));
        ((text(&from), text(&until)), times)
    }

    /// The id the program gave the newest grant of somebody.
    async fn newest(&self, who: usize) -> String {
        let all = store::grant::held(&self.identity.db, &id(who), self.now()).await.unwrap();
        all.iter().map(|g| g.id.clone()).max().unwrap()
    }

    async fn step(&mut self, step: &Step) {
        let now = self.now().as_secs();
        match *step {
            Step::Wait(hours) => self.ground.clock.advance_secs(hours * 3_600),
            Step::Lock(who) => {
                lock_account(&self.identity, &self.boss(), &id(who), "model").await.unwrap();
                self.oracle.locked[who] = true;
            }
            Step::Unlock(who) => {
                unlock_account(&self.identity, &self.boss(), &id(who)).await.unwrap();
                self.oracle.locked[who] = false;
            }
            Step::Give(who, kind, from, until) => {
                let ((first, last), (from, until)) = self.period(from, until);
                let (role, unit, _) = KINDS[kind];
                let wish = Wish {
                    role: role.as_str().to_owned(),
                    unit: unit.unwrap_or("").to_owned(),
                    from: first,
                    until: last,
                };
                let done = add_grant(&self.identity, &self.units, &self.boss(), &id(who), &wish).await;
                let fits = until > now && until > from && !self.oracle.same_in(who, kind, (from, until), now, false);
                assert_eq!(done.is_ok(), fits, "{wish:?}: {done:?}");
                if fits {
                    let id = self.newest(who).await;
                    self.oracle.grants.push(Held { id, who, kind, from, until, taken: false, parent: None });
                }
            }
            Step::Take(n) | Step::EndDelegation(n) if n >= self.oracle.grants.len() => {}
            Step::Take(n) => {
                let held = self.oracle.grants[n].clone();
                let done = remove_grant(&self.identity, &self.boss(), &id(held.who), &held.id).await;
                assert_eq!(done.is_ok(), self.oracle.stands(n, now), "{held:?}: {done:?}");
                self.oracle.grants[n].taken |= done.is_ok();
            }
            Step::EndDelegation(n) => {
                let held = self.oracle.grants[n].clone();
                let Some(parent) = held.parent else { return };
                let owner = self.caller(id(self.oracle.grants[parent].who), vec![]);
                let done = end_delegation(&self.identity, &owner, &held.id).await;
                assert_eq!(done.is_ok(), self.oracle.may_hold(n, now), "{held:?}: {done:?}");
                self.oracle.grants[n].taken |= done.is_ok();
            }
            Step::Delegate(n, to, from, until) => self.delegate(n, to, from, until).await,
        }
    }

    async fn delegate(&mut self, n: usize, to: usize, from: Option<i64>, until: i64) {
        let now = self.now().as_secs();
        let Some(own) = self.oracle.grants.get(n).cloned() else { return };
        let ((first, last), (from, until)) = self.period(from, Some(until));
        let wish = Delegation {
            grant: own.id.clone(),
            to: format!("login{to}"),
            from: first,
            until: last,
            why: "model".to_owned(),
        };
        let done = delegate(&self.identity, &self.caller(id(own.who), vec![]), &wish).await;
        let fits = own.parent.is_none()
            && self.oracle.holds(n, now)
            && to != own.who
            && !self.oracle.locked[to]
            && until > now
            && until > from
            && until <= now + 91 * DAY
            && until <= own.until
            && !self.oracle.same_in(to, own.kind, (from.max(own.from), until), now, true);
        assert_eq!(done.is_ok(), fits, "{wish:?} of {own:?}: {done:?}");
        if fits {
            let made = store::grant::handed_on(&self.identity.db, &id(own.who), self.now()).await.unwrap();
            // A suspended owner's are not listed; such a one cannot act in earnest, as no session of his holds.
            let id = made.iter().map(|g| g.id.clone()).max();
            let id = match id {
                Some(id) if !self.oracle.locked[own.who] => id,
                _ => self.stored_newest().await,
            };
            self.oracle.grants.push(Held { id, who: to, kind: own.kind, from, until, taken: false, parent: Some(n) });
        }
    }

    async fn stored_newest(&self) -> String {
        let query = Sql::new("SELECT max(id) AS id FROM identity_grant WHERE id <> 'boss'");
        query.one(self.ground.db.read()).await.unwrap().text("id").unwrap()
    }

    /// What the program lets each person do is what the oracle says.
    async fn compare(&self) {
        let now = self.now();
        for who in 0..PEOPLE {
            let held = store::grant::held(&self.identity.db, &id(who), now).await.unwrap();
            let person = Principal::new(id(who), "x", "x", held.into_iter().map(|g| g.grant), now);
            for (kind, (_, unit, action)) in KINDS.into_iter().enumerate() {
                let of = |n: &usize| self.oracle.grants[*n].who == who && self.oracle.grants[*n].kind == kind;
                let wanted = (0..self.oracle.grants.len()).filter(of).any(|n| self.oracle.holds(n, now.as_secs()));
                let scope = person.scope_for(action);
                let given = match unit {
                    Some(unit) => scope.is_some_and(|s| s.contains(&UnitId::new(unit))),
                    None => scope.is_some_and(|s| UNITS.iter().all(|u| s.contains(&UnitId::new(u)))),
                };
                assert_eq!(given, wanted, "person {who}, kind {kind}, at {now}: {:?}", self.oracle.grants);
            }
            let past = store::grant::past(&self.identity.db, &id(who), now).await.unwrap();
            assert!(past.iter().all(|g| !g.grant.holds_at(now) || g.is_over(now)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn grants_periods_and_delegations_are_what_the_oracle_says(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in &steps {
                world.step(step).await;
                world.compare().await;
            }
        });
    }
}
