//! Hunting through the past: what is found, within which scope, with links, and stopped at will.

use crate::given::{console, event, ports};
use area_rules::ports::RulesPorts;
use base_testkit::console::Console;
use std::time::Duration;

async fn ready() -> (RulesPorts, Console) {
    let ports = ports();
    let events: Vec<_> = (0..60)
        .map(|n| {
            let image = if n % 10 == 3 { r"C:\Temp\a.exe" } else { r"C:\Windows\a.exe" };
            let unit = if n < 30 { Some("SYT") } else { Some("STC") };
            event(
                n,
                image,
                if n < 30 { "pc-own" } else { "canary-of-unit-b" },
                unit,
                -86_400 * 20 + i64::try_from(n).expect("small"),
            )
        })
        .collect();
    ports.lake.write(0..60, &events).await.expect("stored");
    let console = console(ports.clone()).await;
    (ports, console)
}

/// Begins a hunt and waits until it is over; its address.
async fn hunt(ports: &RulesPorts, console: &Console, who: &str, rule: &str, days: &str) -> String {
    let page = format!("/quy-tac/luat/{rule}/ra-lai");
    let begun = console.post(who, &page, &page, &[("days", days)]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let to = begun.header("location").to_owned();
    let id = to.rsplit('/').next().expect("an id").to_owned();
    for _ in 0..600 {
        if ports.hunts.of(&id).is_none() {
            return to;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the hunt does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_held_against_what_is_stored() {
    let (ports, console) = ready().await;
    let to = hunt(&ports, &console, "phuong", "temp", "30").await;
    let page = console.get("phuong", &to).await.text;
    assert!(!page.contains('⟦'), "a text is missing: {page}");
    assert!(page.contains("Đã rà xong"), "{page}");
    assert_eq!(page.matches("href=\"/su-kien/").count(), 6, "each hit leads to its event: {page}");
    assert!(page.contains("pc-own") && page.contains("host.name"), "machines lead to the search: {page}");
    let list = console.get("phuong", "/quy-tac/luat/temp/ra-lai").await.text;
    assert!(list.contains(&format!("href=\"{to}\"")), "{list}");
    // Out of the time range, or of another log source: nothing.
    let to = hunt(&ports, &console, "phuong", "temp", "7").await;
    assert!(console.get("phuong", &to).await.text.contains("Không khớp sự kiện nào"));
    let to = hunt(&ports, &console, "phuong", "ssh", "0").await;
    assert!(console.get("phuong", &to).await.text.contains("Không khớp sự kiện nào"));
    assert_eq!(console.get("phuong", "/quy-tac/luat/nothing/ra-lai").await.status, 404);
    let trail = base_audit::verify(&console.ground.db).await.expect("read").expect("whole");
    assert_eq!(trail.acts, 3, "each hunt stands in the trail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hunt_goes_through_the_events_of_ones_units_only() {
    let (ports, console) = ready().await;
    let own = hunt(&ports, &console, "don", "temp", "30").await;
    let page = console.get("don", &own).await.text;
    assert!(page.contains("pc-own") && !page.contains("canary-of"), "{page}");
    assert_eq!(page.matches("href=\"/su-kien/").count(), 3);
    let all = hunt(&ports, &console, "phuong", "temp", "30").await;
    assert!(console.get("phuong", &all).await.text.contains("canary-of-unit-b"));
    assert_eq!(console.get("don", &all).await.status, 404, "what the province found is the province's");
    assert_eq!(console.get("phuong", &own).await.status, 200);
    let list = console.get("don", "/quy-tac/luat/temp/ra-lai").await.text;
    assert!(list.contains(&own) && !list.contains(&all), "{list}");
    // Who may not search, or not tune, begins none.
    for who in ["quan", "tam"] {
        let status =
            console.post(who, "/quy-tac/luat/temp", "/quy-tac/luat/temp/ra-lai", &[("days", "1")]).await.status;
        assert_eq!(status, 403, "{who}");
    }
}
