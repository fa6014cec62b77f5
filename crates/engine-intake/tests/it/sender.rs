//! A sender of each way, written by hand, so that it can also misbehave.

use crate::clock;
use crate::given::{Authority, pem};
use engine_intake::{Input, IntakeError, Listener, TcpOptions, Transport};
use rustls::pki_types::{PrivateKeyDer, ServerName, pem::PemObject};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

pub(crate) trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Both for S {}

/// A way records come over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Tcp,
    /// Octet-counted, as RFC 5425 asks.
    Tls,
    Relp,
    RelpTls,
}

impl Way {
    pub(crate) const fn is_relp(self) -> bool {
        matches!(self, Way::Relp | Way::RelpTls)
    }

    pub(crate) const fn is_tls(self) -> bool {
        matches!(self, Way::Tls | Way::RelpTls)
    }

    pub(crate) const fn transport(self) -> Transport {
        match self {
            Way::Tcp => Transport::SyslogTcp,
            Way::Tls => Transport::SyslogTls,
            Way::Relp | Way::RelpTls => Transport::Relp,
        }
    }

    pub(crate) async fn bind(
        self,
        at: SocketAddr,
        options: TcpOptions,
        authority: &Authority,
    ) -> Result<Box<dyn Input>, IntakeError> {
        Ok(match self {
            Way::Tcp => Box::new(Listener::syslog_tcp(at, clock(), options).await?),
            Way::Tls => {
                Box::new(Listener::syslog_tls(at, clock(), options, authority.certificates(false, false)).await?)
            }
            Way::Relp => Box::new(Listener::relp(at, clock(), options, None).await?),
            Way::RelpTls => {
                Box::new(Listener::relp(at, clock(), options, Some(authority.certificates(false, false))).await?)
            }
        })
    }
}

/// A TLS client that trusts the authority and shows a certificate when it has one.
pub(crate) fn tls_client(authority: &Authority, own: Option<&str>) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(pem(&authority.path("ca.crt")));
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    Arc::new(match own {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let key = PrivateKeyDer::from_pem_file(authority.path(&format!("{name}.key"))).expect("key");
            builder.with_client_auth_cert(pem(&authority.path(&format!("{name}.crt"))), key).expect("fits")
        }
    })
}

pub(crate) async fn tls_connect(at: SocketAddr, config: Arc<rustls::ClientConfig>) -> std::io::Result<Box<dyn Both>> {
    let stream = TcpStream::connect(at).await?;
    let name = ServerName::try_from("localhost").expect("name");
    let stream = tokio_rustls::TlsConnector::from(config).connect(name, stream).await?;
    Ok(Box::new(stream))
}

/// A sender; what it is answered is gathered by a task of its own.
pub(crate) struct Sender {
    way: Way,
    write: WriteHalf<Box<dyn Both>>,
    answers: Arc<Mutex<Vec<u8>>>,
    closed: JoinHandle<()>,
    txnr: u32,
}

impl Sender {
    pub(crate) async fn connect(way: Way, at: SocketAddr, authority: &Authority) -> Self {
        Self::try_connect(way, at, authority).await.expect("connects")
    }

    /// Connects, and opens the session where there is one.
    pub(crate) async fn try_connect(way: Way, at: SocketAddr, authority: &Authority) -> std::io::Result<Self> {
        let mut sender = Self::silent(way, at, authority).await?;
        if way.is_relp() {
            sender.raw(b"1 open 30 relp_version=0\ncommands=syslog\n").await?;
        }
        Ok(sender)
    }

    /// Connects without a word.
    pub(crate) async fn silent(way: Way, at: SocketAddr, authority: &Authority) -> std::io::Result<Self> {
        let stream: Box<dyn Both> = if way.is_tls() {
            tls_connect(at, tls_client(authority, None)).await?
        } else {
            let stream = TcpStream::connect(at).await?;
            stream.set_nodelay(true)?;
            Box::new(stream)
        };
        let (mut read, write) = tokio::io::split(stream);
        let answers: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = answers.clone();
        let closed = tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok(count @ 1..) = read.read(&mut buffer).await {
                kept.lock().expect("answers").extend_from_slice(&buffer[..count]);
            }
        });
        Ok(Self { way, write, answers, closed, txnr: 1 })
    }

    pub(crate) async fn raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.write.write_all(bytes).await?;
        self.write.flush().await
    }

    /// The bytes of one record as this way writes them.
    pub(crate) fn framed(&mut self, record: &str) -> Vec<u8> {
        self.txnr += 1;
        match self.way {
            Way::Tcp => format!("{record}\n").into_bytes(),
            Way::Tls => format!("{} {record}", record.len()).into_bytes(),
            Way::Relp | Way::RelpTls => format!("{} syslog {} {record}\n", self.txnr, record.len()).into_bytes(),
        }
    }

    /// As many bytes of a record as are asked for; its end never comes.
    pub(crate) fn unfinished(&self, bytes: usize) -> Vec<u8> {
        let text = format!("<13>{}", "x".repeat(bytes));
        match self.way {
            Way::Tcp => text.into_bytes(),
            Way::Tls => format!("9999999 {text}").into_bytes(),
            Way::Relp | Way::RelpTls => format!("2 syslog 9999999 {text}").into_bytes(),
        }
    }

    pub(crate) async fn send(&mut self, records: &[&str]) {
        let bytes: Vec<u8> = records.iter().flat_map(|r| self.framed(r)).collect();
        self.raw(&bytes).await.expect("sends");
    }

    pub(crate) fn answers(&self) -> String {
        String::from_utf8_lossy(&self.answers.lock().expect("answers")).into_owned()
    }

    /// How many messages were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.answers().matches(" rsp 6 200 OK\n").count()
    }

    pub(crate) async fn until_acknowledged(&self, count: usize) {
        while self.acknowledged() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the other side closes.
    pub(crate) async fn closed(&mut self) {
        (&mut self.closed).await.expect("reader");
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.is_finished()
    }
}
