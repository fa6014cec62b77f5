//! Every component in every state: to look at when one is changed, and to copy from when a page is written.
//!
//! The data is invented and Vietnamese in either language, as the data of the console is.

use crate::{
    Bar, Column, Field, Href, Icon, List, Page, Row, Sort, Tone, actions, badge, button, card, code, copyable, dot,
    error_summary, field_error, filter_bar, hbars, histogram, icon, kv, meter, notice, page_head, section, severity,
    severity_bar, sparkline, stat, stats, steps, tabs, time, time_full,
};
use base_core::{FieldError, Severity, Timestamp};
use base_i18n::Tr;
use maud::{Markup, html};

fn now() -> Timestamp {
    Timestamp::from_secs(1_795_332_000)
}

/// Every component in every state, with invented data: the page `/quan-tri/thanh-phan` and `examples/gallery.rs`.
#[must_use]
pub fn components(tr: &Tr, csrf: Markup) -> Markup {
    let primary = html! { a class="button" href="#" { (icon(Icon::Download)) "Xuất CSV" } a class="button button-primary" href="#" { "Cảnh báo đơn vị" } };
    html! {
        (page_head("Tổng quan", Some("Tình hình 24 giờ qua của 40 đơn vị. Trang tự cập nhật khi có sự kiện mới."), primary))
        (figures())
        div class="grid" { (charts(tr)) (bars()) }
        (alerts(tr, csrf))
        div class="split" { div { (explained(tr)) } div { (facts(tr)) } }
        div class="grid" { (form(tr)) (marks(tr)) }
        (section("Biểu tượng", html! {}, html! { div class="row" { @for i in Icon::ALL { (icon(*i)) } } }))
        (crate::dialog(tr, "hop-thoai", "Đóng cảnh báo?", html! { p { "Cảnh báo sẽ được ghi là báo động giả." } (actions(button("Đóng cảnh báo", "button-primary"))) }))
        button type="button" class="button" data-dialog="hop-thoai" { "Mở hộp thoại" }
    }
}

fn figures() -> Markup {
    let to = Href::new("/canh-bao");
    stats(html! {
        (stat("Sự kiện mỗi giây", "1.284", Some(&Href::new("/tim-kiem")), Some("trung bình 5 phút"), Tone::Info))
        (stat("Cảnh báo mới", "37", Some(&to), Some("4 nghiêm trọng"), Tone::Bad))
        (stat("Chờ đơn vị trả lời", "6", Some(&to), Some("1 quá hạn"), Tone::Warn))
        (stat("Nguồn im lặng", "2", Some(&Href::new("/nguon")), Some("trên 61 nguồn"), Tone::Warn))
        (stat("Máy đã thấy", "2.412", Some(&Href::new("/don-vi")), Some("86,1 % số khai báo"), Tone::Good))
    })
}

fn charts(tr: &Tr) -> Markup {
    let counts = [
        (Severity::Critical, 4),
        (Severity::High, 11),
        (Severity::Medium, 15),
        (Severity::Low, 7),
        (Severity::Informational, 0),
    ];
    let linked: Vec<_> =
        counts.into_iter().map(|(s, n)| (s, n, Some(Href::new("/canh-bao").with("level", s.as_str())))).collect();
    let wave = |i: i32| f64::from((i * 37) % 23 + i / 4 + if i % 11 == 0 { 30 } else { 4 });
    let bars: Vec<Bar> = (0..48)
        .map(|i| Bar {
            label: format!("{:02}:{:02}", i / 2, i % 2 * 30),
            value: wave(i),
            text: format!("{} sự kiện", wave(i)),
            href: Some(Href::new("/tim-kiem")),
        })
        .collect();
    section(
        "Sự kiện và cảnh báo",
        html! { a href="/tim-kiem" { "Tìm kiếm" } },
        html! {
            (histogram("Sự kiện theo giờ", &bars, "21/11/2026 17:00", "22/11/2026 17:00"))
            (severity_bar(tr, &linked))
        },
    )
}

fn bars() -> Markup {
    let bar = |label: &str, n: f64| Bar {
        label: label.to_owned(),
        value: n,
        text: n.to_string(),
        href: Some(Href::new("/canh-bao")),
    };
    let values: Vec<f64> = (0..60).map(|i| f64::from((i * 29) % 17 + i / 3)).collect();
    section(
        "Cảnh báo theo đơn vị",
        html! {},
        html! {
            (hbars(&[bar("UBND huyện Ngọc Hiển", 14.0), bar("Sở Nông nghiệp và Phát triển nông thôn", 9.0), bar("Sở Nội vụ", 6.0), bar("Sở Tài chính", 5.0), bar("Văn phòng UBND tỉnh", 3.0)]))
            p class="muted small" { "Sự kiện mỗi giây, 1 giờ qua" }
            (sparkline("Sự kiện mỗi giây trong 1 giờ qua", &values))
            p class="muted small" { "Máy có phần mềm phòng, chống mã độc bản quyền: đo được 8,2 %, khai báo 10 %" }
            (meter("8,2 phần trăm", 0.082, Some(0.1)))
        },
    )
}

fn alerts(tr: &Tr, csrf: Markup) -> Markup {
    let here = Href::new("/canh-bao");
    let sort = Sort { key: "severity", descending: true, href: &here };
    let columns = vec![
        Column::narrow("Mức độ").sorted_by("severity"),
        Column::text("Cảnh báo").sorted_by("title"),
        Column::text("Đơn vị").named("unit"),
        Column::text("Máy").named("host"),
        Column::number("Số lần").sorted_by("count").named("count"),
        Column::narrow("Lần cuối").sorted_by("last"),
        Column::narrow("Trạng thái"),
    ];
    let row = |s: Severity, title: &str, unit: &str, host: &str, n: i64, ago: i64, state: Markup| {
        Row::new(vec![
            severity(tr, s),
            html! { a href="/canh-bao/1" { (title) } },
            html! { (unit) },
            html! { code { (host) } },
            html! { (tr.number(n)) },
            time(tr, now().plus_secs(-ago), now()),
            state,
        ])
    };
    let rows = vec![
        row(
            Severity::Critical,
            "Trích xuất mật khẩu từ bộ nhớ LSASS",
            "Sở Nội vụ",
            "snv-pc-014",
            1,
            30,
            badge(Tone::Bad, "Mới"),
        )
        .class("row-new"),
        row(
            Severity::High,
            "Đăng nhập thành công sau nhiều lần dò mật khẩu",
            "UBND huyện Ngọc Hiển",
            "nhien-dc01",
            12,
            240,
            badge(Tone::Info, "Đang xem"),
        ),
        row(
            Severity::Medium,
            "Sâu AutoRun ghi vào ổ USB",
            "UBND huyện Đầm Dơi",
            "ddoi-pc-087",
            1_204,
            5_400,
            badge(Tone::Warn, "Chờ đơn vị"),
        ),
        row(
            Severity::Low,
            "Phần mềm điều khiển từ xa",
            "Sở Tài chính",
            "stc-pc-003",
            3,
            90_000,
            badge(Tone::Good, "Đã xử lý"),
        ),
        row(
            Severity::Informational,
            "Thay đổi chính sách tường lửa",
            "Sở Thông tin và Truyền thông",
            "fw-stttt",
            2,
            200_000,
            badge(Tone::Neutral, "Báo động giả"),
        ),
    ];
    let options =
        |list: &[(&str, &str)]| list.iter().map(|(v, t)| ((*v).to_owned(), (*t).to_owned())).collect::<Vec<_>>();
    html! {
        (tabs("Cảnh báo", &[("Mới".to_owned(), Href::new("/canh-bao"), true), ("Đang xem".to_owned(), Href::new("/x"), false), ("Đã đóng".to_owned(), Href::new("/y"), false)]))
        (filter_bar(tr, "/canh-bao", html! {
            (Field::input("search", "q", "Tìm kiếm").placeholder("tên máy, người dùng, quy tắc").render())
            (Field::select("severity", "Mức độ", options(&[("", "Mọi mức độ"), ("high", "Cao trở lên")])).render())
            (Field::select("unit", "Đơn vị", options(&[("", "Mọi đơn vị"), ("SNV", "Sở Nội vụ")])).render())
        }))
        (List::new("gallery", "Cảnh báo", columns, rows).sort(sort).page(Page { number: 3, size: 50 }, 1_204, &here)
            .export("CSV", here.clone()).render(tr, csrf, "/quan-tri/thanh-phan"))
    }
}

fn explained(tr: &Tr) -> Markup {
    let events = "{\"EventID\":10,\"SourceImage\":\"C:\\\\Temp\\\\mimikatz.exe\",\"TargetImage\":\"C:\\\\Windows\\\\System32\\\\lsass.exe\",\"GrantedAccess\":\"0x1410\"}";
    section(
        "Vì sao có cảnh báo này",
        html! { (severity(tr, Severity::Critical)) },
        html! {
            h3 { "Điều gì đã xảy ra" }
            p { "Một chương trình lạ (" mark { "mimikatz.exe" } ") đã đọc bộ nhớ của tiến trình giữ mật khẩu trên máy " strong { "snv-pc-014" } "." }
            h3 { "Cần làm ngay" }
            (steps(&["Ngắt máy snv-pc-014 khỏi mạng, không tắt máy.".to_owned(), "Đổi mật khẩu các tài khoản đã đăng nhập trên máy này trong 30 ngày qua.".to_owned(), "Báo lại kết quả bằng nút “Xác nhận” trong cảnh báo.".to_owned()]))
            (code(events))
        },
    )
}

fn facts(tr: &Tr) -> Markup {
    section(
        "Thông tin",
        html! {},
        html! {
            (kv(&[
                ("Quy tắc".to_owned(), html! { a href="#" { "win_lsass_access" } }),
                ("Kỹ thuật ATT&CK".to_owned(), html! { a href="#" { "T1003.001" } }),
                ("Lần đầu".to_owned(), time_full(tr, now().plus_secs(-86_400))),
                ("Lần cuối".to_owned(), time_full(tr, now())),
                ("Tình trạng".to_owned(), html! { (dot(Tone::Good, "Hoạt động")) " " (dot(Tone::Warn, "Chậm")) " " (dot(Tone::Bad, "Im lặng")) }),
                ("Mã".to_owned(), copyable(tr, "01K9Z8YF3Q7V2M4N6P8R")),
            ]))
        },
    )
}

fn form(tr: &Tr) -> Markup {
    let errors = [FieldError {
        field: "mail".to_owned(), message: "Địa chỉ thư điện tử chưa đúng dạng.".to_owned()
    }];
    card(
        "Biểu mẫu",
        html! {
            (error_summary(tr, &errors))
            (Field::text("ten", "Họ và tên").value("Nguyễn Thị Minh").required().render())
            (Field::input("email", "mail", "Thư điện tử").value("minh@").error(field_error(&errors, "mail")).render())
            (Field::area("note", "Ghi chú", 3).hint("Đơn vị sẽ đọc được ghi chú này.").render())
            (Field::check("dung", "Tôi đã ngắt máy khỏi mạng").value("1").render())
            (actions(html! { (button("Xác nhận", "button-primary")) (button("Hủy", "")) (button("Khóa tài khoản", "button-danger")) (button("Bỏ qua", "button-quiet")) }))
        },
    )
}

fn marks(tr: &Tr) -> Markup {
    card(
        "Nhãn và thông báo",
        html! {
            p class="row" { @for s in Severity::ALL { (severity(tr, s)) } }
            p class="row" { @for (tone, text) in [(Tone::Neutral, "Trung tính"), (Tone::Info, "Đang xem"), (Tone::Good, "Đạt"), (Tone::Warn, "Chờ"), (Tone::Bad, "Quá hạn")] { (badge(tone, text)) } }
            (notice(Tone::Info, html! { p { "Nguồn dữ liệu mới sẽ hiện sau vài giây." } }))
            (notice(Tone::Warn, html! { p { "Nguồn “fw-stttt” không gửi nhật ký từ 3 giờ trước." } }))
            (notice(Tone::Bad, html! { p { "Ổ đĩa còn 2 % dung lượng trống; hệ thống sắp ngừng nhận sự kiện." } }))
        },
    )
}
