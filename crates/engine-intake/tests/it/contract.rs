//! The contract of every input with connections, run for each of them. Those of UDP and of files, which
//! nobody can be asked to wait for or which nobody sends, are beside their inputs.

use crate::given::Authority;
use crate::sender::{Sender, Way};
use crate::{LOOPBACK, Running, start_with};
use engine_intake::{Quota, TcpOptions, TroubleKind};
use std::time::Duration;

/// Everything of one test.
struct Stage {
    way: Way,
    authority: Authority,
}

impl Stage {
    fn new(way: Way) -> Self {
        Self { way, authority: Authority::new() }
    }

    async fn start(&self, options: TcpOptions) -> Running {
        self.start_with(options, 1_000_000, 0, false).await
    }

    async fn start_with(&self, options: TcpOptions, leave: usize, busy: usize, deny: bool) -> Running {
        let input = self.way.bind(LOOPBACK, options, &self.authority).await.expect("binds");
        start_with(input, leave, busy, deny)
    }

    async fn connect(&self, running: &Running) -> Sender {
        Sender::connect(self.way, running.address, &self.authority).await
    }
}

async fn records_arrive_as_sent_and_in_order(stage: Stage) {
    let mut input = stage.start(TcpOptions::default()).await;
    let mut sender = stage.connect(&input).await;
    let records: Vec<String> =
        (0..5000).map(|n| format!("<13>1 - máy-{n} ứng-dụng - - - {}", "x".repeat(n % 300))).collect();
    let texts: Vec<&str> = records.iter().map(String::as_str).collect();
    sender.send(&texts).await;
    let first = input.next().await;
    assert_eq!(
        (first.transport, first.truncated, &first.bytes[..]),
        (stage.way.transport(), false, records[0].as_bytes())
    );
    assert!(first.peer.ip().is_loopback() && first.identity.is_none());
    assert_eq!(input.next_texts(4999).await, records[1..]);
    let sources = input.counters.sources();
    assert_eq!((sources.len(), sources[0].received), (1, 5000));
    let (counts, left) = input.stop().await;
    assert!(left.is_empty());
    assert_eq!((counts.received, counts.accepted, counts.dropped, counts.framing_errors), (5000, 5000, 0, 0));
    assert_eq!((counts.connections, counts.connections_open), (1, 0));
}

async fn a_busy_sink_makes_the_sender_wait_and_nothing_is_lost(stage: Stage) {
    let mut input = stage.start_with(TcpOptions::default(), 0, 2, false).await;
    let mut sender = stage.connect(&input).await;
    // Far more than all buffers between: the sender gets stuck before it is done.
    let (total, record) = (30_000, format!("<13>{}", "x".repeat(1000)));
    let sending = tokio::spawn(async move {
        for _ in 0..total / 100 {
            sender.send(&vec![record.as_str(); 100]).await;
        }
        sender
    });
    input.until(|c| c.waits >= 2).await;
    assert!(!sending.is_finished());
    assert!(input.records.try_recv().is_err(), "nothing was taken yet");
    let read = input.counters.counts().bytes;
    assert!(read <= 512 * 1024, "{read} bytes were read although nothing could be put away");
    input.sink.leave.add_permits(1_000_000);
    for _ in 0..total {
        input.next().await;
    }
    let sender = sending.await.expect("done");
    if stage.way.is_relp() {
        sender.until_acknowledged(total).await;
    }
    let counts = input.stop().await.0;
    assert_eq!((counts.accepted, counts.dropped), (total as u64, 0));
}

async fn a_source_over_its_quota_is_slowed_and_loses_nothing(stage: Stage) {
    let quota = Quota { events_per_second: 5000, bytes_per_second: 0, burst_seconds: 1 };
    let mut input = stage.start(TcpOptions { quota, ..TcpOptions::default() }).await;
    let mut sender = stage.connect(&input).await;
    sender.send(&vec!["<13>within"; 4000]).await;
    input.next_texts(4000).await;
    assert_eq!(input.counters.counts().slowed, 0);
    sender.send(&vec!["<13>beyond"; 3000]).await;
    input.next_texts(3000).await;
    // The next read waits until what was taken too early has been paid for.
    input.until(|c| c.slowed > 0).await;
    let told = input.trouble(TroubleKind::Quota).await;
    assert!(told.starts_with("127.0.0.1 (connection 127.0.0.1:") && told.contains("made to wait"), "{told}");
    assert_eq!(input.counters.sources()[0].slowed, input.counters.counts().slowed);
    let counts = input.stop().await.0;
    assert_eq!((counts.accepted, counts.dropped, counts.dropped_quota), (7000, 0, 0));
}

async fn stopping_loses_nothing_acknowledged_and_frees_the_port(stage: Stage) {
    let mut input = stage.start(TcpOptions::default()).await;
    let address = input.address;
    let mut sender = stage.connect(&input).await;
    sender.send(&["<13>one", "<13>two"]).await;
    assert_eq!(input.next_texts(2).await, ["<13>one", "<13>two"]);
    let sending = tokio::spawn(async move {
        let mut sent = 0;
        let record = sender.framed("<13>under way");
        while sent < 50_000 && sender.raw(&record).await.is_ok() {
            sent += 1;
        }
        sender.closed().await;
        sender
    });
    input.until(|c| c.accepted > 200).await;
    let (counts, left) = input.stop().await;
    let sender = sending.await.expect("sender");
    // Whatever the sink has not taken was not acknowledged, and the other way round nothing that was is missing.
    assert!(
        sender.acknowledged() <= left.len() + 2,
        "{} acknowledged, {} taken",
        sender.acknowledged(),
        left.len() + 2
    );
    assert_eq!(counts.accepted, left.len() as u64 + 2);
    assert_eq!((counts.dropped, counts.connections_open), (0, 0));
    if stage.way.is_relp() {
        assert!(sender.answers().ends_with("0 serverclose 0\n"), "told that we close");
    }
    // The same port at once, as after a restart of the program.
    let again = stage.way.bind(address, TcpOptions::default(), &stage.authority).await.expect("the port is free");
    let mut again = start_with(again, 1_000_000, 0, false);
    let mut sender = stage.connect(&again).await;
    sender.send(&["<13>after the restart"]).await;
    assert_eq!(again.next_text().await, "<13>after the restart");
    again.stop().await;
}

async fn a_port_in_use_is_told_with_its_remedy(stage: Stage) {
    let taken = tokio::net::TcpListener::bind(LOOPBACK).await.expect("binds");
    let address = taken.local_addr().expect("address");
    let Err(error) = stage.way.bind(address, TcpOptions::default(), &stage.authority).await else { panic!("bound") };
    let text = error.to_string();
    assert!(text.contains(&format!("port {} is in use", address.port())) && text.contains("ss -ltnp"), "{text}");
}

async fn thousands_of_connections_meet_a_limit_and_the_first_ones_work_on(stage: Stage) {
    let options = TcpOptions {
        max_connections: 20,
        max_connections_per_peer: 20,
        handshake_timeout: Duration::from_secs(600),
        ..TcpOptions::default()
    };
    let mut input = stage.start(options).await;
    let mut first = stage.connect(&input).await;
    let mut others = Vec::new();
    for n in 1..400_u64 {
        let Ok(stream) = tokio::net::TcpStream::connect(input.address).await else { break };
        others.push(stream);
        input.until(|c| c.connections + c.connections_refused > n).await;
    }
    let counts = input.counters.counts();
    assert_eq!((counts.connections_open, counts.connections_refused), (20, others.len() as u64 - 19));
    let told = input.trouble(TroubleKind::Connections).await;
    assert!(told.contains("20 connections of this address are open; "), "{told}");
    first.send(&["<13>hello"]).await;
    assert_eq!(input.next_text().await, "<13>hello");
    // A seat is given on.
    drop(others);
    input.until(|c| c.connections_open == 1).await;
    let mut new = stage.connect(&input).await;
    new.send(&["<13>new"]).await;
    assert_eq!(input.next_text().await, "<13>new");
    input.stop().await;
}

async fn a_silent_sender_is_closed_after_a_while(stage: Stage) {
    let options = TcpOptions { idle_timeout: Duration::from_millis(80), ..TcpOptions::default() };
    let mut input = stage.start(options).await;
    let mut sender = stage.connect(&input).await;
    sender.send(&["<13>then nothing"]).await;
    assert_eq!(input.next_text().await, "<13>then nothing");
    sender.closed().await;
    assert_eq!(input.stop().await.0.connections_idle, 1);
}

async fn bytes_that_trickle_in_do_not_hold_a_seat(stage: Stage) {
    let options = TcpOptions { record_timeout: Duration::from_millis(150), ..TcpOptions::default() };
    let input = stage.start(options).await;
    let mut sender = stage.connect(&input).await;
    let _ = sender.raw(&sender.unfinished(1)).await;
    while !sender.is_closed() {
        let _ = sender.raw(b"x").await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let told = input.trouble(TroubleKind::Slow).await;
    assert!(told.contains("a record was not ended") && told.contains(", byte "), "{told}");
    let (counts, left) = input.stop().await;
    assert_eq!((counts.connections_slow, counts.connections_idle), (1, 0));
    // Without acknowledgement the beginning is all there will ever be; with it the sender has it still.
    assert_eq!(left.iter().filter(|r| r.bytes.starts_with(b"<13>x")).count(), usize::from(!stage.way.is_relp()));
}

async fn rubbish_is_counted_and_told_and_does_not_disturb_others(stage: Stage) {
    let mut input = stage.start(TcpOptions { max_record_bytes: 1000, ..TcpOptions::default() }).await;
    let rubbish: Vec<u8> =
        (0..20_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).expect("a byte")).collect();
    let mut bad = stage.connect(&input).await;
    let _ = bad.raw(b"7 <13>one-99 what is this\n").await;
    let _ = bad.raw(&rubbish).await;
    input.until(|c| c.framing_errors == 1).await;
    let told = input.trouble(TroubleKind::Framing).await;
    assert!(
        told.starts_with("127.0.0.1 (connection 127.0.0.1:") && told.contains(", byte ") && told.contains("; "),
        "{told}"
    );
    drop(bad);
    // Rubbish before the first word, too; on a port with TLS it never gets that far.
    let mut raw = tokio::net::TcpStream::connect(input.address).await.expect("connects");
    let _ = tokio::io::AsyncWriteExt::write_all(&mut raw, &rubbish).await;
    drop(raw);
    if stage.way.is_tls() {
        input.until(|c| c.handshakes_failed == 1).await;
        let told = input.trouble(TroubleKind::Handshake).await;
        assert!(told.contains("does not speak TLS"), "{told}");
    }
    let mut good = stage.connect(&input).await;
    good.send(&["<13>still here"]).await;
    while input.next_text().await != "<13>still here" {}
    let counts = input.stop().await.0;
    assert_eq!(counts.received, counts.accepted);
}

async fn a_record_too_long_is_cut_in_bounded_memory(stage: Stage) {
    let mut input = stage.start(TcpOptions { max_record_bytes: 64 * 1024, ..TcpOptions::default() }).await;
    let mut sender = stage.connect(&input).await;
    let long = format!("<13>{}", "A".repeat(20_000_000));
    sender.send(&[&long, "<13>next"]).await;
    let cut = input.next().await;
    assert!(cut.truncated);
    assert_eq!(cut.bytes.len(), 64 * 1024);
    assert_eq!(input.next_text().await, "<13>next");
    let told = input.trouble(TroubleKind::Oversized).await;
    assert!(told.contains("longer than 65536 bytes") && told.contains("its beginning was kept"), "{told}");
    let counts = input.stop().await.0;
    assert_eq!((counts.received, counts.truncated, counts.bytes), (2, 1, 64 * 1024 + 8));
}

async fn unfinished_records_of_many_hold_bounded_memory(stage: Stage) {
    let options = TcpOptions { max_held_bytes: 300_000, ..TcpOptions::default() };
    let mut input = stage.start(options).await;
    let mut senders = Vec::new();
    for _ in 0..8 {
        let mut sender = stage.connect(&input).await;
        let bytes = sender.unfinished(100_000);
        let _ = sender.raw(&bytes).await;
        senders.push(sender);
    }
    if stage.way.is_relp() {
        // A message cannot be acknowledged in part: connections are closed, the senders repeat.
        input.until(|c| c.connections - c.connections_open >= 5).await;
    } else {
        input.until(|c| c.truncated >= 5).await;
        assert!(input.next().await.truncated);
    }
    let mut good = stage.connect(&input).await;
    good.send(&["<13>room for small ones"]).await;
    while input.next_text().await != "<13>room for small ones" {}
    input.stop().await;
}

async fn what_the_sink_does_not_want_is_counted(stage: Stage) {
    let input = stage.start_with(TcpOptions::default(), 0, 0, true).await;
    let mut sender = stage.connect(&input).await;
    sender.send(&["<13>who is this"]).await;
    let counts = input.until(|c| c.refused == 1).await;
    assert_eq!((counts.accepted, counts.dropped), (0, 0));
    if stage.way.is_relp() {
        while !sender.answers().contains("2 rsp 18 500 unknown sender\n") {
            tokio::task::yield_now().await;
        }
    }
    input.stop().await;
}

macro_rules! contract {
    ($($way:ident as $name:ident),*) => {
        $(mod $name {
            use super::{Stage, Way};
            contract!(@tests $way: records_arrive_as_sent_and_in_order,
                a_busy_sink_makes_the_sender_wait_and_nothing_is_lost,
                a_source_over_its_quota_is_slowed_and_loses_nothing,
                stopping_loses_nothing_acknowledged_and_frees_the_port,
                a_port_in_use_is_told_with_its_remedy,
                thousands_of_connections_meet_a_limit_and_the_first_ones_work_on,
                a_silent_sender_is_closed_after_a_while,
                bytes_that_trickle_in_do_not_hold_a_seat,
                rubbish_is_counted_and_told_and_does_not_disturb_others,
                a_record_too_long_is_cut_in_bounded_memory,
                unfinished_records_of_many_hold_bounded_memory,
                what_the_sink_does_not_want_is_counted);
        })*
    };
    (@tests $way:ident: $($test:ident),*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            super::$test(Stage::new(Way::$way)).await;
        })*
    };
}

contract!(Tcp as tcp, Tls as tls, Relp as relp, RelpTls as relp_over_tls);
