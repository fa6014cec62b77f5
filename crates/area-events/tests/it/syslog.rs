//! The sink of the network inputs: known senders, unknown ones, those switched off.

use crate::given::given;
use area_events::ops::manage_source::switch;
use base_authz::Role;
use base_testkit::console::{BEGIN, caller, person};
use bytes::Bytes;
use engine_intake::{Received, Sink, Transport};
use std::net::SocketAddr;
use std::sync::Arc;

fn line(peer: &str, text: &'static str) -> Received {
    Received {
        bytes: Bytes::from_static(text.as_bytes()),
        peer: SocketAddr::new(peer.parse().expect("an address"), 514),
        identity: None,
        transport: Transport::SyslogUdp,
        received: BEGIN,
        id: None,
        truncated: false,
    }
}

#[tokio::test]
async fn senders_are_told_apart_by_address_and_strangers_are_kept() {
    let given = given().await;
    let (wide, _) = given.declare("Mạng SYT", "SYT", "syslog", "192.0.2.0/24").await;
    let (narrow, _) = given.declare("Tường lửa SYT", "SYT", "syslog", "192.0.2.1").await;
    let ground = &given.console.ground;
    let sink = given.sink(Arc::default());
    let batch =
        vec![line("192.0.2.1", "a"), line("192.0.2.9", "b"), line("203.0.113.5", "c"), line("::ffff:203.0.113.5", "d")];
    sink.accept(batch).await.expect("all is taken");
    let entries = given.journal().await;
    let sources: Vec<_> = entries.iter().map(|e| e.source.clone()).collect();
    assert_eq!(sources[..2], [narrow.clone(), wide]);
    assert_eq!(sources[2], sources[3], "an address in its two forms is one sender");
    assert_eq!(entries[2].unit, None);
    let page = given.console.get("an", "/nguon?health=undeclared").await;
    assert!(!page.text.contains("203.0.113.5"), "it has sent nothing yet that was counted");
    let page = given.console.get("an", "/nguon").await;
    assert!(page.text.contains("203.0.113.5"), "{}", page.text);

    let admin = caller(&person("an", Role::Administrator, None), BEGIN);
    switch(&ground.db, &given.ports.book, &admin, &narrow, false).await.expect("switched");
    sink.accept(vec![line("192.0.2.1", "e"), line("192.0.2.9", "f")]).await.expect("the rest is taken");
    assert_eq!(given.journal().await.len(), 5);
    assert_eq!(given.ports.refusals.flush(&ground.db).await.expect("written"), 1);
}
