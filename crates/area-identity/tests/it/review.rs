//! Reviews of access rights: what is decided takes effect, and the evidence stays.

use crate::browser::House;
use crate::manage::account_page;
use base_authz::{Grant, Role};
use http::StatusCode;
use sha2::{Digest, Sha256};

const PAGE: &str = "/quan-tri/ra-soat-quyen";

async fn grant_of(house: &House, login: &str) -> String {
    sqlx::query_scalar(
        "SELECT g.id FROM identity_grant g JOIN identity_account a ON a.id = g.account_id WHERE a.login = $1",
    )
    .bind(login)
    .fetch_one(house.ground.db.read())
    .await
    .unwrap()
}

#[tokio::test]
async fn each_grant_is_kept_or_taken_and_the_evidence_no_longer_changes() {
    let house = House::new().await;
    house.account("truong", vec![Grant::province(Role::SecurityLead)], false).await;
    let mut lead = house.signed_in("truong").await;
    for (name, until, told) in
        [("", "2014-03-31", "đặt tên"), ("Quý I", "", "hạn hoàn thành"), ("Quý I", "2014-03-01", "đã qua")]
    {
        let refused = lead.post(PAGE, PAGE, &[("name", name), ("until", until)]).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.2.contains(told), "{told}");
    }
    let begun = lead.post(PAGE, PAGE, &[("name", "Rà soát quý I"), ("until", "2014-03-31")]).await;
    let review = begun.1.clone();
    assert!(begun.0 == StatusCode::SEE_OTHER && review.starts_with(PAGE), "{}", begun.2);
    assert_eq!(lead.post(PAGE, PAGE, &[("name", "Hai"), ("until", "2014-03-31")]).await.0, StatusCode::CONFLICT);

    let (chu, minh, lan, own) = (
        grant_of(&house, "chu").await,
        grant_of(&house, "minh").await,
        grant_of(&house, "lan").await,
        grant_of(&house, "truong").await,
    );
    let (d, why) = (|grant: &str| format!("d-{grant}"), |grant: &str| format!("why-{grant}"));
    let no_reason = lead.post(&review, &review, &[(&d(&lan), "taken"), (&why(&lan), ""), (&d(&minh), "kept")]).await;
    assert_eq!(no_reason.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        no_reason.2.contains("cần ghi lý do") && no_reason.2.contains("<option value=\"kept\" selected>"),
        "nothing typed is lost"
    );
    let last = lead.post(&review, &review, &[(&d(&chu), "taken"), (&why(&chu), "x")]).await;
    assert_eq!(last.0, StatusCode::CONFLICT, "the last administrator");
    let mut lan_browser = house.signed_in("lan").await;
    let saved = lead
        .post(
            &review,
            &review,
            &[(&d(&lan), "taken"), (&why(&lan), "chuyển công tác"), (&d(&chu), "kept"), (&d(&own), "kept")],
        )
        .await;
    assert_eq!(saved.0, StatusCode::SEE_OTHER, "{}", saved.2);
    assert!(!lan_browser.get("/tai-khoan-cua-toi").await.2.contains("Cán bộ phụ trách"), "taken at once");

    let close = format!("{review}/dong");
    assert_eq!(lead.post(&review, &close, &[]).await.0, StatusCode::CONFLICT, "minh is undecided");
    let mut admin = house.signed_in("chu").await;
    let page = account_page(&mut admin, "minh").await;
    assert_eq!(admin.post(&page, &format!("{page}/thu-quyen"), &[("grant", &minh)]).await.1, page, "ended meanwhile");
    assert_eq!(lead.post(&review, &close, &[]).await.1, review);
    let shown = lead.get(&review).await.2;
    for told in ["Đã kết thúc", "chuyển công tác", "tự xác nhận", "Đã hết hiệu lực"] {
        assert!(shown.contains(told), "{told}");
    }
    let file = lead.get(&format!("{review}/csv")).await.2;
    let digest = hex::encode(Sha256::digest(file.as_bytes()));
    assert!(shown.contains(&digest), "the file is the one the review was closed with");
    let trail: Vec<String> =
        sqlx::query_scalar("SELECT after_json FROM audit_act WHERE action = 'access.close_review'")
            .fetch_all(house.ground.db.read())
            .await
            .unwrap();
    assert!(
        trail[0].contains(&digest) && trail[0].contains("\"taken\":1") && trail[0].contains("\"over\":1"),
        "{trail:?}"
    );
    assert_eq!(file.lines().count(), 5, "{file}");
    assert!(file.contains("lan,Người lan,unit_officer,Sở Y tế") && file.contains("taken,chuyển công tác"), "{file}");

    let late = lead.post(PAGE, &review, &[(&d(&chu), "taken"), (&why(&chu), "x")]).await;
    assert_eq!(late.0, StatusCode::CONFLICT, "closed is closed");
    // Names change; the evidence does not.
    let mut tx = house.ground.db.begin().await.unwrap();
    sqlx::query("UPDATE identity_account SET name = 'khác'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(lead.get(&format!("{review}/csv")).await.2, file);
}

#[tokio::test]
async fn overdue_is_shown_and_only_those_entitled_decide() {
    let house = House::new().await;
    house.account("tra", vec![Grant::province(Role::Auditor)], false).await;
    let mut chu = house.signed_in("chu").await;
    let review = chu.post(PAGE, PAGE, &[("name", "Quý I"), ("until", "2014-03-06")]).await.1;
    assert!(!chu.get(PAGE).await.2.contains("Quá hạn"));
    house.clock.advance_secs(3 * 86_400);
    let mut chu = house.signed_in("chu").await;
    assert!(chu.get(PAGE).await.2.contains("Quá hạn"));
    let lan = grant_of(&house, "lan").await;
    let fields = [(format!("d-{lan}"), "taken"), (format!("why-{lan}"), "x")];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    let mut auditor = house.signed_in("tra").await;
    assert_eq!(auditor.get(&review).await.0, StatusCode::OK, "reads");
    assert!(!auditor.get(&review).await.2.contains("<select name=\"d-"), "and is offered nothing");
    assert_eq!(auditor.post(PAGE, &review, &fields).await.0, StatusCode::FORBIDDEN);
    assert_eq!(auditor.post(PAGE, &format!("{review}/dong"), &[]).await.0, StatusCode::FORBIDDEN);
    for login in ["minh", "lan"] {
        let mut other = house.signed_in(login).await;
        for path in [PAGE.to_owned(), review.clone(), format!("{review}/csv")] {
            assert_eq!(other.get(&path).await.0, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
    assert_eq!(chu.get(&format!("{PAGE}/khong-co")).await.0, StatusCode::NOT_FOUND);
}
