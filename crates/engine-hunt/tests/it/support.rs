//! A hunter with the repository's own source definitions and a few small rules.

use base_core::{ContentFile, Lang, ManualClock, Severity, Timestamp};
use engine_detect::RulePack;
use engine_hunt::output::Sink;
use engine_hunt::{Control, Finding, HuntOptions, Hunter, Inputs, Report, Skip, rules};
use engine_parse::Catalog;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Fires on any failed SSH log-on.
pub(crate) const SSH_RULE: &str = "title: SSH password refused\nid: 4d9f5a0e-6a6c-4c0f-9a30-0f6b8d7f3c11\nstatus: test\n\
level: medium\ntags:\n    - attack.credential-access\n    - attack.t1110\nlogsource:\n    product: linux\n    service: sshd\n\
detection:\n    keywords:\n        - 'Failed password for'\n    condition: keywords\n";

/// Fires on a Windows security log that was cleared.
pub(crate) const CLEARED_RULE: &str = "title: Security log cleared\nid: 0b5a3bd8-8c8e-4a2e-9f5d-3f0c9d1e7a22\nstatus: test\n\
level: high\ntags:\n    - attack.defense-evasion\n    - attack.t1070.001\nlogsource:\n    product: windows\n    service: security\n\
detection:\n    selection:\n        EventID: 1102\n    condition: selection\n";

/// Folder of the repository.
pub(crate) fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Source definitions of the repository.
pub(crate) fn catalog() -> Catalog {
    let (files, errors) = base_core::content::read_dir(&repo().join("content/sources"), &[".toml"]).expect("lists");
    assert_eq!(errors, []);
    let (catalog, errors) = Catalog::load(&files);
    assert_eq!(errors, []);
    catalog
}

/// Options for tests: everything told, in English.
pub(crate) fn options(threads: usize) -> HuntOptions {
    HuntOptions { threads, level: Severity::Informational, from: None, to: None, lang: Lang::En, keep_event: true }
}

/// A hunter with these rules.
pub(crate) fn hunter(rule_texts: &[&str], options: HuntOptions) -> (Hunter, Vec<Skip>) {
    let files: Vec<ContentFile> = rule_texts
        .iter()
        .enumerate()
        .map(|(n, text)| ContentFile { path: format!("rule-{n}.yml"), text: (*text).to_owned() })
        .collect();
    hunter_of(&files, options)
}

/// A hunter with the rules of these files.
pub(crate) fn hunter_of(files: &[ContentFile], options: HuntOptions) -> (Hunter, Vec<Skip>) {
    let (tactics, _) = base_core::content::read_dir(&repo().join("content/attack"), &[".toml"]).expect("lists");
    let (pack, errors) = RulePack::load(files, &tactics);
    (Hunter::new(Arc::new(catalog()), Arc::new(pack), options), errors.iter().map(rules::skip_of).collect())
}

/// Keeps every detection as a line: enough to compare runs.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Vec<String>);

impl Sink for Lines {
    fn finding(&mut self, f: &Finding) -> io::Result<()> {
        let input = f.input.rsplit('/').next().unwrap_or_default();
        self.0.push(format!("{} {} {:?} {}", f.rule.title, input, f.time, f.place));
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}

/// The moment all tests run at.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_780_000_000);

/// Hunts through `paths` with the SSH and the log-cleared rule.
pub(crate) fn hunt<P: AsRef<Path>>(paths: &[P]) -> (Report, Vec<String>) {
    let (hunter, skips) = hunter(&[SSH_RULE, CLEARED_RULE], options(2));
    hunt_with(&hunter, skips, paths)
}

/// Hunts through `paths` with `hunter`.
pub(crate) fn hunt_with<P: AsRef<Path>>(hunter: &Hunter, skips: Vec<Skip>, paths: &[P]) -> (Report, Vec<String>) {
    let mut lines = Lines::default();
    let clock = ManualClock::at(NOW);
    let report = hunter
        .run(Inputs::gather(paths), skips, clock.as_ref(), &Control::default(), &mut lines)
        .expect("the sink never fails");
    (report, lines.0)
}

/// A line of `auth.log` of a refused password.
pub(crate) fn refused(second: u32) -> String {
    format!(
        "2026-03-01T08:{:02}:{:02}+07:00 vpubnd-web sshd[911]: Failed password for root from 203.0.113.9 port 40022 ssh2",
        second / 60 % 60,
        second % 60
    )
}
