//! What an authenticator says, from any bytes: nobody's signature is ever believed.
#![no_main]

use engine_signin::passkey::{Assertion, EDDSA, ES256, Party, RS256, Registration, register, verify};
use libfuzzer_sys::fuzz_target;

/// Base64url, as browsers send bytes.
fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(LETTERS[(number >> (18 - 6 * place)) as usize & 63]));
        }
    }
    out
}

fuzz_target!(|bytes: &[u8]| {
    let party = Party::of("https://mangrove.example:8443");
    let (kind, rest) = bytes.split_first().map_or((0, bytes), |(k, r)| (*k, r));
    let mut parts = rest.splitn(4, |b| *b == 0xff);
    let mut part = || parts.next().unwrap_or_default();
    let algorithm = [ES256, EDDSA, RS256, 0][usize::from(kind & 3)];
    let client = "{\"type\":\"webauthn.create\",\"challenge\":\"abc\",\"origin\":\"https://mangrove.example:8443\"}";
    // Half of the time the context is right, so that what comes after it is reached.
    let client_data = if kind & 4 == 0 { encoded(client.as_bytes()) } else { encoded(part()) };
    let said = Registration {
        client_data: client_data.clone(),
        authenticator_data: encoded(part()),
        public_key: encoded(part()),
        algorithm,
    };
    if let Ok(registered) = register(&said, "abc", &party) {
        assert!(!registered.credential.is_empty() && registered.credential.len() <= 1_400);
    }
    let raw = Registration { client_data: String::from_utf8_lossy(rest).into_owned(), ..said.clone() };
    let _ = register(&raw, "abc", &party);
    let signed = Assertion {
        credential: String::new(),
        client_data: client_data.replace("create", "get"),
        authenticator_data: said.authenticator_data.clone(),
        signature: encoded(part()),
    };
    assert!(verify(&signed, "abc", &party, (algorithm, &said.public_key, 0)).is_err());
});
