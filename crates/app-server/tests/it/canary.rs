//! Two units on one server: whatever the people of one ask, by any address that anybody has ever been shown and by any
//! route of the program, nothing of the other comes back.
//!
//! Addresses are not listed by hand. Those who may see everything walk through the console first; what they were led to
//! is then asked for by the officer and the head of another unit. Routes come from `routes.golden.txt`, so a route that
//! nobody is led to fails the test until it is linked or named here with the reason.

use crate::lake_given::{self, CANARY};
use crate::server::{Account, Server, post, source_token_of};
use base_testkit::{Http, eventually};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pages each of those who see everything walks through at most.
const MOST_PAGES: usize = 500;
/// Addresses that differ in their query only, of one path.
const MOST_QUERIES: usize = 8;

/// Routes that people of a unit may follow, but to which no page leads by a link, and why nothing of another unit can
/// come from them. Routes for everybody, those that no role of a unit may follow, and the doors of programs, which take
/// events and give none, need no entry.
const NOT_WALKED: [(&str, &str); 12] = [
    ("/truc-tiep", "a stream without end; it carries names of topics only"),
    ("/api/v1/search", "search_scope asks it"),
    ("/api/v1/search/counts", "search_scope asks it"),
    ("/api/v1/search/fields", "search_scope asks it"),
    ("/api/v1/search/complete", "search_scope asks it"),
    ("/tim-kiem/dong", "search_scope asks it"),
    ("/tim-kiem/goi-y", "search_scope asks it"),
    ("/tim-kiem/cot", "search_scope asks it"),
    ("/tim-kiem/cot/chon", "choices of columns of one's own"),
    ("/phien", "the token of one's own session"),
    ("/tim-kiem/truong", "search_scope asks it"),
    ("/thong-bao/{id}/mo", "leads on to the address of a notice of one's own; area-shell asks it for another's"),
];

/// Plants the canary wherever a unit's own data can be: a contact, an account, a source, a warning, a saved search, and
/// an attack whose alert names it.
pub(crate) fn plant(server: &Server) {
    let lead = server.account("truongattt");
    let mut http = server.client(&lead);
    let done = |reply: base_testkit::Reply, what: &str| {
        assert!(reply.status < 400, "{what}: {} {}", reply.status, reply.text());
    };
    let contact = [("kind", "officer"), ("name", CANARY), ("mail", "a@stc.example"), ("phone", "")];
    done(post(&mut http, "/don-vi/STC", "/don-vi/STC/lien-he", &contact), "contact");
    let warning =
        [("alert", ""), ("unit", "STC"), ("severity", "high"), ("subject", CANARY), ("body", CANARY), ("hours", "24")];
    done(post(&mut http, "/canh-bao-don-vi/moi", "/canh-bao-don-vi/moi", &warning), "warning");
    let search = [("name", CANARY), ("query", "q=canary"), ("shared", "")];
    done(post(&mut http, "/tim-kiem", "/tim-kiem/da-luu", &search), "search");
    let administrator = server.account("quantri");
    let mut http = server.client(&administrator);
    let account = [("name", CANARY), ("login", "canary.stc"), ("email", ""), ("role", "unit_officer"), ("unit", "STC")];
    done(post(&mut http, "/quan-tri/tai-khoan/moi", "/quan-tri/tai-khoan/moi", &account), "account");
    let token = source_token_of(server, &administrator, CANARY, "STC");
    let event = format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Provider_Name\":\"Microsoft-Windows-Sysmon\",\
         \"Computer\":\"{CANARY}-pc\",\"Image\":\"C:\\\\Temp\\\\mimikatz.exe\",\"User\":\"{CANARY}\",\
         \"CommandLine\":\"mimikatz.exe sekurlsa::logonpasswords\",\"OriginalFileName\":\"mimikatz.exe\"}}\n"
    );
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/x-ndjson")];
    let sent = Http::local(server.port).send("POST", "/api/v1/events", &headers, event.as_bytes()).expect("an answer");
    assert!(sent.status < 300, "{} {}", sent.status, sent.text());
    let mut http = server.client(&server.account("phantich01"));
    eventually("the alert of the canary", || http.get("/canh-bao").ok().filter(|r| r.text().contains(CANARY)));
}

/// The addresses a page leads to.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["href=\"/", "data-live-url=\"/", "hx-get=\"/", "formaction=\"/"] {
        for part in text.split(name).skip(1) {
            let Some(rest) = part.split('"').next() else { continue };
            let address = format!("/{rest}").replace("&amp;", "&");
            let address = address.split('#').next().unwrap_or_default().to_owned();
            if !address.starts_with("/static/") && !address.starts_with("//") {
                found.push(address);
            }
        }
    }
    found
}

/// Walks from the first page; every address somebody was led to, with how many pages showed the canary.
fn walk(server: &Server, who: &Account, routes: &[String], known: &mut BTreeSet<String>) -> usize {
    let mut http = server.client(who);
    let mut queue: VecDeque<String> = routes.iter().filter(|r| !r.contains('{')).cloned().collect();
    queue.push_front("/".to_owned());
    // What the quick search would find of the canary, by a word of it and by another: as page and as list it is the same.
    queue.extend(["/tim-nhanh?q=of-unit-b", "/tim-nhanh?q=stc"].map(str::to_owned));
    let mut per_path: BTreeMap<String, usize> = BTreeMap::new();
    let (mut asked, mut shown) = (BTreeSet::new(), 0);
    while let Some(address) = queue.pop_front() {
        let path = address.split('?').next().unwrap_or_default().to_owned();
        let count = per_path.entry(path.clone()).or_default();
        if asked.len() >= MOST_PAGES || *count >= MOST_QUERIES || path == "/truc-tiep" || !asked.insert(address.clone())
        {
            continue;
        }
        *count += 1;
        let reply = http.get(&address).expect("an answer");
        assert!(reply.status < 500, "{} asks {address}: {} {}", who.name, reply.status, reply.text());
        if reply.status != 200 {
            continue;
        }
        known.insert(address.clone());
        let text = reply.text();
        shown += usize::from(text.contains(CANARY));
        queue.extend(links(&text));
    }
    shown
}

/// Whether an address is one of a route.
fn is_of(route: &str, address: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(r, p)| r == p || (r.starts_with('{') && !p.is_empty()))
}

/// The routes of a method that are for people who are signed in.
fn routes(method: &str) -> Vec<String> {
    let list = include_str!("../../routes.golden.txt");
    let sign = format!(" {method} → ");
    let own = list.lines().filter_map(|l| l.split_once(&sign));
    own.filter(|(_, who)| *who != "anybody" && !who.starts_with("token")).map(|(route, _)| route.to_owned()).collect()
}

/// Whether a role of a unit may follow a route; others are refused before anything is read.
fn may_be_followed(route: &str) -> bool {
    let list = include_str!("../../routes.golden.txt");
    let who = list.lines().find_map(|l| l.strip_prefix(route)?.strip_prefix(" GET → "));
    who.is_some_and(|w| w == "signed in" || w.contains("unit_officer") || w.contains("head_of_unit"))
}

#[test]
fn nobody_reaches_anything_of_another_unit() {
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), 400);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    plant(&server);

    let gets = routes("GET");
    let mut known = BTreeSet::new();
    for name in ["truongattt", "quantri", "phantich01", "kiemtra"] {
        let shown = walk(&server, &server.account(name), &gets, &mut known);
        assert!(shown > 3, "{name} sees what was planted, on {shown} pages");
    }
    let unknown: Vec<_> = gets
        .iter()
        .filter(|r| may_be_followed(r))
        .filter(|r| !known.iter().any(|a| is_of(r, a)) && !NOT_WALKED.iter().any(|(n, _)| n == r))
        .collect();

    let mut leaks = Vec::new();
    for name in ["cntt.nhien", "thutruong.nhien"] {
        let mut http = server.client(&server.account(name));
        for address in &known {
            let reply = http.get(address).expect("an answer");
            assert!(reply.status < 500, "{name} asks {address}: {}", reply.status);
            // A page names its own address, to come back to; who asked for it tells nobody anything with that.
            let text = reply.text().replace(&address.replace('&', "&amp;"), "");
            if text.contains(CANARY) {
                leaks.push(format!("{name} GET {address}"));
            }
        }
        let token = http.get("/tai-khoan-cua-toi").expect("a page").hidden("_csrf").expect("a token");
        for route in routes("POST").iter().filter(|r| r.contains('{') && !r.contains("phien")) {
            let begin = route.split('{').next().unwrap_or_default();
            let of_b: BTreeSet<&str> = known
                .iter()
                .filter_map(|a| a.strip_prefix(begin)?.split(['/', '?']).next())
                .filter(|segment| !segment.is_empty())
                .collect();
            for segment in of_b.into_iter().take(12) {
                let rest = route.split_once('}').map_or("", |(_, rest)| rest);
                let path = format!("{begin}{segment}{rest}").replace(['{', '}'], "");
                let reply = http.post_form(&path, &[("_csrf", &token)]).expect("an answer");
                assert!(reply.status < 500, "{name} posts to {path}: {} {}", reply.status, reply.text());
                if reply.text().contains(CANARY) {
                    leaks.push(format!("{name} POST {path}"));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(unknown.is_empty(), "no page leads to these routes; link them or say in NOT_WALKED why not: {unknown:#?}");
}
