//! Every component in every state, in both languages and schemes: nothing for axe-core to say, nothing the
//! content policy refuses, nothing that sticks out of a telephone.

use base_testkit::browser::Scheme;
use base_testkit::{Browser, Process, free_port};
use std::path::PathBuf;
use std::process::Command;

/// The example lies beside the folder of the test binaries.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("the test knows where it lies");
    let folder = own.ancestors().nth(2).expect("<target>/<profile>/deps");
    let program = folder.join("examples/gallery");
    assert!(program.is_file(), "{} is not built; run `cargo test -p base-ui` without --test", program.display());
    program
}

#[test]
fn every_component_is_accessible_and_fits_every_width() {
    let Some(browser) = Browser::start() else { return };
    let port = free_port();
    let mut gallery = Process::start(Command::new(program()).arg(port.to_string()));
    gallery.wait_for("its address", |line| line.contains("http://").then_some(()));
    let mut faults = Vec::new();
    for path in ["/", "/plain", "/empty"] {
        for lang in ["vi", "en"] {
            browser.goto(&format!("http://127.0.0.1:{port}{path}?lang={lang}"));
            for scheme in [Scheme::Light, Scheme::Dark] {
                browser.scheme(scheme);
                let found = browser.accessibility().unwrap_or_default();
                faults.extend(found.into_iter().map(|f| format!("{path} {lang} {scheme:?}: {f}")));
            }
            for width in [1440, 768, 360, 320] {
                browser.size(width, 900);
                if browser.overflows() {
                    faults.push(format!("{path} {lang}: must be scrolled sideways at {width} px"));
                }
            }
            browser.size(1440, 900);
            faults.extend(browser.console_errors().into_iter().map(|e| format!("{path} {lang}: {e}")));
        }
    }
    browser.goto(&format!("http://127.0.0.1:{port}/"));
    browser.shots("components");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
