//! Search: values, columns, completion, pivots, the stream, kept searches, the API.

use crate::given::{event, given};
use engine_event::Event;
use engine_lake::query::{Pivot, Query};
use serde_json::Value;

const ALL: &str = "range=all";

/// A value no page of another unit may show.
const CANARY: &str = "canary-of-unit-b";

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Events of two units and of none; those of STC and of none bear the canary in every field.
fn with_canaries() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 0..30 {
        let (unit, text) = match n % 3 {
            0 => (Some("SYT"), "own-value"),
            1 => (Some("STC"), CANARY),
            _ => (None, CANARY),
        };
        let mut event = event(n, unit, text, text);
        event.record.push_text("Secret", text);
        event.record.push_text(if unit == Some("SYT") { "OwnName" } else { "canary-of-unit-b-name" }, text);
        for field in engine_event::CommonField::ALL {
            event.common.set(*field, text);
        }
        events.push(event);
    }
    events
}

#[tokio::test]
async fn nothing_of_another_unit_can_be_asked_for() {
    let given = given().await;
    let events = with_canaries();
    given.ports.lake.write(0..30, &events).await.expect("kept");
    // The province keeps and shares a search about the other unit.
    let kept = [("name", "canary-of-unit-b search"), ("query", "q=canary-of-unit-b"), ("shared", "1")];
    assert_eq!(given.console.post("phuong", "/tim-kiem", "/tim-kiem/da-luu", &kept).await.status, 303);
    let queries = ["", "canary*", "unit:STC OR NOT unit:*", "NOT unit:SYT", "Secret:*", "host.name:canary*", "* OR *"];
    let pages = [
        "/tim-kiem",
        "/tim-kiem/dong",
        "/tim-kiem/goi-y",
        "/tim-kiem/cot",
        "/tim-kiem/truong",
        "/tim-kiem/da-luu",
        "/api/v1/search",
        "/api/v1/search/counts",
        "/api/v1/search/fields",
        "/api/v1/search/complete",
    ];
    let mut looked = 0;
    for query in queries {
        for page in pages {
            let more = "dem=Secret,canary&cols=host.name,Secret,raw&fields=host.name,Secret,unit,kind&dem-lai=1&full=1";
            let path = format!("{page}?{ALL}&q={}&{more}", encoded(query));
            let answer = given.console.get("hoa", &path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            // What the person typed comes back in the form; everything else must be the unit's own.
            let text = answer.text.replace(&encoded(query), "").replace(&maud_escaped(query), "");
            assert!(!text.contains("canary-of"), "{path} shows another unit: {}", answer.text);
            looked += 1;
        }
    }
    assert_eq!(looked, queries.len() * pages.len());
    for prefix in ["host.name:c", "host.name:", "Secret:", "Secret:can", "unit:S", "can", "kind:x AND user.name:"] {
        let hint = given.console.fragment("hoa", &format!("/tim-kiem/goi-y?{ALL}&q={}", encoded(prefix))).await;
        assert!(!hint.text.contains("canary-of") && !hint.text.contains("STC"), "{prefix}: {}", hint.text);
    }
    for event in events.iter().filter(|e| e.unit.as_ref().map(base_core::UnitId::as_str) != Some("SYT")) {
        assert_eq!(given.console.get("hoa", &format!("/su-kien/{}", event.id)).await.status, 404);
    }
    let counts: Value =
        given.console.get("hoa", &format!("/api/v1/search/counts?{ALL}&fields=unit")).await.text.parse().expect("JSON");
    assert_eq!(
        (&counts["matched"], &counts["fields"][0]["values"]),
        (&10.into(), &serde_json::json!([{"value": "SYT", "count": 10}]))
    );
    // The province sees all three.
    let counts: Value = given
        .console
        .get("phuong", &format!("/api/v1/search/counts?{ALL}&fields=unit"))
        .await
        .text
        .parse()
        .expect("JSON");
    assert_eq!(counts["matched"], 30);
}

fn maud_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[tokio::test]
async fn values_are_counted_and_lead_on() {
    let given = given().await;
    let mut events: Vec<Event> =
        (0..40).map(|n| event(n, Some("SYT"), if n % 4 == 0 { "pc-a" } else { "pc-b" }, "x")).collect();
    events[3].record.push_text("Logon Type", "3");
    given.ports.lake.write(0..40, &events).await.expect("kept");
    let page = given.console.get("phuong", &format!("/tim-kiem?{ALL}&dem=Logon+Type")).await.text;
    assert!(!page.contains('⟦'), "a text is missing: {page}");
    let only = format!("q={}", encoded(&Query::pivoted("", "host.name", "pc-b", Pivot::Only)));
    let without = format!("q={}", encoded(&Query::pivoted("", "host.name", "pc-b", Pivot::Without)));
    // Addresses keep the unreserved characters as they are.
    let plain = |text: &str| text.replace("%2E", ".").replace("%2D", "-").replace("%5F", "_");
    assert!(page.contains(&plain(&only)) && page.contains(&plain(&without)), "{only} {without}: {page}");
    assert!(page.contains("Logon Type") && page.contains("30"), "{page}");
    let narrowed = given.console.get("phuong", &format!("/tim-kiem?{ALL}&{without}")).await.text;
    assert!(narrowed.contains("10 sự kiện phù hợp"), "{narrowed}");
    let fields = given.console.fragment("phuong", &format!("/tim-kiem/truong?{ALL}")).await.text;
    assert!(fields.contains("TargetUserName"), "{fields}");
    let drawer = given.console.fragment("phuong", &format!("/su-kien/{}?q=pc&{ALL}", events[0].id)).await.text;
    let within = plain(&encoded(&Query::pivoted("pc", "host.name", "pc-a", Pivot::Without)));
    assert!(drawer.contains(&within), "a value leads on within the search: {drawer}");
}

#[tokio::test]
async fn columns_are_picked_and_kept_in_the_address() {
    let given = given().await;
    given.ports.lake.write(0..1, &[event(0, Some("SYT"), "pc-1", "the raw text")]).await.expect("kept");
    let form = given.console.get("phuong", &format!("/tim-kiem/cot?{ALL}&q=pc-1")).await.text;
    assert!(form.contains("value=\"TargetUserName\"") && form.contains("value=\"pc-1\""), "{form}");
    let done =
        given.console.get("phuong", "/tim-kiem/cot/chon?q=pc-1&range=all&cot=TargetUserName&cot=raw&cot=a,b").await;
    assert_eq!(done.status, 303);
    let to = done.header("location").to_owned();
    assert!(to.starts_with("/tim-kiem?") && to.contains("cols=TargetUserName%2Craw"), "{to}");
    let page = given.console.get("phuong", &to).await.text;
    assert!(
        page.contains(">TargetUserName</th>") && page.contains("the raw text") && page.contains("hoa&lt;b&gt;"),
        "{page}"
    );
}

#[tokio::test]
async fn proposals_are_the_values_that_are_there() {
    let given = given().await;
    let events: Vec<Event> = (0..9)
        .map(|n| event(n, Some("SYT"), ["máy chủ 1", "máy-2", "other"][usize::try_from(n % 3).expect("small")], "x"))
        .collect();
    given.ports.lake.write(0..9, &events).await.expect("kept");
    let ask =
        async |q: &str| given.console.fragment("phuong", &format!("/tim-kiem/goi-y?{ALL}&q={}", encoded(q))).await.text;
    let hint = ask("host.name:may").await;
    assert!(hint.contains("host.name:&quot;máy chủ 1&quot;") && hint.contains("host.name:máy-2"), "{hint}");
    assert!(!hint.contains("other"), "{hint}");
    assert!(ask("kind:test AND targetuser").await.contains("TargetUserName:"));
    assert!(ask("TargetUserName:").await.contains("hoa&lt;b&gt;"), "values of original fields");
    // In the middle of a query what follows stays.
    let middle = given
        .console
        .fragment("phuong", &format!("/tim-kiem/goi-y?{ALL}&q={}&caret=12", encoded("host.name:ot xyz")))
        .await
        .text;
    assert!(middle.contains("data-query=\"host.name:other xyz\""), "{middle}");
}

#[tokio::test]
async fn the_stream_goes_on_where_the_page_stands() {
    let given = given().await;
    let events: Vec<Event> = (0..120).map(|n| event(n, Some("SYT"), &format!("pc-{n:03}"), "x")).collect();
    given.ports.lake.write(0..120, &events).await.expect("kept");
    let first = given.console.get("phuong", &format!("/tim-kiem/dong?{ALL}&dem-lai=1")).await;
    assert!(first.header("content-type").starts_with("text/event-stream"));
    let messages: Vec<Value> =
        first.text.split("\n\n").filter_map(|m| m.strip_prefix("data: ")).map(|m| m.parse().expect("JSON")).collect();
    let of = |to: &str| {
        messages.iter().filter(|m| m["to"] == to).map(|m| m["html"].as_str().expect("html")).collect::<String>()
    };
    assert_eq!(of("rows").matches("hx-target=\"#event\"").count(), 50);
    assert!(of("picture").contains("120 sự kiện phù hợp") && of("facets").contains("host.name"));
    assert!(of("after-rows").contains("rel=\"next\""));
    assert_eq!(messages.last().expect("an end")["done"], true);
    // Ten more are missing on a page that has forty, and the counts are not wanted again.
    let rest = given.console.get("phuong", &format!("/tim-kiem/dong?{ALL}&have=40")).await.text;
    assert_eq!(rest.matches("hx-target=").count(), 10, "{rest}");
    assert!(!rest.contains("\"picture\""));
    assert_eq!(given.console.get("phuong", "/tim-kiem/dong?q=a+AND").await.status, 422);
}

#[tokio::test]
async fn searches_are_kept_shared_within_the_scope_and_audited() {
    let given = given().await;
    let keep = async |who: &str, name: &str, shared: &str| {
        let fields = [("name", name), ("query", "q=user.name%3Aroot&range=7d"), ("shared", shared)];
        given.console.post(who, "/tim-kiem", "/tim-kiem/da-luu", &fields).await
    };
    assert_eq!(keep("phuong", "Của riêng", "").await.header("location"), "/tim-kiem?q=user.name%3Aroot&range=7d");
    keep("phuong", "Của tỉnh", "1").await;
    keep("hoa", "Của đơn vị", "1").await;
    assert!(given.console.get("phuong", "/tim-kiem").await.text.contains("Của đơn vị"), "the province sees the unit's");
    let own = given.console.get("hoa", "/tim-kiem/da-luu").await.text;
    assert!(own.contains("Của đơn vị") && !own.contains("Của tỉnh") && !own.contains("Của riêng"), "{own}");
    let mine = given.console.get("phuong", "/tim-kiem/da-luu").await.text;
    assert!(mine.contains("href=\"/tim-kiem?q=user.name%3Aroot&amp;range=7d\""), "{mine}");
    // Nobody changes another's, and no kept address leads elsewhere.
    let id = mine.split("/tim-kiem/da-luu/").nth(1).and_then(|t| t.split('/').next()).expect("an id").to_owned();
    for task in ["chung", "rieng", "xoa"] {
        let answer = given.console.post("hoa", "/tim-kiem", &format!("/tim-kiem/da-luu/{id}/{task}"), &[]).await;
        assert_eq!(answer.status, 404, "{task}");
    }
    assert_eq!(given.console.post("phuong", "/tim-kiem", &format!("/tim-kiem/da-luu/{id}/xoa"), &[]).await.status, 303);
    let odd = [("name", "odd"), ("query", "\r\nSet-Cookie: x"), ("shared", "")];
    assert_eq!(given.console.post("phuong", "/tim-kiem", "/tim-kiem/da-luu", &odd).await.header("location"), "/");
    assert!(!given.console.get("phuong", "/tim-kiem").await.text.contains("Set-Cookie"));
    let nameless =
        given.console.post("phuong", "/tim-kiem", "/tim-kiem/da-luu", &[("name", "  "), ("query", "")]).await;
    assert_eq!(nameless.status, 303);
    let trail = base_audit::verify(&given.console.ground.db).await.expect("read").expect("whole");
    assert_eq!(trail.acts, 5, "four kept, one removed");
}

#[tokio::test]
async fn the_api_pages_and_tells_mistakes() {
    let given = given().await;
    let events: Vec<Event> = (0..25).map(|n| event(n, Some("SYT"), "pc", "x")).collect();
    given.ports.lake.write(0..25, &events).await.expect("kept");
    let (mut seen, mut after) = (0, String::new());
    for _ in 0..10 {
        let path = format!("/api/v1/search?{ALL}&limit=10&after={after}");
        let answer: Value = given.console.get("phuong", &path).await.text.parse().expect("JSON");
        seen += answer["events"].as_array().expect("events").len();
        match answer["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(seen, 25);
    let fields: Value =
        given.console.get("phuong", &format!("/api/v1/search/fields?{ALL}")).await.text.parse().expect("JSON");
    assert!(fields["fields"].as_array().expect("fields").iter().any(|f| f["name"] == "TargetUserName"));
    for (query, field) in
        [("q=a+AND", "q"), ("from=x", "from"), ("range=2y", "range"), ("after=zz", "after"), ("order=up", "order")]
    {
        let answer = given.console.get("phuong", &format!("/api/v1/search?{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let said: Value = answer.text.parse().expect("JSON");
        assert_eq!(said["error"]["fields"][0]["field"], field, "{said}");
    }
    assert_eq!(given.console.get("an", "/api/v1/search").await.status, 403, "an administrator does not read logs");
    assert_eq!(given.console.get("phuong", "/tim-kiem/sql").await.status, 404, "this lake has no tables");
}
