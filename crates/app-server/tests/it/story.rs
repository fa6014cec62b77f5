//! The whole mission in a real browser: an attack is seen, explained, the unit warned by mail and inbox, and
//! its officer answers. On the way every page is looked at as axe-core, a telephone and the dark see it.

use crate::server::{Account, Server};
use base_testkit::browser::Scheme;
use base_testkit::wait::within;
use base_testkit::{Browser, Http, SmtpSink, eventually};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

const UNIT: &str = "Ngọc Hiển";
const ANSWER: &str = "Đã ngắt mạng máy bị nhiễm, đang quét mã độc toàn bộ phòng.";

#[test]
fn from_an_attack_to_the_answer_of_the_unit() {
    let Some(browser) = Browser::start() else { return };
    let looks = Looks::default();
    let data = tempfile::tempdir().expect("folder");
    let mail = SmtpSink::start();
    let server = Server::start("demo", data.path(), &["--smtp", &format!("smtp://127.0.0.1:{}", mail.port())]);
    let analyst = server.account("phantich01");
    let officer = server.account("cntt.nhien");

    browser.goto(&server.url("/"));
    looks.at(&browser, "sign-in");
    sign_in(&browser, &server.url(""), &analyst);
    overview_moves(&browser, &server, &looks);
    let alert = alert_of_unit(&browser, &server, &looks);
    explained(&browser, &server, &alert, &looks);
    let warning = warn_the_unit(&browser, &looks);
    let letter = mail.wait_for("the warning by mail", |m| m.text().contains(&warning));
    assert!(letter.subject().contains("CB"), "the number of the warning: {}", letter.subject());
    assert!(letter.to.iter().all(|t| t.ends_with("@nhien.example")), "only the unit's contacts: {:?}", letter.to);

    let other = Browser::start().expect("a second browser");
    sign_in(&other, &server.url(""), &officer);
    own_unit_only(&server, &analyst, &officer);
    acknowledge(&other, &server, &warning, &looks);

    // The analyst has touched nothing since; the page learns it by itself.
    browser.wait_text(ANSWER);
    looks.at(&browser, "warning-answered");
    other_pages(&browser, &server, &looks);
    looks.judge();
}

#[test]
fn the_console_is_reached_over_https_with_its_own_certificate() {
    let Some(browser) = Browser::start() else { return };
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start_https("demo", data.path(), &["--quiet"]);
    let analyst = server.account("phantich01");
    let url = format!("https://localhost:{}", server.port);
    sign_in(&browser, &url, &analyst);
    assert_eq!(browser.script("return window.isSecureContext && location.protocol", &[]), "https:");
    assert_eq!(browser.script("return document.cookie", &[]), "", "no cookie is open to scripts");
    let errors = browser.console_errors();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

pub(crate) fn sign_in(browser: &Browser, url: &str, account: &Account) {
    browser.goto(&format!("{url}/dang-nhap"));
    browser.find("input[name=login]").type_text(&account.name);
    browser.find("input[name=password]").type_text(&account.password);
    browser.find("form[action='/dang-nhap'] button").click();
    eventually("the overview", || (browser.path() == "/").then_some(()));
}

/// What is wrong with the looks of pages; told together at the end, so that one run shows all of it.
#[derive(Default)]
pub(crate) struct Looks(RefCell<Vec<String>>);

impl Looks {
    /// Looks at a page: nothing for axe-core to say, no error in the console, nothing sticking out.
    pub(crate) fn at(&self, browser: &Browser, name: &str) {
        browser.shots(name);
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
        let mut errors = browser.console_errors();
        // The browser itself notes a page that is not there.
        errors.retain(|e| name != "not-found" || !e.contains("404"));
        faults.extend(errors);
        faults.dedup();
        self.0.borrow_mut().extend(faults.into_iter().map(|f| format!("{name} ({}): {f}", browser.path())));
    }

    pub(crate) fn judge(&self) {
        let faults = self.0.borrow();
        assert!(faults.is_empty(), "{} faults of pages:\n{}", faults.len(), faults.join("\n"));
    }
}

/// The figures change without anybody doing anything.
fn overview_moves(browser: &Browser, server: &Server, looks: &Looks) {
    browser.goto(&server.url("/"));
    let figures = || browser.find("main").text();
    let before = figures();
    eventually("the overview to move", || (figures() != before).then_some(()));
    eventually("an alert on the overview", || (!browser.all("main a[href^='/canh-bao/']").is_empty()).then_some(()));
    looks.at(browser, "overview");
}

/// The newest alert of the unit, found through the filter of the list.
fn alert_of_unit(browser: &Browser, server: &Server, looks: &Looks) -> String {
    browser.goto(&server.url("/canh-bao"));
    let unit = browser.find_text("select[name=unit] option", UNIT).attribute("value").expect("the unit's id");
    let path = format!("/canh-bao?unit={unit}");
    // The demo's second story is the one of this unit; it begins within two minutes.
    let there = within(Duration::from_secs(300), || {
        browser.goto(&server.url(&path));
        (!browser.all("td a[href^='/canh-bao/']").is_empty()).then_some(())
    });
    assert!(there.is_some(), "no alert of {UNIT}");
    looks.at(browser, "alerts");
    let link = browser.find("td a[href^='/canh-bao/']");
    let href = link.attribute("href").expect("an address");
    link.click();
    eventually("the alert", || browser.path().starts_with(&href).then_some(()));
    href
}

fn explained(browser: &Browser, server: &Server, alert: &str, looks: &Looks) {
    for heading in ["Điều gì đã xảy ra", "Vì sao đáng lo", "Cần làm ngay"] {
        let _ = browser.find_text("h3", heading);
    }
    assert!(!browser.all("mark").is_empty(), "the matched fields are marked in the event");
    assert!(!browser.all("a[href^='https://attack.mitre.org/']").is_empty(), "a link to ATT&CK");
    looks.at(browser, "alert");
    // In English nothing stays Vietnamese but names and the unit's own data.
    browser.find("button[name=lang][value=en]").click();
    let _ = browser.find_text("h3", "What happened");
    looks.at(browser, "alert-english");
    browser.find("button[name=lang][value=vi]").click();
    let _ = browser.find_text("h3", "Điều gì đã xảy ra");
    browser.goto(&server.url(alert));
}

/// Issues the warning as drafted; returns its path.
fn warn_the_unit(browser: &Browser, looks: &Looks) -> String {
    browser.find_text("a.button-primary", "Cảnh báo đơn vị").click();
    let body = browser.find("textarea[name=body]");
    let drafted = browser.script("return arguments[0].value", &[body.reference()]);
    assert!(drafted.as_str().is_some_and(|t| t.chars().count() > 100), "the draft is written already: {drafted}");
    looks.at(browser, "warn-form");
    browser.find_text("button", "Phát hành và gửi").click();
    eventually("the warning's page", || {
        let path = browser.path();
        (path.starts_with("/canh-bao-don-vi/") && !path.ends_with("/moi") && !path.contains('?')).then_some(())
    });
    browser.wait_text("Đã gửi");
    looks.at(browser, "warning");
    browser.path()
}

/// The officer finds the warning in the inbox, reads it and answers with a note.
fn acknowledge(browser: &Browser, server: &Server, warning: &str, looks: &Looks) {
    browser.goto(&server.url("/canh-bao-don-vi"));
    looks.at(browser, "inbox");
    browser.find(&format!("a[href='{warning}']")).click();
    let note = browser.find("textarea[name=note]");
    looks.at(browser, "inbox-warning");
    note.type_text(ANSWER);
    browser.find_text("button", "Xác nhận đã tiếp nhận").click();
    browser.wait_text(ANSWER);
    browser.goto(&server.url("/"));
    looks.at(browser, "overview-unit");
}

/// What the analyst sees of other units, the officer cannot reach by any address.
fn own_unit_only(server: &Server, analyst: &Account, officer: &Account) {
    let (mut all, mut own) = (server.client(analyst), server.client(officer));
    let everything = alerts(&mut all);
    let mine = alerts(&mut own);
    assert!(!mine.is_empty() && mine.is_subset(&everything), "{mine:?} of {everything:?}");
    let foreign: Vec<_> = everything.difference(&mine).collect();
    assert!(!foreign.is_empty(), "the demo has alerts of other units");
    for path in foreign {
        for path in [path.clone(), format!("{path}/tinh-hinh")] {
            assert_eq!(own.get(&path).expect("an answer").status, 404, "{path} as the officer");
        }
    }
    for path in ["/canh-bao?unit=", "/canh-bao/xuat.csv", "/tim-kiem", "/don-vi", "/ke-hoach", "/nguon"] {
        let reply = own.get(path).expect("an answer");
        let text = reply.text();
        for stranger in ["U Minh", "Thới Bình", "Sở Tài chính"] {
            assert!(!text.contains(stranger), "{path} ({}) shows {stranger} to the officer of {UNIT}", reply.status);
        }
    }
    for path in ["/don-vi/STC", "/don-vi/UMINH"] {
        assert_eq!(own.get(path).expect("an answer").status, 404, "{path} as the officer of {UNIT}");
    }
    for path in ["/quan-tri/tai-khoan", "/quan-tri/nhat-ky", "/canh-bao-don-vi/moi"] {
        let status = own.get(path).expect("an answer").status;
        assert!([403, 404].contains(&status), "{path} answers {status} to the officer");
    }
}

/// Paths of the alerts on the first pages of the list.
fn alerts(http: &mut Http) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for page in 1..=3 {
        let text = http.get(&format!("/canh-bao?page={page}")).expect("the list").text();
        let links = text.split("href=\"/canh-bao/").skip(1).filter_map(|t| t.split(['"', '?', '/']).next());
        found.extend(links.filter(|id| id.len() == 26).map(|id| format!("/canh-bao/{id}")));
    }
    found
}

fn other_pages(browser: &Browser, server: &Server, looks: &Looks) {
    for (path, name) in [
        ("/tim-kiem", "search"),
        ("/tim-kiem?q=event.code%3A4625", "search-query"),
        ("/nguon", "sources"),
        ("/tai-len", "upload"),
        ("/don-vi", "units"),
        ("/don-vi/NHIEN", "unit"),
        ("/he-thong", "systems"),
        ("/canh-bao-don-vi", "warnings"),
        ("/tai-khoan-cua-toi", "me"),
        ("/tai-khoan-cua-toi/xac-thuc", "factor"),
        ("/tai-khoan-cua-toi/uy-quyen", "delegations"),
        ("/tai-khoan-cua-toi/ma-truy-cap", "tokens"),
        ("/khong-co-trang-nay", "not-found"),
        ("/ke-hoach", "plan"),
    ] {
        browser.goto(&server.url(path));
        looks.at(browser, name);
    }
    browser.find("main a[href^='/ke-hoach/']").click();
    browser.wait_text("Công bố");
    looks.at(browser, "indicator");
    let admin = server.account("quantri");
    browser.find("form[action='/dang-xuat'] button").click();
    sign_in(browser, &server.url(""), &admin);
    for (path, name) in
        [("/quan-tri/tai-khoan", "accounts"), ("/nguon", "sources-admin"), ("/quan-tri/nhat-ky", "audit")]
    {
        browser.goto(&server.url(path));
        looks.at(browser, name);
    }
    access(browser, server, looks);
}

/// An account with its grants, and a review of everybody's.
fn access(browser: &Browser, server: &Server, looks: &Looks) {
    browser.goto(&server.url("/quan-tri/tai-khoan?q=phantich01"));
    browser.find("main td a[href^='/quan-tri/tai-khoan/']").click();
    browser.wait_text("Cấp vai trò");
    looks.at(browser, "account");
    browser.goto(&server.url("/quan-tri/ra-soat-quyen"));
    looks.at(browser, "reviews");
    browser.find("input[name=name]").type_text("Rà soát quyền truy cập quý I");
    browser.script("document.querySelector('input[name=until]').value = '2099-12-31'", &[]);
    browser.find("form[action='/quan-tri/ra-soat-quyen'] button").click();
    browser.wait_text("Lưu quyết định");
    looks.at(browser, "review");
}
