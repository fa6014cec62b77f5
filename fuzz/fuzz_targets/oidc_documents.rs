//! Documents of a provider from any bytes: discovery, keys, and the answer with tokens. What is taken is bounded and can
//! be sent somewhere safe.
#![no_main]

use engine_signin::oidc::{Ask, Keys, Metadata, authorization_address, token_request, tokens};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (status, document) = bytes.split_first().map_or((0, bytes), |(s, r)| (*s, r));
    let text = String::from_utf8_lossy(document);
    // The issuer that the document itself names, so that what comes after it is reached.
    let issuer = text.split("\"issuer\":\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or("https://id.example");
    if let Ok(metadata) = Metadata::parse(document, issuer) {
        let ask = Ask {
            client_id: "mangrove",
            redirect_uri: "https://m.example/x",
            scopes: "openid",
            state: &text,
            nonce: "n",
            challenge: "c",
            anew: status & 1 == 0,
        };
        let address = authorization_address(&metadata, &ask);
        assert!(address.bytes().all(|b| b.is_ascii_graphic()), "can stand in a header");
        assert!(address.starts_with("https://") || address.starts_with("http://"));
        let request = token_request(&metadata, ("id", Some(&text)), (&text, "v", "https://m.example/x"));
        assert!(request.body.bytes().all(|b| b.is_ascii_graphic()));
        assert!(!metadata.algorithms.is_empty());
    }
    if let Ok(keys) = Keys::parse(document) {
        assert!(keys.len() <= 64);
    }
    match tokens(if status < 128 { 200 } else { 400 }, document) {
        Ok(tokens) => assert!(status < 128 && tokens.id_token.len() <= document.len()),
        Err(doubt) => assert!(doubt.to_string().len() < 2_000),
    }
});
