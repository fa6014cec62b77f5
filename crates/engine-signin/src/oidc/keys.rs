//! The public keys of a provider (RFC 7517), as `jwks_uri` gives them.

use super::{Algorithm, Doubt, MAX_DOCUMENT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// Most keys that are taken from a document; providers have a handful.
const MAX_KEYS: usize = 64;
/// Longest name of a key.
const MAX_KID: usize = 256;

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Point on P-256, uncompressed.
    P256(Vec<u8>),
    /// Point on P-384, uncompressed.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kid: Option<String>,
    /// The only kind of signature it is for.
    alg: Option<String>,
    material: Material,
}

/// The keys for signatures of a provider. Others (for encryption, with shared secrets, of unknown kinds) are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a JWK set. A key that is not understood is left out, as RFC 7517, section 5 asks for.
    ///
    /// # Errors
    /// [`Doubt::Form`] when it is no such set or too long.
    pub fn parse(document: &[u8]) -> Result<Self, Doubt> {
        let form = || Doubt::Form("the set of keys");
        if document.len() > MAX_DOCUMENT {
            return Err(form());
        }
        let set: Set = serde_json::from_slice(document).map_err(|_| form())?;
        Ok(Self(set.keys.into_iter().take(MAX_KEYS).filter_map(key).collect()))
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the keys with this name (without a name: any) has made the signature.
    pub(super) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        (signed, signature): (&[u8], &[u8]),
    ) -> Result<(), Doubt> {
        let fits = |key: &&Key| {
            kid.is_none_or(|kid| key.kid.as_deref() == Some(kid))
                && key.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str())
                && key.material.is_for(algorithm)
        };
        let mut candidates = self.0.iter().filter(fits).peekable();
        if candidates.peek().is_none() {
            return Err(Doubt::UnknownKey(super::doubt::told(kid.unwrap_or(""))));
        }
        if candidates.any(|key| key.material.verify(algorithm, signed, signature)) {
            Ok(())
        } else {
            Err(Doubt::Signature)
        }
    }
}

/// A key for signatures.
fn key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let signs = jwk.used_for.as_deref().is_none_or(|used| used == "sig")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs || jwk.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
        return None;
    }
    let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?.trim_end_matches('=')).ok();
    let number = |text: &Option<String>| {
        let bytes = bytes(text)?;
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        bytes.get(zeros..).map(<[u8]>::to_vec)
    };
    let point = |size: usize| {
        let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
        (x.len() == size && y.len() == size).then(|| [[4].as_slice(), &x, &y].concat())
    };
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => Material::Rsa { n: number(&jwk.n)?, e: number(&jwk.e)? },
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&jwk.x).filter(|x| x.len() == 32)?),
        _ => return None,
    };
    Some(Key { kid: jwk.kid, alg: jwk.alg, material })
}

impl Material {
    /// A key is only ever used with kinds of signatures made for it: what is public must not become a shared secret.
    fn is_for(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        match self {
            Material::Rsa { .. } => {
                matches!(algorithm, A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512)
            }
            Material::P256(_) => algorithm == A::Es256,
            Material::P384(_) => algorithm == A::Es384,
            Material::Ed25519(_) => algorithm == A::EdDsa,
        }
    }

    fn verify(&self, algorithm: Algorithm, signed: &[u8], made: &[u8]) -> bool {
        match self {
            Material::Rsa { n, e } => {
                // ring takes moduli of 2048 to 8192 bits.
                let parameters = match algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                    Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
                    Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
                    Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, made).is_ok()
            }
            Material::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(signed, made).is_ok()
            }
            Material::P384(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point).verify(signed, made).is_ok()
            }
            Material::Ed25519(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(signed, made).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_that_are_not_for_signatures_are_left_out() {
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let set = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "good"},
            {"kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc"},
            {"kty": "OKP", "crv": "Ed25519", "x": x, "key_ops": ["encrypt"]},
            {"kty": "OKP", "crv": "X25519", "x": x},
            {"kty": "oct", "k": "c2VjcmV0"},
            {"kty": "EC", "crv": "P-256", "x": x},
            {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
            {"kty": "RSA", "n": "!", "e": "AQAB"},
            {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k".repeat(300)},
            7, null, "x"
        ]});
        assert_eq!(Keys::parse(set.to_string().as_bytes()).expect("reads").len(), 1);
        for bad in ["", "{}", "[]", "{\"keys\":1}"] {
            assert_eq!(Keys::parse(bad.as_bytes()), Err(Doubt::Form("the set of keys")), "{bad}");
        }
        let many = json!({"keys": vec![json!({"kty": "OKP", "crv": "Ed25519", "x": x}); 1_000]});
        assert_eq!(Keys::parse(many.to_string().as_bytes()).expect("reads").len(), MAX_KEYS);
    }
}
