//! Passkeys: what an authenticator says, and whether it is true (W3C Web Authentication, Level 2, sections 7.1, 7.2).
//!
//! No attestation is asked for: which make of authenticator a person uses does not matter here, and without it the
//! public key can be taken as the browser hands it over, in SubjectPublicKeyInfo, without reading CBOR. The person must
//! be verified by the authenticator (PIN, finger, face), so that a found key opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Longest client data and keys that are read, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// Longest id of a credential (section 4).
const MAX_CREDENTIAL: usize = 1_023;

/// ECDSA on P-256 with SHA-256 (RFC 9053).
pub const ES256: i64 = -7;
/// Ed25519.
pub const EDDSA: i64 = -8;
/// RSA, PKCS #1 v1.5 with SHA-256 (RFC 8812): Windows Hello on older chips.
pub const RS256: i64 = -257;

/// For whom and from where answers are accepted.
#[derive(Clone, Debug)]
pub struct Party {
    /// Host name of the console: the relying party's id.
    pub id: String,
    /// Scheme, host and port of the console.
    pub origin: String,
}

impl Party {
    /// From the console's address.
    #[must_use]
    pub fn of(base_url: &str) -> Self {
        let origin = base_url.trim_end_matches('/').to_owned();
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        let id = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
        Self { id, origin }
    }
}

/// Why an answer is not believed; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It cannot be read.
    Form,
    /// Made for another purpose, challenge or site.
    Context,
    /// The person was not present or not verified.
    Person,
    /// The signature does not fit.
    Signature,
    /// The counter has gone back: there may be a copy of the authenticator.
    Counter,
    /// A kind of key that is not known.
    Key,
}

/// What a new authenticator says.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// `clientDataJSON`, base64url.
    pub client_data: String,
    /// `authenticatorData`, base64url.
    pub authenticator_data: String,
    /// SubjectPublicKeyInfo, base64url.
    pub public_key: String,
    /// COSE algorithm.
    pub algorithm: i64,
}

/// What an authenticator says at a sign-in.
#[derive(Clone, Debug, Default)]
pub struct Assertion {
    /// Id of the credential, base64url.
    pub credential: String,
    /// `clientDataJSON`, base64url.
    pub client_data: String,
    /// `authenticatorData`, base64url.
    pub authenticator_data: String,
    /// Base64url.
    pub signature: String,
}

/// What is kept of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Base64url.
    pub credential: String,
    /// How often it has signed, by its own count.
    pub sign_count: i64,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

struct AuthenticatorData<'b> {
    flags: u8,
    sign_count: u32,
    rest: &'b [u8],
}

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

fn bytes(text: &str) -> Result<Vec<u8>, Doubt> {
    if text.len() > MAX_BYTES {
        return Err(Doubt::Form);
    }
    // Browsers leave the padding out; some libraries do not.
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Doubt::Form)
}

/// Purpose, challenge and site of an answer (7.1 steps 7–9, 7.2 steps 11–13).
fn fits(client_data: &[u8], kind: &str, challenge: &str, party: &Party) -> Result<(), Doubt> {
    let said: ClientData = serde_json::from_slice(client_data).map_err(|_| Doubt::Form)?;
    let right = said.kind == kind
        && said.challenge.trim_end_matches('=') == challenge
        && said.origin == party.origin
        && !said.cross_origin;
    if right { Ok(()) } else { Err(Doubt::Context) }
}

/// Section 6.1: hash of the party's id, flags, counter.
fn authenticator<'b>(data: &'b [u8], party: &Party) -> Result<AuthenticatorData<'b>, Doubt> {
    let (hash, rest) = data.split_at_checked(32).ok_or(Doubt::Form)?;
    let (flags, rest) = rest.split_first().ok_or(Doubt::Form)?;
    let (count, rest) = rest.split_at_checked(4).ok_or(Doubt::Form)?;
    if hash != Sha256::digest(party.id.as_bytes()).as_slice() {
        return Err(Doubt::Context);
    }
    if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
        return Err(Doubt::Person);
    }
    let sign_count = u32::from_be_bytes(count.try_into().map_err(|_| Doubt::Form)?);
    Ok(AuthenticatorData { flags: *flags, sign_count, rest })
}

/// Checks a registration.
///
/// # Errors
/// [`Doubt`].
pub fn register(said: &Registration, challenge: &str, party: &Party) -> Result<Registered, Doubt> {
    fits(&bytes(&said.client_data)?, "webauthn.create", challenge, party)?;
    let data = bytes(&said.authenticator_data)?;
    let data = authenticator(&data, party)?;
    if data.flags & ATTESTED == 0 {
        return Err(Doubt::Form);
    }
    // The make of the authenticator (16 bytes), then length and id of the credential; the key after it in COSE form is
    // the one the browser hands over beside.
    let (_, rest) = data.rest.split_at_checked(16).ok_or(Doubt::Form)?;
    let (length, rest) = rest.split_at_checked(2).ok_or(Doubt::Form)?;
    let length = usize::from(u16::from_be_bytes(length.try_into().map_err(|_| Doubt::Form)?));
    let credential = rest.get(..length).filter(|c| (1..=MAX_CREDENTIAL).contains(&c.len())).ok_or(Doubt::Form)?;
    // Read once now, so that no key is kept that could never be used.
    key_bytes(said.algorithm, &bytes(&said.public_key)?)?;
    Ok(Registered { credential: URL_SAFE_NO_PAD.encode(credential), sign_count: i64::from(data.sign_count) })
}

/// Checks an assertion against the stored key; the new counter.
///
/// # Errors
/// [`Doubt`].
pub fn verify(
    said: &Assertion,
    challenge: &str,
    party: &Party,
    (algorithm, public_key, sign_count): (i64, &str, i64),
) -> Result<i64, Doubt> {
    let client_data = bytes(&said.client_data)?;
    fits(&client_data, "webauthn.get", challenge, party)?;
    let raw = bytes(&said.authenticator_data)?;
    let data = authenticator(&raw, party)?;
    let signed = [raw.as_slice(), Sha256::digest(&client_data).as_slice()].concat();
    let spki = bytes(public_key)?;
    let key = key_bytes(algorithm, &spki)?;
    let signature = bytes(&said.signature)?;
    let verified = match algorithm {
        ES256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(&signed, &signature),
        EDDSA => UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature),
        RS256 => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&signed, &signature),
        _ => return Err(Doubt::Key),
    };
    verified.map_err(|_| Doubt::Signature)?;
    let count = i64::from(data.sign_count);
    // Zero twice = an authenticator that does not count (7.2 step 21).
    if (count != 0 || sign_count != 0) && count <= sign_count {
        return Err(Doubt::Counter);
    }
    Ok(count)
}

/// SubjectPublicKeyInfo of P-256 before the point (RFC 5480).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// SubjectPublicKeyInfo of Ed25519 before the key (RFC 8410).
const ED: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The algorithm rsaEncryption within SubjectPublicKeyInfo (RFC 3279).
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// Bytes of the two outer lengths of an RSA key of 2048 bits or more: `30 82 hh ll` and `03 82 hh ll 00`.
const RSA_OUTER: usize = 4;
const RSA_INNER: usize = 5;

/// The key in the form the signature check wants.
fn key_bytes(algorithm: i64, spki: &[u8]) -> Result<&[u8], Doubt> {
    match algorithm {
        ES256 => spki.strip_prefix(P256.as_slice()).filter(|point| point.len() == 65).ok_or(Doubt::Key),
        EDDSA => spki.strip_prefix(ED.as_slice()).filter(|key| key.len() == 32).ok_or(Doubt::Key),
        RS256 => {
            let (outer, rest) = spki.split_at_checked(RSA_OUTER).ok_or(Doubt::Key)?;
            let rest = rest.strip_prefix(RSA.as_slice()).ok_or(Doubt::Key)?;
            let (inner, key) = rest.split_at_checked(RSA_INNER).ok_or(Doubt::Key)?;
            let long = outer.starts_with(&[0x30, 0x82]) && inner.starts_with(&[0x03, 0x82]) && inner.ends_with(&[0]);
            if long && key.starts_with(&[0x30, 0x82]) { Ok(key) } else { Err(Doubt::Key) }
        }
        _ => Err(Doubt::Key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    fn party() -> Party {
        Party::of("https://mangrove.example:8443/")
    }

    struct Soft {
        key: EcdsaKeyPair,
        count: u32,
    }

    impl Soft {
        fn new() -> Self {
            let random = SystemRandom::new();
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
            Self { key, count: 0 }
        }

        fn spki(&self) -> String {
            URL_SAFE_NO_PAD.encode([P256.as_slice(), self.key.public_key().as_ref()].concat())
        }

        fn data(&self, id: &str, flags: u8) -> Vec<u8> {
            let mut data = Sha256::digest(id.as_bytes()).to_vec();
            data.push(flags);
            data.extend_from_slice(&self.count.to_be_bytes());
            data
        }

        fn assertion(&self, client_data: &str, data: &[u8]) -> Assertion {
            let signed = [data, Sha256::digest(client_data.as_bytes()).as_slice()].concat();
            let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
            Assertion {
                credential: String::new(),
                client_data: URL_SAFE_NO_PAD.encode(client_data),
                authenticator_data: URL_SAFE_NO_PAD.encode(data),
                signature: URL_SAFE_NO_PAD.encode(signature),
            }
        }
    }

    fn client(kind: &str, challenge: &str, origin: &str) -> String {
        format!(
            "{{\"type\":\"webauthn.{kind}\",\"challenge\":\"{challenge}\",\"origin\":\"{origin}\",\"crossOrigin\":false}}"
        )
    }

    const ORIGIN: &str = "https://mangrove.example:8443";

    #[test]
    fn the_party_is_host_and_origin() {
        assert_eq!((party().id.as_str(), party().origin.as_str()), ("mangrove.example", ORIGIN));
        assert_eq!(Party::of("http://localhost").id, "localhost");
    }

    #[test]
    fn a_right_answer_is_believed_and_every_deviation_doubted() {
        let mut soft = Soft::new();
        soft.count = 5;
        let spki = soft.spki();
        let check = |said: &Assertion, count: i64| verify(said, "abc", &party(), (ES256, &spki, count));
        let data = soft.data("mangrove.example", 0x05);
        let right = soft.assertion(&client("get", "abc", ORIGIN), &data);
        assert_eq!(check(&right, 4), Ok(5));
        assert_eq!(check(&right, 5), Err(Doubt::Counter), "sent twice, or a copy");
        for (client_data, data, doubt) in [
            (client("create", "abc", ORIGIN), data.clone(), Doubt::Context),
            (client("get", "abd", ORIGIN), data.clone(), Doubt::Context),
            (client("get", "abc", "https://mangrove.example"), data.clone(), Doubt::Context),
            (client("get", "abc", "https://mangrove.example:8443.evil.example"), data.clone(), Doubt::Context),
            (client("get", "abc", ORIGIN).replace("false", "true"), data.clone(), Doubt::Context),
            (client("get", "abc", ORIGIN), soft.data("evil.example", 0x05), Doubt::Context),
            (client("get", "abc", ORIGIN), soft.data("mangrove.example", 0x01), Doubt::Person),
            (client("get", "abc", ORIGIN), soft.data("mangrove.example", 0x04), Doubt::Person),
            ("{}".to_owned(), data.clone(), Doubt::Form),
            (client("get", "abc", ORIGIN), data[..36].to_vec(), Doubt::Form),
        ] {
            assert_eq!(check(&soft.assertion(&client_data, &data), 0), Err(doubt), "{client_data}");
        }
        let other = Soft { key: Soft::new().key, count: 5 };
        assert_eq!(check(&other.assertion(&client("get", "abc", ORIGIN), &data), 0), Err(Doubt::Signature));
        assert_eq!(verify(&right, "abc", &party(), (RS256, &spki, 0)), Err(Doubt::Key));
        assert_eq!(verify(&right, "abc", &party(), (-999, &spki, 0)), Err(Doubt::Key));
        soft.count = 0;
        let never_counts = soft.assertion(&client("get", "abc", ORIGIN), &soft.data("mangrove.example", 0x05));
        assert_eq!(verify(&never_counts, "abc", &party(), (ES256, &soft.spki(), 0)), Ok(0));
    }

    #[test]
    fn a_registration_gives_the_credential() {
        let soft = Soft::new();
        let mut data = soft.data("mangrove.example", 0x45);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 3, 1, 2, 3]);
        let said = Registration {
            client_data: URL_SAFE_NO_PAD.encode(client("create", "abc", ORIGIN)),
            authenticator_data: URL_SAFE_NO_PAD.encode(&data),
            public_key: soft.spki(),
            algorithm: ES256,
        };
        let wanted = Registered { credential: URL_SAFE_NO_PAD.encode([1, 2, 3]), sign_count: 0 };
        assert_eq!(register(&said, "abc", &party()), Ok(wanted));
        assert_eq!(register(&said, "abd", &party()), Err(Doubt::Context));
        let short = URL_SAFE_NO_PAD.encode(&data[..data.len() - 1]);
        assert_eq!(
            register(&Registration { authenticator_data: short, ..said.clone() }, "abc", &party()),
            Err(Doubt::Form)
        );
        for (algorithm, key) in [(EDDSA, soft.spki()), (ES256, "AAAA".to_owned()), (0, soft.spki())] {
            let wrong = Registration { algorithm, public_key: key, ..said.clone() };
            assert_eq!(register(&wrong, "abc", &party()), Err(Doubt::Key));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_otherwise_than_by_doubt(a in "\\PC{0,200}", b in prop::collection::vec(any::<u8>(), 0..200), algorithm in -300_i64..10) {
            let text = URL_SAFE_NO_PAD.encode(&b);
            let said = Registration { client_data: URL_SAFE_NO_PAD.encode(&a), authenticator_data: text.clone(), public_key: text.clone(), algorithm };
            prop_assert!(register(&said, "abc", &party()).is_err());
            let said = Assertion { credential: a.clone(), client_data: a, authenticator_data: text.clone(), signature: text.clone() };
            prop_assert!(verify(&said, "abc", &party(), (algorithm, &text, 0)).is_err());
        }
    }
}
