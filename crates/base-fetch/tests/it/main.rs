//! Asking servers that behave, and servers that do not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base_fetch::{Failure, Fetcher, Limits};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Small enough to be met at once.
const LIMITS: Limits = Limits { time: Duration::from_millis(500), body: 1_000 };

/// A server that says this to every connection; its port, and what it was asked.
async fn server(says: &'static [u8], hold: bool) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 4_096];
            let read = stream.read(&mut buffer).await.unwrap_or(0);
            let _ = heard.send(String::from_utf8_lossy(&buffer[..read]).into_owned());
            let _ = stream.write_all(says).await;
            if hold {
                held.push(stream);
            }
        }
    });
    (port, asked)
}

fn fetcher() -> Fetcher {
    Fetcher::new(None, LIMITS).unwrap()
}

#[tokio::test]
async fn documents_and_forms() {
    let (port, mut asked) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", false).await;
    let reply = fetcher().get(&format!("http://127.0.0.1:{port}/a?b=c")).await.unwrap();
    assert_eq!((reply.status, reply.body.as_ref()), (200, b"{}".as_slice()));
    let request = asked.recv().await.unwrap();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n") && request.contains(&format!("host: 127.0.0.1:{port}")));
    let address = format!("http://localhost:{port}");
    fetcher().post_form(&address, Some("Basic eDp5"), "a=b".to_owned()).await.unwrap();
    let request = asked.recv().await.unwrap();
    assert!(request.starts_with("POST / HTTP/1.1") && request.contains("authorization: Basic eDp5"), "{request}");
    assert!(request.contains("application/x-www-form-urlencoded"), "{request}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (other, mut reached) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let says = format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{other}/\r\ncontent-length: 0\r\n\r\n");
    let (port, _asked) = server(says.leak().as_bytes(), false).await;
    assert_eq!(fetcher().get(&format!("http://127.0.0.1:{port}/")).await.unwrap().status, 302);
    assert!(reached.try_recv().is_err());
}

#[tokio::test]
async fn servers_that_misbehave_are_named() {
    let long = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(5_000)).leak().as_bytes();
    let (long, _a) = server(long, false).await;
    let (slow, _b) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{", true).await;
    let (silent, _c) = server(b"", true).await;
    let (babble, _d) = server(b"SSH-2.0-OpenSSH\r\n", false).await;
    let (short, _e) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", false).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let told = |port: u16| async move { fetcher().get(&format!("http://127.0.0.1:{port}/")).await.unwrap_err() };
    assert!(matches!(told(long).await, Failure::TooLong(_, 1_000)));
    assert!(matches!(told(slow).await, Failure::TooSlow(..)));
    assert!(matches!(told(silent).await, Failure::TooSlow(..)));
    assert!(matches!(told(babble).await, Failure::Protocol(..)));
    assert!(matches!(told(short).await, Failure::Protocol(..)));
    let refused = told(free).await;
    assert!(matches!(refused, Failure::Unreachable(..)) && refused.to_string().contains(&free.to_string()));
    let plain = fetcher().get(&format!("https://127.0.0.1:{babble}/")).await.unwrap_err();
    assert!(matches!(plain, Failure::Certificate(..)), "{plain}");
    for bad in ["", "id.example", "ftp://a/", "http://u:p@127.0.0.1/", "https://", "http://a b/"] {
        assert!(matches!(fetcher().get(bad).await, Err(Failure::Address(_))), "{bad}");
    }
}

#[tokio::test]
async fn only_known_authorities_are_trusted() {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    let address = format!("https://localhost:{port}/");
    let refused = fetcher().get(&address).await.unwrap_err();
    assert!(matches!(refused, Failure::Certificate(..)) && refused.to_string().contains("--outbound-ca"), "{refused}");

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, pair.cert.pem()).unwrap();
    let trusting = Fetcher::new(Some(&file), LIMITS).unwrap();
    assert_eq!(trusting.get(&address).await.unwrap().status, 200);
    let other = trusting.get(&format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(other, Failure::Certificate(..)), "a certificate of another name: {other}");

    std::fs::write(&file, "rubbish").unwrap();
    for file in [file, dir.path().join("none.pem")] {
        assert!(Fetcher::new(Some(&file), LIMITS).unwrap_err().to_string().contains(".pem"));
    }
}
