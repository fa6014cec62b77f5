//! Searching: each query finds just what the facts say.

use super::samples::{self, Facts, START, STEP_SECS, province};
use crate::{Lake, Order, Query, SearchRequest};

/// Sequence numbers found by a query, in order of time.
async fn found(lake: &impl Lake, query: &str) -> Vec<u64> {
    let query = Query::parse(query).expect("parses");
    let request = SearchRequest { order: Order::Oldest, limit: crate::MAX_PAGE, ..SearchRequest::of(query) };
    let page = lake.search(&province(), &request).await.expect("searches");
    assert_eq!(page.next, None);
    page.events.iter().map(|e| e.id.sequence()).collect()
}

type Fact = fn(Facts) -> bool;

/// Queries and what is true of the samples they find.
const TABLE: &[(&str, Fact)] = &[
    ("", |_| true),
    ("user.name:administrator", |f| f.user() == "Administrator"),
    ("user.name:\"ADMINISTRATOR\"", |f| f.user() == "Administrator"),
    ("user.name:admin", |_| false),
    ("user.name:admin*", |f| f.user() == "Administrator"),
    ("user.name:nguyen.van.an", |f| f.user() == "nguyễn.văn.an"),
    ("user.name:\"NGUYỄN.VĂN.AN\"", |f| f.user() == "nguyễn.văn.an"),
    ("user.name:(root OR svc*)", |f| matches!(f.user(), "root" | "svc-backup")),
    ("NOT user.name:root", |f| f.user() != "root"),
    ("host.name:pc-0?.camau.local", |_| true),
    ("host.name:PC-03*", |f| f.host().starts_with("PC-03")),
    ("host.name:\"pc-03.camau.local\"", |f| f.host().starts_with("PC-03")),
    ("NOT host.name:\"pc-03.camau.local\"", |f| !f.host().starts_with("PC-03")),
    ("source.ip:10.0.1.0/24", |f| f.address().0 == 1),
    ("NOT source.ip:10.0.0.0/23", |f| f.address().0 > 1),
    ("source.port:<1024", |f| f.port() < 1024),
    ("source.port:[30000 TO 40000}", |f| (30_000..40_000).contains(&f.port())),
    ("source.port:>=60000 OR source.port:<=9000", |f| f.port() >= 60_000 || f.port() <= 9000),
    ("destination.ip:*", |_| false),
    ("NOT destination.ip:*", |_| true),
    ("NOT destination.ip:10.0.0.1", |_| true),
    (r"process.command_line:C:\Temp\*", |f| f.is_attack()),
    ("sekurlsa::logonpasswords", |f| f.is_attack()),
    ("\"\"\"sekurlsa\"", |f| f.is_attack()),
    (r#"\x*.exe"#, |f| f.is_attack()),
    ("\"tai lieu\" NOT user.name:root", |f| !f.is_attack() && f.user() != "root"),
    ("commandline:*notepad*", |f| !f.is_attack()),
    ("EventID:4688", |_| true),
    ("EventID:>4687 EventID:<4689", |_| true),
    ("EventID:4689", |_| false),
    ("Nothing:*", |_| false),
    ("Elevated:true", |f| f.n % 2 == 0),
    ("Groups:users", |_| true),
    ("Groups:\"nhom 3\"", |f| f.n % 5 == 3),
    ("\"nhóm 3\"", |f| f.n % 5 == 3),
    ("unit:stttt", |f| f.unit() == Some("stttt")),
    ("NOT unit:*", |f| f.unit().is_none()),
    ("NOT unit:stttt", |f| f.unit() != Some("stttt")),
    ("kind:linux/*", |f| f.kind() == "linux/sshd"),
    ("kind:LINUX/sshd OR kind:nginx/access", |f| f.kind() != "microsoft/windows-security"),
    ("NOT kind:linux/sshd", |f| f.kind() != "linux/sshd"),
    ("source:src-1", |f| f.n % 2 == 1),
    ("category:process_creation", |f| f.n % 2 == 0),
    ("NOT category:*", |f| f.n % 2 == 1),
    ("product:windows service:*", |_| false),
    ("mark:truncated", |f| f.n % 50 == 7),
    ("mark:*", |f| f.n % 50 == 7),
    ("NOT mark:truncated", |f| f.n % 50 != 7),
    ("mark:unparsed", |_| false),
    ("raw:seq=12", |f| f.n == 12 || (120..130).contains(&f.n)),
    ("raw:\"seq=12 \"", |f| f.n == 12),
    ("seq=12?", |f| (120..130).contains(&f.n) || f.n == 12),
    ("time:2014-03-02", |f| {
        let local_hours = f.n + 7;
        local_hours / 24 == 1
    }),
    ("time:>=2014-03-03T00:00:00Z", |f| f.n >= 48),
    ("NOT time:>=2014-03-03T00:00:00Z", |f| f.n < 48),
    ("time:>2014-03-03T00:00:00Z time:<2014-03-03T05:00:00Z", |f| f.n > 48 && f.n < 53),
    ("received:<2014-03-01T01:00:02Z", |f| f.n < 1),
    ("time:<2014-03-02T00:00:00Z OR user.name:root", |f| f.n < 24 || f.user() == "root"),
    ("NOT (user.name:root OR sekurlsa)", |f| f.user() != "root" && !f.is_attack()),
    ("NOT (user.name:root AND NOT unit:syt)", |f| f.user() != "root" || f.unit() == Some("syt")),
    ("NOT *", |_| false),
    ("* OR sekurlsa", |_| true),
    ("* AND sekurlsa", Facts::is_attack),
    ("NOT (* OR sekurlsa)", |_| false),
    ("NOT (NOT * OR sekurlsa)", |f| !f.is_attack()),
    ("' OR 1=1 --", |_| false),
    ("\"%\"", |_| false),
    ("user.name:%", |_| false),
    ("user.name:_oot", |_| false),
];

pub(super) async fn queries_find_what_they_say(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..130, &events[..130]).await.expect("writes");
    lake.write(130..240, &events[130..]).await.expect("writes");
    for (query, fact) in TABLE {
        let expected: Vec<u64> = samples::facts(240).filter(|f| fact(*f)).map(|f| f.n).collect();
        assert_eq!(found(lake, query).await, expected, "query: {query}");
    }
    let by_id = format!("event.id:{}", events[99].id);
    assert_eq!(found(lake, &by_id).await, [99]);
}

pub(super) async fn time_ranges_cut_exactly(lake: &impl Lake) {
    let events = samples::events(100);
    lake.write(0..100, &events).await.expect("writes");
    for (from, until) in [(0, 100), (10, 20), (23, 25), (24, 24), (50, 1000), (99, 100)] {
        let at = |n: i64| START.plus_secs(n * STEP_SECS);
        let request =
            SearchRequest { from: Some(at(from)), until: Some(at(until)), limit: 1000, ..SearchRequest::default() };
        let page = lake.search(&province(), &request).await.expect("searches");
        let mut numbers: Vec<i64> =
            page.events.iter().map(|e| i64::try_from(e.id.sequence()).expect("small")).collect();
        numbers.reverse();
        assert_eq!(numbers, (from..until.min(100)).collect::<Vec<_>>(), "{from}..{until}");
    }
}

pub(super) async fn bars_add_up(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..240, &events).await.expect("writes");
    for query in ["", "user.name:root", "sekurlsa", "unit:syt", "nichts"] {
        let request = SearchRequest::of(Query::parse(query).expect("parses"));
        let expected = found(lake, query).await;
        let bars = lake.histogram(&province(), &request, 24).await.expect("counts");
        assert_eq!(bars.iter().map(|b| b.count).sum::<u64>(), expected.len() as u64, "{query}");
        let range = SearchRequest {
            from: Some(START.plus_secs(10 * STEP_SECS)),
            until: Some(START.plus_secs(22 * STEP_SECS)),
            ..request
        };
        let bars = lake.histogram(&province(), &range, 4).await.expect("counts");
        assert_eq!(bars.len(), 4);
        for (index, bar) in (0_u64..).zip(&bars) {
            let hours = 10 + 3 * index..13 + 3 * index;
            let inside = expected.iter().filter(|n| hours.contains(*n)).count() as u64;
            assert_eq!(bar.count, inside, "{query}, hours {hours:?}");
        }
    }
}
