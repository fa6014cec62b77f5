//! A backup handed in for restoring: refused with a reason, or read to its end. Opened with a key file that comes from
//! the same hand.
#![no_main]

use engine_backup::{Identities, head, verify};
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    // The key file ends at the first zero; the archive follows.
    let cut = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let (key, archive) = bytes.split_at(cut);
    let write = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        file
    };
    let key = write(key);
    let Ok(identities) = Identities::file(key.path()) else { return };
    let archive = write(archive.get(1..).unwrap_or_default());
    let _ = head(archive.path(), &identities);
    let _ = verify(archive.path(), &identities, &mut |_| true);
});
