//! The pages of the rules through the whole router.

use crate::given::{console, event, ports};
use area_rules::ops::prove::{prove, prove_if_due};
use base_authz::Role;
use base_testkit::console::{BEGIN, caller, person};

#[tokio::test]
async fn the_list_filters_sorts_and_exports() {
    let console = console(ports()).await;
    let page = console.get("phuong", "/quy-tac").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Program from a temp folder",
        "Chương trình … chạy từ thư mục tạm.",
        "Không có nguồn",
        "Chưa có sự kiện nào được đếm",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("⟦"), "a text is missing");
    for (query, there, gone) in [
        ("?q=thu+muc+tam", "luat/temp", "luat/ssh"),
        ("?q=t1204", "luat/temp", "luat/ssh"),
        ("?level=high", "luat/tool", "luat/temp"),
        ("?source=linux/sshd", "luat/ssh", "luat/temp"),
        ("?flag=dead", "luat/ssh", "luat/none"),
        ("?status=test", "luat/temp", "luat/ssh"),
    ] {
        let page = console.get("tam", &format!("/quy-tac{query}")).await;
        assert!(page.text.contains(there) && !page.text.contains(gone), "{query}: {}", page.text);
    }
    let none = console.get("phuong", "/quy-tac?q=khong-co").await;
    assert!(none.text.contains("Không có quy tắc nào phù hợp"));
    for sort in ["flag", "level", "title", "events", "hits", "last", "false", "cost", "x"] {
        for dir in ["", "desc"] {
            assert_eq!(console.get("phuong", &format!("/quy-tac?sort={sort}&dir={dir}&page=9")).await.status, 200);
        }
    }
    let csv = console.get("phuong", "/quy-tac/xuat.csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), 5, "{}", csv.text);
}

#[tokio::test]
async fn a_rule_page_explains_tests_and_offers_what_one_may() {
    let console = console(ports()).await;
    let page = console.get("lanh", "/quy-tac/luat/temp").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Chương trình {Image} chạy từ thư mục tạm.",
        "Program {Image} runs from a temp folder.",
        "from Temp",
        "Phải khớp",
        "7 báo động giả",
        "title: Program from a temp folder",
        "/quy-tac/luat/temp/tat",
        "/quy-tac/luat/temp/bo-loc-moi",
        "https://attack.mitre.org/techniques/T1204/002/",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("Không đạt"), "its tests pass");
    assert!(!page.text.contains("⟦"), "a text is missing");
    let auditor = console.get("tam", "/quy-tac/luat/temp").await;
    assert!(
        !auditor.text.contains("/tat\"") && !auditor.text.contains("/bo-loc-moi"),
        "no form for what may not be done"
    );
    assert_eq!(console.get("lanh", "/quy-tac/luat/none").await.status, 404);
    let part = console.fragment("lanh", "/quy-tac/luat/temp").await;
    assert!(part.text.contains("Tình hình hoạt động") && !part.text.contains("<html"));
}

#[tokio::test]
async fn who_may_not_gets_nothing() {
    let console = console(ports()).await;
    for path in ["/quy-tac", "/quy-tac/luat/temp", "/quy-tac/goi", "/quy-tac/dien-lai", "/quy-tac/xuat.csv"] {
        assert_eq!(console.get("hoa", path).await.status, 403, "{path} as an officer of a unit");
    }
    let from = "/quy-tac/luat/temp";
    for (who, path) in [
        ("phuong", "/quy-tac/luat/temp/tat"),
        ("tam", "/quy-tac/luat/temp/tat"),
        ("tam", "/quy-tac/dien-lai"),
        ("tam", "/quy-tac/luat/temp/bo-loc-moi"),
        ("phuong", "/quy-tac/goi/hoan-tac"),
        ("quan", "/quy-tac/luat/temp/bo-loc-moi"),
    ] {
        let answer = console.post(who, from, path, &[("reason", "Lý do đủ dài")]).await;
        assert_eq!(answer.status, 403, "{path} as {who}");
    }
    let unit = [("field1", "Image"), ("value1", "x"), ("until", "2014-03-07"), ("reason", "Lý do đủ dài")];
    let answer = console.post("don", from, "/quy-tac/luat/temp/bo-loc-moi", &unit).await;
    assert_eq!(answer.status, 403, "a right over one unit is not enough");
}

#[tokio::test]
async fn a_filter_is_tried_and_made_on_its_form() {
    let ports = ports();
    let stored = [event(0, r"C:\Temp\acc.exe", "pc-1", Some("SYT"), -60)];
    ports.lake.write(0..1, &stored).await.expect("stored");
    let console = console(ports).await;
    let form = "/quy-tac/luat/temp/bo-loc-moi";
    let tried = console.get("phuong", &format!("{form}?field1=host.name&value1=pc-1")).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert!(tried.text.contains("1 sự kiện thỏa điều kiện, trong đó 1 sự kiện khớp"), "{}", tried.text);
    let looked = [("act", "try"), ("field1", "host.name"), ("value1", "pc-1")];
    let looked = console.post("phuong", form, form, &looked).await;
    assert!(looked.status == 200 && looked.text.contains("trong đó 1 sự kiện khớp"), "{}", looked.text);
    let wrong = console.post("phuong", form, form, &[("field1", "host.name"), ("until", "2013-01-01")]).await;
    assert_eq!(wrong.status, 422);
    for part in ["Cần ghi giá trị", "đã qua", "Cần ghi lý do", "value=\"host.name\""] {
        assert!(wrong.text.contains(part), "{part} is missing in {}", wrong.text);
    }
    let right = [("field1", "host.name"), ("value1", "pc-1"), ("until", "2014-03-07"), ("reason", "Máy kế toán")];
    let made = console.post("phuong", form, form, &right).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let page = console.get("phuong", made.header("location")).await;
    assert!(page.text.contains("Đang hiệu lực") && page.text.contains("Máy kế toán"), "{}", page.text);
    let end = format!("{}/ket-thuc", made.header("location"));
    assert_eq!(console.post("phuong", made.header("location"), &end, &[]).await.status, 303);
    let page = console.get("phuong", made.header("location")).await;
    assert!(page.text.contains("Đã kết thúc") && !page.text.contains("/ket-thuc"), "{}", page.text);
}

#[tokio::test]
async fn an_event_is_explained_predicate_by_predicate_within_the_scope() {
    let ports = ports();
    let stored =
        [event(0, r"C:\Temp\<b>.exe", "pc-1", Some("SYT"), -60), event(1, r"C:\Temp\x.exe", "pc-2", Some("STC"), -60)];
    ports.lake.write(0..2, &stored).await.expect("stored");
    let console = console(ports).await;
    let at = "/quy-tac/luat/temp/giai-thich";
    let page = console.get("phuong", &format!("{at}?event={}", stored[0].id)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Khớp quy tắc") && page.text.contains(r"<mark>\Temp\</mark>"), "{}", page.text);
    assert!(!page.text.contains("<b>.exe"), "data of a log got into the page unescaped");
    let other = console.get("don", &format!("{at}?event={}", stored[1].id)).await;
    assert_eq!(other.status, 422, "another unit's event is not found");
    assert_eq!(console.get("phuong", &format!("{at}?event=zz")).await.status, 422);
    let pasted =
        [("kind", "test/process"), ("record", r#"{"what":"start","Image":"C:\\Windows\\a.exe","Computer":"x"}"#)];
    let page = console.post("phuong", at, at, &pasted).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(
        page.text.contains("Không khớp: điều kiện không thỏa") && page.text.contains(r"C:\Windows\a.exe"),
        "{}",
        page.text
    );
    assert_eq!(console.post("phuong", at, at, &[("record", " ")]).await.status, 422);
}

#[tokio::test]
async fn the_replay_proof_is_kept_with_its_date_and_shown() {
    let ports = ports();
    let console = console(ports.clone()).await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    assert!(prove_if_due(db, ids, &ports).await.expect("replayed"));
    assert!(!prove_if_due(db, ids, &ports).await.expect("looked"), "not again within the month");
    let page = console.get("phuong", "/quy-tac").await;
    assert!(page.text.contains("phát hiện 1 trên 1 mẫu, ngày 05/03/2014"), "{}", page.text);
    console.ground.clock.advance_secs(31 * 86_400);
    assert!(prove_if_due(db, ids, &ports).await.expect("replayed"), "a month later again");
    let done = console.post("phuong", "/quy-tac/dien-lai", "/quy-tac/dien-lai", &[]).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let page = console.get("tam", "/quy-tac/dien-lai").await;
    assert!(page.text.contains("05/03/2014") && page.text.contains("05/04/2014"), "{}", page.text);
    // A rule that no longer sees its sample shows in the figure.
    let lead = caller(&person("lanh", Role::SecurityLead, None), BEGIN.plus_secs(40 * 86_400));
    let mut active = area_rules::book::Active {
        pack: ports.book.active().pack.clone(),
        files: ports.book.active().files.clone(),
        imported: None,
    };
    let blind = active.files.iter().cloned().map(|mut f| {
        f.text = f.text.replace(r"C:\\Temp\\a.exe", r"D:\\a.exe");
        f
    });
    let blind: Vec<_> = blind.collect();
    active.files = blind.into();
    ports.book.switch_to(active);
    let proofs = prove(db, ids, &ports, &lead).await.expect("replayed");
    assert_eq!((proofs[0].detected, proofs[0].total, proofs[0].missed.len()), (0, 1, 1));
}

#[tokio::test]
async fn rules_are_found_by_title_in_either_language_and_id() {
    let console = console(ports()).await;
    let find = async |who, q| console.get(who, &format!("/tim-nhanh?q={q}")).await.text;
    for q in ["temp+folder", "TEMP", "program+temp"] {
        assert!(find("tam", q).await.contains("/quy-tac/luat/temp"), "{q}: {}", find("tam", q).await);
    }
    assert!(find("hoa", "temp").await.is_empty(), "an officer sees no rules");
}
