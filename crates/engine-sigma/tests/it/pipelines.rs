//! Pipelines adapt rules to other field names and log sources.

use crate::support::{file, record};
use base_core::ContentFile;
use engine_event::LogSource;
use engine_sigma::{CompileOptions, Pipeline, Routing, RuleSet, Scratch};

const RULE: &str = "title: T\nid: t\nname: t\ntags: [attack.t1059]\nlogsource: {product: windows, category: process_creation}\ndetection:\n    sel_a:\n        Image|endswith: '\\x.exe'\n        User: root\n    sel_b:\n        Noise: 1\n    condition: 1 of sel_* and not sel_b\n";

fn pipeline(transformations: &str) -> Result<Pipeline, base_core::ContentError> {
    let text =
        format!("name: P\npriority: 10\nvars:\n    Admins: [root, 'adm_*']\ntransformations:\n{transformations}");
    Pipeline::read(&ContentFile { path: "p.pipeline.yml".into(), text })
}

fn compile(rule: &str, transformations: &[&str]) -> (RuleSet, Vec<base_core::ContentError>) {
    let pipelines = transformations.iter().map(|t| pipeline(t).expect("a pipeline")).collect();
    RuleSet::compile_with(&[file(rule)], &CompileOptions { pipelines, ..CompileOptions::default() })
}

fn hits(set: &RuleSet, source: [Option<&str>; 3], json: &str) -> usize {
    let mut n = 0;
    let source = LogSource::new(source[0], source[1], source[2]);
    set.evaluate(&source, &record(json), &mut Scratch::new(), &mut |_| n += 1);
    n
}

const WINDOWS: [Option<&str>; 3] = [Some("windows"), Some("process_creation"), None];

#[test]
fn fields_are_renamed_by_log_source() {
    let mapping = "  - type: field_name_mapping\n    mapping:\n      Image: process.executable\n      User: [user.name, user.id]\n    rule_conditions:\n      - type: logsource\n        category: process_creation\n";
    let (set, errors) = compile(RULE, &[mapping]);
    assert!(errors.is_empty(), "{errors:?}");
    for (event, expected) in [
        (r#"{"process.executable": "c:\\x.exe", "user.name": "ROOT"}"#, 1),
        (r#"{"process.executable": "c:\\x.exe", "user.id": "root"}"#, 1),
        (r#"{"process": {"executable": "c:\\x.exe"}, "user": {"id": "lan"}}"#, 0),
        (r#"{"Image": "c:\\x.exe", "User": "root"}"#, 0),
    ] {
        assert_eq!(hits(&set, WINDOWS, event), expected, "{event}");
    }
    let (other, _) = compile(RULE, &[&mapping.replace("process_creation", "dns")]);
    assert_eq!(hits(&other, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "root"}"#), 1, "not meant");
}

#[test]
fn prefixes_values_sources_and_conditions() {
    let (set, errors) = compile(
        RULE,
        &[
            "  - type: field_name_prefix\n    prefix: win.\n",
            "  - type: set_value\n    value: lan\n    field_name_conditions:\n      - type: include_fields\n        fields: [win.User]\n",
            "  - type: replace_string\n    regex: '\\.exe$'\n    replacement: .dll\n  - type: add_condition\n    conditions:\n      host|startswith: srv\n  - type: change_logsource\n    product: linux\n",
        ],
    );
    assert!(errors.is_empty(), "{errors:?}");
    let linux = [Some("linux"), None, None];
    let event = r#"{"win.Image": "c:\\x.dll", "win.User": "lan", "host": "SRV-1"}"#;
    assert_eq!(hits(&set, linux, event), 1);
    assert_eq!(hits(&set, WINDOWS, event), 0, "another log source");
    assert_eq!(hits(&set, linux, &event.replace("SRV", "pc")), 0, "the added condition");
    let negated = "  - type: add_condition\n    conditions: {host: pc}\n    negated: true\n";
    let (set, _) = compile(RULE, &[negated]);
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "root", "host": "pc"}"#), 0);
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "root"}"#), 1);
}

#[test]
fn what_is_dropped_is_no_longer_asked() {
    let drop = |field: &str| {
        format!(
            "  - type: drop_detection_item\n    field_name_conditions:\n      - type: include_fields\n        mode: re\n        fields: ['^{field}$']\n"
        )
    };
    let (set, errors) = compile(RULE, &[&drop("User")]);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe"}"#), 1);
    // A whole detection goes, with what the condition says of it.
    let (set, _) = compile(RULE, &[&drop("Noise")]);
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "root", "Noise": 1}"#), 1);
    let (set, errors) = compile(RULE, &[&drop(".*")]);
    assert!(set.is_empty() && errors[0].message.contains("leaves nothing"), "{errors:?}");
}

#[test]
fn placeholders_come_from_the_pipeline() {
    let rule = RULE.replace("User: root", "User|expand: '%Admins%'");
    let (set, errors) = compile(&rule, &["  - type: value_placeholders\n"]);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "ADM_lan"}"#), 1);
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "lan"}"#), 0);
    let (set, _) = compile(&rule, &["  - type: wildcard_placeholders\n    include: [Admins]\n"]);
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "lan"}"#), 1);
    let (_, errors) = compile(&rule, &["  - type: value_placeholders\n    exclude: [Admins]\n"]);
    assert!(errors[0].message.contains("%Admins%"));
}

#[test]
fn correlations_and_filters_follow() {
    let rules = format!(
        "{RULE}---\ntitle: Many\nid: many\ncorrelation:\n    type: value_count\n    rules: [t]\n    group-by: [User]\n    timespan: 1h\n    condition:\n        field: Image\n        gte: 2\n---\ntitle: Known\nlogsource: {{product: windows}}\nfilter:\n    rules: [t]\n    selection:\n        User: lan\n    condition: selection\n"
    );
    let one = "  - type: field_name_mapping\n    mapping: {User: user.name, Image: process.executable}\n";
    let (set, errors) = compile(&rules.replace("User: root", "User: '*'"), &[one]);
    assert!(errors.is_empty(), "{errors:?}");
    let made = &set.correlations()[0];
    assert_eq!(
        (&*made.group_by[0].fields, &*made.fields),
        (&["user.name".to_owned()][..], &["process.executable".to_owned()][..])
    );
    assert_eq!(hits(&set, WINDOWS, r#"{"process.executable": "c:\\x.exe", "user.name": "x"}"#), 1);
    assert_eq!(hits(&set, WINDOWS, r#"{"process.executable": "c:\\x.exe", "user.name": "lan"}"#), 0, "filtered");
    let (_, errors) = compile(&rules, &["  - type: field_name_mapping\n    mapping: {User: [a, b]}\n"]);
    assert!(errors.iter().any(|e| e.message.contains("several names")), "{errors:?}");
}

#[test]
fn rules_can_be_refused_and_steps_depend_on_steps() {
    let refuse = "  - type: rule_failure\n    message: not for us\n    rule_conditions:\n      - type: tag\n        tag: attack.t1059\n      - type: contains_field\n        field: Noise\n";
    let (set, errors) = compile(RULE, &[refuse]);
    assert!(set.is_empty() && errors[0].message.contains("not for us"), "{errors:?}");
    let after = "  - id: first\n    type: field_name_suffix\n    suffix: _1\n    rule_conditions:\n      - type: rule_attribute\n        attribute: taxonomy\n        value: sigma\n  - type: field_name_suffix\n    suffix: _2\n    rule_conditions:\n      - type: processing_item_applied\n        processing_item_id: first\n  - type: field_name_suffix\n    suffix: _3\n    rule_conditions:\n      - type: processing_item_applied\n        processing_item_id: second\n";
    let (set, _) = compile(RULE, &[after]);
    assert!(set.fields_of(engine_sigma::RuleIdx(0)).contains(&"User_1_2"));
}

#[test]
fn mistakes_are_told() {
    for (steps, part) in [
        ("  - type: magic\n", "magic"),
        ("  - type: set_value\n", "`value`"),
        ("  - type: field_name_mapping\n    mapping: {A: []}\n", "nothing"),
        ("  - type: field_name_prefix\n    prefix: x\n    rule_conditions:\n      - type: moon\n", "moon"),
        ("  - type: replace_string\n    regex: '('\n    replacement: x\n", "regular expression"),
        ("  - type: field_name_prefix\n    prefx: x\n", "prefx"),
    ] {
        let error = pipeline(steps).expect_err(steps);
        assert!(
            error.message.contains(part) && error.line.is_some_and(|l| l > 5) && !error.remedy.is_empty(),
            "{error}"
        );
    }
    assert!(Pipeline::read(&file("name: [\n")).expect_err("broken").line.is_some());
}

/// A pipeline that says nothing changes nothing.
#[test]
fn an_empty_pipeline_changes_no_rule() {
    let pipelines = vec![pipeline("  - type: field_name_mapping\n    mapping: {}\n").expect("a pipeline")];
    let options = CompileOptions { pipelines, routing: Routing::Everything, ..CompileOptions::default() };
    let (set, errors) = RuleSet::compile_with(&[file(RULE)], &options);
    assert!(errors.is_empty());
    assert_eq!(hits(&set, WINDOWS, r#"{"Image": "c:\\x.exe", "User": "root"}"#), 1);
}
