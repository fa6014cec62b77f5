//! The subject of a certificate as text.
//!
//! Only for certificates that were verified: their outer form is known to be right, so a short walk
//! through the DER (X.690) to the subject (RFC 5280 §4.1) is all that is needed. Nothing here trusts
//! a length, whatever the certificate says.

/// Longest value and most parts that are shown.
const MOST_CHARS: usize = 128;
const MOST_PARTS: usize = 16;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, the version of a certificate.
const VERSION: u8 = 0xa0;
const BMP_STRING: u8 = 0x1e;
/// `UTF8String`, `NumericString`, `PrintableString`, `TeletexString`, `IA5String`.
const TEXTS: [u8; 5] = [0x0c, 0x12, 0x13, 0x14, 0x16];

/// One element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (digits.iter().try_fold(0_usize, |n, d| n.checked_mul(256)?.checked_add(usize::from(*d)))?, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn inside(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// The subject of a certificate (DER) in the form of RFC 4514 §2, most specific part first, such as
/// `CN=web01.camau.example,OU=STTTT,O=Camau`. `None` when it has none, or is no certificate.
#[must_use]
pub fn subject_of(certificate: &[u8]) -> Option<String> {
    let (certificate, _) = inside(certificate, SEQUENCE)?;
    let (body, _) = inside(certificate, SEQUENCE)?;
    let body = inside(body, VERSION).map_or(body, |(_, rest)| rest);
    // Serial number, signature algorithm, issuer, validity stand before the subject.
    let (_, _, body) = element(body)?;
    let (_, body) = inside(body, SEQUENCE)?;
    let (_, body) = inside(body, SEQUENCE)?;
    let (_, body) = inside(body, SEQUENCE)?;
    let (mut names, _) = inside(body, SEQUENCE)?;
    let mut parts = Vec::new();
    while let Some((set, rest)) = inside(names, SET) {
        names = rest;
        if let Some(part) = inside(set, SEQUENCE).and_then(|(pair, _)| part(pair)) {
            parts.push(part);
        }
        if parts.len() >= MOST_PARTS {
            break;
        }
    }
    parts.reverse();
    (!parts.is_empty()).then(|| parts.join(","))
}

fn part(pair: &[u8]) -> Option<String> {
    let (kind, value) = inside(pair, OBJECT_IDENTIFIER)?;
    let name = match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        _ => return None,
    };
    let (tag, value, _) = element(value)?;
    let text = match tag {
        BMP_STRING => {
            let units = value.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(u16::from_be_bytes);
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        tag if TEXTS.contains(&tag) => String::from_utf8_lossy(value).into_owned(),
        _ => return None,
    };
    let mut shown = format!("{name}=");
    for c in text.chars().take(MOST_CHARS) {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => shown.extend(['\\', c]),
            // What a log line or a page must not be made to contain.
            c if c.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate(name: &str) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["pc.example".to_owned()]).expect("name");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Sở Y tế");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pair = rcgen::KeyPair::generate().expect("key");
        params.self_signed(&pair).expect("signed").der().to_vec()
    }

    #[test]
    fn a_subject_is_read_most_specific_first_and_made_harmless() {
        assert_eq!(subject_of(&certificate("pc.example")).as_deref(), Some("CN=pc.example,O=Sở Y tế"));
        assert_eq!(
            subject_of(&certificate("a,O=Other\nroot")).as_deref(),
            Some("CN=a\\,O=Other\u{fffd}root,O=Sở Y tế")
        );
        assert_eq!(subject_of(b"no certificate"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
            let mut bytes = certificate("pc.example");
            if let Some(b) = bytes.get_mut(at) { *b = byte; }
            let _ = subject_of(&bytes);
            let _ = subject_of(bytes.get(..cut).unwrap_or_default());
        }
    }
}
