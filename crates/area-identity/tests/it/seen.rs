//! The pages of the area in a real browser: a person is led through the second factor, and every page is looked at as
//! axe-core, a telephone and the dark see it.

use crate::browser::{House, PASSWORD};
use crate::phone::Phone;
use base_testkit::browser::Scheme;
use base_testkit::{Browser, eventually};
use std::cell::RefCell;
use std::net::SocketAddr;

/// What is wrong with the looks of pages; told together at the end.
#[derive(Default)]
struct Looks(RefCell<Vec<String>>);

impl Looks {
    fn at(&self, browser: &Browser, name: &str) {
        browser.shots(&format!("identity-{name}"));
        let mut faults = Vec::new();
        for scheme in [Scheme::Dark, Scheme::Light] {
            browser.scheme(scheme);
            faults.extend(browser.accessibility().unwrap_or_default());
        }
        for width in [768, 360, 320] {
            browser.size(width, 900);
            if browser.overflows() {
                faults.push(format!("must be scrolled sideways at {width} px"));
            }
        }
        browser.size(1440, 900);
        faults.extend(browser.console_errors());
        faults.dedup();
        self.0.borrow_mut().extend(faults.into_iter().map(|f| format!("{name} ({}): {f}", browser.path())));
    }
}

fn fill(browser: &Browser, name: &str, text: &str) {
    let field = browser.find(&format!("main [name={name}]"));
    field.clear();
    field.type_text(text);
}

/// A date field takes what the keyboard of its language gives; the value is set instead.
fn day(browser: &Browser, name: &str, value: &str) {
    browser.script(&format!("document.querySelector('main [name={name}]').value = '{value}'"), &[]);
}

fn send(browser: &Browser, action: &str) {
    browser.find(&format!("main form[action^='{action}'] button[type=submit]")).click();
}

fn page(browser: &Browser) -> String {
    browser.script("return document.documentElement.outerHTML", &[]).as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_person_is_led_through_every_page() {
    let Some(browser) = Browser::start() else { return };
    let looks = Looks::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    // By its name: browsers know no passkeys of bare addresses.
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let house = runtime.block_on(House::strict_at(&url));
    browser.virtual_authenticator();
    let service = house.router().into_make_service_with_connect_info::<SocketAddr>();
    let server = runtime.spawn(async move { axum::serve(listener, service).await });

    second_factor(&browser, &house, &url, &looks);
    passkey(&browser, &url, &looks);
    own_pages(&browser, &house, &url, &looks);
    administration(&browser, &url, &looks);
    invitation(&browser, &house, &url, &looks);
    server.abort();
    let faults = looks.0.borrow();
    assert!(faults.is_empty(), "{} faults of pages:\n{}", faults.len(), faults.join("\n"));
}

fn second_factor(browser: &Browser, house: &House, url: &str, looks: &Looks) {
    sign_in(browser, url);
    // The start page belongs to another area and is not there.
    eventually("to be signed in", || (browser.path() == "/").then_some(()));
    let _ = browser.console_errors();
    browser.goto(&format!("{url}/tai-khoan-cua-toi"));
    eventually("the enrolment", || (browser.path() == "/tai-khoan-cua-toi/xac-thuc").then_some(()));
    looks.at(browser, "enrol");
    let phone = Phone::scan(&page(browser));
    fill(browser, "code", &phone.code(house.clock.as_ref()));
    fill(browser, "password", PASSWORD);
    send(browser, "/tai-khoan-cua-toi/xac-thuc");
    browser.wait_text("Mã dự phòng của bạn");
    looks.at(browser, "recovery-codes");
    let saved = browser.find("a[download]").attribute("href").unwrap();
    assert!(saved.starts_with("data:text/plain") && saved.matches("%0D%0A").count() == 12, "all ten: {saved}");

    browser.find("form[action='/dang-xuat'] button").click();
    eventually("the sign-in page", || (browser.path() == "/dang-nhap").then_some(()));
    sign_in(browser, url);
    eventually("the code", || (browser.path() == "/dang-nhap/ma-xac-thuc").then_some(()));
    looks.at(browser, "code");
    house.clock.advance_secs(30);
    fill(browser, "code", &phone.code(house.clock.as_ref()));
    send(browser, "/dang-nhap/ma-xac-thuc");
    eventually("the notices", || (browser.path() == NOTICES).then_some(()));
    browser.wait_text("Đã thiết lập ứng dụng xác thực");
    looks.at(browser, "notices");
    confirm(browser);
}

const NOTICES: &str = "/tai-khoan-cua-toi/thong-bao";

/// Every change of a factor is told at the next sign-in, and confirmed.
fn confirm(browser: &Browser) {
    eventually("the notices", || (browser.path() == NOTICES).then_some(()));
    send(browser, NOTICES);
    eventually("to be in", || (browser.path() == "/").then_some(()));
    let _ = browser.console_errors();
}

/// A passkey of the browser's own, added and used.
fn passkey(browser: &Browser, url: &str, looks: &Looks) {
    browser.goto(&format!("{url}/tai-khoan-cua-toi/xac-thuc"));
    let _ = browser.console_errors();
    fill(browser, "key_name", "Máy tính phòng CNTT");
    fill(browser, "key_password", PASSWORD);
    browser.find("main form[data-passkey-create] button").click();
    browser.wait_text("Đã thêm khóa truy cập");
    looks.at(browser, "passkeys");
    browser.find("form[action='/dang-xuat'] button").click();
    eventually("the sign-in page", || (browser.path() == "/dang-nhap").then_some(()));
    sign_in(browser, url);
    eventually("the code", || (browser.path() == "/dang-nhap/ma-xac-thuc").then_some(()));
    looks.at(browser, "code-or-passkey");
    browser.find("main form[data-passkey-get] button").click();
    confirm(browser);
}

fn sign_in(browser: &Browser, url: &str) {
    browser.goto(&format!("{url}/dang-nhap"));
    fill(browser, "login", "chu");
    fill(browser, "password", PASSWORD);
    send(browser, "/dang-nhap");
}

fn own_pages(browser: &Browser, house: &House, url: &str, looks: &Looks) {
    let _ = (browser.console_errors(), house);
    browser.goto(&format!("{url}/tai-khoan-cua-toi"));
    browser.wait_text("Còn 10 mã");
    looks.at(browser, "me");
    browser.goto(&format!("{url}/tai-khoan-cua-toi/xac-thuc"));
    looks.at(browser, "factor");
    browser.goto(&format!("{url}/tai-khoan-cua-toi/uy-quyen"));
    fill(browser, "to", "minh");
    day(browser, "until", "2014-04-30");
    fill(browser, "why", "Đi công tác Hà Nội");
    send(browser, "/tai-khoan-cua-toi/uy-quyen");
    browser.wait_text("Người minh");
    looks.at(browser, "delegations");
    browser.goto(&format!("{url}/tai-khoan-cua-toi/ma-truy-cap"));
    fill(browser, "name", "Báo cáo hằng tháng");
    browser.script("document.querySelector('main [name=\"action-access.read\"]').click()", &[]);
    day(browser, "until", "2014-12-31");
    fill(browser, "password", PASSWORD);
    send(browser, "/tai-khoan-cua-toi/ma-truy-cap");
    browser.wait_text("Mã truy cập mới");
    looks.at(browser, "tokens");
}

fn administration(browser: &Browser, url: &str, looks: &Looks) {
    browser.goto(&format!("{url}/quan-tri/tai-khoan"));
    looks.at(browser, "accounts");
    browser.find_text("main td a", "Người minh").click();
    browser.wait_text("Đi công tác Hà Nội");
    looks.at(browser, "account");
    providers(browser, url, looks);
    browser.goto(&format!("{url}/quan-tri/ra-soat-quyen"));
    fill(browser, "name", "Rà soát quyền truy cập quý I năm 2014");
    day(browser, "until", "2014-03-31");
    looks.at(browser, "reviews");
    send(browser, "/quan-tri/ra-soat-quyen");
    browser.wait_text("Lưu quyết định");
    looks.at(browser, "review");
    browser.script("document.querySelectorAll('main select[name^=d-]').forEach(s => { s.value = 'kept' })", &[]);
    browser.find_text("main button", "Lưu quyết định").click();
    browser.wait_text("Đã lưu 4 quyết định");
    looks.at(browser, "review-decided");
}

/// A provider that nobody answers for, which is what trying it says.
fn providers(browser: &Browser, url: &str, looks: &Looks) {
    let page = "/quan-tri/dang-nhap-ngoai";
    browser.goto(&format!("{url}{page}"));
    looks.at(browser, "providers-none");
    browser.goto(&format!("{url}{page}/moi"));
    for (name, text) in [
        ("name", "Cổng đăng nhập một lần của tỉnh"),
        ("issuer", "http://127.0.0.1:9"),
        ("client_id", "mangrove"),
        ("secret", "bí mật"),
    ] {
        fill(browser, name, text);
    }
    looks.at(browser, "provider-new");
    send(browser, &format!("{page}/moi"));
    browser.wait_text("Đã thêm nhà cung cấp");
    browser.find_text("main button", "Kiểm tra kết nối").click();
    browser.wait_text("Không kết nối được với nhà cung cấp");
    looks.at(browser, "provider");
    browser.goto(&format!("{url}{page}"));
    looks.at(browser, "providers");
    browser.goto(&format!("{url}/tai-khoan-cua-toi/lien-ket"));
    looks.at(browser, "links");
}

fn invitation(browser: &Browser, house: &House, url: &str, looks: &Looks) {
    browser.goto(&format!("{url}/quan-tri/tai-khoan/moi"));
    looks.at(browser, "new-account");
    fill(browser, "name", "Trần Thị Bình");
    fill(browser, "login", "binh");
    fill(browser, "email", "binh@stc.example");
    browser.script("document.querySelector('main [name=unit]').value = 'STC'", &[]);
    browser.find("main button[name=how]").click();
    browser.wait_text("Đã gửi thư mời");
    looks.at(browser, "invited");
    let letter = house.post.taken.lock().unwrap()[0].body.clone();
    let (_, rest) = letter.split_once(url).unwrap();
    let link: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    browser.find("form[action='/dang-xuat'] button").click();
    eventually("the sign-in page", || (browser.path() == "/dang-nhap").then_some(()));
    looks.at(browser, "sign-in-ways");
    browser.goto(&format!("{url}{link}"));
    browser.wait_text("Nhận lời mời");
    looks.at(browser, "invitation");
}
