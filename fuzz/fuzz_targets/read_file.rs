//! Any bytes as a file: compression, encoding, format, cutting into records.
#![no_main]

use engine_parse::{Limits, RecordReader};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_record_bytes: 4096, ..Limits::default() };
    if let Ok(reader) = RecordReader::from_read("fuzz", Box::new(Cursor::new(bytes.to_vec())), limits) {
        for record in reader.flatten() {
            // One byte more than the limit tells that there was more.
            assert!(record.bytes.len() <= 4097);
        }
    }
});
