//! The token of a source in the forms in which clients send one (RFC 6750, RFC 7617, and the `ApiKey` of
//! Elasticsearch).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest header that is looked at; a token has some 70 characters.
const MOST: usize = 4096;

/// The token in an `Authorization` header:
///
/// * `Bearer <token>`, from NDJSON senders and OTLP exporters;
/// * `Basic base64(<any name>:<token>)`, from whatever knows a user name and a password only;
/// * `ApiKey base64(<any id>:<token>)`, from clients of Elasticsearch; they also send what they were given
///   as it is, so `ApiKey <token>` and `ApiKey base64(<token>)` are understood.
#[must_use]
pub fn token_of(authorization: Option<&str>) -> Option<String> {
    let (scheme, given) = authorization.filter(|a| a.len() <= MOST)?.trim().split_once(' ')?;
    let given = given.trim();
    let decoded = || String::from_utf8(STANDARD.decode(given).ok()?).ok();
    let behind_colon = |text: String| text.split_once(':').map(|(_, token)| token.to_owned());
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(given.to_owned()),
        "basic" => decoded().and_then(behind_colon),
        "apikey" => match decoded() {
            Some(text) => Some(behind_colon(text.clone()).unwrap_or(text)),
            None => Some(behind_colon(given.to_owned()).unwrap_or_else(|| given.to_owned())),
        },
        _ => None,
    };
    token.filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_ends_in_the_same_token() {
        let coded = |text: &str| STANDARD.encode(text);
        for header in [
            "Bearer mgv_12".to_owned(),
            "bearer   mgv_12 ".to_owned(),
            format!("Basic {}", coded("winlogbeat:mgv_12")),
            format!("ApiKey {}", coded("any:mgv_12")),
            format!("apikey {}", coded("mgv_12")),
            "ApiKey mgv_12".to_owned(),
            "ApiKey any:mgv_12".to_owned(),
        ] {
            assert_eq!(token_of(Some(&header)).as_deref(), Some("mgv_12"), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Basic !!", "Digest x", &format!("Basic {}", coded("no colon"))] {
            assert_eq!(token_of(Some(header)), None, "{header}");
        }
        assert_eq!(token_of(None), None);
        assert_eq!(token_of(Some(&format!("Bearer {}", "x".repeat(10_000)))), None);
    }
}
