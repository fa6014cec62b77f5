//! Syslog over TCP.

use crate::{LOOPBACK, clock, start};
use engine_intake::{Listener, TcpOptions, Transport, TroubleKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn input(options: TcpOptions) -> Listener {
    Listener::syslog_tcp(LOOPBACK, clock(), options).await.expect("binds")
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("connects")
}

async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(address).await;
    stream.write_all(bytes).await.expect("sends");
    stream
}

#[tokio::test]
async fn lines_and_counted_records_arrive_from_different_connections() {
    let mut input = start(input(TcpOptions::default()).await);
    let _lines = send(input.address, b"<13>Mar  1 08:00:00 pc su: a\r\n<14>b\n").await;
    let first = input.next().await;
    assert_eq!((&first.bytes[..], first.transport), (&b"<13>Mar  1 08:00:00 pc su: a"[..], Transport::SyslogTcp));
    assert_eq!(input.next_text().await, "<14>b");
    let _counted = send(input.address, b"24 <13>1 - pc app - - - xy\n5 <1>zz").await;
    assert_eq!(input.next_text().await, "<13>1 - pc app - - - xy");
    assert_eq!(input.next_text().await, "<1>zz");
    let counts = input.stop().await.0;
    assert_eq!((counts.received, counts.accepted, counts.connections, counts.framing_errors), (4, 4, 2, 0));
    assert_eq!(counts.connections_open, 0);
}

#[tokio::test]
async fn a_record_in_pieces_is_put_together_and_a_last_line_without_end_is_kept() {
    let mut input = start(input(TcpOptions::default()).await);
    let mut stream = connect(input.address).await;
    stream.set_nodelay(true).expect("option");
    for byte in b"<13>slowly typed\n<14>no end" {
        stream.write_all(&[*byte]).await.expect("sends");
    }
    assert_eq!(input.next_text().await, "<13>slowly typed");
    drop(stream);
    assert_eq!(input.next_text().await, "<14>no end");
    input.stop().await;
}

#[tokio::test]
async fn rubbish_is_kept_and_does_not_disturb_others() {
    let mut input = start(input(TcpOptions { max_record_bytes: 1000, ..TcpOptions::default() }).await);
    // A TLS hello, as when a sender is set to the wrong port, then random bytes with a length in front.
    let rubbish: Vec<u8> =
        (0..20_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).expect("a byte")).collect();
    let mut garbage = send(input.address, &[0x16, 3, 1, 2, 0, 1]).await;
    garbage.write_all(&rubbish).await.expect("sends");
    let told = input.trouble(TroubleKind::Framing).await;
    assert!(told.contains("the sender speaks TLS, this port does not"), "{told}");
    let _broken = send(input.address, b"5 <1>ab-99 what is this\n").await;
    drop(garbage);
    input.until(|c| c.framing_errors == 1 && c.connections_open == 1).await;
    let _good = send(input.address, b"<13>still here\n").await;
    while input.next_text().await != "<13>still here" {}
    let counts = input.stop().await.0;
    assert_eq!(counts.received, counts.accepted);
}

#[tokio::test]
async fn a_line_of_100_mb_is_cut_in_bounded_memory() {
    let mut input = start(input(TcpOptions { max_record_bytes: 64 * 1024, ..TcpOptions::default() }).await);
    let mut stream = connect(input.address).await;
    let piece = vec![b'A'; 1 << 20];
    for _ in 0..100 {
        stream.write_all(&piece).await.expect("sends");
    }
    stream.write_all(b"\n<13>next\n").await.expect("sends");
    let long = input.next().await;
    assert!(long.truncated);
    assert_eq!(long.bytes.len(), 64 * 1024);
    assert_eq!(input.next_text().await, "<13>next");
    let counts = input.stop().await.0;
    assert_eq!((counts.received, counts.truncated, counts.bytes), (2, 1, 64 * 1024 + 8));
}

/// `true` when the other side closes.
async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn one_address_cannot_take_all_seats() {
    let options = TcpOptions { max_connections: 10, max_connections_per_peer: 2, ..TcpOptions::default() };
    let input = start(input(options).await);
    let _first = connect(input.address).await;
    let _second = connect(input.address).await;
    let mut third = connect(input.address).await;
    assert!(is_closed(&mut third).await);
    assert_eq!(input.counters.counts().connections_refused, 1);
    input.stop().await;
}

#[tokio::test]
async fn a_stalled_client_is_closed_and_its_half_record_kept() {
    let options = TcpOptions { idle_timeout: Duration::from_millis(50), ..TcpOptions::default() };
    let mut input = start(input(options).await);
    let mut stream = send(input.address, b"<13>half a li").await;
    assert!(is_closed(&mut stream).await);
    assert_eq!(input.next_text().await, "<13>half a li");
    assert_eq!(input.stop().await.0.connections_idle, 1);
}

#[tokio::test]
async fn stopping_hands_on_what_arrived_and_closes() {
    let mut input = start(input(TcpOptions::default()).await);
    let mut stream = send(input.address, b"<13>whole\n<14>half").await;
    assert_eq!(input.next_text().await, "<13>whole");
    let address = input.address;
    let (counts, left) = input.stop().await;
    assert_eq!(left.len(), 1);
    assert_eq!(&left[0].bytes[..], b"<14>half");
    assert_eq!(counts.connections_open, 0);
    assert!(is_closed(&mut stream).await);
    assert!(TcpStream::connect(address).await.is_err(), "no longer listening");
}
