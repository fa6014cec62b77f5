//! Trust in the rules in a real browser: liveness, explanation, tuning, feedback and a pack update.

use crate::rules::{LSASS, lsass};
use crate::rules_live::{NEW_RULE, Sender};
use crate::server::Server;
use crate::story::{Looks, sign_in};
use base_testkit::{Browser, eventually};

#[test]
fn liveness_explanation_tuning_and_pack_update_in_the_console() {
    let Some(browser) = Browser::start() else { return };
    let looks = Looks::default();
    let data = tempfile::tempdir().expect("folder");
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let sender = Sender::new(&server, &server.account("quantri"));
    sender.send(&(0..60).map(|_| lsass(r"C:\Windows\System32\svc.exe", "pc-quiet", "0x1000")).collect::<Vec<_>>());
    sender.send(&[lsass(r"C:\Users\a\m.exe", "pc-1", "0x1410")]);
    sign_in(&browser, &server.url(""), &server.account("truongattt"));

    lives(&browser, &server, &looks);
    explained(&browser, &server, &looks);
    tuned(&browser, &server, &sender, &looks);
    judged(&browser, &server);
    updated(&browser, &server, &sender, data.path(), &looks);
    switched(&browser, &server, &looks);
    looks.judge();
}

/// The list flags what is dead and shows what fired.
fn lives(browser: &Browser, server: &Server, looks: &Looks) {
    browser.find("nav a[href='/quy-tac']").click();
    eventually("the figures of the rule that fired", || {
        browser.goto(&server.url("/quy-tac?q=memory+that+holds"));
        browser.text().contains("61").then_some(())
    });
    looks.at(browser, "rules-found");
    browser.goto(&server.url("/quy-tac"));
    // The proof of the rule tests is there by itself, and nothing was missed.
    eventually("the replay proof", || browser.text().contains("mẫu, ngày").then_some(()));
    looks.at(browser, "rules");
    browser.find("a.stat-value[href='/quy-tac?flag=dead']").click();
    browser.wait_text("Không có nguồn");
    assert!(!browser.all("td a[href^='/quy-tac/luat/']").is_empty(), "dead rules are listed");
    // Keyboard: the rows are walked with j, and the link of the row opens with Enter.
    browser.goto(&server.url(&format!("/quy-tac/luat/{LSASS}")));
    browser.wait_text("LSASS giữ mật khẩu");
    browser.wait_text("Đạt");
    looks.at(browser, "rule");
    browser.goto(&server.url("/quy-tac/dien-lai"));
    looks.at(browser, "rules-proof");
}

/// From the alert to the reason, predicate by predicate.
fn explained(browser: &Browser, server: &Server, looks: &Looks) {
    browser.goto(&server.url(&format!("/canh-bao?rule={LSASS}")));
    browser.find("td a[href^='/canh-bao/']").click();
    browser.find_text("a", "Vì sao khớp").click();
    browser.wait_text("Khớp quy tắc");
    let marks: Vec<String> = browser.all("mark").iter().map(base_testkit::browser::Element::text).collect();
    assert!(marks.iter().any(|m| m.contains("lsass.exe")), "{marks:?}");
    looks.at(browser, "rules-explain");
}

/// A filter is tried, made, hides, and lists what it hid.
fn tuned(browser: &Browser, server: &Server, sender: &Sender, looks: &Looks) {
    browser.goto(&server.url(&format!("/quy-tac/luat/{LSASS}")));
    browser.find_text("a.button-primary", "Thêm bộ lọc").click();
    browser.find("input[name=field1]").type_text("host.name");
    browser.find("input[name=value1]").type_text("pc-1");
    looks.at(browser, "rules-filter-form");
    eventually("the preview to know the stored event", || {
        browser.find_text("button", "Xem trước").click();
        browser.text().contains("trong đó 1 sự kiện khớp").then_some(())
    });
    looks.at(browser, "rules-filter-preview");
    browser.find("textarea[name=reason]").type_text("Máy của đội kiểm thử");
    browser.find_text("button", "Áp dụng bộ lọc").click();
    browser.wait_text("Đang hiệu lực");
    let filter = browser.path();
    sender.send(&[lsass(r"C:\Users\a\m.exe", "pc-1", "0x1410")]);
    eventually("the hidden hit", || {
        browser.goto(&server.url(&filter));
        (!browser.all("td a[href^='/su-kien/']").is_empty()).then_some(())
    });
    looks.at(browser, "rules-filter");
    browser.find_text("button", "Kết thúc bộ lọc").click();
    browser.wait_text("Đã kết thúc");
}

/// An alert closed as false shows at its rule.
fn judged(browser: &Browser, server: &Server) {
    browser.goto(&server.url(&format!("/canh-bao?rule={LSASS}")));
    browser.find("td a[href^='/canh-bao/']").click();
    browser.find("textarea[name=note]").type_text("Đội kiểm thử");
    browser.find_text("button", "Đóng: báo động giả").click();
    browser.wait_text("Đã đóng cảnh báo");
    browser.goto(&server.url(&format!("/quy-tac/luat/{LSASS}")));
    browser.wait_text("1 báo động giả");
}

/// A pack is uploaded, compared, replayed, switched on, and taken back.
fn updated(browser: &Browser, server: &Server, sender: &Sender, dir: &std::path::Path, looks: &Looks) {
    let file = dir.join("mask.yml");
    std::fs::write(&file, NEW_RULE).expect("written");
    sender.send(&[lsass(r"C:\Users\a\n.exe", "pc-7", "0x777")]);
    browser.goto(&server.url("/quy-tac/goi"));
    looks.at(browser, "rules-packs");
    browser.find("input[type=file]").type_text(file.to_str().expect("UTF-8"));
    browser.find_text("button", "Nhập và kiểm tra").click();
    browser.wait_text("Mask of our own");
    let pack = browser.path();
    // The lake has the event after some seconds.
    eventually("what it would have changed", || {
        browser.goto(&server.url(&pack));
        let again = browser.all("form[action$='/xem-truoc'] button");
        again.first()?.click();
        eventually("an outcome", || {
            let text = browser.text();
            text.contains("Đã xem lại").then_some(text)
        })
        .contains("với gói mới khớp 1 lần")
        .then_some(())
    });
    looks.at(browser, "rules-pack");
    browser.find_text("button", "Áp dụng gói này").click();
    browser.wait_text("Gói đã được áp dụng");
    sender.send(&[lsass(r"C:\Users\a\n.exe", "pc-8", "0x777")]);
    eventually("an alert of the new rule", || {
        browser.goto(&server.url("/canh-bao"));
        browser.text().contains("pc-8").then_some(())
    });
    browser.goto(&server.url("/quy-tac/goi"));
    looks.at(browser, "rules-packs-running");
    browser.find_text("button", "Hoàn tác").click();
    browser.wait_text("Đã quay về quy tắc đi kèm chương trình");
}

/// Off with a reason, and in English nothing stays Vietnamese but names.
fn switched(browser: &Browser, server: &Server, looks: &Looks) {
    browser.goto(&server.url(&format!("/quy-tac/luat/{LSASS}")));
    browser.find("form[action$='/tat'] textarea").type_text("Tỉnh không dùng Sysmon");
    browser.find_text("button", "Tắt quy tắc").click();
    browser.wait_text("Quy tắc đang tắt");
    looks.at(browser, "rule-off");
    browser.find("button[name=lang][value=en]").click();
    browser.wait_text("What this rule looks for");
    looks.at(browser, "rule-english");
    browser.find_text("button", "Switch on again").click();
    browser.wait_text("The rule is on again");
    browser.find("button[name=lang][value=vi]").click();
    browser.wait_text("Quy tắc này tìm gì");
}
