//! Reading the trail: scope, filters, pages, and what is masked.

use super::{BEGIN, trail};
use base_audit::{Act, Filter, actions, of_object, record_reading, search};
use base_authz::{Caller, Grant, Principal, Role};
use base_core::{AccountId, Scope, Timestamp, UnitId};
use std::sync::Arc;

#[tokio::test]
async fn a_unit_sees_its_own_acts_and_filters_narrow() {
    let records = trail(10).await;
    let db = &records.db;
    let all = |filter: Filter| async move { search(db, &Scope::province(), &filter, 100).await.unwrap().len() };
    let stc = Scope::units([UnitId::new("STC")]);
    assert_eq!(search(db, &stc, &Filter::default(), 100).await.unwrap().len(), 5);
    assert_eq!(of_object(db, &Scope::province(), "alert", "3", 10).await.unwrap().len(), 1);
    assert_eq!(of_object(db, &stc, "alert", "4", 10).await.unwrap().len(), 0);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(all(Filter::default()).await, 10);
    assert_eq!(all(Filter { unit: some("SNV"), ..Filter::default() }).await, 5);
    assert_eq!(all(Filter { action: some("alerts"), ..Filter::default() }).await, 10);
    assert_eq!(all(Filter { action: some("alerts.close"), ..Filter::default() }).await, 10);
    assert_eq!(all(Filter { action: some("alert"), ..Filter::default() }).await, 0);
    assert_eq!(all(Filter { account: some("system:test"), before: Some(4), ..Filter::default() }).await, 3);
    let from = Some(Timestamp::from_secs(BEGIN + 2));
    let until = Some(Timestamp::from_secs(BEGIN + 5));
    assert_eq!(all(Filter { from, until, ..Filter::default() }).await, 3);
    assert_eq!(actions(db).await.unwrap(), ["alerts.close"]);
}

#[tokio::test]
async fn a_row_says_as_what_and_hides_secrets() {
    let records = trail(1).await;
    let grants = [Grant::province(Role::Analyst), Grant::unit(Role::UnitOfficer, UnitId::new("SNV"))];
    let now = Timestamp::from_secs(BEGIN);
    let person = Principal::new(AccountId::new("a"), "an", "An \0", grants, now);
    let caller = Caller { principal: Arc::new(person), peer: None, request: "r".to_owned(), now };
    record_reading(&records.db, &caller, Act::new("audit.read", "audit", "\0")).await.unwrap();
    let rows = search(&records.db, &Scope::province(), &Filter::default(), 10).await.unwrap();
    assert_eq!(rows[0].roles.as_deref(), Some("analyst, unit_officer@SNV"));
    assert_eq!(rows[0].account_name, "An \u{fffd}");
    assert_eq!(rows[1].after_json.as_deref(), Some(r#"{"state":"closed","token":"•••"}"#));
    assert_eq!(actions(&records.db).await.unwrap(), ["alerts.close", "audit.read"]);
    base_audit::verify(&records.db).await.unwrap().unwrap();
}
