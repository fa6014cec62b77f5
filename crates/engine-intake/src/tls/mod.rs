//! Syslog over TLS (RFC 5425): certificates read from files and read again when they change, optional
//! certificates of the senders, and what to say when TLS cannot be agreed on.
//!
//! TLS 1.2 and 1.3 with the suites of rustls, all of them with forward secrecy. Records inside are
//! octet-counted as RFC 5425 §4.3 asks, or ended by line feeds as many senders do.

mod subject;

pub use subject::subject_of;

use crate::Identity;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{AlertDescription, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Largest PEM file that is read; a chain is some kilobytes.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Where the certificates of an input are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate chain (PEM), leaf first.
    pub certificate: PathBuf,
    /// Its private key (PEM; PKCS#8, PKCS#1 or SEC 1).
    pub key: PathBuf,
    /// Certificate authorities (PEM) that certificates of senders are verified against; without
    /// them no certificate is asked for.
    pub client_ca: Option<PathBuf>,
    /// Whether a sender without certificate is turned away; only of meaning with `client_ca`.
    pub client_required: bool,
}

/// Certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}; {remedy}", .file.display())]
pub struct TlsError {
    /// The file at fault.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}

/// What of a file changes when it is replaced or written anew.
type Stamp = Vec<Option<(u64, u64, i64, i64)>>;

/// The certificates of an input as they are now. Connections that are open keep those they began with.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    stamp: Mutex<Stamp>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`], which names the file, what is wrong with it, and the remedy.
    pub fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        // The stamp first: a change while reading is then seen at the next look.
        let stamp = files.stamp();
        let config = server_config(&files)?;
        Ok(Arc::new(Self { files, current: RwLock::new(config), stamp: Mutex::new(stamp) }))
    }

    /// Reads the files again when one of them has changed since; says whether.
    ///
    /// # Errors
    /// [`TlsError`]; then what was read before stays in use, and is tried again at the next change.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        let stamp = self.files.stamp();
        let mut last = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *last == stamp {
            return Ok(false);
        }
        *last = stamp;
        let config = server_config(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(true)
    }

    /// What new connections are to be served with.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn place(&self) -> String {
        self.files.certificate.display().to_string()
    }
}

impl TlsFiles {
    fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let meta = std::fs::metadata(path).ok()?;
            Some((meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
        };
        [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()]
            .into_iter()
            .flatten()
            .map(|path| of(path))
            .collect()
    }
}

fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let fail = |file: &Path, reason: String, remedy| TlsError { file: file.to_path_buf(), reason, remedy };
    let chain = certificates(&files.certificate)?;
    readable(&files.key)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| {
        let remedy = "give a private key in PEM (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)";
        fail(&files.key, format!("holds no private key that can be read: {e}"), remedy)
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(&files.certificate, e.to_string(), "this is a mistake of the program; report it"))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|e| {
                    fail(
                        file,
                        format!("a certificate cannot be a root: {e}"),
                        "give the certificates of your authorities (X.509 version 3)",
                    )
                })?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = if files.client_required { verifier } else { verifier.allow_unauthenticated() };
            let verifier = verifier
                .build()
                .map_err(|e| fail(file, e.to_string(), "give at least one certificate of an authority in PEM"))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    builder.with_single_cert(chain, key).map(Arc::new).map_err(|e| {
        let remedy = "give the key that the certificate was made with, and the chain leaf first";
        fail(&files.certificate, format!("does not belong to {}: {e}", files.key.display()), remedy)
    })
}

/// Missing, unreadable and absurdly large files, told as what they are.
fn readable(file: &Path) -> Result<(), TlsError> {
    let fail = |reason: String, remedy| TlsError { file: file.to_path_buf(), reason, remedy };
    let meta = std::fs::metadata(file).map_err(|e| {
        fail(format!("cannot be read: {e}"), "check the path, and that the server's account may read the file")
    })?;
    if !meta.is_file() || meta.len() > MOST_BYTES {
        return Err(fail(format!("is no file below {MOST_BYTES} bytes"), "give a PEM file"));
    }
    Ok(())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    readable(file)?;
    let fail = |reason: String| TlsError {
        file: file.to_path_buf(),
        reason,
        remedy: "give certificates in PEM (-----BEGIN CERTIFICATE-----); DER is converted by `openssl x509 -inform der`",
    };
    let list: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).map_err(|e| fail(format!("cannot be read: {e}")))?.collect();
    let list = list.map_err(|e| fail(format!("is not PEM: {e}")))?;
    if list.is_empty() { Err(fail("holds no certificate".to_owned())) } else { Ok(list) }
}

/// Who the sender is by its certificate, which rustls has verified at this point.
pub(crate) fn identity_of<S>(stream: &tokio_rustls::server::TlsStream<S>) -> Option<Arc<Identity>> {
    let leaf = stream.get_ref().1.peer_certificates()?.first()?;
    let subject = subject_of(leaf).unwrap_or_default();
    let fingerprint = hex::encode(Sha256::digest(leaf));
    Some(Arc::new(Identity::Certificate { subject, fingerprint }))
}

/// A failed handshake in words, with what to do.
pub(crate) fn explain(error: &io::Error) -> (String, &'static str) {
    let reason = format!("TLS cannot be agreed on: {error}");
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
    let remedy = match inner {
        Some(rustls::Error::InvalidMessage(_)) => {
            "the sender does not speak TLS here; set it to TLS, or send to the port without TLS"
        }
        Some(rustls::Error::NoCertificatesPresented) => {
            "give the sender a certificate of an authority in the client CA file, or do not require one"
        }
        Some(rustls::Error::InvalidCertificate(_)) => {
            "the sender's certificate must be signed by an authority in the client CA file, be valid today, and be \
             allowed for client authentication"
        }
        Some(rustls::Error::AlertReceived(
            AlertDescription::UnknownCA | AlertDescription::BadCertificate | AlertDescription::CertificateUnknown,
        )) => "the sender does not trust our certificate; give it the authority's certificate and the right name",
        Some(rustls::Error::PeerIncompatible(_)) => {
            "the sender offers no TLS 1.2 or 1.3 with a certificate and forward secrecy; update it or change its TLS \
             settings (librelp without a certificate of its own offers anonymous TLS only)"
        }
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the sender closed during the handshake; look into its log, often it does not trust our certificate"
        }
        _ => "look into the sender's log; certificate, authority and time of day are the usual causes",
    };
    (reason, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path) -> TlsFiles {
        let pair = rcgen::KeyPair::generate().expect("key");
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("name");
        let certificate = params.self_signed(&pair).expect("signed");
        std::fs::write(dir.join("a.crt"), certificate.pem()).expect("writes");
        std::fs::write(dir.join("a.key"), pair.serialize_pem()).expect("writes");
        TlsFiles { certificate: dir.join("a.crt"), key: dir.join("a.key"), client_ca: None, client_required: false }
    }

    #[test]
    fn wrong_files_are_named_with_a_remedy() {
        let dir = tempfile::tempdir().expect("temp dir");
        let good = files(dir.path());
        Certificates::load(good.clone()).expect("good");
        let other = tempfile::tempdir().expect("temp dir");
        let foreign = files(other.path());
        let text = dir.path().join("text.pem");
        std::fs::write(&text, "not a certificate").expect("writes");
        let missing = dir.path().join("missing.pem");
        for (files, name, part) in [
            (TlsFiles { certificate: missing, ..good.clone() }, "missing.pem", "check the path"),
            (TlsFiles { certificate: text.clone(), ..good.clone() }, "text.pem", "holds no certificate"),
            (TlsFiles { key: text.clone(), ..good.clone() }, "text.pem", "private key"),
            (TlsFiles { key: foreign.key, ..good.clone() }, "a.crt", "does not belong"),
            (TlsFiles { client_ca: Some(text), ..good.clone() }, "text.pem", "holds no certificate"),
            (TlsFiles { key: dir.path().to_path_buf(), ..good }, "", "is no file"),
        ] {
            let error = Certificates::load(files).expect_err("refused").to_string();
            assert!(error.contains(name) && error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_change_is_taken_up_and_a_bad_one_leaves_what_was() {
        let dir = tempfile::tempdir().expect("temp dir");
        let certificates = Certificates::load(files(dir.path())).expect("good");
        let first = certificates.config();
        assert!(!certificates.reload_if_changed().expect("nothing to do"));
        std::fs::write(dir.path().join("a.crt"), "half written").expect("writes");
        certificates.reload_if_changed().expect_err("bad");
        assert!(Arc::ptr_eq(&first, &certificates.config()));
        files(dir.path());
        assert!(certificates.reload_if_changed().expect("good again"));
        assert!(!Arc::ptr_eq(&first, &certificates.config()));
    }
}
