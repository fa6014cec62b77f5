//! Lists of units as files: told row by row, written whole or not at all, and read back as they were written.

use super::{console, province, system};
use area_org::Org;
use area_org::model::{Change, NewEvent, parse_day};
use area_org::ops::{self, Outcome, Plan};
use base_core::UnitId;
use base_web::ports::UnitDirectory;
use engine_sheet::{Sheet, Value, write_xlsx};
use http::StatusCode;
use std::fmt::Write as _;

async fn plan(org: &Org, text: &str) -> Plan {
    let id = ops::stage_import(org, &system(), "list.csv", text.as_bytes()).await.unwrap();
    ops::plan_import(org, &system(), &id).await.unwrap()
}

fn outcomes(plan: &Plan) -> Vec<String> {
    let told = |o: &Outcome| match o {
        Outcome::New => "new".to_owned(),
        Outcome::Same => "same".to_owned(),
        Outcome::Changed(fields) => {
            format!("changed {}", fields.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(","))
        }
        Outcome::Wrong(mistakes) => {
            mistakes.iter().map(|m| format!("{} {}", m.field.as_str(), m.code)).collect::<Vec<_>>().join("; ")
        }
    };
    plan.rows.iter().map(|r| told(&r.outcome)).collect()
}

#[tokio::test]
async fn every_row_is_told_before_anything_is_written() {
    let (_ground, org) = province().await;
    let list = "Mã;Đơn vị;Khối;Trực thuộc;Máy khai báo;Từ ngày;Đến ngày;Đơn vị kế thừa\n\
        SYT;Sở Y tế;Sở, ban, ngành;;10;;;\n\
        STC;Sở Tài chính tỉnh;Sở, ban, ngành;;4;;;\n\
        PTC;Phòng Tài chính;Sở;Sở Y tê\u{301};x;;;\n\
        A1;Phòng A;Sở;B1;;;;\n\
        B1;Phòng B;Sở;A1;;;;\n\
        A1;Phòng A nữa;Sở;;;;;\n\
        C1;Phòng C;Sở;;;01/03/2014;01/02/2014;\n\
        D1;Phòng D;Sở;;;;01/02/2014;E1\n\
        E1;Phòng E;Sở;;;01/03/2014;;\n";
    let planned = plan(&org, list).await;
    let told = outcomes(&planned);
    assert_eq!(told[0], "same");
    assert_eq!(told[1], "changed name");
    assert_eq!(told[2], "machines count-form|x");
    let circle =
        [&told[3], &told[4]].into_iter().filter(|t| t.contains("tree-circle") || t.contains("unit-unknown")).count();
    assert!(circle >= 1, "{told:?}");
    assert_eq!(told[5], "code code-twice|5");
    assert_eq!(told[6], "valid_to ends-before-start");
    assert_eq!(told[7], "successor unit-not-yet|E1");
    assert_eq!(
        (told[8].as_str(), planned.sheet.place(10, area_org::model::SheetField::Successor).as_str()),
        ("new", "H10")
    );
    assert!(
        ops::confirm_import(&org, &system(), &planned.id).await.unwrap_err().message.contains("rows cannot be written")
    );
    assert_eq!(org.timeline().lives().len(), 3, "nothing is half-written");
    assert_eq!(org.name(&UnitId::new("STC")), "Sở Tài chính");
}

#[tokio::test]
async fn a_good_list_is_written_and_is_the_same_ever_after() {
    let (_ground, org) = province().await;
    let list = "Mã,Tên đơn vị,Khối,Trực thuộc,Mã định danh,Từ ngày,Đến ngày,Đơn vị tiếp nhận\n\
        PHONG1,Phòng Một,Sở,Sở Y tế,h12.05.01,2014-03-01,,\n\
        PHONG2,Phòng Hai,Sở,PHONG1,,2014-03-01,2015-01-01,PHONG1\n\
        SYT,Sở Y tế,Sở,,H12.05,,,\n";
    let planned = plan(&org, list).await;
    assert_eq!(outcomes(&planned), ["new", "new", "changed electronic_id"]);
    assert_eq!(ops::confirm_import(&org, &system(), &planned.id).await.unwrap(), (2, 1));
    let line = org.timeline();
    assert_eq!(line.heirs_at(&UnitId::new("PHONG2"), parse_day("2015-01-01").unwrap()), [UnitId::new("PHONG1")]);
    assert_eq!(outcomes(&plan(&org, list).await), ["same", "same", "same"]);
    // A merger with its basis is not undone by a list that does not know of it.
    let merge = Change::Merge { from: vec![UnitId::new("TTT")], into: UnitId::new("STC") };
    let event = NewEvent {
        at: parse_day("2014-06-01").unwrap(),
        change: merge,
        decision: "1/QĐ".into(),
        decided_on: None,
        note: None,
    };
    ops::record_event(&org, &system(), &event).await.unwrap();
    let planned = plan(&org, "Mã,Đơn vị,Máy tính\nTTT,Thanh tra tỉnh,7\n").await;
    assert_eq!(outcomes(&planned), ["changed machines"]);
    ops::confirm_import(&org, &system(), &planned.id).await.unwrap();
    assert!(org.timeline().life(&UnitId::new("TTT")).unwrap().to.is_some());
}

#[tokio::test]
async fn an_exported_workbook_is_read_back_without_a_difference() {
    let (console, org) = console().await;
    let file = console.get("minh", "/don-vi/export.xlsx").await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("content-disposition").contains("don-vi.xlsx"));
    // The test client takes bodies for text, so the same workbook is made again from the same cells.
    let heads = ["Mã", "Đơn vị", "Khối", "Máy khai báo"].map(|h| (h.to_owned(), 12)).to_vec();
    let row = |code: &str, name: &str, n| {
        vec![Value::Text(code.into()), Value::Text(name.into()), Value::Text("Sở, ban, ngành".into()), Value::Number(n)]
    };
    let rows = vec![row("SYT", "Sở Y tế", 10), row("STC", "Sở Tài chính", 5)];
    let bytes = write_xlsx(&[Sheet { name: "Đơn vị".into(), columns: heads, rows }]).unwrap();
    let sent = console.upload("minh", "/don-vi/nhap", "/don-vi/nhap", &[], ("don-vi.xlsx", &bytes)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = sent.header("location").to_owned();
    let preview = console.get("minh", &page).await;
    assert!(
        preview.text.contains("Sẽ thêm 0 đơn vị và thay đổi 1 đơn vị") && preview.text.contains("<del>4</del>"),
        "{}",
        preview.text
    );
    assert_eq!(console.get("quan", &page).await.status, StatusCode::NOT_FOUND, "somebody else's list");
    let written = console.post("minh", &page, &format!("{page}/ghi"), &[]).await;
    assert_eq!((written.status, written.header("location")), (StatusCode::SEE_OTHER, "/don-vi"));
    assert_eq!(console.get("minh", &page).await.status, StatusCode::NOT_FOUND, "it is gone once written");
    assert!(org.resolve_code("STC").is_some());
    assert!(base_audit::verify(&console.ground.db).await.unwrap().is_ok());
}

#[tokio::test]
async fn files_that_cannot_be_read_say_why_in_the_persons_words() {
    let (console, _org) = console().await;
    let said = async |name: &str, bytes: &[u8]| {
        let answer = console.upload("minh", "/don-vi/nhap", "/don-vi/nhap", &[], (name, bytes)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer.text
    };
    assert!(said("a.csv", b"M\xb7;\xa7\xacn v\xde\nSYT;S\xeb Y t\xd5").await.contains("TCVN3"));
    assert!(said("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").await.contains("định dạng .xls cũ"));
    assert!(said("a.csv", b"x;y\n1;2").await.contains("Không tìm thấy dòng tiêu đề"));
    assert!(said("a.png", b"\x89PNG\r\n\x1a\n\0").await.contains("không phải .xlsx hay CSV"));
    let wrong = console
        .upload(
            "minh",
            "/don-vi/nhap",
            "/don-vi/nhap",
            &[],
            ("a.csv", "Mã;Đơn vị;Máy\nSYT;Sở Y tế;\nxx y;;\n".as_bytes()),
        )
        .await;
    let page = wrong.header("location").to_owned();
    let preview = console.get("minh", &page).await;
    assert!(preview.text.contains("Có 1 dòng lỗi") && preview.text.contains("A3") && !preview.text.contains("/ghi"));
    assert!(console.get("minh", &format!("{page}/loi.csv")).await.text.contains("3,A3,xx y"));
    assert_eq!(console.get("lan", "/don-vi/nhap").await.status, StatusCode::FORBIDDEN);
    assert_eq!(console.post("minh", &page, &format!("{page}/bo"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(console.get("minh", &page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_list_of_many_thousand_rows_is_planned_and_written() {
    let (_ground, org) = province().await;
    let mut list = String::from("Mã;Đơn vị;Khối;Trực thuộc\n");
    for n in 0..5_000 {
        let _ = writeln!(
            list,
            "X{n};Xã số {n};Xã, phường;{}",
            if n % 50 == 0 { "SYT".to_owned() } else { format!("X{}", n - n % 50) }
        );
    }
    let planned = plan(&org, &list).await;
    assert_eq!(planned.counts(), [5_000, 0, 0, 0]);
    assert_eq!(ops::confirm_import(&org, &system(), &planned.id).await.unwrap(), (5_000, 0));
    assert_eq!(org.timeline().lives().len(), 5_003);
    assert_eq!(org.timeline().tree(parse_day("2014-06-01").unwrap()).len(), 5_003);
}
