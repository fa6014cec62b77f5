//! The body of `POST /api/v1/events`, packed or not: bounded, and what is taken is what was announced.
#![no_main]

use engine_intake::http::body::{Encoding, Form, Limits, split, unpack};
use libfuzzer_sys::fuzz_target;

/// Limits small enough to be met.
const LIMITS: Limits = Limits { unpacked: 1 << 16, record: 512, records: 64, told: 4 };

fn check(plain: &[u8], form: Form) {
    let Ok(records) = split(plain, form, &LIMITS) else { return };
    assert!(records.good.len() + records.bad_count <= LIMITS.records);
    assert!(records.bad.len() <= LIMITS.told.min(records.bad_count));
    for good in records.good {
        assert!(good.len() <= LIMITS.record);
        match form {
            Form::Json => assert!(good.trim_ascii().starts_with(b"{") && good.trim_ascii().ends_with(b"}")),
            Form::Text => assert!(!good.contains(&b'\n')),
        }
    }
}

fuzz_target!(|body: &[u8]| {
    for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
        let Ok(plain) = unpack(body, encoding, &LIMITS) else { continue };
        assert!(encoding == Encoding::Identity || plain.len() <= LIMITS.unpacked);
        check(&plain, Form::Json);
        check(&plain, Form::Text);
    }
});
