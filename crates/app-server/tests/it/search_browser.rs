//! The search page in a real browser over a large lake: typing with completion, values, the picture,
//! columns, the drawer, pivots, stopping, SQL.
//!
//! The number of events is 300 000 so that CI can afford to write them; `MANGROVE_SEARCH_EVENTS=10000000`
//! runs it over ten million.
#![expect(clippy::print_stdout, reason = "the times of a large lake are worth telling")]

use crate::lake_given;
use crate::server::Server;
use crate::story::{Looks, sign_in};
use base_testkit::wait::within;
use base_testkit::{Browser, eventually};
use std::time::{Duration, Instant};

/// Enter and the arrow down (WebDriver §17.4.2), and Escape.
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";

fn events() -> u64 {
    std::env::var("MANGROVE_SEARCH_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(300_001)
}

/// Waits until the script says that the search is over; longer for a larger lake.
fn done(browser: &Browser) {
    let patience = Duration::from_secs(60 + events() / 20_000);
    let over = within(patience, || {
        (browser.script("return document.body.dataset.searchDone === '1'", &[]) == true).then_some(())
    });
    assert!(over.is_some(), "the search did not end within {patience:?}: {}", browser.text());
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let (head, tail) = digits.split_at(digits.len() % 3);
    let mut parts: Vec<&str> = if head.is_empty() { Vec::new() } else { vec![head] };
    parts.extend(tail.as_bytes().chunks(3).map(|c| std::str::from_utf8(c).expect("digits")));
    parts.join(".")
}

#[test]
fn an_analyst_searches_narrows_and_looks_at_events() {
    let Some(browser) = Browser::start() else { return };
    let (data, all) = (tempfile::tempdir().expect("folder"), events());
    lake_given::write(data.path(), all);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let looks = Looks::default();
    sign_in(&browser, &server.url(""), &server.account("phantich01"));

    // Everything: first results at once, counts as they come.
    let begun = Instant::now();
    browser.goto(&server.url("/tim-kiem?range=all"));
    eventually("a page of results", || (browser.all("#rows tr").len() == 50).then_some(()));
    println!("{all} events: the page with its first results took {:?}", begun.elapsed());
    done(&browser);
    println!("{all} events: counted after {:?}", begun.elapsed());
    browser.wait_text(&format!("{} sự kiện phù hợp", grouped(all)));
    looks.at(&browser, "search-all");

    // Typing: names of fields, then values that are there, by keyboard.
    let at = |n: u64| lake_given::event(n, all);
    let user = at(8).common.user_name.expect("a user").to_string();
    browser.press("/");
    browser.find("#f-q").type_text("user.na");
    let _ = browser.find_text("#suggestions li", "user.name:");
    browser.press(DOWN);
    browser.press(ENTER);
    let _ = browser.find_text("#suggestions li", "user.name:");
    browser.find("#f-q").type_text(&user[..7]);
    let _ = browser.find_text("#suggestions li", &format!("user.name:{}", &user[..7]));
    browser.press(ESCAPE);
    browser.find("#f-q").clear();
    browser.find("#f-q").type_text(&format!("user.name:{user}"));
    browser.press(ENTER);
    eventually("the search for the user", || browser.path().contains(&user).then_some(()));
    done(&browser);
    let of_user =
        (0..all).filter(|n| n % 4 == 0).filter(|n| at(*n).common.user_name.as_deref() == Some(&*user)).count();
    browser.wait_text(&format!("{} sự kiện phù hợp", grouped(of_user as u64)));

    // A value beside the results narrows, its counterpart excludes.
    browser.find_text("#facets a.facet-value", "4625").click();
    eventually("the narrowed search", || browser.path().contains("event.code").then_some(()));
    done(&browser);
    browser.find("#facets a.facet-not").click();
    eventually("the search without a value", || browser.path().contains("NOT").then_some(()));

    // The drawer, with the raw record, and away again by keyboard.
    browser.goto(&server.url(&format!("/tim-kiem?range=all&q=user.name%3A{user}")));
    done(&browser);
    browser.find("#rows a[data-event]").click();
    browser.wait_text("Bản ghi gốc");
    looks.at(&browser, "search-drawer");
    let _ = browser.find("#event .pivot-links a");
    browser.press(ESCAPE);
    eventually("the closed drawer", || (!browser.all("#event .event-pick").is_empty()).then_some(()));

    narrow_by_dragging(&browser, &server);
    pick_columns(&browser, &server);
    a_rare_word(&browser, &server, all);
    sql(&browser, &server, all, &looks);
    looks.judge();
}

fn narrow_by_dragging(browser: &Browser, server: &Server) {
    browser.goto(&server.url("/tim-kiem?range=all"));
    done(browser);
    // As a hand does: down at a quarter, up at the half.
    browser.script(
        "const svg = document.querySelector('.drag svg'); const r = svg.getBoundingClientRect();
         const at = (type, part) => svg.dispatchEvent(new PointerEvent(type, { bubbles: true, button: 0, clientX: r.left + r.width * part, clientY: r.top + 10 }));
         at('pointerdown', .25); at('pointermove', .4); at('pointermove', .5); at('pointerup', .5);",
        &[],
    );
    eventually("the narrowed time", || {
        let path = browser.path();
        (path.contains("from=") && path.contains("until=")).then_some(())
    });
    let value = |name: &str| browser.find(&format!("input[name={name}]")).attribute("value").unwrap_or_default();
    assert!(
        value("from").starts_with("2014-03-03") && value("until").starts_with("2014-03-0"),
        "{} {}",
        value("from"),
        value("until")
    );
    // On a large lake the results follow the page.
    let _ = browser.find("#rows tr");
}

fn pick_columns(browser: &Browser, server: &Server) {
    browser.goto(&server.url("/tim-kiem?range=all"));
    done(browser);
    browser.find("[data-dialog=columns]").click();
    browser.find("#columns input[value=LogonType]").click();
    browser.find("#columns button[type=submit]").click();
    eventually("the picked column", || browser.path().contains("cols=").then_some(()));
    let _ = browser.find_text("th", "LogonType");
}

/// A word that few records have: results come although the lake is long, and the search can be stopped.
fn a_rare_word(browser: &Browser, server: &Server, all: u64) {
    let begun = Instant::now();
    browser.goto(&server.url("/tim-kiem?range=all&q=sekurlsa"));
    let expected = (0..all).filter(|n| n % 100_003 == 77).count().min(50);
    done(browser);
    assert_eq!(browser.all("#rows tr").len(), expected);
    println!("{all} events: {expected} rare ones found and counted after {:?}", begun.elapsed());
    browser.goto(&server.url("/tim-kiem?range=all&q=nowhere-to-be-found"));
    // In one step: the search may end, and the button go, between looking for it and clicking it.
    browser.script("const stop = document.querySelector('[data-cancel]'); if (stop?.offsetParent) stop.click()", &[]);
    done(browser);
}

fn sql(browser: &Browser, server: &Server, all: u64, looks: &Looks) {
    browser.goto(&server.url("/tim-kiem/sql"));
    looks.at(browser, "search-sql");
    browser.find("textarea[name=sql]").clear();
    browser
        .find("textarea[name=sql]")
        .type_text("SELECT event_outcome, count(*) AS n FROM events GROUP BY event_outcome");
    browser.script("document.querySelector('select[name=range]').value = 'all'", &[]);
    browser.find_text("button", "Chạy").click();
    let failed = (0..all).filter(|n| n % 7 == 0).count() as u64;
    browser.wait_text(&failed.to_string());
    browser.find("textarea[name=sql]").clear();
    browser.find("textarea[name=sql]").type_text("DELETE FROM events");
    browser.find_text("button", "Chạy").click();
    browser.wait_text("Không được phép hỏi như vậy");
}
