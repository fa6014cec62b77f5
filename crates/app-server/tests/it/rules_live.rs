//! Rules in the running server: tuning takes effect without a restart, and switching packs while
//! events come in loses none.

use crate::rules::lsass;
use crate::server::{Account, Server, post, source_token};
use base_testkit::{Http, Reply, eventually};
use std::collections::BTreeSet;

/// A program that hands in events.
pub(crate) struct Sender {
    port: u16,
    authorization: String,
}

impl Sender {
    pub(crate) fn new(server: &Server, administrator: &Account) -> Self {
        let token = source_token(server, administrator, "Máy thử");
        Self { port: server.port, authorization: format!("Bearer {token}") }
    }

    /// The same program, sending to another server with the same records.
    pub(crate) fn to(self, server: &Server) -> Self {
        Self { port: server.port, ..self }
    }

    pub(crate) fn send(&self, records: &[String]) {
        let headers = [("authorization", self.authorization.as_str()), ("content-type", "application/x-ndjson")];
        let body = records.join("\n");
        let reply =
            Http::local(self.port).send("POST", "/api/v1/events", &headers, body.as_bytes()).expect("an answer");
        assert_eq!(reply.status, 202, "{}", reply.text());
    }
}

/// The machines that alerts are about.
pub(crate) fn alerted(http: &mut Http) -> BTreeSet<String> {
    let csv = http.get("/canh-bao/xuat.csv").expect("the list").text();
    csv.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|w| w.starts_with("pc-"))
        .map(str::to_owned)
        .collect()
}

/// Uploads one rule file as a pack; the path of its page.
pub(crate) fn import(http: &mut Http, name: &str, text: &str) -> String {
    const EDGE: &str = "----mangrove-rules";
    let token = http.get("/quy-tac/goi").expect("the page").hidden_action();
    let body = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{text}\r\n--{EDGE}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={EDGE}");
    let reply = http.send("POST", &token, &[("content-type", &kind)], body.as_bytes()).expect("an answer");
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").expect("a page").to_owned()
}

trait HiddenAction {
    fn hidden_action(&self) -> String;
}

impl HiddenAction for Reply {
    /// The address of the upload form, which carries its token.
    fn hidden_action(&self) -> String {
        let text = self.text();
        let action =
            text.split("action=\"").filter_map(|t| t.split('"').next()).find(|a| a.starts_with("/quy-tac/goi?"));
        action.unwrap_or_else(|| panic!("no upload form: {text}")).replace("&amp;", "&")
    }
}

fn act(http: &mut Http, page: &str, to: &str, fields: &[(&str, &str)]) {
    let reply = post(http, page, to, fields);
    assert_eq!(reply.status, 303, "{to}: {}", reply.text());
}

/// A rule that matches what no built-in rule does: an access mask of its own.
pub(crate) const NEW_RULE: &str = "title: Mask of our own\nid: 99999999-2222-4333-8444-555555555555\nlevel: high\n\
    logsource: {product: windows, category: process_access}\ndetection:\n    s: {GrantedAccess: '0x777'}\n    condition: s\n";

#[test]
fn switches_filters_and_packs_take_effect_at_once_and_no_event_is_missed() {
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let sender = Sender::new(&server, &server.account("quantri"));
    let mut lead = server.client(&server.account("truongattt"));
    let rule = format!("/quy-tac/luat/{}", crate::rules::LSASS);
    let bad = |host: &str| lsass(r"C:\Users\a\m.exe", host, "0x1410");

    sender.send(&[bad("pc-1")]);
    eventually("the first alert", || alerted(&mut lead).contains("pc-1").then_some(()));

    act(&mut lead, &rule, &format!("{rule}/tat"), &[("reason", "Thử tắt quy tắc")]);
    sender.send(&[bad("pc-2")]);
    act(&mut lead, &rule, &format!("{rule}/bat"), &[]);
    sender.send(&[bad("pc-3")]);
    eventually("the alert after switching on", || alerted(&mut lead).contains("pc-3").then_some(()));

    let form = format!("{rule}/bo-loc-moi");
    let filter = [("field1", "host.name"), ("value1", "pc-4*"), ("until", &*tomorrow()), ("reason", "Máy kiểm thử")];
    let made = post(&mut lead, &form, &form, &filter);
    let page = made.header("location").expect("a page").to_owned();
    sender.send(&[bad("pc-41"), bad("pc-42"), bad("pc-5")]);
    eventually("the alert beside the filter", || alerted(&mut lead).contains("pc-5").then_some(()));
    let hidden = lead.get(&page).expect("the page").text();
    assert!(hidden.contains("pc-41") && hidden.contains("pc-42") && !hidden.contains("pc-5<"), "{hidden}");
    let seen = alerted(&mut lead);
    assert!(!seen.contains("pc-41") && !seen.contains("pc-42"), "{seen:?}");

    // Packs change while events come in: every event of either rule makes its alert.
    let ours = |n: usize| lsass(r"C:\Users\a\n.exe", &format!("pc-new-{n}"), "0x777");
    let pack = import(&mut lead, "mask.yml", NEW_RULE);
    sender.send(&[ours(0)]);
    for n in 0..4 {
        let (on, off) = (format!("{pack}/ap-dung"), "/quy-tac/goi/hoan-tac");
        sender.send(&[bad(&format!("pc-a-{n}"))]);
        act(&mut lead, &pack, &on, &[]);
        sender.send(&[bad(&format!("pc-b-{n}"))]);
        eventually("the new rule", || {
            sender.send(&[ours(n + 1)]);
            alerted(&mut lead).contains(&format!("pc-new-{}", n + 1)).then_some(())
        });
        act(&mut lead, "/quy-tac/goi", off, &[]);
        sender.send(&[bad(&format!("pc-c-{n}"))]);
    }
    let wanted: BTreeSet<String> = (0..4).flat_map(|n| ["a", "b", "c"].map(|w| format!("pc-{w}-{n}"))).collect();
    eventually("every alert of the built-in rule", || wanted.is_subset(&alerted(&mut lead)).then_some(()));
    assert!(!alerted(&mut lead).contains("pc-new-0"), "before the pack was switched on nothing knew it");
}

/// A day from now, as a date field has it.
pub(crate) fn tomorrow() -> String {
    use base_core::Clock;
    base_core::SystemClock.now().plus_secs(2 * 86_400).utc_day()
}
