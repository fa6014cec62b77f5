//! Mistakes in behaviours are told with file, line and remedy; the others work.

use super::{load, places};
use base_core::ContentFile;
use engine_detect::behaviours::Behaviours;

const HEAD: &str = "title: T\nid: t\nlogsource: {product: windows}\ndetection: {a: {x: y}, condition: a}\nmangrove:\n";

fn mistakes(text: &str) -> Vec<(Option<usize>, String)> {
    let file = ContentFile { path: "t.yml".into(), text: text.into() };
    let (_, errors) = Behaviours::load(&[file], &[], places());
    assert!(errors.iter().all(|e| e.file == "t.yml" && !e.remedy.is_empty()), "{errors:?}");
    errors.into_iter().map(|e| (e.line, e.message)).collect()
}

#[test]
fn settings_are_checked() {
    for (settings, said) in [
        ("{kind: oracle}", "no kind"),
        ("{by: [x]}", "kind"),
        ("{kind: scan, distinct: x, within: 5 parsecs, at_least: 5}", "length of time"),
        ("{kind: scan, distinct: x, within: 5m}", "at_least"),
        ("{kind: scan, distinct: x, within: 5m, at_least: 1}", "at_least"),
        ("{kind: scan, distinct: x, within: 5m, at_least: 9, colour: red}", "colour"),
        ("{kind: scan, distinct: x, within: 5m, at_least: 9, memory: 1TB}", "memory"),
        ("{kind: baseline, at_least: 5, bucket: 7h}", "bucket"),
        ("{kind: baseline, at_least: 5, sum: a, distinct: b}", "not both"),
        ("{kind: baseline, at_least: 0}", "at_least"),
        ("{kind: first-seen, value: []}", "value"),
        ("{kind: rare, value: x, member: y, share: 0.9}", "share"),
        ("{kind: sequence, steps: [a], within: 5m}", "two rules"),
        ("{kind: sequence, steps: [a, b], within: 5m}", "no rule of this file has the name"),
        ("{kind: sequence, steps: [{absent: a}, b], within: 5m}", "absent step"),
        ("{kind: sequence, steps: [a, {absent: b}], within: 5m}", "absent step"),
    ] {
        let found = mistakes(&format!("{HEAD}  behaviour: {settings}\n"));
        assert_eq!(found.len(), 1, "{settings}: {found:?}");
        assert_eq!(found[0].0, Some(6), "{settings}");
        assert!(found[0].1.contains(said), "{settings}: {}", found[0].1);
    }
    assert!(
        mistakes(&format!("{HEAD}  vi: {{what: a, why: b, do: []}}\n")).iter().any(|m| m.1.contains("no behaviour"))
    );
}

#[test]
fn one_mistake_does_not_hide_the_others() {
    let good = format!("{HEAD}  behaviour: {{kind: scan, distinct: x, within: 5m, at_least: 9}}\n");
    let file = |path: &str, text: &str| ContentFile { path: path.into(), text: text.into() };
    let bad = good.replace("id: t", "id: u").replace("scan", "scam");
    let unknown = good.replace("id: t", "id: w").replace("x: y", "x|nonsense: y");
    let files = [file("a.yml", &unknown), file("b.yml", &good), file("c.yml", &bad)];
    let (behaviours, errors) = Behaviours::load(&files, &[], places());
    assert_eq!((behaviours.len(), errors.len()), (1, 2), "{errors:?}");
    assert_eq!(load(&good).len(), 1);
}
