//! Syslog over TLS: certificates of senders, reload, framing.

use crate::given::Authority;
use crate::sender::{tls_client, tls_connect};
use crate::{LOOPBACK, clock, start};
use engine_intake::{Certificates, Identity, Listener, Origin, TcpOptions, TroubleKind};
use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

async fn input(certificates: Arc<Certificates>, options: TcpOptions) -> Listener {
    Listener::syslog_tls(LOOPBACK, clock(), options, certificates).await.expect("binds")
}

#[tokio::test]
async fn a_senders_certificate_is_its_identity() {
    let authority = Authority::new();
    authority.sign("web01.camau.example");
    let mut running = start(input(authority.certificates(true, false), TcpOptions::default()).await);
    let mut known =
        tls_connect(running.address, tls_client(&authority, Some("web01.camau.example"))).await.expect("connects");
    known.write_all(b"9 <13>known").await.expect("sends");
    known.flush().await.expect("sends");
    let record = running.next().await;
    let Some(identity @ Identity::Certificate { subject, fingerprint }) = record.identity.as_deref() else {
        panic!("{record:?}")
    };
    assert_eq!((subject.as_str(), fingerprint.len()), ("CN=web01.camau.example", 64));
    assert!(identity.to_string().starts_with("CN=web01.camau.example (sha-256:"));
    // Optional: without a certificate the address is what is known.
    let mut stranger = tls_connect(running.address, tls_client(&authority, None)).await.expect("connects");
    stranger.write_all(b"<13>by lines\n<13>too\n").await.expect("sends");
    stranger.flush().await.expect("sends");
    assert_eq!(running.next_texts(2).await, ["<13>by lines", "<13>too"]);
    let origins: Vec<_> = running.counters.sources().into_iter().filter_map(|s| s.origin).collect();
    assert_eq!(origins.iter().filter(|o| matches!(o, Origin::Known(_))).count(), 1);
    assert_eq!(origins.len(), 2, "figures and quotas are by identity");
    running.stop().await;
}

#[tokio::test]
async fn a_required_certificate_is_verified_and_its_absence_told() {
    let (authority, foreign) = (Authority::new(), Authority::new());
    authority.sign("a.example");
    foreign.sign("b.example");
    let mut running = start(input(authority.certificates(true, true), TcpOptions::default()).await);
    // In TLS 1.3 the client hears of a refusal with its first read.
    let mut none = tls_connect(running.address, tls_client(&authority, None)).await.expect("half-way");
    let _ = none.write_all(b"<13>nobody\n").await;
    running.until(|c| c.handshakes_failed == 1).await;
    assert!(running.trouble(TroubleKind::Handshake).await.contains("give the sender a certificate"));
    for name in ["b.example.crt", "b.example.key"] {
        std::fs::copy(foreign.path(name), authority.path(name)).expect("copies");
    }
    let mut wrong = tls_connect(running.address, tls_client(&authority, Some("b.example"))).await.expect("half-way");
    let _ = wrong.write_all(b"<13>somebody else\n").await;
    running.until(|c| c.handshakes_failed == 2).await;
    assert!(running.trouble(TroubleKind::Handshake).await.contains("must be signed by an authority"));
    let mut right = tls_connect(running.address, tls_client(&authority, Some("a.example"))).await.expect("connects");
    right.write_all(b"<13>known\n").await.expect("sends");
    right.flush().await.expect("sends");
    assert_eq!(running.next_text().await, "<13>known");
    assert!(running.stop().await.1.is_empty());
}

/// The certificate the server shows.
async fn shown(at: std::net::SocketAddr, authority: &Authority) -> CertificateDer<'static> {
    let stream = tokio::net::TcpStream::connect(at).await.expect("connects");
    let name = rustls::pki_types::ServerName::try_from("localhost").expect("name");
    let stream =
        tokio_rustls::TlsConnector::from(tls_client(authority, None)).connect(name, stream).await.expect("TLS");
    stream.get_ref().1.peer_certificates().expect("shown")[0].clone().into_owned()
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_without_a_restart() {
    let authority = Authority::new();
    let options = TcpOptions { certificate_check: Duration::from_millis(10), ..TcpOptions::default() };
    let mut running = start(input(authority.certificates(false, false), options).await);
    let mut open = tls_connect(running.address, tls_client(&authority, None)).await.expect("connects");
    let first = shown(running.address, &authority).await;
    // Half a change: what was read before stays in use, and the log says why.
    std::fs::write(authority.path("server.example.crt"), "oops").expect("writes");
    while running.counters.troubles().is_empty() {
        tokio::task::yield_now().await;
    }
    let told = running.trouble(TroubleKind::Certificate).await;
    assert!(told.contains("server.example.crt") && told.contains("stays in use"), "{told}");
    assert_eq!(shown(running.address, &authority).await, first);
    authority.sign("server.example");
    while shown(running.address, &authority).await == first {}
    open.write_all(b"<13>an open connection goes on\n").await.expect("sends");
    open.flush().await.expect("sends");
    assert_eq!(running.next_text().await, "<13>an open connection goes on");
    running.stop().await;
}

#[tokio::test]
async fn whoever_connects_without_a_word_is_closed() {
    let authority = Authority::new();
    let options = TcpOptions { handshake_timeout: Duration::from_millis(50), ..TcpOptions::default() };
    let running = start(input(authority.certificates(false, false), options).await);
    let mut silent = tokio::net::TcpStream::connect(running.address).await.expect("connects");
    assert!(matches!(tokio::io::AsyncReadExt::read(&mut silent, &mut [0; 1]).await, Ok(0) | Err(_)));
    assert!(running.trouble(TroubleKind::Handshake).await.contains("the sender may not speak TLS"));
    running.stop().await;
}
