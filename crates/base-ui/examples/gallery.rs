//! Every component in every state, served on loopback: `cargo run -p base-ui --example gallery [port]`.
//!
//! `/` shows the components in the frame, `/plain` a page without navigation, `/empty` the empty states;
//! `?lang=en` and `?theme=dark` choose language and theme. The answers carry the same content policy
//! as the console's, so that whatever the policy forbids shows here.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "an example that talks to its terminal")]

use base_core::Lang;
use base_i18n::{Strings, Tr};
use base_ui::{
    Field, Flash, Frame, Href, Icon, NavGroup, NavLink, Person, Theme, Tone, actions, asset, button, card, empty,
    histogram, notice, page_head, sparkline,
};
use maud::{Markup, html};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|p| p.parse().ok()).unwrap_or(8099);
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let strings = Arc::new(Strings::load(base_ui::STRINGS).expect("the texts are sound"));
    println!("http://127.0.0.1:{port}/  /plain  /empty  ?lang=en  ?theme=dark");
    for stream in listener.incoming().flatten() {
        // A browser that goes away is no reason to stop.
        let _ = answer(stream, &strings);
    }
}

fn answer(mut stream: TcpStream, strings: &Arc<Strings>) -> std::io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or("/");
    let (mime, body) = match asset::at(target) {
        Some(asset) => (asset.mime, asset.bytes.to_vec()),
        // The stream of news, of which there is none here; the page comes again later.
        None if target.starts_with("/truc-tiep") => {
            ("text/event-stream; charset=utf-8", b"event: hello\ndata:\n\n".to_vec())
        }
        None => ("text/html; charset=utf-8", page(target, strings).into_string().into_bytes()),
    };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nContent-Security-Policy: {CSP}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

fn page(target: &str, strings: &Arc<Strings>) -> Markup {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value =
        |name: &str| query.split('&').filter_map(|p| p.split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v);
    let lang = value("lang").and_then(Lang::from_tag).unwrap_or_default();
    let tr = Tr::new(lang, Arc::clone(strings));
    let nav = nav(lang);
    let frame = Frame {
        tr: &tr,
        title: "Thư viện thành phần",
        nav: &nav,
        crumbs: &[],
        unread: Some(3),
        keys: true,
        person: Some(Person { name: "Chuyên viên phân tích".to_owned(), place: "Toàn tỉnh".to_owned() }),
        theme: Theme::parse(value("theme").unwrap_or("auto")),
        here: target,
        csrf: html! { input type="hidden" name="_csrf" value="x"; },
        csrf_token: "x",
        flash: Some(Flash {
            tone: Tone::Good, text: "Đã gửi cảnh báo 01/CB-ATTT đến Sở Nội vụ.".to_owned()
        }),
    };
    match path {
        "/plain" => Frame { person: None, flash: None, ..frame }.plain(sign_in()),
        "/empty" => frame.page(empties()),
        // What the bell fetches anew by itself.
        "/thong-bao/so" => base_ui::bell(&tr, 3),
        _ => frame.page(base_ui::gallery::components(&tr, html! {})),
    }
}

fn nav(lang: Lang) -> Vec<NavLink> {
    let link = |group, vi: &str, en: &str, href, icon, current| NavLink {
        group,
        label: if lang == Lang::Vi { vi } else { en }.to_owned(),
        href,
        icon,
        current,
    };
    vec![
        link(NavGroup::Watch, "Tổng quan", "Overview", "/", Icon::Gauge, true),
        link(NavGroup::Watch, "Cảnh báo", "Alerts", "/canh-bao", Icon::Bell, false),
        link(NavGroup::Watch, "Tìm kiếm sự kiện", "Event search", "/tim-kiem", Icon::Search, false),
        link(NavGroup::Watch, "Nguồn dữ liệu", "Sources", "/nguon", Icon::Streams, false),
        link(NavGroup::Respond, "Cảnh báo gửi đơn vị", "Warnings to units", "/canh-bao-don-vi", Icon::Megaphone, false),
        link(NavGroup::Govern, "Kế hoạch", "Plan", "/ke-hoach", Icon::Plan, false),
        link(NavGroup::Govern, "Đơn vị", "Units", "/don-vi", Icon::Building, false),
        link(NavGroup::Govern, "Hệ thống thông tin", "Systems", "/he-thong", Icon::Server, false),
        link(NavGroup::Manage, "Tài khoản", "Accounts", "/quan-tri/tai-khoan", Icon::People, false),
        link(NavGroup::Manage, "Nhật ký hệ thống", "Audit trail", "/quan-tri/nhat-ky", Icon::Chain, false),
    ]
}

fn sign_in() -> Markup {
    html! {
        section class="card" { div class="card-body" {
            h1 { "Đăng nhập" }
            p class="lead" { "Hệ thống giám sát, cảnh báo và ứng cứu sự cố an ninh mạng của tỉnh." }
            (notice(Tone::Bad, html! { p { "Tên đăng nhập hoặc mật khẩu không đúng." } }))
            form method="post" action="/plain" {
                (Field::text("login", "Tên đăng nhập").required().focus().render())
                (Field::password("password", "Mật khẩu").required().render())
                (actions(button("Đăng nhập", "button-primary button-wide")))
            }
            p class="small muted" { "Quên mật khẩu? Liên hệ người quản trị của tỉnh để được cấp mật khẩu dùng một lần." }
        } }
    }
}

fn empties() -> Markup {
    let to = Href::new("/nguon");
    html! {
        (page_head("Cảnh báo", None, html! {}))
        (card("Cảnh báo", empty("Chưa có cảnh báo nào", "Khi có sự kiện khớp với quy tắc phát hiện, cảnh báo sẽ hiện ở đây. Hãy kiểm tra rằng các nguồn dữ liệu đang gửi.", Some(("Xem nguồn dữ liệu", &to)))))
        (histogram("Không có sự kiện", &[], "—", "—"))
        (sparkline("Không có dữ liệu", &[]))
    }
}
