//! Denominator sets: by rule and by hand, versions that stay, what came and went.

use super::{console, province, system};
use area_org::model::{Block, Change, Members, NewEvent, NewSet, SetRule, parse_day};
use area_org::ops;
use base_core::{Kind, UnitId};
use http::StatusCode;

fn by_rule(code: &str, blocks: &[Block], day: &str) -> NewSet {
    let rule =
        SetRule { blocks: blocks.iter().map(|b| b.as_str().to_owned()).collect(), as_of: parse_day(day).unwrap() };
    NewSet {
        code: code.into(),
        name_vi: "Sở, ban, ngành".into(),
        name_en: "Departments".into(),
        note: String::new(),
        members: Members::Rule(rule),
    }
}

#[tokio::test]
async fn a_rule_finds_the_units_of_its_day_and_old_versions_stay() {
    let (_ground, org) = province().await;
    let merge = Change::Merge { from: vec![UnitId::new("TTT")], into: UnitId::new("STC") };
    let at = parse_day("2014-05-01").unwrap();
    let event = NewEvent { at, change: merge, decision: String::new(), decided_on: None, note: None };
    ops::record_event(&org, &system(), &event).await.unwrap();
    let before = ops::make_set(&org, &system(), &by_rule("so", &[Block::Department], "2014-04-30")).await.unwrap();
    let after = ops::make_set(&org, &system(), &by_rule("so", &[Block::Department], "2014-05-01")).await.unwrap();
    assert_eq!((before.version, before.units.len(), after.version, after.units.len()), (1, 3, 2, 2));
    let again = ops::make_set(&org, &system(), &by_rule("so", &[Block::Department], "2014-05-01")).await.unwrap();
    assert_eq!(again.version, 2, "the same rule on the same day makes no version");
    let error = ops::make_set(&org, &system(), &by_rule("so", &[Block::Party], "2014-05-01")).await.unwrap_err();
    assert_eq!((error.kind, error.fields[0].message.as_str()), (Kind::Invalid, "set-empty"));
    let error = ops::make_set(&org, &system(), &by_rule("Số", &[], "2014-05-01")).await.unwrap_err();
    assert_eq!(error.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["code", "blocks"]);
}

#[tokio::test]
async fn versions_are_made_shown_and_compared_through_the_pages() {
    let (console, _org) = console().await;
    let fields = [
        ("code", "khoi-so"),
        ("name_vi", "Khối sở"),
        ("name_en", "Departments"),
        ("how", "rule"),
        ("block.department", "1"),
        ("as_of", "2014-03-01"),
    ];
    let made = console.post("minh", "/don-vi/tap/them", "/don-vi/tap/them", &fields).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/don-vi/tap/khoi-so"));
    let taken = console.post("minh", "/don-vi/tap/them", "/don-vi/tap/them", &fields).await;
    assert!(taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.text.contains("Đã có tập đơn vị mang mã này"));
    let by_hand =
        [("name_vi", "Khối sở"), ("name_en", "Departments"), ("how", "hand"), ("unit.SYT", "1"), ("unit.STC", "1")];
    let page = "/don-vi/tap/khoi-so/moi";
    assert_eq!(console.post("minh", page, page, &by_hand).await.status, StatusCode::SEE_OTHER);
    let shown = console.get("minh", "/don-vi/tap/khoi-so").await;
    assert!(shown.text.contains("thêm 0, bớt 1 đơn vị") && shown.text.contains("Thanh tra tỉnh"), "{}", shown.text);
    assert!(console.get("minh", "/don-vi/tap/khoi-so?v=1").await.text.contains("Phiên bản cũ"));
    assert!(console.get("minh", "/don-vi/tap?q=khoi").await.text.contains("Chọn từng đơn vị"));
    let old = console.get("minh", "/don-vi/tap/khoi-so/export.csv?v=1").await;
    assert!(
        old.text.contains("TTT,Thanh tra tỉnh") && old.header("content-disposition").contains("tap-khoi-so-v1.csv")
    );
    for path in ["/don-vi/tap", "/don-vi/tap/khoi-so", "/don-vi/tap/absent"] {
        assert_eq!(console.get("lan", path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(console.get("minh", "/don-vi/tap/khoi-so?v=9").await.status, StatusCode::NOT_FOUND);
}
