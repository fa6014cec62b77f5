//! What is written in a list, read as an indicator: refanged, normalised, or refused with a reason.

use super::kind::IndicatorKind;
use super::punycode;
use super::url::normalise;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An indicator in the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// Lowest address and length of the prefix.
    Net4(Ipv4Addr, u8),
    Net6(Ipv6Addr, u8),
    /// Lower case, ASCII, without the dot at the end.
    Domain(String),
    /// Letter of the scheme, then the URL without it.
    Url(Vec<u8>),
    Md5([u8; 16]),
    Sha1([u8; 20]),
    Sha256([u8; 32]),
    /// Lower case.
    Mail(String),
}

impl Value {
    /// What kind it is.
    pub(super) fn kind(&self) -> IndicatorKind {
        match self {
            Value::V4(_) | Value::V6(_) => IndicatorKind::Address,
            Value::Net4(..) | Value::Net6(..) => IndicatorKind::Network,
            Value::Domain(_) => IndicatorKind::Domain,
            Value::Url(_) => IndicatorKind::Url,
            Value::Md5(_) => IndicatorKind::Md5,
            Value::Sha1(_) => IndicatorKind::Sha1,
            Value::Sha256(_) => IndicatorKind::Sha256,
            Value::Mail(_) => IndicatorKind::Mail,
        }
    }
}

/// Why a value cannot be listed, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: &'static str,
    pub(super) remedy: &'static str,
}

const fn refuse(reason: &'static str, remedy: &'static str) -> Refusal {
    Refusal { reason, remedy }
}

const UNKNOWN: Refusal = refuse(
    "is no address, network, domain, URL, hash or mail address",
    "give one indicator per line, hashes as 32, 40 or 64 hexadecimal digits",
);
const NOT_OF_KIND: Refusal = refuse("is not of the kind named beside it", "correct the value or its kind");
const TOO_WIDE: Refusal =
    refuse("covers too much of the Internet", "list networks of at least /8 (IPv4) or /16 (IPv6)");
const PUBLIC_SUFFIX: Refusal =
    refuse("is a top-level domain or one under which everybody registers", "list the registered domain below it");

/// Longest domain name (RFC 1035 section 2.3.4) and mail address (RFC 5321 section 4.5.3.1).
const MAX_DOMAIN: usize = 253;
const MAX_MAIL: usize = 320;

/// Second-level names under which countries let people register, as in `com.vn`.
const SECOND_LEVEL: &[&str] = &[
    "com", "co", "net", "org", "gov", "gob", "go", "edu", "ac", "mil", "info", "biz", "name", "pro", "health", "or",
    "ne",
];

/// Reads an indicator of whatever kind it is.
pub(super) fn read(text: &str) -> Result<Value, Refusal> {
    read_with(text, Width::Narrow)
}

/// How much a network or domain may cover.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// As much as an indicator may.
    Narrow,
    /// Anything: for lists of what is allowed.
    Any,
}

/// Reads an indicator of whatever kind it is.
pub(super) fn read_with(text: &str, width: Width) -> Result<Value, Refusal> {
    let plain = refang(text);
    let text = plain.trim().trim_matches(['"', '\'', '`', '<', '>']).trim();
    if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(UNKNOWN);
    }
    if text.contains("://") {
        return url(text);
    }
    if let Some(hash) = hash(text) {
        return Ok(hash);
    }
    if let Some(found) = address(text).or_else(|| network(text, width)) {
        return found;
    }
    if text.contains('@') && !text.contains('/') {
        return mail(text);
    }
    if text.contains('/') { url(text) } else { domain(text, width) }
}

/// Reads an indicator that is said to be of `kind`.
pub(super) fn read_as(text: &str, kind: IndicatorKind) -> Result<Value, Refusal> {
    let value = match kind {
        // What stands in a column of URLs may lack scheme and path.
        IndicatorKind::Url => return url(refang(text).trim()),
        IndicatorKind::Mail => return mail(refang(text).trim()),
        _ => read(text)?,
    };
    let found = value.kind();
    let same = found == kind
        || matches!(
            (kind, found),
            (IndicatorKind::Network, IndicatorKind::Address) | (IndicatorKind::Address, IndicatorKind::Network)
        );
    if same { Ok(value) } else { Err(NOT_OF_KIND) }
}

/// Undoes what authors do so that nobody clicks: `hxxp`, `[.]`, `(dot)`, `[@]`, `[:]//`.
pub(super) fn refang(text: &str) -> String {
    let mut out = text.trim().to_owned();
    // Most lists are not defanged.
    if !out.bytes().any(|b| matches!(b, b'[' | b'(' | b'{' | b'\\' | b'*')) && !out.contains("://") {
        return out;
    }
    for (written, meant) in [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("\\.", "."),
    ] {
        if out.contains(written) {
            out = out.replace(written, meant);
        }
    }
    let scheme = out.find("://").map_or(0, |at| at);
    let lower = out.get(..scheme).unwrap_or_default().to_ascii_lowercase();
    let meant = match lower.as_str() {
        "hxxp" | "hxtp" | "htxp" | "h**p" | "meow" => "http",
        "hxxps" | "h**ps" => "https",
        "fxp" => "ftp",
        _ => return out,
    };
    format!("{meant}{}", out.get(scheme..).unwrap_or_default())
}

/// MD5, SHA-1 or SHA-256 by length.
pub(super) fn hash(text: &str) -> Option<Value> {
    match text.len() {
        32 => decoded(text).map(Value::Md5),
        40 => decoded(text).map(Value::Sha1),
        64 => decoded(text).map(Value::Sha256),
        _ => None,
    }
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0_u8; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

fn of_address(address: IpAddr) -> Value {
    match address.to_canonical() {
        IpAddr::V4(v4) => Value::V4(v4),
        IpAddr::V6(v6) => Value::V6(v6),
    }
}

/// An address, with or without a port (`192.0.2.1:8080`, `[2001:db8::1]:443`), which is left out.
fn address(text: &str) -> Option<Result<Value, Refusal>> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Ok(of_address(address)));
    }
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return Some(Ok(of_address(socket.ip())));
    }
    // MISP writes `ip|port`.
    let (before, port) = text.split_once('|')?;
    port.parse::<u16>().ok()?;
    before.parse::<IpAddr>().ok().map(|a| Ok(of_address(a)))
}

fn network(text: &str, width: Width) -> Option<Result<Value, Refusal>> {
    let (base, length) = text.split_once('/')?;
    let (base, length) = (base.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?);
    let made = match base {
        IpAddr::V4(v4) => match length {
            33.. => Err(NOT_OF_KIND),
            32 => Ok(Value::V4(v4)),
            0..=7 if width == Width::Narrow || length == 0 => Err(TOO_WIDE),
            _ => Ok(Value::Net4(Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << (32 - length))), length)),
        },
        IpAddr::V6(v6) => match length {
            129.. => Err(NOT_OF_KIND),
            128 => Ok(of_address(IpAddr::V6(v6))),
            0..=15 if width == Width::Narrow || length == 0 => Err(TOO_WIDE),
            _ => Ok(Value::Net6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (128 - length))), length)),
        },
    };
    Some(made)
}

fn domain(text: &str, width: Width) -> Result<Value, Refusal> {
    let name = text.trim_start_matches("*.").trim_matches('.');
    let name = punycode::to_ascii(name).ok_or(UNKNOWN)?;
    let labels: Vec<&str> = name.split('.').collect();
    let plain = |l: &&str| {
        !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let top = labels.last().copied().unwrap_or_default();
    let lettered = top.bytes().any(|b| b.is_ascii_alphabetic());
    if name.len() > MAX_DOMAIN || !labels.iter().all(plain) || !lettered {
        return Err(UNKNOWN);
    }
    if width == Width::Any {
        return Ok(Value::Domain(name));
    }
    let word = top.len() <= 18 && top.bytes().all(|b| b.is_ascii_alphabetic());
    match labels.as_slice() {
        [_] if word => Err(PUBLIC_SUFFIX),
        [_] => Err(UNKNOWN),
        [second, top] if top.len() == 2 && SECOND_LEVEL.contains(second) => Err(PUBLIC_SUFFIX),
        _ => Ok(Value::Domain(name)),
    }
}

fn url(text: &str) -> Result<Value, Refusal> {
    let mut rest = Vec::new();
    let scheme = normalise(text.as_bytes(), &mut rest).ok_or(UNKNOWN)?;
    let host_end = rest.iter().position(|b| matches!(b, b'/' | b':')).unwrap_or(rest.len());
    let dotted = rest.get(..host_end).is_some_and(|host| host.contains(&b'.') || host.starts_with(b"["));
    // Hosts without a dot mean another machine in every network, and without a scheme every path
    // would be a URL.
    if !dotted {
        return Err(UNKNOWN);
    }
    let mut stored = vec![scheme.code()];
    stored.append(&mut rest);
    Ok(Value::Url(stored))
}

fn mail(text: &str) -> Result<Value, Refusal> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, host) = text.rsplit_once('@').ok_or(UNKNOWN)?;
    let plain = !local.is_empty() && local.len() <= 64 && local.bytes().all(is_mail_byte);
    let host = punycode::to_ascii(host.trim_end_matches('.')).ok_or(UNKNOWN)?;
    let whole = format!("{}@{host}", local.to_ascii_lowercase());
    if !plain || !host.contains('.') || whole.len() > MAX_MAIL || !host.bytes().all(is_host_byte) {
        return Err(UNKNOWN);
    }
    Ok(Value::Mail(whole))
}

/// Bytes before the `@` that both lists and events know.
pub(super) const fn is_mail_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'=' | b'&' | b'#' | b'!' | b'~')
}

/// Bytes of a host name.
pub(super) const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_whatever_they_look_like() {
        let v4 = |t: &str| Value::V4(t.parse().expect("address"));
        let cases: &[(&str, Value)] = &[
            ("192.0.2.1", v4("192.0.2.1")),
            ("192.0.2[.]1", v4("192.0.2.1")),
            ("::ffff:192.0.2.1", v4("192.0.2.1")),
            ("192.0.2.1:8080", v4("192.0.2.1")),
            ("192.0.2.1|443", v4("192.0.2.1")),
            ("192.0.2.1/32", v4("192.0.2.1")),
            ("192.0.2.77/24", Value::Net4("192.0.2.0".parse().expect("address"), 24)),
            ("2001:DB8::5/32", Value::Net6("2001:db8::".parse().expect("address"), 32)),
            ("*.Evil[.]com.", Value::Domain("evil.com".into())),
            ("bücher.example", Value::Domain("xn--bcher-kva.example".into())),
            ("hxxps://EVIL[.]com:443/a", Value::Url(b"sevil.com/a".to_vec())),
            ("evil.com/a.php", Value::Url(b"*evil.com/a.php".to_vec())),
            ("Someone[@]Evil.com", Value::Mail("someone@evil.com".into())),
            ("D41D8CD98F00B204E9800998ECF8427E", hash("d41d8cd98f00b204e9800998ecf8427e").expect("md5")),
        ];
        for (text, wanted) in cases {
            assert_eq!(read(text).as_ref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_would_hit_everything_is_refused() {
        assert_eq!(read("0.0.0.0/0"), Err(TOO_WIDE));
        assert_eq!(read("com"), Err(PUBLIC_SUFFIX));
        assert_eq!(read("gov.vn"), Err(PUBLIC_SUFFIX));
        assert_eq!(read("svchost"), Err(PUBLIC_SUFFIX));
        assert_eq!(read("f0295f2e46cebffaf7892a5b33ba54122781c20bs"), Err(UNKNOWN));
        for text in ["", "hello world", "a..b", "999.1.2.3", "-", "1.2.3", "192.0.2.1/99", "x@", "@x.vn"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read_as("evil.com", IndicatorKind::Md5), Err(NOT_OF_KIND));
    }
}
