//! Paging: pages join without gap and without repeat, in both orders.

use super::samples::{self, START, province};
use crate::{Lake, Order, Query, SearchRequest};

/// Walks all pages; sequence numbers in the order found, and the number of pages.
async fn walk(lake: &impl Lake, mut request: SearchRequest) -> (Vec<u64>, usize) {
    let (mut numbers, mut pages) = (Vec::new(), 0);
    loop {
        let page = lake.search(&province(), &request).await.expect("searches");
        assert!(page.events.len() <= request.limit);
        numbers.extend(page.events.iter().map(|e| e.id.sequence()));
        pages += 1;
        assert!(pages < 1000, "paging does not end");
        match page.next {
            // As a page would: through its text form.
            Some(next) => request.after = Some(next.to_string().parse().expect("cursor")),
            None => return (numbers, pages),
        }
    }
}

pub(super) async fn pages_join_without_gap_or_repeat(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..150, &events[..150]).await.expect("writes");
    lake.write(150..240, &events[150..]).await.expect("writes");
    for query in ["", "user.name:root", "sekurlsa"] {
        let query = Query::parse(query).expect("parses");
        let expected: Vec<u64> = events.iter().filter(|e| query.matches(e)).map(|e| e.id.sequence()).collect();
        for limit in [7, 100, 1000] {
            let request = SearchRequest { limit, order: Order::Oldest, ..SearchRequest::of(query.clone()) };
            assert_eq!(walk(lake, request.clone()).await.0, expected, "oldest first by {limit}");
            let (mut numbers, _) = walk(lake, SearchRequest { order: Order::Newest, ..request }).await;
            numbers.reverse();
            assert_eq!(numbers, expected, "newest first by {limit}");
        }
    }
}

pub(super) async fn equal_times_page_in_order_of_id(lake: &impl Lake) {
    let mut events = samples::events(50);
    events.iter_mut().for_each(|e| e.time = START);
    lake.write(0..30, &events[..30]).await.expect("writes");
    lake.write(30..50, &events[30..]).await.expect("writes");
    for (order, expected) in
        [(Order::Oldest, (0..50).collect::<Vec<u64>>()), (Order::Newest, (0..50).rev().collect::<Vec<u64>>())]
    {
        for limit in [1, 3, 50] {
            let (numbers, _) = walk(lake, SearchRequest { limit, order, ..SearchRequest::default() }).await;
            assert_eq!(numbers, expected, "{order:?} by {limit}");
        }
    }
}

pub(super) async fn a_scan_limit_stops_early_and_goes_on(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..240, &events).await.expect("writes");
    let query = Query::parse("raw:\"seq=3 \"").expect("parses");
    let request = SearchRequest { scan_limit: Some(60), ..SearchRequest::of(query) };
    let first = lake.search(&province(), &request).await.expect("searches");
    assert!(first.events.is_empty() && first.next.is_some(), "the event is further back");
    assert!(first.scanned < 240, "{} looked at", first.scanned);
    let (numbers, pages) = walk(lake, request).await;
    assert_eq!(numbers, [3]);
    assert!(pages > 1);
}
