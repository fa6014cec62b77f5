//! Every form of output over one run: parses back and holds what was found.

use crate::support::{CLEARED_RULE, NOW, SSH_RULE, hunter, options, refused};
use base_core::{Lang, ManualClock};
use engine_hunt::output::csv::Csv;
use engine_hunt::output::html;
use engine_hunt::output::json::{Json, JsonLines};
use engine_hunt::{Control, Inputs, Report, Sink, Words};

fn run(sink: &mut dyn Sink) -> Report {
    let dir = tempfile::tempdir().expect("folder");
    let evil = "2026-03-01T08:00:09+07:00 web sshd[911]: Failed password for <script>alert(1)</script> from 203.0.113.9 port 1 ssh2\n";
    std::fs::write(dir.path().join("auth.log"), format!("{}\n{evil}", refused(1))).expect("written");
    let event = r##"{"Event":{"System":{"EventID":1102,"Channel":"Security","Computer":"PC-9","TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T01:00:00Z"}}},"UserData":{"LogFileCleared":{"SubjectUserName":"van.thu"}}}}"##;
    std::fs::write(dir.path().join("security.json"), event).expect("written");
    let (hunter, skips) = hunter(&[SSH_RULE, CLEARED_RULE], options(2));
    let clock = ManualClock::at(NOW);
    hunter.run(Inputs::gather(&[dir.path()]), skips, clock.as_ref(), &Control::default(), sink).expect("writes")
}

#[test]
fn json_lines_parse_back() {
    let mut bytes = Vec::new();
    run(&mut JsonLines::new(&mut bytes));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["rule"]["title"], "SSH password refused");
    assert_eq!(lines[0]["time"], "2026-03-01T01:00:01Z");
    assert_eq!(lines[0]["host"], "vpubnd-web");
    assert_eq!(lines[0]["place"], "line 1");
    assert_eq!(lines[2]["host"], "PC-9");
    assert_eq!(lines[2]["level"], "high");
    assert_eq!(lines[2]["matched"][0]["field"], "EventID");
    assert_eq!(lines[2]["event"]["Computer"], "PC-9");
    assert_eq!(lines[2]["rule"]["tactics"][0], "defense-evasion");
    assert!(lines.iter().all(|l| l["what"].as_str().is_some_and(|w| !w.is_empty())), "each is told to a person");
}

#[test]
fn json_is_one_document_with_the_summary() {
    let mut bytes = Vec::new();
    run(&mut Json::new(&mut bytes));
    let doc: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(doc["detections"].as_array().map(Vec::len), Some(3));
    assert_eq!(doc["summary"]["events"]["read"], 3);
    assert_eq!(doc["summary"]["by_tactic"]["credential-access"]["medium"], 2);
    assert_eq!(doc["summary"]["by_rule"][0]["told"]["do"].as_array().map(|steps| steps.is_empty()), Some(false));
}

#[test]
fn csv_parses_back() {
    let mut bytes = Vec::new();
    run(&mut Csv::new(&mut bytes));
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(text.lines().count(), 4);
    assert!(text.lines().nth(1).is_some_and(|l| l.starts_with("2026-03-01T01:00:01Z,medium,SSH password refused,")));
}

#[test]
fn the_page_holds_no_markup_of_a_log() {
    struct Nothing;
    impl Sink for Nothing {
        fn finding(&mut self, _: &engine_hunt::Finding) -> std::io::Result<()> {
            Ok(())
        }
        fn finish(&mut self, _: &Report) -> std::io::Result<()> {
            Ok(())
        }
    }
    let report = run(&mut Nothing);
    for lang in Lang::ALL {
        let page = html::render(&report, &Words::new(lang));
        assert!(!page.contains("<script"));
        assert!(page.contains("PC-9") && page.contains("SSH password refused"));
        assert!(!page.contains('⟦'), "every text is there");
    }
}

#[test]
fn a_sink_that_fails_ends_the_hunt_with_its_error() {
    struct Full;
    impl Sink for Full {
        fn finding(&mut self, _: &engine_hunt::Finding) -> std::io::Result<()> {
            Err(std::io::Error::new(std::io::ErrorKind::StorageFull, "no space left on device"))
        }
        fn finish(&mut self, _: &Report) -> std::io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().expect("folder");
    std::fs::write(dir.path().join("auth.log"), refused(1)).expect("written");
    let (hunter, skips) = hunter(&[SSH_RULE], options(2));
    let clock = ManualClock::at(NOW);
    let control = Control::default();
    let error = hunter.run(Inputs::gather(&[dir.path()]), skips, clock.as_ref(), &control, &mut Full);
    assert!(error.expect_err("fails").to_string().contains("no space left"));
}
