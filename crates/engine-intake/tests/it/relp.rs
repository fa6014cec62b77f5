//! RELP: sessions, acknowledgements, senders that do not read them.

use crate::given::Authority;
use crate::sender::{Sender, Way};
use crate::{LOOPBACK, Running, clock, start, start_with};
use engine_intake::{Listener, TcpOptions, TroubleKind};
use std::time::Duration;

async fn input(options: TcpOptions) -> Listener {
    Listener::relp(LOOPBACK, clock(), options, None).await.expect("binds")
}

async fn silent(running: &Running) -> Sender {
    Sender::silent(Way::Relp, running.address, &Authority::new()).await.expect("connects")
}

async fn answered(sender: &Sender, wanted: &str) {
    while !sender.answers().contains(wanted) {
        assert!(!sender.is_closed(), "closed after {:?}", sender.answers());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_session_from_open_to_close() {
    let mut running = start(input(TcpOptions::default()).await);
    let mut sender = silent(&running).await;
    let offers = "relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog";
    sender.raw(format!("1 open {} {offers}\n", offers.len()).as_bytes()).await.expect("sends");
    answered(&sender, "commands=syslog\n").await;
    assert!(sender.answers().starts_with("1 rsp ") && sender.answers().contains(" 200 OK\nrelp_version=0\n"));
    sender.raw(b"2 syslog 9 <13>one\r\n\n3 syslog 0\n4 eventlog 2 hi\n").await.expect("sends");
    answered(&sender, "2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 25 500 command not supported\n").await;
    assert_eq!(running.next_text().await, "<13>one\r\n");
    sender.raw(b"5 close 0\n").await.expect("sends");
    sender.closed().await;
    assert!(sender.answers().ends_with("5 rsp 0\n0 serverclose 0\n"), "{}", sender.answers());
    assert_eq!(running.stop().await.0.accepted, 1);
}

#[tokio::test]
async fn nothing_is_acknowledged_before_it_is_safe() {
    let mut running = start_with(Box::new(input(TcpOptions::default()).await), 0, 3, false);
    let mut sender = Sender::connect(Way::Relp, running.address, &Authority::new()).await;
    sender.send(&["<13>a", "<13>b"]).await;
    running.until(|c| c.waits == 3).await;
    assert_eq!(sender.acknowledged(), 0, "the sink is busy");
    running.sink.leave.add_permits(10);
    sender.until_acknowledged(2).await;
    assert_eq!(running.next_texts(2).await, ["<13>a", "<13>b"]);
    running.stop().await;
}

#[tokio::test]
async fn a_sink_that_fails_until_the_stop_gets_no_acknowledgement_out_of_us() {
    let running = start_with(Box::new(input(TcpOptions::default()).await), 0, usize::MAX, false);
    let mut sender = Sender::connect(Way::Relp, running.address, &Authority::new()).await;
    sender.send(&["<13>a"]).await;
    running.until(|c| c.waits > 0).await;
    let (counts, left) = running.stop().await;
    sender.closed().await;
    assert_eq!((sender.acknowledged(), left.len()), (0, 0));
    assert_eq!((counts.accepted, counts.dropped), (0, 0), "the sender has it still, so nothing was lost");
}

#[tokio::test]
async fn a_sender_that_never_reads_its_acknowledgements_hurts_only_itself() {
    let options = TcpOptions { write_timeout: Duration::from_millis(100), ..TcpOptions::default() };
    let mut running = start(input(options).await);
    let mut deaf = tokio::net::TcpStream::connect(running.address).await.expect("connects");
    let sending = tokio::spawn(async move {
        let write = tokio::io::AsyncWriteExt::write_all;
        let mut ok = write(&mut deaf, b"1 open 30 relp_version=0\ncommands=syslog\n").await.is_ok();
        let many = b"2 syslog 5 <13>a\n".repeat(1000);
        while ok {
            ok = write(&mut deaf, &many).await.is_ok();
        }
    });
    let mut good = Sender::connect(Way::Relp, running.address, &Authority::new()).await;
    running.until(|c| c.connections_slow == 1).await;
    assert!(running.trouble(TroubleKind::Unread).await.contains("acknowledgements were not read"));
    good.send(&["<13>good"]).await;
    good.until_acknowledged(1).await;
    while running.next_text().await != "<13>good" {}
    sending.await.expect("ends: the connection was closed");
    running.stop().await;
}

#[tokio::test]
async fn what_is_no_session_is_told_with_its_remedy() {
    for (bytes, expected) in [
        (&b"<13>syslog on the wrong port\n"[..], "send to the port of syslog over TCP"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "the sender speaks TLS"),
        (b"1 syslog 5 <13>a\n", "before the session was opened"),
        (b"1 open 15 commands=syslog\n", "relp_version is missing"),
        (b"1 open 14 relp_version=0\n2 open 14 relp_version=0\n", "opened twice"),
    ] {
        let running = start(input(TcpOptions::default()).await);
        let mut sender = silent(&running).await;
        sender.raw(bytes).await.expect("sends");
        sender.closed().await;
        let told = running.trouble(TroubleKind::Framing).await;
        assert!(told.contains(expected), "{told}");
        assert_eq!(running.stop().await.0.framing_errors, 1);
    }
    let options = TcpOptions { handshake_timeout: Duration::from_millis(50), ..TcpOptions::default() };
    let running = start(input(options).await);
    let mut sender = silent(&running).await;
    sender.closed().await;
    assert!(running.trouble(TroubleKind::Framing).await.contains("no session was opened"));
    running.stop().await;
}

#[tokio::test]
async fn what_came_before_broken_framing_is_kept_and_acknowledged() {
    let mut running = start(input(TcpOptions::default()).await);
    let mut sender = Sender::connect(Way::Relp, running.address, &Authority::new()).await;
    sender.raw(b"2 syslog 5 <13>a\n3 syslog 5 <13>bx").await.expect("sends");
    sender.closed().await;
    assert_eq!((sender.acknowledged(), running.next_text().await.as_str()), (1, "<13>a"));
    let (counts, left) = running.stop().await;
    assert!(left.is_empty());
    assert_eq!(counts.framing_errors, 1);
}
