//! The console's certificate: readable, in force, for the right name.

use crate::finding::{Finding, Level};
use base_core::Timestamp;
use std::net::IpAddr;
use std::path::PathBuf;
use x509_cert::Certificate;
use x509_cert::der::{Decode, DecodePem};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Days before its end that a certificate is to be renewed.
const RENEW_DAYS: i64 = 30;
/// Largest file.
const LARGEST: u64 = 1 << 20;

/// What a certificate should be.
#[derive(Clone, Debug)]
pub struct CertificateAsk {
    /// The file (PEM, leaf first).
    pub file: PathBuf,
    /// The name people type.
    pub name: String,
    /// Now.
    pub now: Timestamp,
    /// Whether the program made it and renews it by itself.
    pub own: bool,
}

/// What is wrong with a certificate.
#[must_use]
pub fn certificate(ask: &CertificateAsk) -> Vec<Finding> {
    let place = ask.file.display();
    let leaf = match read(ask) {
        Ok(leaf) => leaf,
        Err(said) => return vec![Finding::new("certificate-unreadable", Level::Fault, format!("{place}: {said}"))],
    };
    let validity = &leaf.tbs_certificate.validity;
    let at = |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    let (from, until, now) = (at(&validity.not_before), at(&validity.not_after), ask.now.as_secs());
    let mut findings = Vec::new();
    let days = (until - now).div_euclid(86_400);
    let term = format!("{place}: {} … {}", Timestamp::from_secs(from), Timestamp::from_secs(until));
    if now < from {
        findings.push(Finding::new("certificate-early", Level::Fault, term.clone()));
    } else if now > until {
        findings.push(Finding::new("certificate-ended", Level::Fault, term.clone()));
    } else if days < RENEW_DAYS && !ask.own {
        findings.push(Finding::new("certificate-ends", Level::Warning, term.clone()));
    }
    let names = names(&leaf);
    if !names.iter().any(|name| covers(name, &ask.name)) {
        findings.push(Finding::new(
            "certificate-name",
            Level::Warning,
            format!("{} ∉ {{{}}}", ask.name, names.join(", ")),
        ));
    }
    if findings.is_empty() {
        let code = if ask.own { "certificate-own" } else { "certificate-well" };
        // A certificate of one's own is not known to any browser: good to know, and no fault.
        let level = if ask.own { Level::Notice } else { Level::Well };
        findings.push(Finding::new(code, level, term));
    }
    findings
}

fn read(ask: &CertificateAsk) -> Result<Certificate, String> {
    let length = std::fs::metadata(&ask.file).map_err(|e| e.to_string())?.len();
    if length > LARGEST {
        return Err(format!("{length} > {LARGEST}"));
    }
    let text = std::fs::read_to_string(&ask.file).map_err(|e| e.to_string())?;
    // The chain may follow; what browsers judge by is the first.
    let end = "-----END CERTIFICATE-----";
    let begin = text.find("-----BEGIN CERTIFICATE-----").ok_or("PEM?")?;
    let rest = text.get(begin..).unwrap_or_default();
    let first = rest.find(end).and_then(|at| rest.get(..at + end.len())).ok_or("PEM?")?;
    Certificate::from_pem(first.as_bytes()).map_err(|e| e.to_string())
}

/// The names it is for (RFC 5280, section 4.2.1.6); the common name has not counted for years.
fn names(leaf: &Certificate) -> Vec<String> {
    const SUBJECT_ALT_NAME: x509_cert::der::oid::ObjectIdentifier =
        x509_cert::der::oid::ObjectIdentifier::new_unwrap("2.5.29.17");
    let extensions = leaf.tbs_certificate.extensions.iter().flatten();
    let alternative = extensions.filter(|extension| extension.extn_id == SUBJECT_ALT_NAME);
    let read = alternative.filter_map(|extension| SubjectAltName::from_der(extension.extn_value.as_bytes()).ok());
    let text = |name: GeneralName| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(bytes) => match bytes.as_bytes().len() {
            4 => <[u8; 4]>::try_from(bytes.as_bytes()).ok().map(|b| IpAddr::from(b).to_string()),
            16 => <[u8; 16]>::try_from(bytes.as_bytes()).ok().map(|b| IpAddr::from(b).to_string()),
            _ => None,
        },
        _ => None,
    };
    read.flat_map(|names| names.0.into_iter().filter_map(text).collect::<Vec<_>>()).collect()
}

/// Whether a name of the certificate is for `wanted` (RFC 9525, section 6.3: a star is one label).
fn covers(name: &str, wanted: &str) -> bool {
    if let Some(rest) = name.strip_prefix("*.") {
        return wanted
            .split_once('.')
            .is_some_and(|(first, tail)| !first.is_empty() && tail.eq_ignore_ascii_case(rest));
    }
    name.eq_ignore_ascii_case(wanted)
}
