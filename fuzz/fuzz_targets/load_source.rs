//! Any text as a source definition: mistakes are told, never fatal.
#![no_main]

use base_core::ContentFile;
use engine_parse::Catalog;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: String| {
    let (_, errors) = Catalog::load(&[ContentFile { path: "vendor/product/source.toml".to_owned(), text }]);
    assert!(errors.iter().all(|e| !e.remedy.is_empty()));
});
