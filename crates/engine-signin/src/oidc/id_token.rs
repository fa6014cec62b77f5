//! What an ID token says, and for whom (OpenID Connect Core 1.0, sections 2 and 3.1.3.7).

use super::{Doubt, Signed};
use base_core::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Clocks of two servers may differ by so many seconds.
const SKEW: i64 = 60;
/// A token is used within seconds of its making; one older than this is somebody's find.
const MAX_AGE: i64 = 600;
/// Longest name of an account at the provider; of `sub` the specification says 255.
const MAX_SUBJECT: usize = 255;
/// Beyond this no date is meant: the year 9999.
const LAST: f64 = 253_402_300_799.0;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// For which program.
    pub client_id: &'a str,
    /// For which sign-in.
    pub nonce: &'a str,
    /// The access token that came beside it.
    pub access_token: Option<&'a str>,
    /// The present moment.
    pub now: Timestamp,
}

/// A token that is believed.
#[derive(Clone, Debug, PartialEq)]
pub struct IdToken {
    claims: Map<String, Value>,
}

/// Checks what a signed token says.
///
/// # Errors
/// [`Doubt`].
pub fn check(signed: &Signed, expected: &Expected<'_>) -> Result<IdToken, Doubt> {
    let Ok(Value::Object(claims)) = serde_json::from_slice(&signed.payload) else {
        return Err(Doubt::Form("the token"));
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(Doubt::Issuer);
    }
    for_us(&claims, expected.client_id)?;
    in_time(&claims, expected.now)?;
    if text("nonce") != Some(expected.nonce) {
        return Err(Doubt::Nonce);
    }
    if let Some(said) = claims.get("at_hash") {
        let whole = expected.access_token.map(|token| signed.algorithm.digest(token.as_bytes()));
        let half = whole.as_deref().and_then(|hash| hash.get(..hash.len() / 2)).map(|h| URL_SAFE_NO_PAD.encode(h));
        if said.as_str() != half.as_deref() {
            return Err(Doubt::AccessToken);
        }
    }
    let token = IdToken { claims };
    // Required of every token, whatever claim names the account here.
    token.subject("sub")?;
    Ok(token)
}

/// Rules 3 to 5: for this program and no other, asked for by this program.
fn for_us(claims: &Map<String, Value>, client_id: &str) -> Result<(), Doubt> {
    let ours = match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        // Others named beside us are not trusted.
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|one| one.as_str() == Some(client_id)),
        _ => false,
    };
    if !ours {
        return Err(Doubt::Audience);
    }
    match claims.get("azp") {
        Some(party) if party.as_str() != Some(client_id) => Err(Doubt::AuthorizedParty),
        _ => Ok(()),
    }
}

/// Rules 9 and 10, and `nbf` of RFC 7519.
fn in_time(claims: &Map<String, Value>, now: Timestamp) -> Result<(), Doubt> {
    let form = || Doubt::Form("a time in the token");
    let (ends, made) = (seconds(claims, "exp")?.ok_or_else(form)?, seconds(claims, "iat")?.ok_or_else(form)?);
    let begins = seconds(claims, "nbf")?.unwrap_or(made);
    let now = now.as_secs();
    if ends <= now - SKEW || made < now - MAX_AGE - SKEW {
        return Err(Doubt::Expired);
    }
    if made > now + SKEW || begins > now + SKEW {
        return Err(Doubt::NotYet);
    }
    Ok(())
}

/// A time in seconds since 1970; it may have a fraction (RFC 7519, section 2).
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Doubt> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.as_f64().filter(|s| (0.0..=LAST).contains(s)).map(f64::trunc);
    let whole = whole.ok_or(Doubt::Form("a time in the token"))?;
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and the year 9999")]
    Ok(Some(whole as i64))
}

impl IdToken {
    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// The name of the account at the provider, by the claim `name`.
    ///
    /// # Errors
    /// [`Doubt::Subject`] when it is missing, empty or too long, or is a mail address that the provider has not verified:
    /// such a one may be anybody's.
    pub fn subject(&self, name: &str) -> Result<&str, Doubt> {
        let verified = name != "email" || self.claims.get("email_verified") == Some(&Value::Bool(true));
        let fine = |s: &&str| !s.is_empty() && s.len() <= MAX_SUBJECT && !s.chars().any(char::is_control);
        let subject = self.text(name).filter(fine).filter(|_| verified);
        subject.ok_or_else(|| Doubt::Subject(super::doubt::told(name)))
    }

    /// Whether the provider says that one of these ways was used: a word of `amr` (RFC 8176), or `acr` itself.
    #[must_use]
    pub fn was_by(&self, words: &[&str]) -> bool {
        let listed = self.claims.get("amr").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        listed.chain(self.text("acr")).any(|said| words.contains(&said))
    }

    /// `amr` and `acr` as said, for showing.
    #[must_use]
    pub fn ways(&self) -> Vec<String> {
        let listed = self.claims.get("amr").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        listed.chain(self.text("acr")).take(16).map(super::doubt::told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::Algorithm;
    use serde_json::json;

    const NOW: i64 = 1_400_000_000;

    fn claims() -> Value {
        json!({"iss": "https://id.example", "aud": "mangrove", "sub": "an", "nonce": "n", "iat": NOW, "exp": NOW + 300})
    }

    fn checked(claims: &Value, access_token: Option<&str>) -> Result<IdToken, Doubt> {
        let signed = Signed { algorithm: Algorithm::Es256, payload: claims.to_string().into_bytes() };
        let expected = Expected {
            issuer: "https://id.example",
            client_id: "mangrove",
            nonce: "n",
            access_token,
            now: Timestamp::from_secs(NOW),
        };
        check(&signed, &expected)
    }

    fn with(name: &str, value: Value) -> &'static str {
        let mut claims = claims();
        claims[name] = value;
        checked(&claims, None).map_or_else(|doubt| doubt.code(), |_| "believed")
    }

    #[test]
    fn a_token_for_us_now_and_for_this_sign_in_is_believed() {
        assert_eq!(checked(&claims(), None).expect("believed").subject("sub"), Ok("an"));
        assert_eq!(with("aud", json!(["mangrove"])), "believed");
        assert_eq!(with("azp", json!("mangrove")), "believed");
        assert_eq!(with("exp", json!(NOW as f64 + 0.5)), "believed");
        assert_eq!(with("exp", json!(NOW - 59)), "believed", "clocks differ a little");
        assert_eq!(with("iat", json!(NOW + 60)), "believed");
    }

    #[test]
    fn everything_else_is_not() {
        assert_eq!(with("iss", json!("https://id.example/")), "issuer");
        assert_eq!(with("iss", Value::Null), "issuer");
        for aud in [json!("other"), json!([]), json!(["mangrove", "other"]), json!(["other"]), json!(7), Value::Null] {
            assert_eq!(with("aud", aud.clone()), "audience", "{aud}");
        }
        assert_eq!(with("azp", json!("other")), "authorized-party");
        assert_eq!(with("azp", Value::Null), "authorized-party");
        assert_eq!(with("exp", json!(NOW - 60)), "expired");
        assert_eq!(with("iat", json!(NOW - 661)), "expired", "old, though it holds for a year");
        assert_eq!(with("iat", json!(NOW + 61)), "not-yet");
        assert_eq!(with("nbf", json!(NOW + 61)), "not-yet");
        for time in [json!("1400000000"), json!(-1), json!(1e300), Value::Null, json!({})] {
            assert_eq!(with("exp", time.clone()), "form", "{time}");
        }
        assert_eq!(with("nonce", json!("m")), "nonce");
        assert_eq!(with("nonce", Value::Null), "nonce");
        for sub in [json!(""), json!(7), json!("a".repeat(256)), json!("a\u{0}b"), Value::Null] {
            assert_eq!(with("sub", sub.clone()), "subject", "{sub}");
        }
        for payload in ["", "[]", "7", "{", "null"] {
            let signed = Signed { algorithm: Algorithm::Es256, payload: payload.into() };
            let expected =
                Expected { issuer: "", client_id: "", nonce: "", access_token: None, now: Timestamp::from_secs(0) };
            assert_eq!(check(&signed, &expected), Err(Doubt::Form("the token")), "{payload}");
        }
    }

    #[test]
    fn the_access_token_beside_it_must_be_its_own() {
        // OpenID Connect Core 1.0, appendix A.3: this access token has this hash under SHA-256.
        let (access, hash) = ("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ");
        let mut claims = claims();
        claims["at_hash"] = json!(hash);
        assert!(checked(&claims, Some(access)).is_ok());
        for other in [Some("another"), None] {
            assert_eq!(checked(&claims, other), Err(Doubt::AccessToken));
        }
        claims["at_hash"] = json!(7);
        assert_eq!(checked(&claims, Some(access)), Err(Doubt::AccessToken));
    }

    #[test]
    fn accounts_are_named_by_verified_claims_and_ways_are_read() {
        let mut claims = claims();
        claims["email"] = json!("an@camau.gov.vn");
        claims["amr"] = json!(["pwd", "otp", 7]);
        claims["acr"] = json!("urn:loa:2");
        for verified in [Value::Null, json!(false), json!("true")] {
            claims["email_verified"] = verified;
            assert_eq!(
                checked(&claims, None).expect("believed").subject("email").map_err(|d| d.code()),
                Err("subject")
            );
        }
        claims["email_verified"] = json!(true);
        let token = checked(&claims, None).expect("believed");
        assert_eq!(token.subject("email"), Ok("an@camau.gov.vn"));
        assert!(token.was_by(&["hwk", "otp"]) && token.was_by(&["urn:loa:2"]) && !token.was_by(&["mfa"]));
        assert!(!token.was_by(&[]));
        assert_eq!(token.ways(), ["pwd", "otp", "urn:loa:2"]);
    }
}
