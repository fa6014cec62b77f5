//! A token from any bytes, its head included: without the private key none is believed, and a believed one that says
//! anything but what was asked for is refused.
#![no_main]

use base_core::Timestamp;
use engine_signin::oidc::{Algorithm, Expected, Keys, Signed, check, verify};
use libfuzzer_sys::fuzz_target;

const KEYS: &[u8] = br#"{"keys":[
    {"kty":"EC","crv":"P-256","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
    {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let keys = Keys::parse(KEYS).expect("keys");
    let all = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps512];
    if let Ok(signed) = verify(&text, &keys, &all) {
        // Only what is signed in the documents of the standards can be among the seeds.
        assert!(signed.payload.starts_with(b"{\"iss\":\"joe\"") || signed.payload == b"Example of Ed25519 signing");
    }
    let signed = Signed { algorithm: Algorithm::Es256, payload: bytes.to_vec() };
    let expected = Expected {
        issuer: "https://id.example",
        client_id: "mangrove",
        nonce: "n",
        access_token: Some("a"),
        now: Timestamp::from_secs(1_400_000_000),
    };
    if let Ok(token) = check(&signed, &expected) {
        assert_eq!((token.text("iss"), token.text("nonce")), (Some("https://id.example"), Some("n")));
        assert!(token.subject("sub").is_ok_and(|s| s.len() <= 255));
        assert!(token.ways().len() <= 16);
    }
});
