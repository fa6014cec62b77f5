//! One small question to a server elsewhere, such as a provider of sign-ins: HTTPS against known authorities, bounded
//! in size and time, without redirects, cookies, proxies or connections kept open.
//!
//! Every failure is told in words that name the address and what to look at.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What bounds one question.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For everything: finding the address, connecting, asking, and the whole answer.
    pub time: Duration,
    /// Longest body of an answer, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), body: 256 * 1024 }
    }
}

/// An answer, whatever its status; redirects are answers too.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Bytes,
}

impl fmt::Debug for Reply {
    /// Bodies hold tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("bytes", &self.body.len()).finish()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address is none of http or https with a host.
    #[error("{0:?} is no address that can be asked; it begins with https:// and has a host")]
    Address(String),
    /// Nobody answers there, or the name is not known.
    #[error("{0} cannot be reached: {1}; check the address, the name service and the firewall")]
    Unreachable(String, std::io::Error),
    /// The certificate is not one of a known authority for this name, or no TLS is spoken.
    #[error(
        "{0} has no certificate that is trusted here: {1}; for an authority of your own set --outbound-ca to its file"
    )]
    Certificate(String, std::io::Error),
    /// What comes is no HTTP.
    #[error("{0} does not speak HTTP: {1}")]
    Protocol(String, String),
    /// The answer is longer than it may be.
    #[error("the answer of {0} is longer than {1} bytes")]
    TooLong(String, usize),
    /// The answer takes too long.
    #[error("{0} has not answered for {1} s")]
    TooSlow(String, u64),
    /// The file of additional authorities cannot be used.
    #[error("{} holds no certificates of authorities in PEM: {why}", file.display())]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Asks. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    tls: TlsConnector,
    limits: Limits,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Host, port and whether TLS is spoken.
struct Place<'u> {
    host: &'u str,
    port: u16,
    tls: bool,
}

impl Fetcher {
    /// Trusts the authorities of Mozilla's list and those in the PEM file `also`.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn new(also: Option<&Path>, limits: Limits) -> Result<Self, Failure> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = also {
            let refused = |why: String| Failure::Authorities { file: file.to_owned(), why };
            let listed = CertificateDer::pem_file_iter(file).map_err(|e| refused(e.to_string()))?;
            let mut any = false;
            for certificate in listed {
                let certificate = certificate.map_err(|e| refused(e.to_string()))?;
                roots.add(certificate).map_err(|e| refused(e.to_string()))?;
                any = true;
            }
            if !any {
                return Err(refused("there is none in it".to_owned()));
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Failure::Protocol("TLS".to_owned(), e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), limits })
    }

    /// Asks for a document.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn get(&self, address: &str) -> Result<Reply, Failure> {
        self.ask(Method::GET, address, None, Bytes::new()).await
    }

    /// Sends a form; `authorization` is the value of the header of that name.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn post_form(&self, address: &str, authorization: Option<&str>, form: String) -> Result<Reply, Failure> {
        self.ask(Method::POST, address, authorization, form.into()).await
    }

    async fn ask(&self, method: Method, address: &str, auth: Option<&str>, body: Bytes) -> Result<Reply, Failure> {
        let wrong = || Failure::Address(address.chars().take(200).collect());
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let place = place(&uri).ok_or_else(wrong)?;
        let request = request(&method, &uri, auth, body).map_err(|_| wrong())?;
        let asked = tokio::time::timeout(self.limits.time, self.exchange(&place, request));
        // The answer to a slow server must not depend on what it was slow at.
        asked.await.unwrap_or_else(|_| Err(Failure::TooSlow(place.name(), self.limits.time.as_secs())))
    }

    async fn exchange(&self, place: &Place<'_>, request: Request<Full<Bytes>>) -> Result<Reply, Failure> {
        let bare = place.host.trim_start_matches('[').trim_end_matches(']');
        let unreachable = |e| Failure::Unreachable(place.name(), e);
        let stream = TcpStream::connect((bare, place.port)).await.map_err(unreachable)?;
        if !place.tls {
            return self.speak(place, stream, request).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| Failure::Address(place.name()))?;
        let stream = self.tls.connect(name, stream).await.map_err(|e| Failure::Certificate(place.name(), e))?;
        self.speak(place, stream, request).await
    }

    async fn speak<S>(&self, place: &Place<'_>, stream: S, request: Request<Full<Bytes>>) -> Result<Reply, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let broken = |e: hyper::Error| Failure::Protocol(place.name(), e.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Driven here and not in a task of its own, so that nothing is left of it when the time is over.
        let drive = async {
            let _ = connection.await;
            std::future::pending::<Result<Reply, Failure>>().await
        };
        let answer = async {
            let reply = sender.send_request(request).await.map_err(broken)?;
            let status = reply.status().as_u16();
            let body = Limited::new(reply.into_body(), self.limits.body).collect().await;
            let body = body.map_err(|e| match e.downcast::<http_body_util::LengthLimitError>() {
                Ok(_) => Failure::TooLong(place.name(), self.limits.body),
                Err(other) => Failure::Protocol(place.name(), other.to_string()),
            })?;
            Ok(Reply { status, body: body.to_bytes() })
        };
        tokio::select! {
            answer = answer => answer,
            never = drive => never,
        }
    }
}

impl Place<'_> {
    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn place(uri: &Uri) -> Option<Place<'_>> {
    let tls = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    // A name before the host would be sent along or mistaken for the host.
    let host = uri.host().filter(|_| !uri.authority().is_some_and(|a| a.as_str().contains('@')))?;
    Some(Place { host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls })
}

fn request(method: &Method, uri: &Uri, auth: Option<&str>, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let authority = uri.authority().map_or("", |a| a.as_str());
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, authority)
        .header(USER_AGENT, concat!("mangrove/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "application/json");
    if *method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(auth) = auth {
        let mut value = HeaderValue::from_str(auth)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request.body(Full::new(body))
}
