//! An authority, and certificates that it signs.

use engine_intake::{Certificates, TlsFiles};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An authority whose files are in a folder: `ca.crt`, and for each name `<name>.crt` and `<name>.key`.
pub(crate) struct Authority {
    pub(crate) folder: tempfile::TempDir,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("temp dir");
        let key = rcgen::KeyPair::generate().expect("key");
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(rcgen::DnType::CommonName, "Province test authority");
        let certificate = params.self_signed(&key).expect("signed");
        std::fs::write(folder.path().join("ca.crt"), certificate.pem()).expect("writes");
        Self { folder, issuer: rcgen::Issuer::new(params, key) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate with this common name, for `localhost` and 127.0.0.1, for both ends of TLS.
    pub(crate) fn sign(&self, name: &str) {
        let key = rcgen::KeyPair::generate().expect("key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), name.to_owned()];
        let mut params = rcgen::CertificateParams::new(names).expect("names");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature, rcgen::KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        std::fs::write(self.path(&format!("{name}.crt")), certificate.pem()).expect("writes");
        std::fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).expect("writes");
    }

    /// The files of the server, whose certificate is `server.example`.
    pub(crate) fn files(&self, ask_clients: bool, required: bool) -> TlsFiles {
        if !self.path("server.example.crt").exists() {
            self.sign("server.example");
        }
        TlsFiles {
            certificate: self.path("server.example.crt"),
            key: self.path("server.example.key"),
            client_ca: ask_clients.then(|| self.path("ca.crt")),
            client_required: required,
        }
    }

    pub(crate) fn certificates(&self, ask_clients: bool, required: bool) -> Arc<Certificates> {
        Certificates::load(self.files(ask_clients, required)).expect("loads")
    }
}

/// Certificates of a PEM file.
pub(crate) fn pem(path: &Path) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    use rustls::pki_types::pem::PemObject;
    rustls::pki_types::CertificateDer::pem_file_iter(path).expect("opens").collect::<Result<_, _>>().expect("PEM")
}
