//! What a source is known by besides its address, as people write it and as it is looked up.

use engine_intake::Identity;

/// Most identities of one source.
pub const MAX_IDENTITIES: usize = 64;
/// Longest identity, in characters.
const MAX_CHARS: usize = 500;
/// Begins the fingerprint of a certificate.
const FINGERPRINT: &str = "sha-256:";
/// Begins the name of a watched folder.
const FOLDER: &str = "folder:";

/// The form in which an identity that a sender has shown is looked up, most exact first.
#[must_use]
pub fn keys_of(identity: &Identity) -> Vec<String> {
    match identity {
        Identity::Certificate { subject, fingerprint } => {
            let subject = Some(plain_subject(subject)).filter(|s| !s.is_empty());
            std::iter::once(format!("{FINGERPRINT}{fingerprint}")).chain(subject).collect()
        }
        Identity::Folder(name) => vec![format!("{FOLDER}{name}")],
        Identity::Source(_) => Vec::new(),
    }
}

/// The name for people of a source made for a sender that nobody declared.
#[must_use]
pub fn name_of(identity: &Identity) -> String {
    let name = match identity {
        Identity::Certificate { subject, fingerprint } if subject.is_empty() => format!("{FINGERPRINT}{fingerprint}"),
        Identity::Certificate { subject, .. } => subject.clone(),
        Identity::Folder(name) => name.clone(),
        Identity::Source(id) => id.to_string(),
    };
    name.chars().filter(|c| !c.is_control()).take(super::source::MAX_NAME_CHARS).collect()
}

/// One identity as a person writes it: the subject of a certificate (`CN=web01.camau.example, O=Camau`) or its
/// fingerprint (64 hexadecimal digits, with or without `sha-256:` and colons between). `None` when it is neither.
fn parse(line: &str) -> Option<String> {
    if line.chars().count() > MAX_CHARS || line.chars().any(char::is_control) {
        return None;
    }
    if let Some(name) = line.strip_prefix(FOLDER) {
        return (!name.is_empty()).then(|| line.to_owned());
    }
    let lower = line.to_ascii_lowercase();
    let digits: String = lower.strip_prefix(FINGERPRINT).unwrap_or(&lower).chars().filter(|c| *c != ':').collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(format!("{FINGERPRINT}{digits}"));
    }
    let attribute =
        |part: &str| part.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    let plain = plain_subject(line);
    parts(&plain).iter().all(|p| attribute(p)).then_some(plain).filter(|p| !p.is_empty())
}

/// The identities of a form, one per line; `None` when one of them is none, or there are too many.
#[must_use]
pub fn parse_all(text: &str) -> Option<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.map(parse).collect::<Option<Vec<_>>>().filter(|all| all.len() <= MAX_IDENTITIES)
}

/// A subject without spaces around its commas (RFC 4514 §2.1 writes none, people do), attribute types in capitals.
fn plain_subject(subject: &str) -> String {
    let part = |p: &&str| match p.split_once('=') {
        Some((name, value)) => format!("{}={}", name.trim().to_ascii_uppercase(), value.trim()),
        None => (*p).to_owned(),
    };
    parts(subject).iter().map(part).collect::<Vec<_>>().join(",")
}

/// The attributes of a subject; an escaped comma (RFC 4514 §2.4) belongs to its value.
fn parts(subject: &str) -> Vec<&str> {
    let (mut parts, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in subject.char_indices() {
        if c == ',' && !escaped {
            parts.push(subject.get(from..at).unwrap_or_default().trim());
            from = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(subject.get(from..).unwrap_or_default().trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_what_certificates_show() {
        let fingerprint = "ab".repeat(32);
        let shown = keys_of(&Identity::Certificate {
            subject: "CN=web01.camau.example,O=Sở Y tế\\, Cà Mau".to_owned(),
            fingerprint: fingerprint.clone(),
        });
        let colons =
            fingerprint.as_bytes().chunks(2).map(|c| String::from_utf8_lossy(c).to_uppercase()).collect::<Vec<_>>();
        let text = format!("cn=web01.camau.example, O = Sở Y tế\\, Cà Mau\n\n{}\n", colons.join(":"));
        let written = parse_all(&text).expect("is right");
        assert_eq!(written, [shown[1].clone(), shown[0].clone()]);
        for wrong in ["web01", "CN=", "=x", "CN=a,b", &"x".repeat(600), "folder:"] {
            assert_eq!(parse_all(wrong), None, "{wrong}");
        }
        assert_eq!(parse_all(&"CN=a\n".repeat(65)), None);
        let nameless = Identity::Certificate { subject: String::new(), fingerprint: fingerprint.clone() };
        assert_eq!(keys_of(&nameless), [format!("sha-256:{fingerprint}")]);
    }
}
