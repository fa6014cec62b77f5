//! Roles for a time, and roles handed on, through their pages.

use crate::browser::House;
use crate::manage::account_page;
use base_authz::{Grant, Role};
use base_core::UnitId;
use http::StatusCode;

const PAGE: &str = "/tai-khoan-cua-toi/uy-quyen";
const DAY: i64 = 86_400;

/// The grant offered in the form of the page, if any.
fn offered(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"grant\"")?;
    rest.split_once("<option value=\"")?.1.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn a_role_for_a_time_begins_and_ends_by_itself() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "lan").await;
    let give = format!("{page}/cap-quyen");
    let role = |from, until| [("role", "auditor"), ("unit", ""), ("from", from), ("until", until)];
    // The clock stands at 5 March 2014, 08:00.
    for (from, until, told) in
        [("", "2014-03-04", "đã qua"), ("2014-03-10", "2014-03-09", "phải sau"), ("mai", "", "chưa đúng dạng")]
    {
        let refused = chu.post(&page, &give, &role(from, until)).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.2.contains(told), "{told}");
    }
    assert_eq!(chu.post(&page, &give, &role("2014-03-06", "2014-03-07")).await.1, page);
    assert_eq!(chu.post(&page, &give, &role("2014-03-07", "")).await.0, StatusCode::CONFLICT, "the times overlap");
    assert_eq!(chu.post(&page, &give, &role("2014-03-09", "")).await.1, page, "and here they do not");
    assert!(chu.get(&page).await.2.contains("Từ 06/03/2014 đến hết 07/03/2014"));
    for (wait, may) in [(0, false), (DAY, true), (DAY, true), (DAY, false), (DAY, true)] {
        house.clock.advance_secs(wait);
        let answer = house.signed_in("lan").await.get("/quan-tri/ra-soat-quyen").await.0;
        assert_eq!(answer == StatusCode::OK, may, "{answer}");
    }
    assert!(house.signed_in("chu").await.get(&page).await.2.contains("Hết thời hạn"));
}

#[tokio::test]
async fn an_administrator_for_a_time_is_not_the_one_who_remains() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "minh").await;
    let role = [("role", "administrator"), ("unit", ""), ("from", ""), ("until", "2014-04-01")];
    assert_eq!(chu.post(&page, &format!("{page}/cap-quyen"), &role).await.1, page);
    let own = account_page(&mut chu, "chu").await;
    let shown = chu.get(&own).await.2;
    let grant = shown.split_once("name=\"grant\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let taken = chu.post(&own, &format!("{own}/thu-quyen"), &[("grant", &grant)]).await;
    assert_eq!(taken.0, StatusCode::CONFLICT, "in April nobody would be left");
}

#[tokio::test]
async fn a_role_is_handed_on_for_a_time_and_not_further() {
    let house = House::new().await;
    house.account("an", vec![Grant::unit(Role::HeadOfUnit, UnitId::new("STC"))], false).await;
    let mut minh = house.signed_in("minh").await;
    let grant = offered(&minh.get(PAGE).await.2).unwrap();
    let fields = |to, until, why| [("grant", grant.as_str()), ("to", to), ("from", ""), ("until", until), ("why", why)];
    for (to, until, why, told) in [
        ("an", "", "nghỉ phép", "Hãy chọn ngày kết thúc"),
        ("an", "2014-06-10", "nghỉ phép", "nhiều nhất 90 ngày"),
        ("an", "2014-03-20", " ", "Hãy ghi lý do"),
        ("minh", "2014-03-20", "nghỉ phép", "Không có tài khoản nào nhận"),
        ("nobody", "2014-03-20", "nghỉ phép", "Không có tài khoản nào nhận"),
    ] {
        let refused = minh.post(PAGE, PAGE, &fields(to, until, why)).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.2.contains(told), "{told}");
    }
    let mut an = house.signed_in("an").await;
    let not_own = an.post(PAGE, PAGE, &fields("lan", "2014-03-20", "x")).await;
    assert!(not_own.2.contains("Bạn không giữ vai trò này"), "somebody else's grant");
    assert_eq!(minh.post(PAGE, PAGE, &fields("an", "2014-03-20", "nghỉ phép")).await.1, PAGE);
    assert_eq!(minh.post(PAGE, PAGE, &fields("an", "2014-03-21", "nghỉ phép")).await.0, StatusCode::CONFLICT);
    assert!(minh.get(PAGE).await.2.contains("Người an"));
    let me = an.get("/tai-khoan-cua-toi").await.2;
    assert!(me.contains("do Người minh ủy quyền") && me.contains("Đến hết 20/03/2014"), "{me}");
    // What was handed on does not stand in the form, and is refused when sent all the same.
    let own = offered(&an.get(PAGE).await.2).unwrap();
    let received: String = sqlx::query_scalar("SELECT id FROM identity_grant WHERE parent_id IS NOT NULL")
        .fetch_one(house.ground.db.read())
        .await
        .unwrap();
    assert_ne!(own, received);
    let further = [("grant", received.as_str()), ("to", "lan"), ("from", ""), ("until", "2014-03-10"), ("why", "x")];
    assert!(an.post(PAGE, PAGE, &further).await.2.contains("Bạn không giữ vai trò này"));

    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "an").await;
    let shown = chu.get(&page).await.2;
    assert!(shown.contains("nghỉ phép") && shown.contains("Ủy quyền"), "the administrator sees it");
    let end = format!("{PAGE}/{received}/ket-thuc");
    assert_eq!(an.post(PAGE, &end, &[]).await.0, StatusCode::NOT_FOUND, "only who handed it on");
    assert_eq!(minh.post(PAGE, &end, &[]).await.1, PAGE);
    assert!(
        !an.get("/tai-khoan-cua-toi").await.2.contains("ủy quyền đến") && chu.get(&page).await.2.contains("thu hồi")
    );
}

#[tokio::test]
async fn what_was_handed_on_ends_with_the_own_role() {
    let house = House::new().await;
    let mut minh = house.signed_in("minh").await;
    let grant = offered(&minh.get(PAGE).await.2).unwrap();
    let fields = [("grant", grant.as_str()), ("to", "lan"), ("from", ""), ("until", "2014-03-20"), ("why", "công tác")];
    assert_eq!(minh.post(PAGE, PAGE, &fields).await.1, PAGE);
    let holds = async |house: &House| {
        house.signed_in("lan").await.get("/tai-khoan-cua-toi").await.2.contains("do Người minh ủy quyền")
    };
    assert!(holds(&house).await);
    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "minh").await;
    chu.post(&page, &format!("{page}/khoa"), &[("why", "nghi lộ mật khẩu")]).await;
    assert!(!holds(&house).await, "while the account is locked");
    chu.post(&page, &format!("{page}/mo-khoa"), &[]).await;
    assert!(holds(&house).await);
    assert_eq!(chu.post(&page, &format!("{page}/thu-quyen"), &[("grant", &grant)]).await.1, page);
    assert!(!holds(&house).await, "for good");
    let lan = account_page(&mut chu, "lan").await;
    assert!(chu.get(&lan).await.2.contains("Người ủy quyền không còn giữ vai trò"));
}
