//! The console's certificate: made at first start, replaced by the administrator's own when given.

use crate::data_dir::{DataDir, write_private};
use anyhow::{Context, Result};
use base_core::Clock;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Days the self-made certificate is valid (the CA/Browser Forum's longest at present is 398).
const VALID_DAYS: i64 = 397;

/// Where the certificate and key come from.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles<'a> {
    /// PEM file with the certificate chain, leaf first.
    pub certificate: &'a Path,
    /// PEM file with the private key.
    pub key: &'a Path,
}

/// The TLS settings of the console: the given files, or a certificate made at first start
/// and kept in `keys/`, made anew 30 days before it ends.
///
/// # Errors
/// When files are missing, are no PEM, or do not belong together; the message names the file.
pub(crate) fn server_config(
    data: &DataDir,
    given: Option<TlsFiles<'_>>,
    names: &[String],
    clock: &dyn Clock,
) -> Result<Arc<ServerConfig>> {
    let own;
    let files = match given {
        Some(files) => files,
        None => {
            own = own_files(data, names, clock)?;
            TlsFiles { certificate: &own.0, key: &own.1 }
        }
    };
    let chain = CertificateDer::pem_file_iter(files.certificate)
        .with_context(|| format!("cannot read the certificate {}", files.certificate.display()))?
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("{} is not a PEM certificate chain", files.certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(files.key)
        .with_context(|| format!("cannot read the private key {} (PEM, PKCS#8)", files.key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| {
            format!("{} and {} do not belong together", files.certificate.display(), files.key.display())
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The files of the own certificate and its key, made when they are not there.
///
/// # Errors
/// When they cannot be made.
pub(crate) fn own_files(data: &DataDir, names: &[String], clock: &dyn Clock) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (data.join("keys/console.crt"), data.join("keys/console.key"));
    ensure_own(&certificate, &key, names, clock)?;
    Ok((certificate, key))
}

/// Makes the own certificate when there is none, or the present one is older than allowed.
fn ensure_own(certificate: &Path, key: &Path, names: &[String], clock: &dyn Clock) -> Result<()> {
    let now = clock.now();
    let made = certificate.with_extension("made");
    let still_good = std::fs::read_to_string(&made)
        .ok()
        .and_then(|text| text.trim().parse::<i64>().ok())
        .is_some_and(|at| now.as_secs() < at + (VALID_DAYS - 30) * 86_400);
    if still_good && certificate.exists() && key.exists() {
        return Ok(());
    }
    let mut params =
        rcgen::CertificateParams::new(names.to_vec()).context("a host name of the console is not valid")?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Mangrove console");
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "Mangrove");
    params.not_before = day(now.plus_secs(-86_400))?;
    params.not_after = day(now.plus_secs(VALID_DAYS * 86_400))?;
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let pair = rcgen::KeyPair::generate().context("cannot make a key for the console")?;
    let made_certificate = params.self_signed(&pair).context("cannot sign the console's certificate")?;
    write_private(key, pair.serialize_pem().as_bytes())?;
    write_private(certificate, made_certificate.pem().as_bytes())?;
    write_private(&made, now.as_secs().to_string().as_bytes())
}

fn day(at: base_core::Timestamp) -> Result<time::OffsetDateTime> {
    time::OffsetDateTime::from_unix_timestamp(at.as_secs())
        .context("the machine's clock is beyond belief; set it first")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::{ManualClock, Timestamp};

    #[test]
    fn made_once_and_made_anew_before_it_ends() {
        let dir = tempfile::tempdir().expect("temp dir");
        let data = DataDir::open(dir.path()).expect("opens");
        let clock = ManualClock::at(Timestamp::from_secs(1_790_000_000));
        let names = vec!["localhost".to_owned()];
        server_config(&data, None, &names, &*clock).expect("first");
        let first = std::fs::read(data.join("keys/console.crt")).expect("kept");
        clock.advance_secs(300 * 86_400);
        server_config(&data, None, &names, &*clock).expect("second");
        assert_eq!(first, std::fs::read(data.join("keys/console.crt")).expect("kept"));
        clock.advance_secs(80 * 86_400);
        server_config(&data, None, &names, &*clock).expect("third");
        assert_ne!(first, std::fs::read(data.join("keys/console.crt")).expect("kept"));
    }

    #[test]
    fn a_wrong_file_is_named() {
        let dir = tempfile::tempdir().expect("temp dir");
        let data = DataDir::open(dir.path()).expect("opens");
        let bad = dir.path().join("bad.pem");
        std::fs::write(&bad, "rubbish").expect("writes");
        let clock = ManualClock::at(Timestamp::from_secs(1_790_000_000));
        let given = TlsFiles { certificate: &bad, key: &bad };
        let message = format!("{:#}", server_config(&data, Some(given), &[], &*clock).expect_err("refused"));
        assert!(message.contains("bad.pem"), "{message}");
    }
}
