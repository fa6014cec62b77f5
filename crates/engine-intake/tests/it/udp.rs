//! Syslog over UDP.

use crate::{LOOPBACK, clock, start, start_with};
use engine_intake::{Quota, SyslogUdp, Transport, TroubleKind, UdpOptions};
use tokio::net::UdpSocket;

async fn sender() -> UdpSocket {
    UdpSocket::bind(LOOPBACK).await.expect("binds")
}

#[tokio::test]
async fn each_datagram_is_a_record_whatever_its_bytes() {
    let mut input = start(SyslogUdp::bind(LOOPBACK, clock(), UdpOptions::default()).await.expect("binds"));
    let sender = sender().await;
    let any: Vec<u8> = (1..=255).collect();
    let big = vec![b'x'; 60_000];
    for datagram in [&b"<13>one\n"[..], b"\r\n", b"", &any, &big] {
        sender.send_to(datagram, input.address).await.expect("sends");
    }
    let first = input.next().await;
    assert_eq!((&first.bytes[..], first.transport, first.truncated), (&b"<13>one"[..], Transport::SyslogUdp, false));
    assert_eq!(first.peer, sender.local_addr().expect("address"));
    assert_eq!(input.next().await.bytes[..], any[..]);
    assert_eq!(input.next().await.bytes.len(), 60_000);
    let (counts, left) = input.stop().await;
    assert!(left.is_empty());
    assert_eq!((counts.received, counts.accepted, counts.dropped), (3, 3, 0));
}

#[tokio::test]
async fn what_does_not_fit_into_the_queue_is_counted() {
    let options = UdpOptions { queue_records: 10, batch_records: 5, ..UdpOptions::default() };
    let input = start_with(Box::new(SyslogUdp::bind(LOOPBACK, clock(), options).await.expect("binds")), 0, 0, false);
    let sender = sender().await;
    for n in 0..200 {
        sender.send_to(format!("<13>{n}").as_bytes(), input.address).await.expect("sends");
        // Loopback keeps up, but its buffer is not endless either.
        input.until(|c| c.received > n).await;
    }
    let counts = input.counters.counts();
    assert!(counts.dropped >= 180, "{counts:?}");
    input.sink.leave.add_permits(1000);
    let (counts, left) = input.stop().await;
    assert_eq!(counts.accepted + counts.dropped, 200, "{counts:?}");
    assert_eq!(left.len() as u64, counts.accepted);
}

#[tokio::test]
async fn a_port_in_use_is_told_with_its_remedy() {
    let taken = sender().await;
    let address = taken.local_addr().expect("address");
    let error = SyslogUdp::bind(address, clock(), UdpOptions::default()).await.expect_err("taken");
    let text = error.to_string();
    assert!(text.contains(&format!("port {} is in use", address.port())) && text.contains("another port"), "{text}");
}

#[tokio::test]
async fn what_exceeds_a_sources_quota_is_counted_apart() {
    let quota = Quota { events_per_second: 1, bytes_per_second: 0, burst_seconds: 20 };
    let options = UdpOptions { quota, ..UdpOptions::default() };
    let mut input = start(SyslogUdp::bind(LOOPBACK, clock(), options).await.expect("binds"));
    let sender = sender().await;
    for n in 0..500 {
        sender.send_to(format!("<13>{n}").as_bytes(), input.address).await.expect("sends");
        input.until(|c| c.received > n).await;
    }
    assert_eq!(input.next_text().await, "<13>0");
    let told = input.trouble(TroubleKind::Quota).await;
    assert!(told.starts_with("127.0.0.1 (datagrams from 127.0.0.1:") && told.contains("TCP, TLS or RELP"), "{told}");
    let sources = input.counters.sources();
    let (counts, left) = input.stop().await;
    assert!(counts.dropped_quota >= 400 && counts.dropped == 0, "{counts:?}");
    assert_eq!(left.len() as u64 + 1 + counts.dropped_quota, 500);
    assert_eq!((sources[0].received, sources[0].dropped_quota), (500, counts.dropped_quota));
}

#[tokio::test]
async fn large_datagrams_that_wait_are_bounded_in_bytes() {
    let options = UdpOptions { queue_bytes: 200_000, batch_records: 1, ..UdpOptions::default() };
    let input = start_with(Box::new(SyslogUdp::bind(LOOPBACK, clock(), options).await.expect("binds")), 0, 0, false);
    let sender = sender().await;
    for n in 0..20 {
        sender.send_to(&[b'x'; 60_000], input.address).await.expect("sends");
        input.until(|c| c.received > n).await;
    }
    input.sink.leave.add_permits(1000);
    let (counts, left) = input.stop().await;
    // One sender may have half of the queue.
    assert_eq!((left.len(), counts.dropped), (1, 19));
}

#[tokio::test]
async fn a_flood_of_garbage_does_not_starve_another_sender() {
    let options = UdpOptions { queue_records: 1_000, batch_records: 10, ..UdpOptions::default() };
    let input = start_with(Box::new(SyslogUdp::bind(LOOPBACK, clock(), options).await.expect("binds")), 0, 0, false);
    let flood = sender().await;
    let good = UdpSocket::bind("127.0.0.2:0").await.expect("another address of this machine");
    let mut sent = 0;
    let mut send = async |from: &UdpSocket, datagram: &[u8]| {
        from.send_to(datagram, input.address).await.expect("sends");
        sent += 1;
        input.until(|c| c.received >= sent).await;
    };
    // The sink takes nothing; garbage comes a hundred times as often.
    for n in 0..40_u32 {
        for k in 0..100_u32 {
            send(&flood, &[&n.to_be_bytes()[..], &k.to_be_bytes(), b"\xff\xfe\x00garbage"].concat()).await;
        }
        send(&good, format!("<13>good {n}").as_bytes()).await;
    }
    input.sink.leave.add_permits(10_000);
    let (counts, left) = input.stop().await;
    let arrived = left.iter().filter(|r| r.bytes.starts_with(b"<13>good")).count();
    assert_eq!(arrived, 40, "{counts:?}");
    assert!(counts.dropped >= 3_000 && left.len() <= 1_000, "{counts:?}");
}

#[tokio::test]
async fn stopping_hands_on_what_arrived_and_frees_the_port() {
    let input = start(SyslogUdp::bind(LOOPBACK, clock(), UdpOptions::default()).await.expect("binds"));
    let (address, sender) = (input.address, sender().await);
    for n in 0..100 {
        sender.send_to(format!("<13>{n}").as_bytes(), address).await.expect("sends");
    }
    let (counts, left) = input.stop().await;
    assert_eq!((left.len() as u64, counts.dropped), (counts.accepted, 0));
    assert_eq!(counts.received, 100);
    let mut again = start(SyslogUdp::bind(address, clock(), UdpOptions::default()).await.expect("the port is free"));
    sender.send_to(b"<13>after", address).await.expect("sends");
    assert_eq!(again.next_text().await, "<13>after");
    again.stop().await;
}
