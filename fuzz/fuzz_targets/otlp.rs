//! OTLP in both forms: whatever the message, what is kept of it is JSON within the limits.
#![no_main]

use engine_intake::otlp::{Group, Limits, OtlpError, from_json, from_protobuf, write};
use libfuzzer_sys::fuzz_target;

/// Limits small enough to be met.
const LIMITS: Limits = Limits { max_records: 64, max_record_bytes: 4096, max_bytes: 65_536 };

fn check(read: Result<Vec<Group<'_>>, OtlpError>) {
    let Ok(groups) = read else { return };
    let Ok(written) = write(&groups, &LIMITS) else { return };
    assert!(written.records.len() + written.rejected <= LIMITS.max_records);
    assert_eq!(written.rejected > 0, written.first_problem.is_some());
    for record in &written.records {
        assert!(record.len() <= LIMITS.max_record_bytes);
        let whole: serde_json::Value = serde_json::from_slice(record).expect("a record is JSON");
        assert!(whole.is_object());
    }
}

// The first byte says which form: messages of the one are no messages of the other.
fuzz_target!(|input: (bool, &[u8])| match input {
    (true, bytes) => check(from_json(bytes)),
    (false, bytes) => check(from_protobuf(bytes)),
});
