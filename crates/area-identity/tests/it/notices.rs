//! What people are told of their own accounts.

use crate::browser::{House, PASSWORD};
use axum::http::StatusCode;
use base_authz::{Grant, Role};
use base_core::UnitId;

async fn kinds(house: &House, account: Option<&str>) -> Vec<String> {
    let all: Vec<(String, Option<String>)> = sqlx::query_as("SELECT kind, account FROM web_notice ORDER BY at, id")
        .fetch_all(house.ground.db.read())
        .await
        .unwrap();
    all.into_iter().filter(|(_, to)| to.as_deref() == account).map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn grants_and_reviews_are_told() {
    let house = House::new().await;
    let id = house.account("binh", vec![Grant::unit(Role::UnitOfficer, UnitId::new("STC"))], false).await;
    let mut chu = house.signed_in("chu").await;
    let page = format!("/quan-tri/tai-khoan/{id}");
    let given = chu.post(&page, &format!("{page}/cap-quyen"), &[("role", "analyst"), ("unit", "")]).await;
    assert_eq!(given.0, StatusCode::SEE_OTHER, "{}", given.2);
    assert_eq!(kinds(&house, Some(id.as_str())).await, ["grant-given"]);
    let text = chu.get(&page).await.2;
    let grant = text.split("name=\"grant\" value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
    let taken = chu.post(&page, &format!("{page}/thu-quyen"), &[("grant", &grant), ("password", PASSWORD)]).await;
    assert_eq!(taken.0, StatusCode::SEE_OTHER, "{}", taken.2);
    assert_eq!(kinds(&house, Some(id.as_str())).await, ["grant-given", "grant-taken"]);
    let list = "/quan-tri/ra-soat-quyen";
    let opened = chu.post(list, list, &[("name", "Quý I"), ("until", "2014-03-31")]).await;
    assert_eq!(opened.0, StatusCode::SEE_OTHER, "{}", opened.2);
    assert_eq!(kinds(&house, None).await, ["review-opened"]);
}
