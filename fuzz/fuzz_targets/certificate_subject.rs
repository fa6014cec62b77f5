//! The subject of a certificate, from any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(subject) = engine_intake::tls::subject_of(bytes) {
        assert!(!subject.chars().any(char::is_control));
    }
});
