//! The shell in a real browser: keys, quick search, bell; and its pages as axe-core, a telephone and the dark see them.

use crate::given::console;
use base_authz::Action;
use base_core::UnitId;
use base_testkit::browser::Scheme;
use base_testkit::{Browser, eventually};
use base_ui::{Href, Tone};
use base_web::notice::{self, Notice, To};
use std::net::SocketAddr;

const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

fn value(browser: &Browser, script: &str) -> String {
    browser.script(script, &[]).as_str().unwrap_or_default().to_owned()
}

fn focused(browser: &Browser) -> String {
    value(browser, "return document.activeElement.getAttribute('name') || document.activeElement.textContent")
}

fn looks(browser: &Browser, name: &str, faults: &mut Vec<String>) {
    browser.shots(&format!("shell-{name}"));
    let mut found = Vec::new();
    for scheme in [Scheme::Dark, Scheme::Light] {
        browser.scheme(scheme);
        found.extend(browser.accessibility().unwrap_or_default());
    }
    for width in [3840, 768, 360, 320] {
        browser.size(width, 900);
        if browser.overflows() {
            found.push(format!("must be scrolled sideways at {width} px"));
        }
    }
    browser.size(1440, 900);
    found.extend(browser.console_errors());
    found.dedup();
    faults.extend(found.into_iter().map(|f| format!("{name}: {f}")));
}

#[test]
fn keys_quick_search_and_bell() {
    let Some(browser) = Browser::start() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let console = runtime.block_on(console());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = console.router().into_make_service_with_connect_info::<SocketAddr>();
    let server = runtime.spawn(async move { axum::serve(listener, service).await });
    let mut faults = Vec::new();

    browser.goto(&format!("{url}/static/none"));
    browser.script("document.cookie = 'mangrove=chu; path=/'", &[]);
    browser.goto(&format!("{url}/thong-bao"));
    let _ = browser.console_errors();
    looks(&browser, "inbox-empty", &mut faults);
    bell(&browser, &console, &runtime, &mut faults);
    palette(&browser, &url, &mut faults);
    keys(&browser, &url, &mut faults);
    for (name, path) in [
        ("settings", "/quan-tri/cai-dat"),
        ("health", "/quan-tri/suc-khoe"),
        ("gallery", "/quan-tri/thanh-phan"),
        ("find", "/tim-nhanh?q=may"),
    ] {
        browser.goto(&format!("{url}{path}"));
        looks(&browser, name, &mut faults);
    }
    server.abort();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn bell(
    browser: &Browser,
    console: &base_testkit::console::Console,
    runtime: &tokio::runtime::Runtime,
    faults: &mut Vec<String>,
) {
    runtime.block_on(async {
        let ground = &console.ground;
        let mut tx = ground.db.begin().await.unwrap();
        for (n, tone) in [(1, Tone::Bad), (2, Tone::Warn)] {
            let told =
                Notice::new("alert-critical", &n.to_string(), To::May(Action::AlertsRead), Href::new("/thong-bao"))
                    .unit(Some(&UnitId::new("SYT")))
                    .tone(tone)
                    .word("title", "Trích xuất mật khẩu từ bộ nhớ LSASS")
                    .word("entity", "snv-pc-014");
            notice::tell(&mut tx, &ground.ids, &ground.news, told).await.unwrap();
        }
        tx.commit().await.unwrap();
    });
    // The page is told and fetches its bell and its list itself.
    eventually("the bell to count", || {
        (value(browser, "return document.querySelector('.bell-count')?.textContent ?? ''") == "2").then_some(())
    });
    browser.wait_text("LSASS");
    looks(browser, "inbox", faults);
    browser.find_text("main .notices a", "LSASS").click();
    eventually("one to be read", || {
        (value(browser, "return document.querySelector('.bell-count')?.textContent ?? ''") == "1").then_some(())
    });
}

fn palette(browser: &Browser, url: &str, faults: &mut Vec<String>) {
    browser.press("/");
    eventually("the field", || (focused(browser) == "q").then_some(()));
    browser.press("tai chinh");
    let _ = browser.find_text("#palette-list [role=option]", "máy tài chính");
    let active = "return document.querySelector('#palette input').getAttribute('aria-activedescendant') ?? ''";
    assert!(!value(browser, active).is_empty(), "the first option is marked");
    looks(browser, "palette", faults);
    browser.press(ESCAPE);
    eventually("the dialog to close", || {
        (value(browser, "return String(!!document.querySelector('dialog[open]'))") == "false").then_some(())
    });
    browser.script(
        "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))",
        &[],
    );
    eventually("the field again", || (focused(browser) == "q").then_some(()));
    browser.press("cai");
    let _ = browser.find_text("#palette-list [role=option]", "Cài đặt");
    browser.press(DOWN);
    browser.press("\u{e013}");
    browser.press(ENTER);
    eventually("the page", || (browser.path() == "/quan-tri/cai-dat").then_some(()));
    // What was opened is offered again, before anything is typed.
    browser.press("/");
    let _ = browser.find_text("#palette-list [role=option]", "Cài đặt");
    browser.press(ESCAPE);
    browser.goto(&format!("{url}/tim-nhanh?q=may"));
    browser.wait_text("máy tài chính");
}

fn keys(browser: &Browser, url: &str, faults: &mut Vec<String>) {
    browser.goto(&format!("{url}/quan-tri/cai-dat"));
    browser.press("?");
    browser.wait_text("Ở mọi trang");
    looks(browser, "help", faults);
    browser.press(ESCAPE);
    browser.press("f");
    eventually("the filter", || (focused(browser) == "q").then_some(()));
    // Typed into a field, keys are letters.
    browser.press("gk?");
    assert_eq!(browser.path(), "/quan-tri/cai-dat");
    assert_eq!(value(browser, "return document.activeElement.value"), "gk?");
    browser.script("document.activeElement.blur()", &[]);
    browser.press("j");
    eventually("a row", || {
        (value(browser, "return String(document.querySelectorAll('tr.row-selected').length)") == "1").then_some(())
    });
    browser.press("g");
    browser.press("k");
    eventually("the page of the key", || (browser.path() == "/quan-tri/suc-khoe").then_some(()));

    browser.goto(&format!("{url}/tai-khoan-cua-toi/phim-tat"));
    looks(browser, "keys", faults);
    // A page that has stood open while the session ended keeps what was typed.
    browser.script("performance.now = () => 1e9; document.cookie = 'mangrove=; path=/'", &[]);
    browser.find("main form[action='/tai-khoan-cua-toi/phim-tat'] button").click();
    browser.wait_text("Phiên làm việc đã hết");
    browser.press(ESCAPE);
    browser.script("document.cookie = 'mangrove=chu; path=/'", &[]);
    let _ = browser.console_errors();
    // What asks first is done only when the answer is yes.
    let form = "main form[action='/tai-khoan-cua-toi/phim-tat']";
    browser.script(&format!("document.querySelector(\"{form}\").dataset.confirm = 'Thật không?'"), &[]);
    browser.find(&format!("{form} button")).click();
    browser.wait_text("Thật không?");
    looks(browser, "confirm", faults);
    browser.find("#confirm [data-no]").click();
    assert_eq!(value(browser, "return String(!!document.querySelector('dialog[open], .flash'))"), "false");
    browser.find(&format!("{form} button")).click();
    browser.find("#confirm [data-yes]").click();
    browser.wait_text("Đã lưu lựa chọn phím tắt");
    browser.find("main [name=on]").click();
    browser.find("main form[action='/tai-khoan-cua-toi/phim-tat'] button").click();
    browser.wait_text("Đã lưu lựa chọn phím tắt");
    browser.press("g");
    browser.press("k");
    browser.press("?");
    assert_eq!(browser.path(), "/tai-khoan-cua-toi/phim-tat");
    assert_eq!(value(browser, "return String(!!document.querySelector('dialog[open]'))"), "false");
}
