//! Signed tokens in compact form (RFC 7515, section 7.1).

use super::doubt::told;
use super::{Doubt, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// Longest token that is read, in bytes.
const MAX_TOKEN: usize = 32 * 1024;

/// The kinds of signatures that are accepted: by a private key alone. `none` and those by a shared secret (HS256 …)
/// are not among them, so that neither nothing nor a public key can be passed off as a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// With SHA-384.
    Rs384,
    /// With SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// With SHA-384.
    Ps384,
    /// With SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519 (RFC 8037).
    EdDsa,
}

impl Algorithm {
    const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name (RFC 7518, section 3.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// From its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }

    /// The hash that goes with it, of `text`: what `at_hash` is made of (OpenID Connect Core, section 3.1.3.6).
    pub(super) fn digest(self, text: &[u8]) -> Vec<u8> {
        use sha2::{Digest, Sha256, Sha384, Sha512};
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(text).to_vec(),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Sha384::digest(text).to_vec(),
            Self::Rs512 | Self::Ps512 | Self::EdDsa => Sha512::digest(text).to_vec(),
        }
    }
}

/// A token whose signature fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// What is signed.
    pub payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Checks the signature of a token. Keys come from `keys` alone: what the token itself says of keys (`jwk`, `jku`,
/// `x5c`, `x5u`) is not looked at.
///
/// # Errors
/// [`Doubt`]; after [`Doubt::UnknownKey`] it is worth fetching the keys again.
pub fn verify(token: &str, keys: &Keys, accepted: &[Algorithm]) -> Result<Signed, Doubt> {
    let form = || Doubt::Form("the token");
    if token.len() > MAX_TOKEN {
        return Err(form());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(form)?;
    let (header, payload) = signed.split_once('.').ok_or_else(form)?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| form());
    let (head, payload, signature) = (bytes(header)?, bytes(payload)?, bytes(signature)?);
    let head: Header = serde_json::from_slice(&head).map_err(|_| form())?;
    // What must be understood and is not makes the token invalid (RFC 7515, section 4.1.11); nothing such is understood.
    if head.crit.is_some() {
        return Err(form());
    }
    let algorithm = Algorithm::parse(&head.alg).filter(|a| accepted.contains(a));
    let algorithm = algorithm.ok_or_else(|| Doubt::Algorithm(told(&head.alg)))?;
    keys.verify(head.kid.as_deref(), algorithm, (signed.as_bytes(), &signature))?;
    Ok(Signed { algorithm, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys(key: &Value) -> Keys {
        Keys::parse(json!({ "keys": [key] }).to_string().as_bytes()).expect("keys")
    }

    const CLAIMS: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    /// RFC 7515, appendix A.2.
    fn rs256() -> (String, Keys) {
        let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5\
            jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZR\
            mB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A\
            XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT\
            -SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UT\
            o7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkML\
            s91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        (format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}"), keys(&json!({"kty": "RSA", "n": n, "e": "AQAB"})))
    }

    /// RFC 7515, appendix A.3.
    fn es256() -> (String, Keys) {
        let key = json!({"kty": "EC", "crv": "P-256", "kid": "1",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        (format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.{signature}"), keys(&key))
    }

    #[test]
    fn signatures_of_the_rfcs_are_believed_and_altered_ones_not() {
        // RFC 8037, appendix A.4.
        let ed25519 = (
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhij\
             cNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
                .to_owned(),
            keys(&json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})),
        );
        for (algorithm, (token, keys)) in
            [(Algorithm::Rs256, rs256()), (Algorithm::Es256, es256()), (Algorithm::EdDsa, ed25519)]
        {
            let signed = verify(&token, &keys, &Algorithm::ALL).expect("is believed");
            assert_eq!(signed.algorithm, algorithm);
            for at in [0, token.len() / 3, token.len() / 2, token.len() - 9] {
                let mut altered = token.clone().into_bytes();
                altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
                let altered = String::from_utf8(altered).expect("ASCII");
                verify(&altered, &keys, &Algorithm::ALL).expect_err("altered");
            }
            let others: Vec<Algorithm> = Algorithm::ALL.into_iter().filter(|a| *a != algorithm).collect();
            let refused = verify(&token, &keys, &others).expect_err("not accepted");
            assert_eq!(refused, Doubt::Algorithm(algorithm.as_str().to_owned()));
        }
    }

    #[test]
    fn neither_nothing_nor_a_shared_secret_is_a_signature() {
        let (_, keys) = es256();
        let head = |json: &str| URL_SAFE_NO_PAD.encode(json);
        for alg in ["none", "None", "nOnE", "", "HS256", "HS384", "HS512", "RS1", "ES256K", "A128KW", "dir"] {
            let token = format!("{}.{CLAIMS}.", head(&format!("{{\"alg\":\"{alg}\"}}")));
            assert_eq!(verify(&token, &keys, &Algorithm::ALL), Err(Doubt::Algorithm(alg.to_owned())), "{alg}");
        }
        let token = format!("{}.{CLAIMS}.AAAA", head(r#"{"alg":"ES256","kid":"2"}"#));
        assert_eq!(verify(&token, &keys, &Algorithm::ALL), Err(Doubt::UnknownKey("2".to_owned())));
        let token = format!("{}.{CLAIMS}.AAAA", head(r#"{"alg":"RS256","kid":"1"}"#));
        let refused = verify(&token, &keys, &Algorithm::ALL).expect_err("a key of another kind");
        assert_eq!(refused, Doubt::UnknownKey("1".to_owned()));
        let token = format!("{}.{CLAIMS}.AAAA", head(r#"{"alg":"ES256","crit":["exp"],"exp":1}"#));
        assert_eq!(verify(&token, &keys, &Algorithm::ALL), Err(Doubt::Form("the token")));
    }

    #[test]
    fn what_is_no_token_is_told_so() {
        let (token, keys) = es256();
        for bad in [
            "",
            ".",
            "..",
            "a.b",
            "a.b.c.d",
            "é.é.é",
            &format!("{token}="),
            &token.replace('.', ".."),
            &"a".repeat(MAX_TOKEN + 1),
        ] {
            assert_eq!(verify(bad, &keys, &Algorithm::ALL), Err(Doubt::Form("the token")), "{bad:.40}");
        }
    }
}
