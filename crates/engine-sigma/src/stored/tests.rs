//! Rules from bytes are the rules from source; bytes that are not sound are refused.

use super::{MAGIC, Refused, RuleCache, RuleCacheKey};
use crate::options::CompileOptions;
use crate::pipeline::Pipeline;
use crate::routing::Routing;
use crate::rule_set::{RuleIdx, RuleSet};
use base_core::content::read_dir;
use base_core::{ContentError, ContentFile};
use engine_event::{Kind, LogSource, Record};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Every kind of question, correlation and block, mistakes, and something that is not Sigma.
const RULES: [(&str, &str); 7] = [
    (
        "a/many.yml",
        "title: Many\nid: many\nname: many\nstatus: test\nlevel: high\nauthor: A\ndate: 2026-01-01\ntags: [attack.t1059]\nlogsource: {product: windows, category: process_creation, definition: d}\nmangrove:\n    entity: Image\n    weights: [1, -2, 0.1, true, null]\ndetection:\n    texts:\n        Image|endswith: ['\\a.exe', '\\b.exe', '\\c.exe', '\\d.exe', '\\e.exe', '\\f.exe']\n        CommandLine|contains|all: [' -x ', 'y*z']\n        User|cased|startswith: Admin\n    odd:\n        - n|gte: 7\n        - n: 1.5\n        - n: 3\n        - a: null\n        - b: ''\n        - c|exists: false\n        - d|fieldref|contains: a\n        - e|cidr: [10.0.0.0/8, 'fe80::/10']\n        - f|re|i|m: '^x(a|b)+$'\n        - t|hour: 3\n        - g: '*'\n        - h|base64offset|contains: 'http://'\n    words:\n        - one\n        - two\n    condition: (texts or not odd) and not words or 2 of them\n",
    ),
    (
        "a/two.yml",
        "title: Two\nname: two\nlogsource: {product: linux}\ndetection:\n    s:\n        A: 1\n    condition: s\n---\ntitle: Three\nlogsource: {product: linux}\ndetection:\n    s:\n        A|re: '^\\d+$'\n    condition: s\n",
    ),
    (
        "b/count.yml",
        "title: Count\nname: count\nlevel: critical\ncorrelation:\n    type: value_avg\n    rules: [two]\n    group-by: [Host]\n    timespan: 5m\n    condition:\n        field: n\n        gt: -2.5\n",
    ),
    (
        "b/both.yml",
        "title: Both\ngenerate: true\ncorrelation:\n    type: temporal\n    rules: [count, many]\n    group-by: [Host]\n    timespan: 1h\n    aliases:\n        Host:\n            many: Computer\n    condition: count and many\n",
    ),
    (
        "b/filter.yml",
        "title: Filter\nlogsource: {product: linux}\nfilter:\n    rules: [two]\n    selection:\n        User: root\n    condition: not selection\n",
    ),
    (
        "c/wrong.yml",
        "title: Wrong\nlogsource: {product: linux}\ndetection:\n    s:\n        A|re: '('\n    condition: s\n",
    ),
    ("c/other.yml", "name: something\nvalue: 1\n"),
];

fn given() -> Vec<ContentFile> {
    RULES.map(|(path, text)| ContentFile { path: path.into(), text: text.into() }).to_vec()
}

fn options() -> CompileOptions {
    let mut options = CompileOptions::default();
    for name in ["Administrators", "DomainControllers", "Workstations", "JumpServers", "Servers", "known_cdcs"] {
        options.placeholders.insert(name.to_owned(), vec![format!("{name}-example*")]);
    }
    options
}

/// All there is to know of a set.
fn told(set: &RuleSet, errors: &[ContentError]) -> String {
    let names: Vec<&str> = set.fields().names().collect();
    let leaves: Vec<_> = set.leaves().iter().collect();
    let counts = (set.foreign_documents(), set.skipped_rules());
    format!("{names:#?}\n{leaves:#?}\n{:#?}\n{:#?}\n{counts:?}\n{errors:#?}", set.compiled(), set.correlations())
}

fn assert_same(files: &[ContentFile], options: &CompileOptions) -> RuleSet {
    let key = RuleCacheKey::of(files, options);
    let (set, errors) = RuleSet::compile_with(files, options);
    let bytes = set.to_stored(&errors, &key, files);
    let (read, read_errors) = RuleSet::from_stored(&bytes, &key, files, options).expect("sound");
    let (made, stored) = (told(&set, &errors), told(&read, &read_errors));
    if made != stored {
        let (n, lines) = (0..).zip(made.lines().zip(stored.lines())).find(|(_, (a, b))| a != b).expect("a difference");
        panic!("line {n}: {lines:?}");
    }
    // The same set makes the same bytes.
    assert!(read.to_stored(&read_errors, &key, files) == bytes);
    println!("{} rules in {} bytes", set.len(), bytes.len());
    read
}

#[test]
fn every_construct_comes_back() {
    let set = assert_same(&given(), &options());
    assert_eq!((set.len(), set.correlations().len(), set.foreign_documents()), (3, 2, 1));
    let many = set.meta(RuleIdx(0)).expect("a rule");
    assert_eq!(many.custom["weights"][2], 0.1);
    assert_eq!(&*many.source_text, RULES[0].1);
}

#[test]
fn public_rules_come_back() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir.path());
    // With the retired ones, of which some are refused.
    let (files, _) = read_dir(dir.path(), &[".yml"]).expect("folder");
    let set = assert_same(&files, &options());
    assert!(set.len() > 3_900 && set.correlations().len() > 40);
}

#[test]
fn the_key_holds_all_that_matters() {
    let files = given();
    let key = RuleCacheKey::of(&files, &CompileOptions::default());
    let mut keys = vec![key];
    let mut other = |change: &dyn Fn(&mut Vec<ContentFile>, &mut CompileOptions)| {
        let (mut files, mut options) = (given(), CompileOptions::default());
        change(&mut files, &mut options);
        keys.push(RuleCacheKey::of(&files, &options));
    };
    other(&|files, _| files[3].text.push('\n'));
    other(&|files, _| files[3].path.push('x'));
    other(&|files, _| files.swap(0, 1));
    other(&|files, _| drop(files.pop()));
    // What stands in one file moves to the next.
    other(&|files, _| (files[0].text, files[1].text) = (String::new(), format!("{}{}", RULES[0].1, RULES[1].1)));
    other(&|_, options| options.routing = Routing::Everything);
    other(&|_, options| options.skip_statuses.push("test".into()));
    other(&|_, options| drop(options.placeholders.insert("a".into(), vec!["b".into()])));
    for to in ["x", "y"] {
        let text = format!("name: p\ntransformations:\n  - type: field_name_mapping\n    mapping: {{A: {to}}}\n");
        let pipeline = Pipeline::read(&ContentFile { path: "p.pipeline.yml".into(), text }).expect("good");
        other(&|_, options| options.pipelines.push(pipeline.clone()));
    }
    let different: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
    assert_eq!(RuleCacheKey::of(&files, &CompileOptions::default()), key);
}

#[derive(Default)]
struct Kept(RefCell<HashMap<RuleCacheKey, Vec<u8>>>);

impl RuleCache for Kept {
    fn get(&self, key: &RuleCacheKey) -> Option<Vec<u8>> {
        self.0.borrow().get(key).cloned()
    }

    fn put(&self, key: &RuleCacheKey, bytes: &[u8]) {
        self.0.borrow_mut().insert(*key, bytes.to_vec());
    }
}

#[test]
fn what_is_kept_is_taken_and_what_is_broken_is_made_anew() {
    let (files, options, cache) = (given(), options(), Kept::default());
    let (_, errors, kept) = RuleSet::compile_cached(&files, &options, &cache);
    assert!(!kept && errors.len() == 1);
    let (_, again, kept) = RuleSet::compile_cached(&files, &options, &cache);
    assert!(kept && again == errors);
    for broken in [0, 10, 60, 100] {
        cache.0.borrow_mut().values_mut().for_each(|bytes| bytes[broken] ^= 1);
        assert!(!RuleSet::compile_cached(&files, &options, &cache).2, "byte {broken}");
        assert!(RuleSet::compile_cached(&files, &options, &cache).2);
    }
    let changed = [&files[..6], &[]].concat();
    assert!(!RuleSet::compile_cached(&changed, &options, &cache).2);
}

static STORED: LazyLock<(RuleCacheKey, Vec<u8>)> = LazyLock::new(|| {
    let files = given();
    let key = RuleCacheKey::of(&files, &options());
    let (set, errors) = RuleSet::compile_with(&files, &options());
    (key, set.to_stored(&errors, &key, &files))
});

/// Whatever the bytes say, the set answers.
fn use_all(set: &RuleSet) {
    let mut record = Record::default();
    for name in ["Image", "CommandLine", "n", "a", "f", "t", "A"] {
        record.push(name, "7 \\a.exe one", Kind::Text);
    }
    let source = LogSource::new(Some("windows"), Some("process_creation"), None);
    set.evaluate(&source, &record, &mut crate::Scratch::new(), &mut |_| {});
    for n in 0..u32::try_from(set.len()).expect("few") {
        let _ = set.explain(RuleIdx(n), &source, &record, None);
        let _ = (set.fields_of(RuleIdx(n)), set.starved_of(RuleIdx(n), &|_| false));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn cut_and_changed_bytes_are_refused(at: prop::sample::Index, bit in 0..8_u8, cut: bool) {
        let (key, mut bytes) = STORED.clone();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        prop_assert!(RuleSet::from_stored(&bytes, &key, &given(), &options()).is_err());
    }

    /// Bytes that someone made with a sum that fits are read without breaking down.
    #[test]
    fn made_up_bytes_are_read_within_bounds(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (key, bytes) = &*STORED;
        let mut body = bytes[MAGIC.len() + 64..].to_vec();
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        for (at, byte) in changes {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        let sum = blake3::hash(&body);
        let bytes = [MAGIC.as_slice(), &key.0, sum.as_bytes(), &body].concat();
        if let Ok((set, _)) = RuleSet::from_stored(&bytes, key, &given(), &options()) {
            use_all(&set);
        }
    }
}

#[test]
fn why_bytes_are_refused() {
    let (key, bytes) = &*STORED;
    let read = |bytes: &[u8], key| RuleSet::from_stored(bytes, key, &given(), &options()).map(|_| ());
    assert_eq!(read(bytes, key), Ok(()));
    assert_eq!(read(b"", key), Err(Refused::Foreign));
    assert_eq!(read(b"MGRULES\x02", key), Err(Refused::Foreign));
    assert_eq!(read(&bytes[..40], key), Err(Refused::Damaged));
    assert_eq!(read(bytes, &RuleCacheKey([0; 32])), Err(Refused::OtherKey));
    assert_eq!(read(&[bytes.as_slice(), b"x"].concat(), key), Err(Refused::Damaged));
    // The files are not those of the key, though it was believed.
    assert_eq!(RuleSet::from_stored(bytes, key, &given()[..1], &options()).map(|_| ()), Err(Refused::Inconsistent));
}
