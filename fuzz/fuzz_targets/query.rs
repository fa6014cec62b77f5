//! The text of a query, and its completion at any place: no panic, and what is shown is a query again.
#![no_main]

use engine_lake::Query;
use engine_lake::query::complete;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((place, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    match Query::parse(&text) {
        Ok(query) => drop(format!("{:?}", query.expr())),
        Err(mistake) => assert!(!mistake.to_string().is_empty()),
    }
    let caret = usize::from(*place) % (text.chars().count() + 2);
    for proposal in complete(&text, caret, &["ProcessId", "Trường lạ", "a b"]) {
        assert!(proposal.caret <= proposal.query.chars().count());
    }
});
