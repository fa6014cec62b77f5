//! Any bytes as one record: recognised, decoded and finished by the real catalogue.
#![no_main]

use base_core::{Timestamp, content};
use engine_event::EventId;
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new({
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/sources");
        let (files, _) = content::read_dir(&dir, &["source.toml"]).expect("content/sources");
        Parser::new(Arc::new(Catalog::load(&files).0), ParserOptions::default())
    });
}

fuzz_target!(|bytes: &[u8]| {
    PARSER.with_borrow_mut(|parser| {
        for hint in [None, Some("linux/sshd"), Some("fortinet/fortigate"), Some("netgate/pfsense"), Some("nginx/access")] {
            let raw = Raw { bytes, received: Timestamp::from_secs(1_795_348_800), hint, peer: None, transport: Transport::Syslog };
            let event = parser.parse(&raw, EventId::default());
            assert_eq!(event.raw.len(), bytes.len().min(1024 * 1024));
            parser.recycle(event);
        }
    });
});
