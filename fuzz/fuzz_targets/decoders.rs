//! Each decoder alone, without recognition before it.
#![no_main]

use base_core::Timestamp;
use engine_event::Record;
use engine_parse::decode::json::{Scratch, scan_object};
use engine_parse::decode::windows::JsonFields;
use engine_parse::decode::{audit, cef, kv, syslog, web, xml};
use engine_parse::time::TimeReader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let received = Timestamp::from_secs(1_795_348_800);
    let times = TimeReader::new(engine_parse::ParserOptions::default().default_tz);
    let _ = times.read(text, received);
    if let Some(envelope) = syslog::envelope(text, &times, received) {
        if let Some(data) = envelope.structured {
            syslog::structured_params(data, &mut |_, _| {});
        }
    }
    let mut record = Record::new();
    scan_object(text, &mut Scratch::default(), &mut JsonFields::new(&mut record, String::new()));
    xml::decode(text, &mut JsonFields::new(&mut record, String::new()));
    kv::decode(text, &kv::KvOptions::default(), &mut record);
    kv::decode(text, &kv::KvOptions { pair: ";".into(), assign: ":".into(), after: None }, &mut record);
    cef::decode_cef(text, &mut record);
    cef::decode_leef(text, &mut record);
    audit::decode(text, &mut record);
    web::decode(text, &mut record);
});
