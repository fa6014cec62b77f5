//! Randomness, derived keys, and sealing of one short message.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use std::io;

/// Bytes from the system's generator.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    Ok(bytes)
}

/// HKDF-SHA-256 (RFC 5869) to 32 bytes.
pub(crate) fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> io::Result<[u8; 32]> {
    let failed = |_| io::Error::other("a key cannot be derived");
    let (mut key, info) = ([0; 32], [info]);
    let expanded = Salt::new(HKDF_SHA256, salt).extract(secret);
    // An HMAC key of SHA-256 is as long as what is wanted here.
    expanded.expand(&info, HKDF_SHA256).map_err(failed)?.fill(&mut key).map_err(failed)?;
    Ok(key)
}

/// The cipher under a key.
pub(crate) fn cipher(key: &[u8; 32]) -> io::Result<LessSafeKey> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| io::Error::other("a key cannot be used"))?;
    Ok(LessSafeKey::new(key))
}

/// Seals a file key: the wrapping key is used once, so the nonce is zero.
pub(crate) fn wrap(key: &[u8; 32], plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = plain.to_vec();
    let sealed = cipher(key)?.seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut bytes);
    sealed.map_err(|_| io::Error::other("a key cannot be wrapped"))?;
    Ok(bytes)
}

/// Opens a file key; `None` when the wrapping key does not fit.
pub(crate) fn unwrap<const N: usize>(key: &[u8; 32], sealed: &[u8]) -> io::Result<Option<[u8; N]>> {
    let mut bytes = sealed.to_vec();
    let opened = cipher(key)?.open_in_place(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut bytes);
    Ok(opened.ok().and_then(|plain| <[u8; N]>::try_from(&*plain).ok()))
}
